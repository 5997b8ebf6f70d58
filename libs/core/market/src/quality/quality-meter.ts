import { QUALITY_WINDOW_MICROS, type QualityWindow } from '@portcullis/contracts';
import { assert } from '@portcullis/kernel';
import { type DataStream, type ScaledEvent, type ScaledGap, streamOf } from '../scaled-event.ts';
import { judged, SILENCE_MICROS_MAX } from './rules.ts';
import { StreamMeter } from './stream-meter.ts';

export interface QualityMeterOptions {
  /** The streams that are subscribed; others are not measured. */
  readonly streams: readonly DataStream[];
  /** When observation begins, microseconds. */
  readonly from: number;
  /** Silence in microseconds after which a stream is stale, where it is not that of `SILENCE_MICROS_MAX`. */
  readonly silenceMicrosMax?: Partial<Record<DataStream, number>>;
}

/** Closed windows that wait to be taken: a day of six streams. Whoever ticks less often loses the oldest, which count as BAD. */
const CLOSED_MAX = 96 * 6;

/**
 * Measures the streams of one instrument in windows of a quarter of an hour. Windows are by the time that comes with
 * each call (`receivedMicros`, `at`, `now`): live that is our own clock, so that a venue's clock cannot move an event
 * into another window and a silence can be seen while it lasts; an import passes `tsEvent`, because its events have no
 * other time. A time before the latest one counts as the latest one.
 *
 * A stream is stale between a hole (`gap`, `disconnect`, `stale`) and what makes it whole: for books a `resync` or a
 * snapshot, for the others a `resync` or their next event; a book also until its first snapshot; and every stream from
 * the moment when it has been silent for longer than it ever is.
 */
export class QualityMeter {
  readonly #meters: ReadonlyMap<DataStream, StreamMeter>;
  #closed: QualityWindow[] = [];
  #now: number;
  #end: number;

  constructor({ streams, from, silenceMicrosMax = {} }: QualityMeterOptions) {
    assert(Number.isSafeInteger(from) && from >= 0, 'observation begins at a whole number of microseconds');
    this.#now = from;
    this.#meters = new Map(
      streams.map((stream) => [
        stream,
        new StreamMeter(stream, from, silenceMicrosMax[stream] ?? SILENCE_MICROS_MAX[stream]),
      ]),
    );
    this.#end = Math.floor(from / QUALITY_WINDOW_MICROS + 1) * QUALITY_WINDOW_MICROS;
  }

  observe(event: ScaledEvent, receivedMicros: number): void {
    const at = this.#advance(receivedMicros);
    if (event.kind === 'gap') {
      this.#gap(event, at);
      return;
    }
    const stream = streamOf(event.kind);
    const meter = stream === undefined ? undefined : this.#meters.get(stream);
    if (meter === undefined) return;
    if (event.kind === 'snapshot') meter.whole(at);
    if (event.kind === 'bar') meter.bar(event.start, event.period);
    meter.message(at, receivedMicros - event.tsEvent);
  }

  /** A message that came again and was left out. */
  duplicate(stream: DataStream, at: number): void {
    this.#advance(at);
    this.#meters.get(stream)?.duplicate();
  }

  /** A message that came too late to be used. */
  outOfOrder(stream: DataStream, at: number): void {
    this.#advance(at);
    this.#meters.get(stream)?.outOfOrder();
  }

  /** `count` messages that were given up for want of room. */
  drop(stream: DataStream | 'all', count: number, at: number): void {
    this.#advance(at);
    for (const meter of this.#those(stream)) meter.drop(count);
  }

  /** A new connection of all streams. */
  reconnect(at: number): void {
    this.#advance(at);
    for (const meter of this.#meters.values()) meter.reconnect();
  }

  /** The windows that have ended since the last call, in the order of `(start, stream)`. */
  tick(nowMicros: number): QualityWindow[] {
    this.#advance(nowMicros);
    const closed = this.#closed;
    this.#closed = [];
    return closed;
  }

  /** The windows that are open, as they stand: seen in part, so never GOOD. */
  partial(nowMicros: number): QualityWindow[] {
    const now = this.#advance(nowMicros);
    const facts = [...this.#meters.values()].map((meter) => meter.facts(now));
    return sorted(facts.filter(({ observedFrom, observedTo }) => observedTo > observedFrom).map(judged));
  }

  #gap({ reason, stream }: ScaledGap, at: number): void {
    for (const meter of this.#those(stream)) {
      if (reason === 'resync') meter.whole(at);
      else meter.hole(at);
    }
  }

  #those(stream: DataStream | 'all'): Iterable<StreamMeter> {
    if (stream === 'all') return this.#meters.values();
    const meter = this.#meters.get(stream);
    return meter === undefined ? [] : [meter];
  }

  /** Closes the windows that have ended by `at`; returns the time to count with. */
  #advance(at: number): number {
    if (at <= this.#now) return this.#now;
    this.#now = at;
    while (at >= this.#end) {
      const closed = sorted([...this.#meters.values()].map((meter) => judged(meter.close())));
      this.#closed.push(...closed);
      if (this.#closed.length > CLOSED_MAX) this.#closed.splice(0, this.#closed.length - CLOSED_MAX);
      this.#end += QUALITY_WINDOW_MICROS;
    }
    return at;
  }
}

/** In the order of `(start, stream)`. */
export function sorted(windows: readonly QualityWindow[]): QualityWindow[] {
  return [...windows].sort((one, other) => one.start - other.start || (one.stream < other.stream ? -1 : 1));
}
