import { Logger } from '@nestjs/common';
import { wallMicros } from '@portcullis/config';
import type { ScaledBook } from '@portcullis/market';
import type { ClockOffset, MarketStream, StreamCounters } from '@portcullis/venues/market';
import { type VenueConfig, symbolsOf } from '../collector.config.ts';
import type { RawCapture } from '../outbound/raw-capture.ts';
import type { MarketPipeline } from '../state/market-pipeline.ts';
import { nativeSource } from './native-source.ts';

/** What follows the instruments of one venue: a native stream, or ccxt. */
export type VenueSource = Pick<
  MarketStream,
  'start' | 'follow' | 'unfollow' | 'whole' | 'book' | 'close' | 'counters' | 'clock' | 'symbols'
>;

export interface FeedParts {
  readonly pipeline: MarketPipeline;
  readonly rawCapture: RawCapture | undefined;
}

/** One configured venue: its source, started and stopped as the configuration says. */
export class VenueFeed {
  readonly config: VenueConfig;
  readonly #logger: Logger;
  readonly #pipeline: MarketPipeline;
  readonly #source: VenueSource;

  private constructor(config: VenueConfig, parts: FeedParts, source: (logger: Logger) => VenueSource) {
    this.config = config;
    this.#logger = new Logger(`venue ${config.venue}`);
    this.#pipeline = parts.pipeline;
    this.#source = source(this.#logger);
  }

  static async open(config: VenueConfig, parts: FeedParts): Promise<VenueFeed> {
    const { dialect } = config;
    if (typeof dialect === 'string') {
      return new VenueFeed(config, parts, (logger) => nativeSource(config, dialect, parts, logger));
    }
    // ccxt is large; who does not use it does not load it.
    const { ccxtSource } = await import('./ccxt-source.ts');
    return new VenueFeed(config, parts, (logger) => ccxtSource(config, { exchangeId: dialect.ccxt }, parts, logger));
  }

  get venue(): string {
    return this.config.venue;
  }

  get symbols(): readonly string[] {
    return this.#source.symbols;
  }

  get counters(): StreamCounters {
    return this.#source.counters;
  }

  get clock(): ClockOffset | undefined {
    return this.#source.clock;
  }

  whole(symbol: string): boolean {
    return this.#source.whole(symbol);
  }

  book(symbol: string): ScaledBook | undefined {
    return this.#source.whole(symbol) ? this.#source.book(symbol) : undefined;
  }

  start(): void {
    for (const symbol of symbolsOf(this.config)) this.#begin(symbol);
    this.#source.start(symbolsOf(this.config));
  }

  /** Follows exactly these symbols from now on. */
  follow(symbols: readonly string[]): void {
    const present = new Set(this.#source.symbols);
    const wanted = new Set(symbols);
    const [more, less] = [symbols.filter((s) => !present.has(s)), [...present].filter((s) => !wanted.has(s))];
    this.#source.unfollow(less);
    for (const symbol of less) this.#pipeline.end(this.venue, symbol, wallMicros(), 'no longer followed');
    for (const symbol of more) this.#begin(symbol);
    this.#source.follow(more);
    if (more.length + less.length > 0) this.#logger.log(`+${more.join(',') || 0} -${less.join(',') || 0}`);
  }

  #begin(symbol: string): void {
    this.#pipeline.begin(this.venue, symbol, this.config.streams, wallMicros());
  }

  /** No event comes after it, except that each instrument hears why. */
  close(why: string): void {
    const { symbols } = this.#source;
    this.#source.close();
    for (const symbol of symbols) this.#pipeline.end(this.venue, symbol, wallMicros(), why);
  }
}
