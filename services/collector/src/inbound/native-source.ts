import type { Logger } from '@nestjs/common';
import type { ScaledBook, ScaledEvent } from '@portcullis/market';
import {
  type ClockOffset,
  type DialectName,
  type MarketDialect,
  MarketStream,
  type StreamCounters,
  dialectOf,
} from '@portcullis/venues/market';
import type { VenueConfig } from '../collector.config.ts';
import type { FeedParts, VenueSource } from './venue-feed.ts';

/** A venue that is spoken natively, at its address and, where some streams are only at another one, there too. */
export function nativeSource(config: VenueConfig, name: DialectName, parts: FeedParts, logger: Logger): VenueSource {
  const dialect = dialectOf(name);
  const main = streamOf(config, dialect, { parts, logger }, (event) => event);
  const { beside } = dialect;
  if (beside === undefined || !config.streams.some((stream) => beside.streams.includes(stream))) return main;
  if (config.wsUrl !== undefined) {
    logger.warn(`${beside.streams.join(', ')} are at another address than wsUrl, and are not followed`);
    return main;
  }
  const only = beside.streams[0];
  // What that connection loses is its own streams and not the book.
  const own = (event: ScaledEvent): ScaledEvent =>
    event.kind === 'gap' && event.stream === 'all' && only !== undefined ? { ...event, stream: only } : event;
  return new BesideSource(main, streamOf(config, beside, { parts, logger }, own));
}

/** Two streams of the same instruments; all but the events and counts of the second is the first one's. */
class BesideSource implements VenueSource {
  readonly #main: MarketStream;
  readonly #beside: MarketStream;

  constructor(main: MarketStream, beside: MarketStream) {
    this.#main = main;
    this.#beside = beside;
  }

  get symbols(): readonly string[] {
    return this.#main.symbols;
  }

  get clock(): ClockOffset | undefined {
    return this.#main.clock;
  }

  get counters(): StreamCounters {
    const [one, two] = [this.#main.counters, this.#beside.counters];
    return {
      ...one,
      frames: one.frames + two.frames,
      malformed: one.malformed + two.malformed,
      gaps: one.gaps + two.gaps,
      connections: one.connections + two.connections,
      reconnects: one.reconnects + two.reconnects,
    };
  }

  start(symbols: readonly string[]): void {
    this.#main.start(symbols);
    this.#beside.start(symbols);
  }

  follow(symbols: readonly string[]): void {
    this.#main.follow(symbols);
    this.#beside.follow(symbols);
  }

  unfollow(symbols: readonly string[]): void {
    this.#main.unfollow(symbols);
    this.#beside.unfollow(symbols);
  }

  whole(symbol: string): boolean {
    return this.#main.whole(symbol);
  }

  book(symbol: string): ScaledBook | undefined {
    return this.#main.book(symbol);
  }

  close(): void {
    this.#main.close();
    this.#beside.close();
  }
}

function streamOf(
  config: VenueConfig,
  dialect: MarketDialect,
  { parts: { pipeline, rawCapture }, logger }: { readonly parts: FeedParts; readonly logger: Logger },
  asOwn: (event: ScaledEvent) => ScaledEvent,
): MarketStream {
  const { venue, restUrl, wsUrl, streams, staleMs } = config;
  return new MarketStream({
    dialect,
    restUrl,
    wsUrl,
    streams,
    staleMs,
    onEvent: (told, receivedMicros) => {
      const event = asOwn(told);
      if (event.kind === 'gap') logger.log(`${event.symbol}: ${event.reason} (${event.stream}), ${event.detail}`);
      pipeline.take(venue, event, receivedMicros);
    },
    onDropped: (drop, symbol, receivedMicros) => pipeline.dropped(venue, symbol, drop, receivedMicros),
    onReconnected: (symbols, at) => {
      for (const symbol of symbols) pipeline.find(venue, symbol)?.meter?.reconnect(at);
    },
    onFrame: rawCapture === undefined ? undefined : (frame) => rawCapture.frame(venue, frame.symbol, frame),
    onTrouble: (what) => logger.warn(what),
  });
}
