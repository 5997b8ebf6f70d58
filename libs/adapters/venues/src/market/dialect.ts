import type { DataStream, ScaledEvent } from '@portcullis/market';

export const DIALECT_NAMES = [
  'binance-spot',
  'binance-usdm',
  'binance-coinm',
  'coinbase',
  'kraken',
  'bybit',
  'okx',
] as const;
export type DialectName = (typeof DIALECT_NAMES)[number];

/** Why a frame, or a part of it, is no market event: which member is wrong, what it holds and what is expected. */
export interface FrameError {
  readonly member: string;
  /** At most 100 characters. */
  readonly value: string;
  readonly expected: string;
}

/** How the numbers of deltas hang together; see the book sync. */
export type BookRule =
  /** Binance spot: `U` at most last + 1. */
  | 'range'
  /** Binance futures, OKX: `pu` / `prevSeqId` equals the last. */
  | 'previous'
  /** Each delta is the last + 1 (Bybit v5). */
  | 'next'
  /** No numbers: the connection is ordered, and a checksum, where there is one, is the proof (Kraken, old feeds). */
  | 'ordered';

/** A frame that is sent to the venue, as text. */
export type OutgoingFrame = string;

export interface Subscription {
  readonly symbols: readonly string[];
  readonly streams: readonly DataStream[];
}

export interface RestRequest {
  /** Path and query, to be put behind the REST address. */
  readonly path: string;
}

/**
 * How one venue speaks on its public market streams: all of it pure, sockets and clocks are somebody else's.
 * A parser has the state of one connection (scales per symbol, connection-wide sequence) and is made anew with each.
 */
export interface MarketDialect {
  readonly name: DialectName;
  /** Its production addresses, for a configuration that names none. */
  readonly wsUrl: string;
  readonly restUrl: string;
  /** What of {@link DataStream} it can give. */
  readonly streams: readonly DataStream[];
  readonly bookRule: BookRule;
  /** Where the first whole book comes from: a REST request, or the stream itself after subscribing. */
  readonly snapshots: 'rest' | 'stream';
  /**
   * Levels a side down to which the venue keeps a client's book up to date: what falls out of them has to be forgotten,
   * because nobody says when it goes. Left out: the whole book.
   */
  readonly bookDepth?: number;
  /** Whether each trade's id is the one before it plus one, so that a jump is a hole. */
  readonly consecutiveTradeIds?: boolean;
  subscribe(subscription: Subscription): readonly OutgoingFrame[];
  unsubscribe(subscription: Subscription): readonly OutgoingFrame[];
  /** What has to be sent every so often to stay connected; undefined when nothing (pings of the protocol apart). */
  readonly keepAlive: { readonly everyMs: number; readonly frame: OutgoingFrame } | undefined;
  /** The request for a whole book; only with `snapshots: 'rest'`. */
  snapshotRequest?(symbol: string): RestRequest;
  /** The request for the venue's clock, where it has one, and the reading of its answer in microseconds. */
  readonly clock: { readonly request: RestRequest; read(body: unknown): number | undefined } | undefined;
  parser(): MarketParser;
  /** The same venue at another address, for streams that this one does not have. */
  readonly beside?: MarketDialect;
}

export interface MarketParser {
  /**
   * Adds what a frame says to `out`, in order; nothing for answers to subscriptions and the like. `frame` is the UTF-8
   * text. `receivedMicros` is the time of what has none of its own. What is malformed is told and nothing of it added.
   */
  parse(frame: Uint8Array, receivedMicros: number, out: ScaledEvent[]): FrameError | undefined;
  /** The answer to a snapshot request, which may name neither symbol nor time. */
  parseSnapshot?(body: Uint8Array, symbol: string, receivedMicros: number, out: ScaledEvent[]): FrameError | undefined;
  /**
   * The venue's checksum of a book, from its best levels; only where it has one. Levels flat, best first, at the scales
   * that this parser's events of the symbol have. Undefined when the book is too thin to tell.
   */
  readonly checksum?: BookChecksum;
}

export interface BookChecksum {
  /** Levels a side that go into it. */
  readonly depth: number;
  of(symbol: string, bids: readonly number[], asks: readonly number[]): number;
}
