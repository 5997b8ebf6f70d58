import type { ScaledNumber, ScaledQuote } from '@portcullis/market';
import { Malformed, type Members, boolean, membersOf } from '../../market/frame-members.ts';
import { rowsOf, tradeIdOf } from '../../market/wire-members.ts';
import { type WireNumber, alike, readNumber } from '../../market/wire-number.ts';
import {
  type Reading,
  bookOf,
  levelsIn,
  markOf,
  numberIn,
  symbolIn,
  timeIn,
  tradeOf,
  wholeIn,
} from './bybit-members.ts';
import type { BybitSymbol, TickerState } from './bybit-symbols.ts';

/** The deepest book has 1000 levels a side; a change may remove all of them and add as many. */
const LEVELS_MAX = 4000;
const BAR_MICROS = 60_000_000;
/** Inverse contracts: BTCUSD, ETHUSDM25. Their volume is in dollars, and the turnover in the coin. */
const INVERSE = /USD([A-Z][0-9]{2})?$/;

/** A frame of the V5 public stream: `topic`, `type`, `ts`, `data`. Throws {@link Malformed}. Source: Bybit V5, "WebSocket Stream", Public. */
export function readV5(topic: string, frame: Members, reading: Reading): void {
  const [name = '', detail] = topic.split('.');
  switch (name) {
    case 'orderbook':
      return detail === '1' ? readQuote(frame, reading) : readBook(frame, reading);
    case 'publicTrade':
      return readTrades(frame, reading);
    case 'tickers':
      return readTicker(frame, reading);
    case 'kline':
      return detail === '1' ? readBars(topic, frame, reading) : undefined;
    default:
      return;
  }
}

/** The matching engine's time where there is one, because it is comparable with that of trades. */
function bookTime(frame: Members): number {
  const member = frame['cts'] === undefined ? 'ts' : 'cts';
  return timeIn(frame[member], member, 1000);
}

function typeOf(frame: Members): 'snapshot' | 'delta' {
  const { type } = frame;
  if (type !== 'snapshot' && type !== 'delta') throw new Malformed('type', type, 'snapshot or delta');
  return type;
}

/**
 * `u` is one more with each frame of a topic, and 1 when the service began anew, which then sends the book whole. Source:
 * Bybit V5, "Orderbook".
 */
function readBook(frame: Members, { symbols, out }: Reading): void {
  const data = membersOf(frame['data'], 'data');
  const symbol = symbols.of(symbolIn(data['s'], 's'));
  const number = wholeIn(data['u'], 'u');
  const levels = { bids: levelsIn(data['b'], 'b', LEVELS_MAX), asks: levelsIn(data['a'], 'a', LEVELS_MAX) };
  out.push(bookOf(symbol, { kind: typeOf(frame), number, tsEvent: bookTime(frame), ...levels }));
}

/**
 * The best of each side. It is sent again when nothing has changed for three seconds, with the same `u`: that is no
 * quote. Its `u` has holes and nothing to do with that of the deeper book, so that the quote has no number.
 */
function readQuote(frame: Members, { symbols, out }: Reading): void {
  const data = membersOf(frame['data'], 'data');
  const symbol = symbols.of(symbolIn(data['s'], 's'));
  const number = wholeIn(data['u'], 'u');
  const tsEvent = bookTime(frame);
  const known = typeOf(frame) === 'delta' ? symbol.quote : undefined;
  const bid = best(levelsIn(data['b'], 'b', LEVELS_MAX), known, 'bid');
  const ask = best(levelsIn(data['a'], 'a', LEVELS_MAX), known, 'ask');
  const isAgain = number === symbol.quoteNumber && number !== 1;
  symbol.quoteNumber = number;
  if (isAgain) return;
  symbol.quote = undefined;
  // With an empty side there is no best quote.
  if (bid === undefined || ask === undefined) return;
  const prices = alike([bid[0], ask[0]], symbol.priceScale, 'b');
  const sizes = alike([bid[1], ask[1]], symbol.quantityScale, 'b');
  symbol.priceScale = prices.scale;
  symbol.quantityScale = sizes.scale;
  const [bidPrice, askPrice] = prices.values as [number, number];
  const [bidQuantity, askQuantity] = sizes.values as [number, number];
  const scales = { priceScale: prices.scale, quantityScale: sizes.scale };
  const numbers = { sequence: 0, bidPrice, bidQuantity, askPrice, askQuantity };
  const quote: ScaledQuote = { kind: 'quote', symbol: symbol.symbol, tsEvent, tsEventNanos: 0, ...scales, ...numbers };
  symbol.quote = quote;
  out.push(quote);
}

type Level = readonly [price: ScaledNumber, size: ScaledNumber];

/** The level that is set (one that is removed beside it has the size 0), or the known one where nothing is said. */
function best(levels: readonly WireNumber[], known: ScaledQuote | undefined, side: 'bid' | 'ask'): Level | undefined {
  for (let at = 0; at < levels.length; at += 2) {
    const [price, size] = [levels[at] as WireNumber, levels[at + 1] as WireNumber];
    if (size.value > 0) return [price, size];
  }
  if (known === undefined || levels.length > 0) return undefined;
  const { priceScale, quantityScale } = known;
  const [price, size] = side === 'bid' ? [known.bidPrice, known.bidQuantity] : [known.askPrice, known.askQuantity];
  return [
    { value: price, scale: priceScale },
    { value: size, scale: quantityScale },
  ];
}

function readTrades(frame: Members, { symbols, out }: Reading): void {
  for (const row of rowsOf(frame['data'], 'data')) {
    const data = membersOf(row, 'data');
    const trade = {
      tsEvent: timeIn(data['T'], 'T', 1000),
      tradeId: tradeIdOf(data['i'], 'i'),
      price: data['p'],
      size: data['v'],
      side: data['S'],
    };
    out.push(tradeOf(symbols.of(symbolIn(data['s'], 's')), trade));
  }
}

const TICKER_MEMBERS = ['markPrice', 'indexPrice', 'fundingRate', 'nextFundingTime'] as const;

/**
 * Derivatives only: a whole ticker, then changes without the members that stay, so that what is told is put together
 * from both. Spot tickers have neither a mark price nor a funding rate. Source: Bybit V5, "Ticker".
 */
function readTicker(frame: Members, { symbols, out }: Reading): void {
  const data = membersOf(frame['data'], 'data');
  const symbol = symbols.of(symbolIn(data['symbol'], 'symbol'));
  const tsEvent = timeIn(frame['ts'], 'ts', 1000);
  const isWhole = typeOf(frame) === 'snapshot';
  const next: TickerState = { ...symbol.ticker };
  const changed = new Set<string>();
  for (const member of TICKER_MEMBERS) {
    if (!isWhole && data[member] === undefined) continue;
    next[member] = data[member];
    if (hasValue(data[member])) changed.add(member);
  }
  const events = [];
  if (hasValue(next.markPrice) && (changed.has('markPrice') || changed.has('indexPrice'))) {
    events.push(markOf(symbol, { tsEvent, mark: next.markPrice, index: next.indexPrice }));
  }
  if (hasValue(next.fundingRate) && (changed.has('fundingRate') || changed.has('nextFundingTime'))) {
    events.push(fundingOf(symbol, next, tsEvent));
  }
  Object.assign(symbol.ticker, next);
  out.push(...events);
}

/** Dated futures have empty members. */
function hasValue(value: unknown): boolean {
  return value !== undefined && value !== '';
}

function fundingOf(symbol: BybitSymbol, { fundingRate, nextFundingTime }: TickerState, tsEvent: number) {
  const number = typeof fundingRate === 'string' ? readNumber(fundingRate) : undefined;
  if (number === undefined) throw new Malformed('fundingRate', fundingRate, 'a decimal within the safe integers');
  const rate = alike([number], symbol.rateScale, 'fundingRate');
  const hasNext = hasValue(nextFundingTime) && nextFundingTime !== '0';
  const nextAt = hasNext ? timeIn(nextFundingTime, 'nextFundingTime', 1000) : 0;
  symbol.rateScale = rate.scale;
  const numbers = { rateScale: rate.scale, rate: rate.values[0] as number, nextAt };
  return { kind: 'funding' as const, symbol: symbol.symbol, tsEvent, tsEventNanos: 0, ...numbers };
}

/** Bars of a minute; only finished ones (`confirm`) are events. */
function readBars(topic: string, frame: Members, { symbols, out }: Reading): void {
  const symbol = symbols.of(symbolIn(topic.split('.')[2], 'topic'));
  for (const row of rowsOf(frame['data'], 'data')) {
    const data = membersOf(row, 'data');
    if (!boolean(data, 'confirm')) continue;
    const start = timeIn(data['start'], 'start', 1000);
    const members = ['open', 'high', 'low', 'close'];
    const prices = alike(
      members.map((member) => numberIn(data[member], member)),
      symbol.barScale,
      'open',
    );
    const volume = alike([numberIn(data['volume'], 'volume')], symbol.barQuantityScale, 'volume');
    symbol.barScale = prices.scale;
    symbol.barQuantityScale = volume.scale;
    const [open, high, low, close] = prices.values as [number, number, number, number];
    out.push({
      kind: 'bar',
      symbol: symbol.symbol,
      tsEvent: start + BAR_MICROS - 1,
      tsEventNanos: 0,
      priceScale: prices.scale,
      quantityScale: volume.scale,
      period: BAR_MICROS,
      start,
      ...{ open, high, low, close },
      volume: volume.values[0] as number,
      takerVolume: -1,
      quoteVolume: INVERSE.test(symbol.symbol) ? '' : plainText(data['turnover'], 'turnover'),
      count: -1,
    });
  }
}

const PLAIN = /^(0|[1-9][0-9]*)(\.[0-9]+)?$/;
const PLAIN_LENGTH_MAX = 64;

function plainText(text: unknown, member: string): string {
  if (typeof text !== 'string' || text.length > PLAIN_LENGTH_MAX || !PLAIN.test(text)) {
    throw new Malformed(member, text, 'a plain decimal string');
  }
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
