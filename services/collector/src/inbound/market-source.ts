import { Logger } from '@nestjs/common';
import { wallMicros } from '@portcullis/config';
import type { InstrumentRules } from '@portcullis/market';
import { BinanceMarketStream, type VenueMarketEvent } from '@portcullis/venues';
import type { CollectorConfig } from '../collector.config.ts';
import type { MarketFeed } from '../outbound/market-feed.ts';

/** Levels a side in the snapshots for those who come later. */
const SNAPSHOT_LEVELS = 100;
/** How often such a snapshot is published: the longest that a reader who missed a `resync` stays in the dark. */
const SNAPSHOT_MS = 10_000;

/** Follows the venue and hands every event to the feed. */
export class MarketSource {
  readonly #logger = new Logger('market-source');
  readonly #stream: BinanceMarketStream;
  readonly #feed: MarketFeed;
  readonly #rules: readonly InstrumentRules[];
  readonly #gaps = new Map<string, number>();
  #lagMicros = 0;
  #restating: NodeJS.Timeout | undefined;

  constructor(config: CollectorConfig, rules: readonly InstrumentRules[], feed: MarketFeed) {
    const { restUrl, wsUrl, staleMs } = config;
    this.#rules = rules;
    this.#feed = feed;
    this.#stream = new BinanceMarketStream({
      restUrl,
      wsUrl,
      staleMs,
      instruments: rules,
      onEvent: (event, receivedMicros) => this.#take(event, receivedMicros),
      onTrouble: (what) => this.#logger.warn(what),
    });
    feed.onLoss((symbol, why) => this.#restate(symbol, why));
  }

  get live(): boolean {
    return this.#stream.live;
  }

  get reconnects(): number {
    return Math.max(0, this.#stream.counters.connections - 1);
  }

  get malformed(): number {
    return this.#stream.counters.malformed;
  }

  /** Gap events so far, by reason. */
  get gaps(): ReadonlyMap<string, number> {
    return this.#gaps;
  }

  /** Age of the last trade or delta when it arrived, by the venue's clock and ours; negative when ours is behind. */
  get lagMicros(): number {
    return this.#lagMicros;
  }

  start(): void {
    this.#stream.start();
    this.#restating = setInterval(() => {
      for (const { symbol } of this.#rules) this.#publishSnapshot(symbol);
    }, SNAPSHOT_MS);
  }

  stop(): void {
    clearInterval(this.#restating);
    this.#stream.close();
  }

  #take(event: VenueMarketEvent, receivedMicros: number): void {
    if (event.kind === 'gap') {
      this.#gaps.set(event.reason, (this.#gaps.get(event.reason) ?? 0) + 1);
      this.#logger.log(`${event.symbol}: ${event.reason}, ${event.detail}`);
    }
    if (event.kind === 'trade' || event.kind === 'delta') this.#lagMicros = receivedMicros - event.tsEvent;
    this.#feed.take(event, receivedMicros);
  }

  /** After a loss between us and the bus: our book is whole, so say what was lost and then what is. */
  #restate(symbol: string, why: string): void {
    const at = wallMicros();
    this.#take({ kind: 'gap', symbol, tsEvent: at, reason: 'gap', detail: why }, at);
    if (this.#publishSnapshot(symbol)) {
      this.#take({ kind: 'gap', symbol, tsEvent: at, reason: 'resync', detail: 'stated again' }, at);
    }
  }

  #publishSnapshot(symbol: string): boolean {
    const snapshot = this.#stream.snapshot(symbol, SNAPSHOT_LEVELS);
    if (snapshot === undefined) return false;
    this.#feed.take(snapshot, snapshot.tsEvent);
    return true;
  }
}
