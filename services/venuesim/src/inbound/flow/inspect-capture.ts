import { UserError } from '@portcullis/config';
import { describeInputError, formatDecimal, pow10 } from '@portcullis/kernel';
import { type InstrumentDefinition, instrumentRules } from '@portcullis/market';
import { checkCaptureFile, corruptLine, readCapture } from './capture-file.ts';
import { type CaptureFrame, parseCaptureLine } from './capture-frame.ts';
import { IncrementGuess } from './increments.ts';

/** Lines that are read before the venue opens: enough for the snapshot and a sure guess of the increments. */
export const PRESCAN_LINES = 20_000;

/** Currencies that Binance quotes in, the longer ones first. */
const QUOTES = [
  'FDUSD',
  'USDT',
  'USDC',
  'TUSD',
  'BUSD',
  'USD1',
  'BTC',
  'ETH',
  'BNB',
  'EUR',
  'GBP',
  'TRY',
  'BRL',
  'JPY',
  'DAI',
  'USD',
];
const FIAT_LIKE = /USD|EUR|GBP|DAI|BRL|TRY|JPY/;

export type SnapshotFrame = Extract<CaptureFrame, { kind: 'snapshot' }>;

/** What a capture holds, as far as it was read. Times are microseconds since the epoch. */
export interface CaptureSummary {
  readonly file: string;
  readonly symbol: string;
  readonly definition: InstrumentDefinition;
  /** The first price in it, by which amounts can be chosen; 0 when there is none. */
  readonly price: string;
  readonly lines: number;
  readonly frames: Readonly<Record<CaptureFrame['kind'], number>>;
  readonly first: number;
  readonly last: number;
  readonly corruptLines: number;
}

export interface CaptureScan extends CaptureSummary {
  readonly snapshot: SnapshotFrame | undefined;
}

/**
 * Reads at most `linesMax` lines of a capture and infers its instrument. A corrupt line among the first
 * {@link PRESCAN_LINES} is a UserError with its number; later ones are counted. `venue` names the instrument's venue.
 */
export async function inspectCapture(
  file: string,
  { venue = 'venuesim', linesMax = Number.POSITIVE_INFINITY }: { venue?: string; linesMax?: number } = {},
): Promise<CaptureScan> {
  checkCaptureFile(file);
  const prices = new IncrementGuess();
  const quantities = new IncrementGuess();
  const frames = { snapshot: 0, depth: 0, quote: 0, trade: 0, aggregate: 0, other: 0 };
  let snapshot: SnapshotFrame | undefined;
  let symbol: string | undefined;
  let price: string | undefined;
  let [first, last, lines, corruptLines] = [0, 0, 0, 0];
  for await (const piece of readCapture(file)) {
    const parsed = piece.kind === 'broken' ? piece : parseCaptureLine(piece.text);
    const number = piece.kind === 'broken' ? piece.number + 1 : piece.number;
    if ('reason' in parsed || !parsed.ok) {
      if (number <= PRESCAN_LINES) throw corruptLine(file, number, 'reason' in parsed ? parsed.reason : parsed.error);
      corruptLines++;
      continue;
    }
    const frame = parsed.value;
    if (frame.kind !== 'snapshot') symbol ??= frame.symbol;
    if (frame.symbol !== undefined && symbol !== undefined && frame.symbol !== symbol) {
      throw corruptLine(file, number, `it is about ${frame.symbol}, the lines before about ${symbol}`);
    }
    lines++;
    price ??= priceOf(frame);
    frames[frame.kind]++;
    if (first === 0) first = frame.stamp;
    last = frame.stamp;
    if (frame.kind === 'snapshot') snapshot ??= frame;
    if (number <= PRESCAN_LINES) noteValues(frame, prices, quantities);
    if (number >= linesMax) break;
  }
  if (symbol === undefined || prices.count === 0) {
    throw new UserError(
      `the capture ${file} holds no market data`,
      'give a capture of Binance frames, one `<ns> <frame>` a line',
    );
  }
  const definition = definitionOf({ file, venue, symbol, prices, quantities });
  return { file, symbol, definition, price: price ?? '0', lines, frames, first, last, corruptLines, snapshot };
}

function priceOf(frame: CaptureFrame): string | undefined {
  if (frame.kind === 'snapshot') return frame.asks[0]?.[0];
  if (frame.kind === 'quote') return frame.ask[0];
  return frame.kind === 'trade' || frame.kind === 'aggregate' ? frame.price : undefined;
}

function noteValues(frame: CaptureFrame, prices: IncrementGuess, quantities: IncrementGuess): void {
  const note = ([price, quantity]: readonly [string, string]): void => {
    prices.add(price);
    quantities.add(quantity);
  };
  switch (frame.kind) {
    case 'snapshot':
    case 'depth':
      frame.bids.forEach(note);
      frame.asks.forEach(note);
      return;
    case 'quote':
      note(frame.bid);
      note(frame.ask);
      return;
    case 'trade':
    case 'aggregate':
      note([frame.price, frame.quantity]);
      return;
    case 'other':
  }
}

function definitionOf(facts: {
  readonly file: string;
  readonly venue: string;
  readonly symbol: string;
  readonly prices: IncrementGuess;
  readonly quantities: IncrementGuess;
}): InstrumentDefinition {
  const { file, venue, symbol, prices, quantities } = facts;
  const { base, quote } = currenciesOf(symbol);
  const tickSize = prices.increment('none');
  const lotSize = quantities.increment('few');
  // A thousand times the highest price seen, in powers of ten of the tick.
  const { units, scale } = prices.highest;
  const digits = (units / pow10(scale) + 1n).toString().length + 3;
  const definition: InstrumentDefinition = {
    venue,
    symbol,
    base,
    quote,
    tickSize,
    lotSize,
    quantityMin: lotSize,
    quantityMax: timesPowerOfTen(lotSize, 9),
    priceMin: tickSize,
    priceMax: timesPowerOfTen(tickSize, digits + scaleOf(tickSize)),
    notionalMin: FIAT_LIKE.test(quote) ? '5' : '0.0001',
  };
  const rules = instrumentRules(definition);
  if (rules.ok) return definition;
  throw new UserError(
    `the increments inferred from ${file} do not work: ${describeInputError(rules.error)}`,
    'give the instrument in the configuration, beside the flow',
  );
}

/** `ETHUSD_PERP` and `ETHUSDT` alike: what is before the underscore, split at the currency that it ends with. */
function currenciesOf(symbol: string): { readonly base: string; readonly quote: string } {
  const [pair = symbol] = symbol.split('_');
  const quote = QUOTES.find((one) => pair.endsWith(one) && pair.length > one.length) ?? pair.slice(-3);
  return { base: pair.slice(0, -quote.length) || pair, quote };
}

function scaleOf(text: string): number {
  return (text.split('.')[1] ?? '').length;
}

function timesPowerOfTen(text: string, exponent: number): string {
  return formatDecimal(BigInt(text.replace('.', '')) * pow10(exponent), scaleOf(text));
}
