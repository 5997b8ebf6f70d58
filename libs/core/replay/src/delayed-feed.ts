import { SeededRandom } from '@portcullis/kernel';
import type { MarketInput } from '@portcullis/market';
import { ReplayFailure } from './replay-failure.ts';

/** Events on their way at once. A second of the busiest instrument has some thousand; above it a run would eat the memory. */
export const FEED_EVENTS_MAX = 100_000;
/** Delivered places at the front of the list after which it is cut. */
const FRONT_MAX = 1024;

/** Plain JSON. */
export interface DelayedFeedSnapshot {
  readonly waiting: readonly { readonly at: number; readonly event: MarketInput }[];
  readonly lastAt: number;
  readonly random: readonly number[];
}

/** Market events on their way to us: each arrives its latency after it happened, and none overtakes another. */
export class DelayedFeed {
  readonly #feedMicros: number;
  readonly #jitterMicros: number;
  readonly #random: SeededRandom;
  #events: MarketInput[] = [];
  #times: number[] = [];
  #front = 0;
  #lastAt = 0;

  constructor(latency: { readonly feedMicros: number; readonly jitterMicros: number }, seed: string) {
    this.#feedMicros = latency.feedMicros;
    this.#jitterMicros = latency.jitterMicros;
    this.#random = SeededRandom.stream(seed, 'replay-feed');
  }

  /** Whether events take any time at all. */
  get isInstant(): boolean {
    return this.#feedMicros === 0 && this.#jitterMicros === 0;
  }

  /** When the next event arrives; Infinity when none is on its way. */
  get nextAt(): number {
    return this.#front < this.#times.length ? (this.#times[this.#front] as number) : Infinity;
  }

  /** When the last of them arrives. */
  get lastAt(): number {
    return this.#lastAt;
  }

  /** Throws {@link ReplayFailure} (`backlog`) when there are more than {@link FEED_EVENTS_MAX}. */
  push(event: MarketInput): void {
    if (this.#events.length - this.#front >= FEED_EVENTS_MAX) {
      const message = `more than ${FEED_EVENTS_MAX} events are on their way at ${event.tsEvent}: the feed's latency is too long for this data`;
      throw new ReplayFailure('backlog', message);
    }
    const jitter = this.#jitterMicros === 0 ? 0 : this.#random.integer(0, this.#jitterMicros);
    this.#lastAt = Math.max(this.#lastAt, event.tsEvent + this.#feedMicros + jitter);
    this.#events.push(event);
    this.#times.push(this.#lastAt);
  }

  /** The event that arrives next; only while {@link nextAt} is finite. */
  take(): MarketInput {
    const event = this.#events[this.#front++] as MarketInput;
    if (this.#front === this.#events.length || this.#front > FRONT_MAX) this.#cut();
    return event;
  }

  #cut(): void {
    this.#events = this.#events.slice(this.#front);
    this.#times = this.#times.slice(this.#front);
    this.#front = 0;
  }

  snapshot(): DelayedFeedSnapshot {
    this.#cut();
    const waiting = this.#events.map((event, i) => ({ at: this.#times[i] as number, event }));
    return { waiting, lastAt: this.#lastAt, random: this.#random.snapshot() };
  }

  restore(snapshot: DelayedFeedSnapshot): void {
    this.#events = snapshot.waiting.map(({ event }) => event);
    this.#times = snapshot.waiting.map(({ at }) => at);
    this.#front = 0;
    this.#lastAt = snapshot.lastAt;
    this.#random.restore(snapshot.random);
  }
}
