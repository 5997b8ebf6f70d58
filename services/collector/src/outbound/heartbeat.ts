import type { BusConnection } from '@portcullis/bus';
import { wallMicros } from '@portcullis/config';
import { type Heartbeat, MARKET_KINDS, subjects } from '@portcullis/contracts';
import type { Collector } from '../collector.ts';
import type { MarketFeed } from './market-feed.ts';

const HEARTBEAT_MS = 1000;

/** Says every second that the collector is alive, and how it does. */
export class CollectorHeartbeat {
  readonly #bus: BusConnection;
  readonly #instance: string;
  readonly #collector: Collector;
  readonly #feed: MarketFeed;
  readonly #timer: NodeJS.Timeout;

  constructor(bus: BusConnection, instance: string, collector: Collector, feed: MarketFeed) {
    this.#bus = bus;
    this.#instance = instance;
    this.#collector = collector;
    this.#feed = feed;
    this.#timer = setInterval(() => this.#beat(collector.broken.length === 0 ? 'ready' : 'degraded'), HEARTBEAT_MS);
  }

  /** The last one. */
  stop(): void {
    clearInterval(this.#timer);
    this.#beat('stopping');
  }

  #beat(state: Heartbeat['state']): void {
    if (this.#bus.nats.isClosed() || !this.#bus.link.up) return;
    const reconnects = this.#collector.venues.reduce((sum, { counters }) => sum + counters.reconnects, 0);
    const counters: Record<string, number> = { ...this.#feed.counters, reconnects };
    for (const kind of MARKET_KINDS) counters[`published_${kind}`] = this.#feed.published(kind);
    const beat: Heartbeat = {
      version: 1,
      service: 'collector',
      instance: this.#instance,
      at: wallMicros(),
      state,
      counters,
    };
    this.#bus.nats.publish(subjects.heartbeat('collector', this.#instance), JSON.stringify(beat));
  }
}
