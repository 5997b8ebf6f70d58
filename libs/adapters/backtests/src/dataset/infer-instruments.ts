import type { ArchiveReader, MergedBatch, StreamColumns } from '@portcullis/archive';
import type { MarketKind } from '@portcullis/contracts';
import { formatDecimal, MONEY_SCALE } from '@portcullis/kernel';
import type { InstrumentDefinition } from '@portcullis/market';
import type { SelectedStream } from './selection.ts';

/** Days of a stream that are looked into, from the first to the last. */
const DAYS_SAMPLED = 12;
/** Rows of each. */
const ROWS_SAMPLED = 16_384;
/** A lot is at least this fine where there is room for it, so that a size such as 0.001 is one. */
const LOT_DIGITS_LEAST = 5;
/** Numbers of lots stay this far below the safe integers for what was not sampled. */
const LOTS_MAX = 2 ** 53 / 10_000;
const TICKS_MAX = 9_000_000_000_000_000n;

const PRICES: Partial<Record<MarketKind, readonly string[]>> = {
  quote: ['bidPrice', 'askPrice'],
  trade: ['price'],
  bar: ['open', 'high', 'low', 'close'],
  delta: ['price'],
  snapshot: ['price'],
};
const QUANTITIES: Partial<Record<MarketKind, readonly string[]>> = {
  quote: ['bidQuantity', 'askQuantity'],
  trade: ['quantity'],
  bar: ['volume'],
  delta: ['quantity'],
  snapshot: ['quantity'],
};

/** Quote currencies as venues spell them at the end of a symbol, those that end another first. */
const QUOTES = [
  ...['FDUSD', 'USDT', 'USDC', 'BUSD', 'TUSD', 'USDP', 'PYUSD', 'USD1', 'USDE', 'DAI', 'USD'],
  ...['EUR', 'GBP', 'JPY', 'TRY', 'BRL', 'AUD', 'CAD', 'CHF', 'KRW', 'ZAR', 'PLN', 'BTC', 'XBT', 'ETH', 'BNB', 'SOL'],
];

/** Base and quote currency of a symbol in any venue's spelling; the whole symbol and `QUOTE` where nothing is known. */
export function splitSymbol(symbol: string): { readonly base: string; readonly quote: string } {
  const plain = symbol.replace(/[-_:/]?(PERP|PERPETUAL|SWAP|SPOT)$/i, '').replace(/[-_]\d{6,8}$/, '');
  const parts = plain.split(/[-_/:]/).filter((part) => part !== '');
  const [first, second] = parts;
  if (parts.length >= 2 && first !== undefined && second !== undefined) return cut(first, second);
  const quote = QUOTES.find((name) => plain.toUpperCase().endsWith(name) && plain.length > name.length);
  return quote === undefined ? cut(plain, 'QUOTE') : cut(plain.slice(0, -quote.length), quote);
}

/** A definition's names have 16 characters at most. */
function cut(base: string, quote: string): { base: string; quote: string } {
  return { base: base.slice(0, 16), quote: quote.slice(0, 16) };
}

interface Seen {
  priceDigits: number;
  quantityDigits: number;
  quantityMax: number;
}

/**
 * Rules that fit what some days of the data show: tick and lot have the fewest digits that hold every price and quantity
 * seen. A guess, and the run says so; what later does not fit it is counted as malformed. `minimum` and `maximum` are as
 * wide as the numbers go.
 */
export async function inferInstruments(
  reader: ArchiveReader,
  streams: readonly SelectedStream[],
): Promise<InstrumentDefinition[]> {
  const seen = new Map<string, { venue: string; symbol: string; seen: Seen }>();
  for (const stream of streams) {
    const { venue, symbol } = stream;
    const id = `${venue} ${symbol}`;
    let entry = seen.get(id);
    if (entry === undefined) {
      entry = { venue, symbol, seen: { priceDigits: 0, quantityDigits: 0, quantityMax: 0 } };
      seen.set(id, entry);
    }
    if (PRICES[stream.kind] !== undefined) await sample(reader, stream, entry.seen);
  }
  return [...seen.values()].map(definitionOf);
}

async function sample(reader: ArchiveReader, stream: SelectedStream, seen: Seen): Promise<void> {
  const { venue, symbol, kind, partitions } = stream;
  const names = [...(PRICES[kind] ?? []), ...(QUANTITIES[kind] ?? []), 'priceScale', 'quantityScale'];
  const step = Math.max(1, (partitions.length - 1) / (DAYS_SAMPLED - 1));
  const days = new Set<number>();
  for (let day = 0; day < partitions.length && days.size < DAYS_SAMPLED; day = Math.round(days.size * step)) {
    if (days.has(day)) break;
    days.add(day);
  }
  await Promise.all(
    [...days].map(async (day) => {
      const files = partitions[day]?.manifest.files ?? [];
      const from = Math.min(...files.map(({ tsEventMin }) => tsEventMin));
      const to = Math.max(...files.map(({ tsEventMax }) => tsEventMax)) + 1;
      const request = { venues: [venue], symbols: [symbol], kinds: [kind], columns: names, from, to, gaps: false };
      // Exactly so many, however they come in batches: what is inferred decides what the run is.
      let left = ROWS_SAMPLED;
      for await (const batch of reader.batches(request)) {
        look(batch, kind, { seen, rows: Math.min(left, batch.length) });
        left -= batch.length;
        if (left <= 0) break;
      }
    }),
  );
}

/** Looks at the first rows of a batch, side by side in one chunk of columns after another. */
function look(
  batch: MergedBatch,
  kind: MarketKind,
  { seen, rows }: { readonly seen: Seen; readonly rows: number },
): void {
  const { streams, stream, row } = batch;
  for (let at = 0; at < rows;) {
    const place = stream[at] as number;
    const first = row[at] as number;
    let end = at + 1;
    while (end < rows && stream[end] === place) end++;
    const columns = (streams[place] as StreamColumns).columns;
    const part = (name: string): ArrayLike<number> => (columns[name] as Float64Array).subarray(first, first + end - at);
    const priceScales = part('priceScale');
    const quantityScales = part('quantityScale');
    for (const name of PRICES[kind] ?? []) {
      seen.priceDigits = digitsOf(part(name), priceScales, seen.priceDigits);
    }
    for (const name of QUANTITIES[kind] ?? []) {
      seen.quantityDigits = digitsOf(part(name), quantityScales, seen.quantityDigits);
      seen.quantityMax = Math.max(seen.quantityMax, largest(part(name), quantityScales));
    }
    at = end;
  }
}

/** The fewest digits after the point, `least` or more, that hold all values. */
function digitsOf(values: ArrayLike<number>, scales: ArrayLike<number>, least: number): number {
  let digits = least;
  for (let row = 0; row < values.length; row++) {
    const scale = scales[row] as number;
    const value = values[row] as number;
    while (digits < scale && value % 10 ** (scale - digits) !== 0) digits++;
  }
  return digits;
}

function largest(values: ArrayLike<number>, scales: ArrayLike<number>): number {
  let most = 0;
  for (let row = 0; row < values.length; row++) {
    most = Math.max(most, (values[row] as number) / 10 ** (scales[row] as number));
  }
  return most;
}

function definitionOf({ venue, symbol, seen }: { venue: string; symbol: string; seen: Seen }): InstrumentDefinition {
  const tickDigits = Math.min(seen.priceDigits, MONEY_SCALE);
  const room = MONEY_SCALE - tickDigits;
  let lotDigits = Math.min(room, Math.max(seen.quantityDigits, LOT_DIGITS_LEAST));
  while (lotDigits > 0 && seen.quantityMax * 10 ** lotDigits > LOTS_MAX) lotDigits--;
  const [tickSize, lotSize] = [formatDecimal(1n, tickDigits), formatDecimal(1n, lotDigits)];
  return {
    venue,
    symbol,
    ...splitSymbol(symbol),
    tickSize,
    lotSize,
    quantityMin: lotSize,
    quantityMax: formatDecimal(TICKS_MAX, lotDigits),
    priceMin: tickSize,
    priceMax: formatDecimal(TICKS_MAX, tickDigits),
    notionalMin: '0',
  };
}
