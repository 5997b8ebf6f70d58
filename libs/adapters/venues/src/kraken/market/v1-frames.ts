import { type ScaledEvent, formatScaled } from '@portcullis/market';
import { Malformed, type Members, membersOf, symbolOf } from '../../market/frame-members.ts';
import { aboveZero, levelsOf, rowsOf, wholeNumber } from '../../market/wire-members.ts';
import { type WireNumber, unsignedNumber } from '../../market/wire-number.ts';
import { checksumOf } from './kraken-checksum.ts';
import {
  MINUTE_MICROS,
  type WireTrade,
  bookEvent,
  checkedCandle,
  nextCandle,
  quoteEvent,
  tradeEvent,
} from './kraken-events.ts';
import type { KrakenSymbol, Reading } from './kraken-symbols.ts';
import { type VenueTime, epochSeconds } from './kraken-times.ts';

/** What a subscription to books without a depth has. */
const DEPTH_LEFT_OUT = 10;
const PARTS_MIN = 4;
/** Only a book's update with both sides has two data members. */
const PARTS_MAX = 5;
const BOOK = /^book(?:-(\d{1,4}))?$/;

/**
 * A frame of WebSocket v1: `[channelID, data, "book-1000", "XBT/USD"]`. Recordings have it; nothing subscribes to it any
 * more. Source: Kraken, "Websockets API 1.9.2": Ticker, OHLC, Trade, Spread, Book.
 */
export function readV1(parts: readonly unknown[], reading: Reading): readonly ScaledEvent[] {
  if (parts.length < PARTS_MIN || parts.length > PARTS_MAX) {
    throw new Malformed('frame', parts, 'channelID, data, channelName and pair');
  }
  const [channel, pair] = parts.slice(-2);
  if (typeof channel !== 'string') throw new Malformed('channelName', channel, 'a name');
  const data = parts.slice(1, -2);
  const stateOf = (): KrakenSymbol => reading.symbols.of(symbolOf({ pair }, 'pair'));
  const book = BOOK.exec(channel);
  if (book !== null) {
    const state = stateOf();
    state.depth.tell(Number(book[1] ?? DEPTH_LEFT_OUT));
    return [readBook(data, state, reading)];
  }
  switch (channel) {
    case 'trade':
      return readTrades(data[0], stateOf());
    case 'ticker':
      return [readTicker(data[0], stateOf(), reading)];
    case 'spread':
      return [readSpread(data[0], stateOf())];
    case 'ohlc':
    case 'ohlc-1':
      return readCandle(data[0], stateOf());
    default:
      return [];
  }
}

/** `{"event":"heartbeat"}` and the like. */
export function readV1Event(outer: Members): void {
  const refusal = outer['errorMessage'] ?? (outer['event'] === 'error' ? 'no reason' : undefined);
  if (refusal !== undefined) throw new Malformed('errorMessage', refusal, 'an accepted request');
}

/** Both sides of an update may come as two members; the checksum is in the last. */
function readBook(parts: readonly unknown[], state: KrakenSymbol, reading: Reading): ScaledEvent {
  let data: Members = {};
  for (const part of parts) data = { ...data, ...membersOf(part, 'data') };
  const isSnapshot = data['as'] !== undefined || data['bs'] !== undefined;
  const asks = readSide(data, isSnapshot ? 'as' : 'a');
  const bids = readSide(data, isSnapshot ? 'bs' : 'b');
  const received = { micros: reading.receivedMicros, nanos: 0 };
  const latest = later(asks.latest, bids.latest);
  if (latest === undefined && !isSnapshot) throw new Malformed('data', parts, 'levels of a book');
  return bookEvent({
    state,
    isSnapshot,
    // Levels have the times of their last changes, a whole book has none of its own: it is as it was now.
    time: (isSnapshot ? later(latest, received) : latest) ?? received,
    bids: bids.levels,
    asks: asks.levels,
    checksum: data['c'] === undefined ? undefined : checksumOf(data['c'], 'c'),
    precision: undefined,
  });
}

interface SideOfBook {
  readonly levels: WireNumber[];
  readonly latest: VenueTime | undefined;
}

/** `[price, volume, time]`, with an `"r"` behind where a level is told again that had fallen out of the depth. */
function readSide(data: Members, member: string): SideOfBook {
  if (data[member] === undefined) return { levels: [], latest: undefined };
  let latest: VenueTime | undefined;
  const levels = levelsOf(data[member], member, (level) => {
    if (!Array.isArray(level) || level.length < 3) throw new Malformed(member, level, 'price, volume and time');
    const [price, volume, time] = level as unknown[];
    latest = later(latest, epochSeconds(time, member));
    return [price, volume];
  });
  return { levels, latest };
}

function later(a: VenueTime | undefined, b: VenueTime | undefined): VenueTime | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.micros > a.micros || (b.micros === a.micros && b.nanos > a.nanos) ? b : a;
}

/**
 * v1 gives trades no ids: ours are what the trade is, and which it is of several alike in one frame. So a trade has the
 * same id in every recording of it.
 */
function readTrades(data: unknown, state: KrakenSymbol): ScaledEvent[] {
  const seen = new Map<string, number>();
  const trades = rowsOf(data, 'trade').map((row): WireTrade => {
    if (!Array.isArray(row) || row.length < 4) throw new Malformed('trade', row, 'price, volume, time and side');
    const [priceText, volumeText, timeText, side] = row as unknown[];
    if (side !== 'b' && side !== 's') throw new Malformed('side', side, 'b or s');
    const price = aboveZero(unsignedNumber(priceText, 'price'), 'price');
    const quantity = aboveZero(unsignedNumber(volumeText, 'volume'), 'volume');
    const time = epochSeconds(timeText, 'time');
    const [priceId, volumeId] = [price, quantity].map(({ value, scale }) => formatScaled(value, scale));
    const id = `${time.micros}-${priceId}-${volumeId}-${side}`;
    const before = seen.get(id) ?? 0;
    seen.set(id, before + 1);
    const tradeId = before === 0 ? id : `${id}-${before}`;
    return { state, time, tradeId, price, quantity, aggressor: side === 'b' ? 'buy' : 'sell' };
  });
  return trades.map(tradeEvent);
}

/** `{"a":[price, whole lots, volume],"b":[…],…}`, which has no time. */
function readTicker(value: unknown, state: KrakenSymbol, { receivedMicros }: Reading): ScaledEvent {
  const data = membersOf(value, 'data');
  const side = (member: 'a' | 'b'): readonly [WireNumber, WireNumber] => {
    const row = rowsOf(data[member], member);
    return [unsignedNumber(row[0], member), unsignedNumber(row[2], member)];
  };
  const [[ask, askQuantity], [bid, bidQuantity]] = [side('a'), side('b')];
  return quoteEvent({ state, time: { micros: receivedMicros, nanos: 0 }, bid, bidQuantity, ask, askQuantity });
}

/** `[bid, ask, time, bid volume, ask volume]` */
function readSpread(value: unknown, state: KrakenSymbol): ScaledEvent {
  const [bid, ask, time, bidVolume, askVolume] = rowsOf(value, 'spread');
  return quoteEvent({
    state,
    time: epochSeconds(time, 'time'),
    bid: unsignedNumber(bid, 'bid'),
    bidQuantity: unsignedNumber(bidVolume, 'bidVolume'),
    ask: unsignedNumber(ask, 'ask'),
    askQuantity: unsignedNumber(askVolume, 'askVolume'),
  });
}

/** `[time, end of the period, open, high, low, close, average, volume, count]` */
function readCandle(value: unknown, state: KrakenSymbol): ScaledEvent[] {
  const [, end, open, high, low, close, , volume, count] = rowsOf(value, 'ohlc');
  const { micros } = epochSeconds(end, 'etime');
  if (micros % MINUTE_MICROS !== 0) throw new Malformed('etime', end, 'the end of a minute');
  const prices = Object.entries({ open, high, low, close }).map(([name, text]) => unsignedNumber(text, name));
  const candle = checkedCandle({
    start: micros - MINUTE_MICROS,
    prices,
    volume: unsignedNumber(volume, 'volume'),
    count: wholeNumber(typeof count === 'number' ? `${count}` : count, 'count'),
  });
  const bar = nextCandle(state, candle);
  return bar === undefined ? [] : [bar];
}
