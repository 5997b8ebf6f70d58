import type { ScaledEvent, ScaledNumber, ScaledSnapshot } from '@portcullis/market';
import { Malformed, type Members, boolean, integer, membersOf, symbolOf } from '../../market/frame-members.ts';
import { FrameScale, decimal, levels, micros, signedDecimal } from './frame-numbers.ts';
import type { ScalesBySymbol, SymbolScales } from './symbol-scales.ts';

const BAR_INTERVAL = '1m';
const BAR_MICROS = 60_000_000;

/** Where a frame's events are put, and what they are read with. */
export interface Reading {
  readonly scales: ScalesBySymbol;
  readonly receivedMicros: number;
  readonly out: ScaledEvent[];
}

/**
 * Reads a parsed frame of any of Binance's public market streams, member by member and in whatever order they are;
 * answers with the members of the event. Undefined for what is no event: answers, streams that nobody asked for.
 * Throws {@link Malformed}, with nothing added. Source: Binance, "WebSocket Streams" of spot, USD-M and COIN-M.
 */
export function readFrame(frame: unknown, reading: Reading): Members | undefined {
  const outer = membersOf(frame, 'frame');
  const wrapped = typeof outer['stream'] === 'string' && outer['data'] !== undefined;
  const data = wrapped ? membersOf(outer['data'], 'data') : outer;
  switch (data['e']) {
    case 'trade':
      readTrade(data, 't', reading);
      return data;
    case 'aggTrade':
      readTrade(data, 'a', reading);
      return data;
    case 'depthUpdate':
      readDelta(data, reading);
      return data;
    case 'bookTicker':
      readQuote(data, reading);
      return data;
    case 'kline':
      readBar(data, reading);
      return data;
    case 'markPriceUpdate':
      readMark(data, reading);
      return data;
    case undefined:
      if (data['u'] === undefined || data['b'] === undefined) return readAnswer(outer);
      readQuote(data, reading);
      return data;
    default:
      return undefined;
  }
}

/** The answer of `GET …/depth`, which names the symbol and a time on COIN-M and a time on USD-M. */
export function readSnapshot(body: unknown, symbol: string, reading: Reading): void {
  const data = membersOf(body, 'body');
  if (data['symbol'] !== undefined && data['symbol'] !== symbol) throw new Malformed('symbol', data['symbol'], symbol);
  const scales = scalesOf(symbol, reading);
  const sequence = integer(data, 'lastUpdateId');
  const tsEvent = timeOf(data, reading);
  const sides = bookSides({ bids: levels(data, 'bids'), asks: levels(data, 'asks') }, scales);
  reading.out.push({ kind: 'snapshot', symbol, tsEvent, tsEventNanos: 0, sequence, ...sides });
}

function readAnswer(outer: Members): undefined {
  // {"code":2,"msg":"…"} or {"error":{"code":2,"msg":"…"},"id":1}
  const refusal = outer['error'] ?? (outer['code'] === undefined ? undefined : outer['msg']);
  if (refusal !== undefined && refusal !== null) throw new Malformed('error', refusal, 'an accepted request');
  return undefined;
}

function scalesOf(symbol: string, { scales }: Reading): SymbolScales {
  const found = scales.of(symbol);
  if (found === undefined) throw new Malformed('s', symbol, 'not so many symbols on one connection');
  return found;
}

/** The time of the match where there is one, else of the event, else of the receipt. */
function timeOf(data: Members, { receivedMicros }: Reading): number {
  if (data['T'] !== undefined) return micros(data, 'T');
  return data['E'] === undefined ? receivedMicros : micros(data, 'E');
}

function readQuote(data: Members, reading: Reading): void {
  const symbol = symbolOf(data);
  const scales = scalesOf(symbol, reading);
  const numbers = { b: decimal(data, 'b'), B: decimal(data, 'B'), a: decimal(data, 'a'), A: decimal(data, 'A') };
  const price = new FrameScale(scales.price);
  const quantity = new FrameScale(scales.quantity);
  price.cover(numbers.b, numbers.a);
  quantity.cover(numbers.B, numbers.A);
  const quote = {
    kind: 'quote' as const,
    symbol,
    tsEvent: timeOf(data, reading),
    tsEventNanos: 0,
    priceScale: price.scale,
    quantityScale: quantity.scale,
    sequence: integer(data, 'u'),
    bidPrice: price.of(numbers.b, 'b'),
    bidQuantity: quantity.of(numbers.B, 'B'),
    askPrice: price.of(numbers.a, 'a'),
    askQuantity: quantity.of(numbers.A, 'A'),
  };
  scales.price = price.scale;
  scales.quantity = quantity.scale;
  reading.out.push(quote);
}

function readTrade(data: Members, id: 't' | 'a', reading: Reading): void {
  const symbol = symbolOf(data);
  const scales = scalesOf(symbol, reading);
  const numbers = { p: decimal(data, 'p'), q: decimal(data, 'q') };
  // What is numbered but no trade (`X: "NA"`) has neither price nor quantity.
  if (numbers.p.value === 0 && numbers.q.value !== 0) throw new Malformed('p', data['p'], 'a price above zero');
  const price = new FrameScale(scales.price);
  const quantity = new FrameScale(scales.quantity);
  price.cover(numbers.p);
  quantity.cover(numbers.q);
  const trade = {
    kind: 'trade' as const,
    symbol,
    tsEvent: micros(data, 'T'),
    tsEventNanos: 0,
    priceScale: price.scale,
    quantityScale: quantity.scale,
    tradeId: String(integer(data, id)),
    price: price.of(numbers.p, 'p'),
    quantity: quantity.of(numbers.q, 'q'),
    // `m`: the buyer was the maker, so the seller took.
    aggressor: boolean(data, 'm') ? ('sell' as const) : ('buy' as const),
  };
  micros(data, 'E');
  scales.price = price.scale;
  scales.quantity = quantity.scale;
  if (id === 't') scales.hasTrades = true;
  else if (scales.hasTrades) return;
  reading.out.push(trade);
}

function readDelta(data: Members, reading: Reading): void {
  const symbol = symbolOf(data);
  const scales = scalesOf(symbol, reading);
  const numbers = {
    firstSequence: integer(data, 'U'),
    lastSequence: integer(data, 'u'),
    previousSequence: data['pu'] === undefined ? -1 : integer(data, 'pu'),
  };
  if (numbers.firstSequence > numbers.lastSequence) {
    throw new Malformed('U', data['U'], `at most u, ${numbers.lastSequence}`);
  }
  micros(data, 'E');
  const tsEvent = timeOf(data, reading);
  const sides = bookSides({ bids: levels(data, 'b'), asks: levels(data, 'a') }, scales);
  reading.out.push({ kind: 'delta', symbol, tsEvent, tsEventNanos: 0, ...numbers, ...sides });
}

function bookSides(
  { bids, asks }: { readonly bids: readonly ScaledNumber[]; readonly asks: readonly ScaledNumber[] },
  scales: SymbolScales,
): Pick<ScaledSnapshot, 'bids' | 'asks' | 'priceScale' | 'quantityScale'> {
  const price = new FrameScale(scales.price);
  const quantity = new FrameScale(scales.quantity);
  for (const side of [bids, asks]) side.forEach((number, at) => (at % 2 === 0 ? price : quantity).cover(number));
  const flat = (side: readonly ScaledNumber[], member: string): number[] =>
    side.map((number, at) => (at % 2 === 0 ? price : quantity).of(number, member));
  const sides = { bids: flat(bids, 'b'), asks: flat(asks, 'a') };
  scales.price = price.scale;
  scales.quantity = quantity.scale;
  return { ...sides, priceScale: price.scale, quantityScale: quantity.scale };
}

/** Only finished bars of a minute are events. */
function readBar(data: Members, reading: Reading): void {
  const bar = membersOf(data['k'], 'k');
  const finished = boolean(bar, 'x');
  if (!finished || bar['i'] !== BAR_INTERVAL) return;
  const symbol = symbolOf(data);
  const scales = scalesOf(symbol, reading);
  const prices = { o: decimal(bar, 'o'), h: decimal(bar, 'h'), l: decimal(bar, 'l'), c: decimal(bar, 'c') };
  const volumes = { v: decimal(bar, 'v'), V: decimal(bar, 'V') };
  const price = new FrameScale(scales.barPrice);
  const quantity = new FrameScale(scales.barQuantity);
  price.cover(prices.o, prices.h, prices.l, prices.c);
  quantity.cover(volumes.v, volumes.V);
  const start = micros(bar, 't');
  // Checked as a number, told as the venue spells it: its sum can leave the safe integers.
  const quoteVolume = plainText(bar, 'q');
  const event = {
    kind: 'bar' as const,
    symbol,
    tsEvent: start + BAR_MICROS - 1,
    tsEventNanos: 0,
    priceScale: price.scale,
    quantityScale: quantity.scale,
    period: BAR_MICROS,
    start,
    open: price.of(prices.o, 'o'),
    high: price.of(prices.h, 'h'),
    low: price.of(prices.l, 'l'),
    close: price.of(prices.c, 'c'),
    volume: quantity.of(volumes.v, 'v'),
    takerVolume: quantity.of(volumes.V, 'V'),
    quoteVolume,
    count: integer(bar, 'n'),
  };
  scales.barPrice = price.scale;
  scales.barQuantity = quantity.scale;
  reading.out.push(event);
}

const PLAIN = /^(0|[1-9][0-9]*)(\.[0-9]+)?$/;
const PLAIN_LENGTH_MAX = 64;

function plainText(data: Members, member: string): string {
  const text = data[member];
  if (typeof text !== 'string' || text.length > PLAIN_LENGTH_MAX || !PLAIN.test(text)) {
    throw new Malformed(member, text, 'a plain decimal string');
  }
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function readMark(data: Members, reading: Reading): void {
  const symbol = symbolOf(data);
  const scales = scalesOf(symbol, reading);
  const tsEvent = micros(data, 'E');
  const mark = decimal(data, 'p');
  const index = data['i'] === undefined || data['i'] === '' ? undefined : decimal(data, 'i');
  const price = new FrameScale(scales.mark);
  price.cover(mark, ...(index === undefined ? [] : [index]));
  const event = {
    kind: 'mark' as const,
    symbol,
    tsEvent,
    tsEventNanos: 0,
    priceScale: price.scale,
    price: price.of(mark, 'p'),
    index: index === undefined ? -1 : price.of(index, 'i'),
  };
  const funding = fundingOf(data, scales, { symbol, tsEvent });
  scales.mark = price.scale;
  reading.out.push(event);
  if (funding !== undefined) reading.out.push(funding);
}

/** Delivery contracts have none: an empty rate. */
function fundingOf(
  data: Members,
  scales: SymbolScales,
  base: { readonly symbol: string; readonly tsEvent: number },
): ScaledEvent | undefined {
  if (data['r'] === undefined || data['r'] === '') return undefined;
  const rate = signedDecimal(data, 'r');
  const scale = new FrameScale(scales.rate);
  scale.cover(rate);
  const nextAt = data['T'] === undefined || data['T'] === 0 ? 0 : micros(data, 'T');
  const value = scale.of(rate, 'r');
  scales.rate = scale.scale;
  return { kind: 'funding', ...base, tsEventNanos: 0, rateScale: scale.scale, rate: value, nextAt };
}
