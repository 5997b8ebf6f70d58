import { required } from '@portcullis/kernel';
import { type ColumnsChunk, cursorAt } from './columns-chunk.ts';
import type { Cursor } from './cursor.ts';
import { type ArchivedEvent, numbers, rowDecoder } from './event-rows.ts';
import type { ChunkBatch } from './merge.ts';
import { ArchiveReadError } from './read-error.ts';
import { ReadRequestError } from './read-request.ts';

/** Events in the order of replay. */
export interface EventBatch {
  readonly events: readonly ArchivedEvent[];
  /** The place after the event of this index. */
  cursorAfter(index: number): Cursor;
}

const BID = 1;

/** An event where a row ends one. */
type RowEvents = (row: number) => ArchivedEvent | undefined;

/**
 * Makes events of merged rows, which have all columns. The levels of a book event are gathered, also over two batches:
 * an event is given out whole or, at a cursor inside of it, refused.
 */
export async function* eventBatches(
  batches: AsyncIterable<ChunkBatch>,
  after: Cursor | undefined,
): AsyncGenerator<EventBatch, void, undefined> {
  const levels = new LevelGathering(after);
  for await (const batch of batches) {
    const events: ArchivedEvent[] = [];
    const ends = new Uint32Array(batch.length);
    const streams = batch.streams.map((chunk) => (isBook(chunk) ? levels.rowEvents(chunk) : rowDecoder(chunk)));
    for (let at = 0; at < batch.length; at++) {
      const rowEvents = streams[batch.stream[at] as number] as RowEvents;
      const event = rowEvents(batch.row[at] as number);
      if (event === undefined) continue;
      ends[events.length] = at;
      events.push(event);
    }
    if (events.length > 0) yield { events, cursorAfter: (index) => placeOf(batch, required(ends[index], 'an end')) };
  }
  levels.end();
}

function placeOf({ streams, stream, row }: ChunkBatch, at: number): Cursor {
  return cursorAt(streams[stream[at] as number] as ColumnsChunk, row[at] as number);
}

function isBook({ stream }: ColumnsChunk): boolean {
  return stream.kind === 'delta' || stream.kind === 'snapshot';
}

interface OpenEvent {
  readonly event: ArchivedEvent & { readonly kind: 'delta' | 'snapshot' };
  readonly bids: number[];
  readonly asks: number[];
  readonly chunk: ColumnsChunk;
  readonly count: number;
  next: number;
}

/** Rows of levels become book events. In the order of the merge the rows of an event follow each other. */
class LevelGathering {
  readonly #after: Cursor | undefined;
  #open: OpenEvent | undefined;

  constructor(after: Cursor | undefined) {
    this.#after = after;
  }

  rowEvents(chunk: ColumnsChunk): RowEvents {
    const decode = rowDecoder(chunk);
    const indexes = numbers(chunk, 'index');
    const counts = numbers(chunk, 'count');
    const sides = numbers(chunk, 'side');
    const prices = numbers(chunk, 'price');
    const quantities = numbers(chunk, 'quantity');
    return (row) => {
      const count = counts[row] as number;
      const index = indexes[row] as number;
      if (count === 0 && this.#open === undefined) return decode(row);
      if (index === 0 && this.#open === undefined) {
        const event = decode(row) as OpenEvent['event'];
        this.#open = { event, bids: [], asks: [], chunk, count, next: 0 };
      }
      const open = this.#open;
      if (open === undefined || !continues(open, chunk, row) || open.next !== index || open.count !== count) {
        throw this.#broken(chunk, row);
      }
      const levels = (sides[row] as number) === BID ? open.bids : open.asks;
      levels.push(prices[row] as number, quantities[row] as number);
      if (++open.next < count) return undefined;
      this.#open = undefined;
      return Object.assign(open.event, { bids: open.bids, asks: open.asks });
    };
  }

  /** Throws where the last event is not whole. */
  end(): void {
    const open = this.#open;
    if (open === undefined) return;
    const { tsEvent, seq } = open.event;
    const what = `the ${open.event.kind} at tsEvent ${tsEvent}, seq ${seq} ends`;
    throw new ArchiveReadError(open.chunk.source, `${what} after ${open.next} of ${open.count} levels`);
  }

  #broken(chunk: ColumnsChunk, row: number): Error {
    this.end();
    const after = this.#after;
    const [ts, number] = [chunk.tsEvent[row], chunk.seq[row]];
    if (after !== undefined && after.stream === chunk.stream.key && after.tsEvent === ts && after.seq === number) {
      const expected = 'a place between two events; this one is inside of a book event';
      return new ReadRequestError([{ field: 'after', value: JSON.stringify(after), expected }]);
    }
    const what = `the ${chunk.stream.kind} at tsEvent ${ts}, seq ${number}`;
    return new ArchiveReadError(chunk.source, `${what} begins with level ${numbers(chunk, 'index')[row]}`);
  }
}

function continues({ event }: OpenEvent, chunk: ColumnsChunk, row: number): boolean {
  const { stream, tsEvent, seq } = chunk;
  const isStream = stream.venue === event.venue && stream.kind === event.kind && stream.symbol === event.symbol;
  return isStream && tsEvent[row] === event.tsEvent && seq[row] === event.seq;
}
