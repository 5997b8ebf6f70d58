import type { ScaledEvent } from '@portcullis/market';
import { Malformed, type Members, membersOf, symbolOf } from '../../market/frame-members.ts';
import { aboveZero, parsedText, rowsOf, tradeIdOf } from '../../market/wire-members.ts';
import { alike, readNumber, unsignedNumber } from '../../market/wire-number.ts';
import { bookEvent, readBook } from './okx-books.ts';
import type { OkxSymbol, OkxSymbols } from './okx-symbols.ts';
import { millisText } from './okx-times.ts';

const BAR_MICROS = 60_000_000;
const CANDLE_LENGTH = 9;
/** The same in form: 400 levels every 100 ms, 400 or 50 at once (these two for customers of rank). */
const BOOK_CHANNELS: ReadonlySet<unknown> = new Set(['books', 'books-l2-tbt', 'books50-l2-tbt']);

/** What frames are read with. */
export interface Reading {
  readonly symbols: OkxSymbols;
  readonly receivedMicros: number;
}

/** Reads one row of a channel; what it gives back is called once all rows are read, so that a frame counts whole or not. */
type Reader = (row: unknown, state: OkxSymbol, reading: Reading) => () => ScaledEvent | undefined;

/**
 * A frame of the public and of the business interface. Source: OKX API guide v5: Order book channel, Trades channel,
 * Tickers channel, Mark price channel, Funding rate channel, Candlesticks channel.
 */
export function readFrame(text: string, reading: Reading): readonly ScaledEvent[] {
  // The answer to our own `ping`.
  if (text === 'pong') return [];
  const outer = membersOf(parsedText(text), 'frame');
  if (outer['event'] !== undefined) {
    readAnswer(outer);
    return [];
  }
  const arg = membersOf(outer['arg'], 'arg');
  if (BOOK_CHANNELS.has(arg['channel'])) return readBooks(outer, arg, reading);
  const reader = READERS.get(arg['channel']);
  if (reader === undefined) return [];
  const commits = rowsOf(outer['data'], 'data').map((row) => reader(row, stateOf(row, arg, reading), reading));
  return commits.flatMap((commit) => commit() ?? []);
}

/** `{"event":"error","code":"60012","msg":"…"}`; other events are answers and notices. */
function readAnswer({ event, code, msg }: Members): void {
  if (event !== 'error') return;
  throw new Malformed('error', [code, msg], 'an accepted request');
}

/** Rows name their instrument, books and candles do it in `arg` alone. */
function stateOf(row: unknown, arg: Members, { symbols }: Reading): OkxSymbol {
  const own = Array.isArray(row) ? undefined : membersOf(row, 'data');
  return symbols.of(symbolOf(own?.['instId'] === undefined ? arg : own, 'instId'));
}

function readBooks(outer: Members, arg: Members, reading: Reading): ScaledEvent[] {
  const books = rowsOf(outer['data'], 'data').map((row) =>
    readBook(membersOf(row, 'data'), stateOf(row, arg, reading), outer['action']),
  );
  return books.map((book, at) => {
    // Checksums are judged after the frame was read, therefore only the last state of a book in it has one.
    const isLast = books.every(({ state }, later) => later <= at || state !== book.state);
    return bookEvent(isLast ? book : { ...book, checksum: undefined });
  });
}

const READERS: ReadonlyMap<unknown, Reader> = new Map<string, Reader>([
  ['trades', readTrade],
  ['tickers', readQuote],
  ['mark-price', readMark],
  ['funding-rate', readFunding],
  ['candle1m', readCandle],
]);

/** One row can stand for several trades at one price (`count`); then its id is the last of theirs. */
function readTrade(row: unknown, state: OkxSymbol): () => ScaledEvent {
  const data = membersOf(row, 'data');
  const { side } = data;
  // The side of the taker.
  if (side !== 'buy' && side !== 'sell') throw new Malformed('side', side, 'buy or sell');
  const tradeId = tradeIdOf(data['tradeId'], 'tradeId');
  const prices = alike([aboveZero(unsignedNumber(data['px'], 'px'), 'px')], state.trade.priceScale, 'px');
  const quantities = alike([aboveZero(unsignedNumber(data['sz'], 'sz'), 'sz')], state.trade.quantityScale, 'sz');
  const tsEvent = millisText(data['ts'], 'ts');
  const scales = { priceScale: prices.scale, quantityScale: quantities.scale };
  return () => {
    state.trade = scales;
    const [price, quantity] = [prices.values[0] as number, quantities.values[0] as number];
    const { symbol } = state;
    return { kind: 'trade', symbol, tsEvent, tsEventNanos: 0, ...scales, tradeId, price, quantity, aggressor: side };
  };
}

const QUOTE_MEMBERS = ['bidPx', 'bidSz', 'askPx', 'askSz'] as const;

function readQuote(row: unknown, state: OkxSymbol): () => ScaledEvent | undefined {
  const data = membersOf(row, 'data');
  const tsEvent = millisText(data['ts'], 'ts');
  // A side without orders is told as empty texts: there is no quote then.
  if (QUOTE_MEMBERS.some((member) => data[member] === '')) return () => undefined;
  const number = (member: (typeof QUOTE_MEMBERS)[number]) => unsignedNumber(data[member], member);
  const prices = alike([number('bidPx'), number('askPx')], state.quote.priceScale, 'bidPx');
  const quantities = alike([number('bidSz'), number('askSz')], state.quote.quantityScale, 'bidSz');
  const scales = { priceScale: prices.scale, quantityScale: quantities.scale };
  return () => {
    state.quote = scales;
    return {
      kind: 'quote',
      symbol: state.symbol,
      tsEvent,
      tsEventNanos: 0,
      ...scales,
      sequence: 0,
      bidPrice: prices.values[0] as number,
      bidQuantity: quantities.values[0] as number,
      askPrice: prices.values[1] as number,
      askQuantity: quantities.values[1] as number,
    };
  };
}

function readMark(row: unknown, state: OkxSymbol): () => ScaledEvent {
  const data = membersOf(row, 'data');
  const tsEvent = millisText(data['ts'], 'ts');
  const mark = alike([unsignedNumber(data['markPx'], 'markPx')], state.markScale, 'markPx');
  return () => {
    state.markScale = mark.scale;
    const price = mark.values[0] as number;
    return { kind: 'mark', symbol: state.symbol, tsEvent, tsEventNanos: 0, priceScale: mark.scale, price, index: -1 };
  };
}

/** `fundingRate` is paid at `fundingTime`; what the venue foresees for the time after it is not told. */
function readFunding(row: unknown, state: OkxSymbol, { receivedMicros }: Reading): () => ScaledEvent {
  const data = membersOf(row, 'data');
  const { fundingRate: text, ts, fundingTime } = data;
  const rate = typeof text === 'string' ? readNumber(text) : undefined;
  if (rate === undefined) throw new Malformed('fundingRate', text, 'a decimal within the safe integers');
  const { scale, values } = alike([rate], state.rateScale, 'fundingRate');
  // Older frames have no time of their own.
  const tsEvent = ts === undefined ? receivedMicros : millisText(ts, 'ts');
  const nextAt = fundingTime === undefined || fundingTime === '' ? 0 : millisText(fundingTime, 'fundingTime');
  return () => {
    state.rateScale = scale;
    const value = values[0] as number;
    return { kind: 'funding', symbol: state.symbol, tsEvent, tsEventNanos: 0, rateScale: scale, rate: value, nextAt };
  };
}

/** `[start, open, high, low, close, volume, volume in currency, volume in quote currency, "1" once it is over]` */
function readCandle(row: unknown, state: OkxSymbol): () => ScaledEvent | undefined {
  const candle = rowsOf(row, 'data');
  if (candle.length < CANDLE_LENGTH) throw new Malformed('data', row, `${CANDLE_LENGTH} members`);
  const [ts, open, high, low, close, vol, , volCcyQuote, confirm] = candle;
  if (confirm !== '0' && confirm !== '1') throw new Malformed('confirm', confirm, '0 or 1');
  if (confirm === '0') return () => undefined;
  const start = millisText(ts, 'ts');
  if (start % BAR_MICROS !== 0) throw new Malformed('ts', ts, 'the beginning of a minute');
  const numbers = Object.entries({ open, high, low, close }).map(([name, text]) => unsignedNumber(text, name));
  const prices = alike(numbers, state.bar.priceScale, 'open');
  const volumes = alike([unsignedNumber(vol, 'vol')], state.bar.quantityScale, 'vol');
  const quoteVolume = plainText(volCcyQuote);
  const scales = { priceScale: prices.scale, quantityScale: volumes.scale };
  return () => {
    state.bar = scales;
    const [o, h, l, c] = prices.values as [number, number, number, number];
    return {
      kind: 'bar',
      symbol: state.symbol,
      tsEvent: start + BAR_MICROS - 1,
      tsEventNanos: 0,
      ...scales,
      period: BAR_MICROS,
      start,
      open: o,
      high: h,
      low: l,
      close: c,
      volume: volumes.values[0] as number,
      takerVolume: -1,
      quoteVolume,
      count: -1,
    };
  };
}

const PLAIN = /^(0|[1-9][0-9]{0,40})(\.[0-9]{1,20})?$/;

/** Checked, but told as text: the sum can leave the safe integers. */
function plainText(text: unknown): string {
  if (typeof text !== 'string' || !PLAIN.test(text)) throw new Malformed('volCcyQuote', text, 'a plain decimal');
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
