import type { Logger } from '@nestjs/common';
import { UserError, wallMicros } from '@portcullis/config';
import { ScaledBook, type ScaledEvent } from '@portcullis/market';
import { type CcxtConnection, CcxtMarketSource } from '@portcullis/venues';
import { type StreamCounters, freshCounters } from '@portcullis/venues/market';
import type { VenueConfig } from '../collector.config.ts';
import type { FeedParts, VenueSource } from './venue-feed.ts';

const RETRY_MS_MIN = 1000;
const RETRY_MS_MAX = 60_000;

/** ccxt's name of the venue, and where it is when it is not at its production addresses. */
export interface CcxtPlace extends CcxtConnection {
  readonly exchangeId: string;
}

/** A venue that ccxt speaks for: each instrument has a source of its own, so that it can come and go. */
export function ccxtSource(config: VenueConfig, place: CcxtPlace, parts: FeedParts, logger: Logger): VenueSource {
  if (config.restUrl !== undefined || config.wsUrl !== undefined) {
    throw new UserError(`venue ${config.venue}: restUrl and wsUrl are not for ccxt`, 'leave them out');
  }
  if (parts.rawCapture !== undefined) logger.warn('ccxt shows no frames: nothing of this venue is captured raw');
  return new CcxtSource(config, place, parts, logger);
}

interface Followed {
  readonly symbol: string;
  readonly book: ScaledBook;
  whole: boolean;
  /** Undefined while it is being opened. */
  source: CcxtMarketSource | undefined;
  ended: boolean;
  failures: number;
  retry: NodeJS.Timeout | undefined;
}

class CcxtSource implements VenueSource {
  readonly clock = undefined;
  readonly #config: VenueConfig;
  readonly #place: CcxtPlace;
  readonly #parts: FeedParts;
  readonly #logger: Logger;
  readonly #followed = new Map<string, Followed>();
  readonly #counters: StreamCounters = { ...freshCounters(), connections: 0, reconnects: 0 };

  constructor(config: VenueConfig, place: CcxtPlace, parts: FeedParts, logger: Logger) {
    this.#config = config;
    this.#place = place;
    this.#parts = parts;
    this.#logger = logger;
  }

  get symbols(): readonly string[] {
    return [...this.#followed.keys()];
  }

  get counters(): StreamCounters {
    return this.#counters;
  }

  start(symbols: readonly string[]): void {
    this.follow(symbols);
  }

  follow(symbols: readonly string[]): void {
    for (const symbol of symbols) {
      if (this.#followed.has(symbol)) continue;
      const followed: Followed = {
        symbol,
        book: new ScaledBook(),
        whole: false,
        source: undefined,
        ended: false,
        failures: 0,
        retry: undefined,
      };
      this.#followed.set(symbol, followed);
      this.#parts.pipeline.lane(this.#config.venue, symbol).bookUnproved = true;
      this.#take(followed, lost(symbol, 'nothing is known yet'), wallMicros());
      void this.#open(followed);
    }
  }

  unfollow(symbols: readonly string[]): void {
    for (const symbol of symbols) {
      const followed = this.#followed.get(symbol);
      if (followed === undefined) continue;
      this.#followed.delete(symbol);
      followed.ended = true;
      clearTimeout(followed.retry);
      void followed.source?.close();
    }
  }

  whole(symbol: string): boolean {
    const followed = this.#followed.get(symbol);
    if (followed === undefined) return false;
    return this.#config.streams.includes('book') ? followed.whole : followed.source !== undefined;
  }

  book(symbol: string): ScaledBook | undefined {
    const followed = this.#followed.get(symbol);
    return followed?.whole === true ? followed.book : undefined;
  }

  close(): void {
    this.unfollow(this.symbols);
  }

  async #open(followed: Followed): Promise<void> {
    const { symbol } = followed;
    try {
      const source = await CcxtMarketSource.open({
        ...this.#place,
        symbols: [symbol],
        streams: this.#config.streams,
        onEvent: (event, receivedMicros) => {
          // In the configuration's spelling, by which it is asked for and stopped.
          if (!followed.ended) this.#take(followed, { ...event, symbol }, receivedMicros);
        },
        onTrouble: ({ stream, message }) => this.#logger.warn(`${symbol} ${stream}: ${message}`),
      });
      if (followed.ended) return await source.close();
      followed.source = source;
      this.#counters.connections += 1;
      const missing = this.#config.streams.filter((stream) => !source.streams.includes(stream));
      if (missing.length > 0) {
        this.#logger.warn(`${symbol}: ccxt has no ${missing.join(', ')} of ${this.#place.exchangeId}`);
      }
    } catch (error) {
      if (followed.ended) return;
      this.#logger.warn(`${symbol}: ${error instanceof Error ? error.message : String(error)}`.slice(0, 300));
      const delayMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(followed.failures, 10));
      followed.failures += 1;
      followed.retry = setTimeout(() => void this.#open(followed), delayMs * (0.5 + Math.random() / 2));
    }
  }

  #take(followed: Followed, event: ScaledEvent, receivedMicros: number): void {
    this.#counters.events[event.kind] += 1;
    if (event.kind === 'snapshot') followed.whole = followed.book.replace(event) === 'applied';
    else if (event.kind === 'delta') followed.whole &&= followed.book.apply(event) === 'applied';
    else if (event.kind === 'gap') {
      this.#logger.log(`${event.symbol}: ${event.reason} (${event.stream}), ${event.detail}`);
      if (event.reason === 'resync') this.#counters.resyncs += 1;
      else {
        this.#counters.gaps += 1;
        if (event.stream === 'book' || event.stream === 'all') followed.whole = false;
      }
    }
    this.#parts.pipeline.take(this.#config.venue, event, receivedMicros);
  }
}

function lost(symbol: string, detail: string): ScaledEvent {
  const at = { tsEvent: wallMicros(), tsEventNanos: 0 };
  return { kind: 'gap', symbol, ...at, reason: 'disconnect', detail, stream: 'all', from: 0, to: 0 };
}
