import { type Cursor, cursorAfter, type MergedBatch, type StreamColumns } from '@portcullis/archive';
import type { ReplayInput } from '@portcullis/replay';
import { BookRows } from './book-rows.ts';
import { exactDecoder, type RowDecoder, type SlotIncrements } from './exact-rows.ts';
import type { InputBatch } from './input-batch.ts';

/**
 * Rows made exact at a time. What a run has used up is still in the cache of the processor when it is collected, which
 * a whole batch of the archive is not.
 */
const SLICE_ROWS = 1024;

/** The rows of some columns: one event each, or levels of book events; undefined for what nobody asked for. */
type Decoder = { readonly rows: RowDecoder } | { readonly book: ReturnType<BookRows['of']> } | undefined;

/** Makes batches of the archive exact. It keeps the levels of a book event whose rows go on in the next batch. */
export class BatchDecoder {
  readonly #increments: ReadonlyMap<string, SlotIncrements>;
  readonly #books = new Map<string, BookRows>();

  /** `increments` by venue and symbol; what others bring (gaps of an instrument that is not asked for) is passed over. */
  constructor(increments: ReadonlyMap<string, SlotIncrements>) {
    this.#increments = increments;
  }

  /** The events of a batch in slices, each decoded when it is asked for. */
  *slices(batch: MergedBatch): Generator<InputBatch, void, undefined> {
    const decoders = batch.streams.map((columns) => this.#decoder(columns));
    const isPlain = decoders.every((decoder) => decoder !== undefined && 'rows' in decoder);
    for (let from = 0; from < batch.length; from += SLICE_ROWS) {
      const end = Math.min(batch.length, from + SLICE_ROWS);
      const slice = isPlain ? plainSlice(batch, decoders, from, end) : mixedSlice(batch, decoders, from, end);
      if (slice.events.length > 0) yield slice;
    }
  }

  #decoder(columns: StreamColumns): Decoder {
    const { venue, symbol, kind, key } = columns.stream;
    const increments = this.#increments.get(`${venue} ${symbol}`);
    if (increments === undefined) return undefined;
    if (kind !== 'delta' && kind !== 'snapshot') return { rows: exactDecoder(columns, increments) };
    let book = this.#books.get(key);
    if (book === undefined) this.#books.set(key, (book = new BookRows(increments)));
    return { book: book.of(columns) };
  }
}

/** Each row is an event. Rows that lie side by side in one stream are decoded in one go. */
function plainSlice(batch: MergedBatch, decoders: readonly Decoder[], from: number, end: number): InputBatch {
  const { stream, row } = batch;
  const events = new Array<ReplayInput>(end - from);
  for (let at = from; at < end;) {
    const place = stream[at] as number;
    const first = row[at] as number;
    let next = at + 1;
    while (next < end && stream[next] === place) next++;
    (decoders[place] as { readonly rows: RowDecoder }).rows(first, first + next - at, events, at - from);
    at = next;
  }
  return { events, cursorAfter: (index): Cursor => cursorAfter(batch, from + index) };
}

/** Some rows are levels of books, or of no interest: an event's place is that of its last row. */
function mixedSlice(batch: MergedBatch, decoders: readonly Decoder[], from: number, end: number): InputBatch {
  const { stream, row } = batch;
  const events: ReplayInput[] = [];
  const ends: number[] = [];
  for (let at = from; at < end; at++) {
    const decoder = decoders[stream[at] as number];
    if (decoder === undefined) continue;
    const first = row[at] as number;
    if ('rows' in decoder) decoder.rows(first, first + 1, events, events.length);
    else if (!decoder.book(first, events)) continue;
    ends.push(at);
  }
  return { events, cursorAfter: (index): Cursor => cursorAfter(batch, ends[index] as number) };
}
