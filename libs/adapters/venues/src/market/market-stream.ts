import { MARKET_KINDS } from '@portcullis/contracts';
import type { DataStream, ScaledBook, ScaledEvent } from '@portcullis/market';
import type { MarketDialect } from './dialect.ts';
import { MarketStreamConnection, type RawFrame } from './market-stream-connection.ts';
import { type ClockOffset, MarketRest } from './market-stream-rest.ts';
import { type NormalizerCounters, type NormalizerOptions, freshCounters } from './normalizer.ts';

const STALE_MS = 10_000;
const CLOCK_MS = 60_000;
/**
 * Streams of one connection. Venues allow between 200 (Binance futures, formerly) and 1024 (Binance spot) or say nothing;
 * the least of them fits all, and a cut connection takes fewer instruments with it.
 */
const STREAMS_PER_CONNECTION = 200;

export interface MarketStreamOptions {
  readonly dialect: MarketDialect;
  /** Where REST is, for example `https://api.binance.com`; left out: the dialect's own. */
  readonly restUrl?: string | undefined;
  readonly wsUrl?: string | undefined;
  /** What to follow of each symbol; left out: all that the dialect has. */
  readonly streams?: readonly DataStream[] | undefined;
  /** Every event in the order in which it came; `receivedMicros` in microseconds since the epoch. */
  readonly onEvent: (event: ScaledEvent, receivedMicros: number) => void;
  /** Everything as it came, before it is read. Each symbol then has a connection of its own. */
  readonly onFrame?: ((frame: RawFrame) => void) | undefined;
  /** What came twice or too late and was dropped. */
  readonly onDropped?: NormalizerOptions['onDropped'] | undefined;
  /** These symbols have a new connection. */
  readonly onReconnected?: ((symbols: Iterable<string>, at: number) => void) | undefined;
  /** Trouble that mends itself (refused connection, malformed frame), for a log. */
  readonly onTrouble?: ((what: string) => void) | undefined;
  /** Without a frame for this long a connection counts as dead. */
  readonly staleMs?: number | undefined;
}

/** Sums over all connections, those that were given up included. */
export interface StreamCounters extends NormalizerCounters {
  connections: number;
  /** Connections after the first of each. */
  reconnects: number;
}

/**
 * The public market streams of many instruments of one venue, over as many connections as they need. Connections come
 * back by themselves; every hole is told as a gap event (`gap`, `disconnect`, `stale`) and followed, where there is a
 * book, by a snapshot and `resync` once it is whole.
 */
export class MarketStream {
  readonly #options: MarketStreamOptions;
  readonly #streams: readonly DataStream[];
  readonly #rest: MarketRest;
  readonly #perConnection: number;
  readonly #ended: StreamCounters = { ...freshCounters(), connections: 0, reconnects: 0 };
  #connections: MarketStreamConnection[] = [];
  #clockTimer: NodeJS.Timeout | undefined;
  #clock: ClockOffset | undefined;
  #closed = false;

  constructor(options: MarketStreamOptions) {
    this.#options = options;
    const { dialect } = options;
    this.#streams = (options.streams ?? dialect.streams).filter((stream) => dialect.streams.includes(stream));
    const room = Math.max(1, Math.floor(STREAMS_PER_CONNECTION / Math.max(1, this.#streams.length)));
    this.#perConnection = options.onFrame === undefined ? room : 1;
    this.#rest = new MarketRest(options.restUrl ?? dialect.restUrl, (what) => options.onTrouble?.(what));
  }

  /** Begins to connect, for ever. */
  start(symbols: readonly string[]): void {
    this.follow(symbols);
    void this.#measureClock();
    this.#clockTimer = setInterval(() => void this.#measureClock(), CLOCK_MS);
  }

  get symbols(): readonly string[] {
    return this.#connections.flatMap((connection) => [...connection.symbols]);
  }

  /** The venue's clock minus ours with its uncertainty; undefined while it is not known. */
  get clock(): ClockOffset | undefined {
    return this.#clock;
  }

  get counters(): StreamCounters {
    const sum: StreamCounters = structuredClone(this.#ended);
    for (const connection of this.#connections) addTo(sum, connection);
    return sum;
  }

  /** Whether a symbol's book is whole; without books, whether its connection is there. */
  whole(symbol: string): boolean {
    return this.#of(symbol)?.whole(symbol) ?? false;
  }

  /** The book of a symbol while it is whole. */
  book(symbol: string): ScaledBook | undefined {
    return this.#of(symbol)?.book(symbol);
  }

  /** Follows more symbols from now on, over connections that have room, then over new ones. */
  follow(symbols: readonly string[]): void {
    if (this.#closed) return;
    let fresh = [...new Set(symbols)].filter((symbol) => this.#of(symbol) === undefined);
    for (const connection of this.#connections) {
      const room = fresh.slice(0, Math.max(0, this.#perConnection - connection.symbols.size));
      if (room.length > 0) connection.follow(room);
      fresh = fresh.slice(room.length);
    }
    for (let at = 0; at < fresh.length; at += this.#perConnection) {
      this.#connect(fresh.slice(at, at + this.#perConnection));
    }
  }

  unfollow(symbols: readonly string[]): void {
    for (const connection of this.#connections) connection.unfollow(symbols);
    const idle = this.#connections.filter((connection) => connection.symbols.size === 0);
    this.#connections = this.#connections.filter((connection) => connection.symbols.size > 0);
    for (const connection of idle) {
      connection.close();
      addTo(this.#ended, connection);
    }
  }

  /** Ends all connections; no event comes after it. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#clockTimer);
    this.#rest.close();
    for (const connection of this.#connections) connection.close();
  }

  #connect(symbols: readonly string[]): void {
    const { dialect, onDropped, onEvent, onFrame, onReconnected, onTrouble, staleMs, wsUrl } = this.#options;
    const connection = new MarketStreamConnection({
      dialect,
      wsUrl: wsUrl ?? dialect.wsUrl,
      rest: this.#rest,
      streams: this.#streams,
      staleMs: staleMs ?? STALE_MS,
      onEvent,
      onFrame,
      onDropped,
      onReconnected,
      onTrouble: (what) => onTrouble?.(what),
    });
    this.#connections = [...this.#connections, connection];
    connection.start(symbols);
  }

  #of(symbol: string): MarketStreamConnection | undefined {
    return this.#connections.find((connection) => connection.symbols.has(symbol));
  }

  async #measureClock(): Promise<void> {
    const measured = await this.#rest.clock(this.#options.dialect);
    if (measured !== undefined) this.#clock = measured;
  }
}

function addTo(sum: StreamCounters, { counters, connections }: MarketStreamConnection): void {
  sum.connections += connections;
  sum.reconnects += Math.max(0, connections - 1);
  for (const name of NUMBERS) sum[name] += counters[name];
  sum.checksums.ok += counters.checksums.ok;
  sum.checksums.bad += counters.checksums.bad;
  for (const kind of MARKET_KINDS) sum.events[kind] += counters.events[kind];
}

const NUMBERS = ['frames', 'malformed', 'gaps', 'resyncs', 'duplicates', 'outOfOrder', 'snapshots', 'crossed'] as const;
