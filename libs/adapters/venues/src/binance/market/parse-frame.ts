import type { BookDelta, BookSnapshot, MarketEvent, MarketGap, Quote, Trade } from '@portcullis/contracts';
import { type Result, err, ok } from '@portcullis/kernel';
import { plainDecimal } from './plain-decimal.ts';

type Unnumbered<T> = T extends unknown ? Omit<T, 'version' | 'venue' | 'seq' | 'tsInit'> : never;

/** A market event as a venue tells it: who publishes it adds venue, sequence and the time of receipt. */
export type VenueMarketEvent = Unnumbered<MarketEvent>;
export type VenueQuote = Unnumbered<Quote>;
export type VenueTrade = Unnumbered<Trade>;
export type VenueDelta = Unnumbered<BookDelta>;
export type VenueSnapshot = Unnumbered<BookSnapshot>;
export type VenueGap = Unnumbered<MarketGap>;

/** Why a frame is no market event: which member is wrong. */
export interface FrameError {
  readonly member: string;
  readonly value: string;
}

/** Levels that one frame may carry a side; Binance's deepest snapshot has 5000. */
const LEVELS_MAX = 10_000;
/** Epoch times from here on are microseconds (Binance sends either, by the client's choice). */
const MICROS_FROM = 100_000_000_000_000;

type Frame = Readonly<Record<string, unknown>>;
type Level = [string, string];

class Malformed extends Error {
  readonly member: string;
  readonly value: unknown;

  constructor(member: string, value: unknown) {
    super(`${member} is wrong`);
    this.member = member;
    this.value = value;
  }
}

/**
 * Parses one frame of Binance's spot streams (`bookTicker`, `trade`, `aggTrade`, `depthUpdate`), alone or wrapped as
 * `{stream, data}`. Undefined for what is no market event: answers to subscriptions and streams that nobody asked for.
 * `receivedMicros` is the time of a quote, because `bookTicker` has none of its own. Source: Binance, "WebSocket
 * Streams for Binance".
 */
export function parseFrame(frame: unknown, receivedMicros: number): Result<VenueMarketEvent | undefined, FrameError> {
  return guarded(() => {
    const outer = record(frame, 'frame');
    const data =
      typeof outer['stream'] === 'string' && outer['data'] !== undefined ? record(outer['data'], 'data') : outer;
    switch (data['e']) {
      case 'trade':
        return trade(data, String(integer(data, 't')));
      case 'aggTrade':
        return trade(data, String(integer(data, 'a')));
      case 'depthUpdate':
        return delta(data);
      case undefined:
        return data['u'] !== undefined && data['b'] !== undefined ? quote(data, receivedMicros) : undefined;
      default:
        return data['e'] === 'bookTicker' ? quote(data, receivedMicros) : undefined;
    }
  });
}

/** Parses the answer of `GET /api/v3/depth`, which names neither symbol nor time. */
export function parseSnapshot(
  body: unknown,
  symbol: string,
  receivedMicros: number,
): Result<VenueSnapshot, FrameError> {
  return guarded(() => {
    const data = record(body, 'body');
    return {
      kind: 'snapshot' as const,
      symbol,
      tsEvent: receivedMicros,
      sequence: integer(data, 'lastUpdateId'),
      bids: levels(data, 'bids'),
      asks: levels(data, 'asks'),
    };
  });
}

function guarded<T>(parse: () => T): Result<T, FrameError> {
  try {
    return ok(parse());
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return err({ member: error.member, value: String(JSON.stringify(error.value)).slice(0, 100) });
  }
}

function quote(data: Frame, receivedMicros: number): VenueQuote {
  return {
    kind: 'quote',
    symbol: symbolOf(data),
    tsEvent: data['E'] === undefined ? receivedMicros : micros(data, 'E'),
    bidPrice: decimal(data, 'b'),
    bidQuantity: decimal(data, 'B'),
    askPrice: decimal(data, 'a'),
    askQuantity: decimal(data, 'A'),
  };
}

function trade(data: Frame, tradeId: string): VenueTrade {
  if (typeof data['m'] !== 'boolean') throw new Malformed('m', data['m']);
  return {
    kind: 'trade',
    symbol: symbolOf(data),
    tsEvent: micros(data, 'T'),
    tradeId,
    price: decimal(data, 'p'),
    quantity: decimal(data, 'q'),
    // `m`: the buyer was the maker, so the seller took.
    aggressor: data['m'] ? 'sell' : 'buy',
  };
}

function delta(data: Frame): VenueDelta {
  return {
    kind: 'delta',
    symbol: symbolOf(data),
    tsEvent: micros(data, 'E'),
    firstSequence: integer(data, 'U'),
    lastSequence: integer(data, 'u'),
    bids: levels(data, 'b'),
    asks: levels(data, 'a'),
  };
}

function record(value: unknown, member: string): Frame {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Malformed(member, value);
  return value as Frame;
}

function symbolOf(data: Frame): string {
  const symbol = data['s'];
  if (typeof symbol !== 'string' || symbol === '') throw new Malformed('s', symbol);
  return symbol;
}

function integer(data: Frame, member: string): number {
  const value = data[member];
  if (!Number.isSafeInteger(value)) throw new Malformed(member, value);
  return value as number;
}

function micros(data: Frame, member: string): number {
  const value = integer(data, member);
  return value >= MICROS_FROM ? value : value * 1000;
}

function decimal(data: Frame, member: string): string {
  const text = plainDecimal(data[member]);
  if (text === undefined) throw new Malformed(member, data[member]);
  return text;
}

function levels(data: Frame, member: string): Level[] {
  const value = data[member];
  if (!Array.isArray(value) || value.length > LEVELS_MAX) throw new Malformed(member, value);
  return value.map((level: unknown): Level => {
    const [price, quantity] = Array.isArray(level) ? [plainDecimal(level[0]), plainDecimal(level[1])] : [];
    if (price === undefined || quantity === undefined) throw new Malformed(member, level);
    return [price, quantity];
  });
}
