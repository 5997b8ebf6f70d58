import { QUALITY_WINDOW_MICROS } from '@portcullis/contracts';
import type { DataStream } from '../scaled-event.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import type { WindowFacts } from './rules.ts';

/** Counts of one stream in the window that is open. All times are microseconds of one clock that does not go back. */
export class StreamMeter {
  readonly stream: DataStream;
  readonly #silenceMax: number;
  readonly #latency = new LatencyHistogram();
  #observedFrom: number;
  #start: number;
  /** Up to where staleness has been added up. */
  #measuredTo: number;
  #lastAt: number;
  /** A hole is open: nothing is known until the stream is whole again. */
  #broken: boolean;
  #lastBarStart = -1;
  #messages = 0;
  #expectedBars = 0;
  #gaps = 0;
  #duplicates = 0;
  #outOfOrder = 0;
  #stale = 0;
  #reconnects = 0;
  #drops = 0;

  constructor(stream: DataStream, from: number, silenceMax: number) {
    this.stream = stream;
    this.#silenceMax = silenceMax;
    this.#observedFrom = from;
    this.#start = Math.floor(from / QUALITY_WINDOW_MICROS) * QUALITY_WINDOW_MICROS;
    this.#measuredTo = from;
    this.#lastAt = from;
    // Deltas mean nothing before the first whole book.
    this.#broken = stream === 'book';
  }

  get end(): number {
    return this.#start + QUALITY_WINDOW_MICROS;
  }

  message(at: number, latencyMicros: number): void {
    this.#measure(at);
    this.#lastAt = at;
    this.#messages += 1;
    this.#latency.add(latencyMicros);
    // A book is whole by a snapshot or a resync; the others go on with what comes next.
    if (this.stream !== 'book') this.#broken = false;
  }

  /** What should have come is told by the bars themselves: by how far each begins after the one before. */
  bar(start: number, period: number): void {
    const steps = this.#lastBarStart < 0 ? 1 : Math.round((start - this.#lastBarStart) / period);
    this.#expectedBars += Math.max(0, steps);
    if (steps > 0) this.#lastBarStart = start;
  }

  hole(at: number): void {
    this.#measure(at);
    this.#gaps += 1;
    this.#broken = true;
  }

  whole(at: number): void {
    this.#measure(at);
    this.#broken = false;
  }

  duplicate(): void {
    this.#duplicates += 1;
  }

  outOfOrder(): void {
    this.#outOfOrder += 1;
  }

  drop(count: number): void {
    this.#drops += count;
  }

  reconnect(): void {
    this.#reconnects += 1;
  }

  /** The open window up to `now`, which is not after its end. */
  facts(now: number): WindowFacts {
    this.#measure(now);
    const latency = this.#latency.summary();
    return {
      start: this.#start,
      stream: this.stream,
      messages: this.#messages,
      ...(this.stream === 'bar' ? { expected: this.#expectedBars } : {}),
      gaps: this.#gaps,
      duplicates: this.#duplicates,
      outOfOrder: this.#outOfOrder,
      staleMicros: this.#stale,
      reconnects: this.#reconnects,
      drops: this.#drops,
      ...(latency === undefined ? {} : { latencyMicros: latency }),
      observedFrom: this.#observedFrom,
      observedTo: now,
    };
  }

  /** The window up to its end; the next one is open afterwards. */
  close(): WindowFacts {
    const facts = this.facts(this.end);
    this.#start = this.end;
    this.#observedFrom = this.#start;
    this.#latency.clear();
    this.#messages = 0;
    this.#expectedBars = 0;
    this.#gaps = 0;
    this.#duplicates = 0;
    this.#outOfOrder = 0;
    this.#stale = 0;
    this.#reconnects = 0;
    this.#drops = 0;
    return facts;
  }

  #measure(to: number): void {
    if (to <= this.#measuredTo) return;
    const from = this.#broken ? this.#measuredTo : Math.max(this.#measuredTo, this.#lastAt + this.#silenceMax);
    if (to > from) this.#stale += to - from;
    this.#measuredTo = to;
  }
}
