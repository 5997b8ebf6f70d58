import type { NumberedEvent } from '@portcullis/market';
import { dateOf, type Partition } from '../partition.ts';
import { EventColumns } from './event-columns.ts';

const DAY_MICROS = 86_400_000_000;

/** Events of one partition that are in no segment yet. */
export interface EventBuffer {
  readonly partition: Partition;
  readonly day: number;
  readonly columns: EventColumns;
  /** When its first event was appended, milliseconds of the monotonic clock. */
  readonly since: number;
  readonly ordinalFirst: number;
  ordinalLast: number;
}

/** The open buffers, one for each partition that got events since its last cut. */
export class EventBuffers {
  readonly #streams = new Map<string, Map<number, EventBuffer>>();
  #rows = 0;

  get rows(): number {
    return this.#rows;
  }

  /** The lowest number of an event in it. */
  get ordinalMin(): number {
    let lowest = Infinity;
    for (const { ordinalFirst } of this.all()) lowest = Math.min(lowest, ordinalFirst);
    return lowest;
  }

  *all(): IterableIterator<EventBuffer> {
    for (const days of this.#streams.values()) yield* days.values();
  }

  /**
   * Puts an event into the buffer of its day. When it opens a later day of its stream than was there, the buffers of
   * the days before are given back, to be cut: what may still come late for them gets a segment of its own.
   */
  append(venue: string, event: NumberedEvent, ordinal: number): { buffer: EventBuffer; past: readonly EventBuffer[] } {
    const stream = `${venue}\0${event.kind}\0${event.symbol}`;
    const day = Math.floor(event.tsEvent / DAY_MICROS);
    let days = this.#streams.get(stream);
    let buffer = days?.get(day);
    let past: readonly EventBuffer[] = [];
    if (buffer === undefined) {
      past = [...(days?.values() ?? [])].filter((other) => other.day < day);
      buffer = openBuffer({ venue, kind: event.kind, symbol: event.symbol, date: dateOf(event.tsEvent) }, day, ordinal);
    }
    const before = buffer.columns.rows;
    // Throws for what is no event; then nothing was changed.
    buffer.columns.append(event);
    this.#rows += buffer.columns.rows - before;
    buffer.ordinalLast = ordinal;
    if (before === 0) {
      if (days === undefined) this.#streams.set(stream, (days = new Map<number, EventBuffer>()));
      days.set(day, buffer);
    }
    return { buffer, past };
  }

  /** Takes a buffer out. */
  remove({ partition, day, columns }: EventBuffer): void {
    const stream = `${partition.venue}\0${partition.kind}\0${partition.symbol}`;
    const days = this.#streams.get(stream);
    if (days?.delete(day) !== true) return;
    if (days.size === 0) this.#streams.delete(stream);
    this.#rows -= columns.rows;
  }
}

function openBuffer(partition: Partition, day: number, ordinal: number): EventBuffer {
  const columns = new EventColumns(partition.kind);
  return { partition, day, columns, since: performance.now(), ordinalFirst: ordinal, ordinalLast: ordinal };
}
