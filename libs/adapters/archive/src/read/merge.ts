import { required } from '@portcullis/kernel';
import { type ColumnsChunk, cursorAt, type StreamColumns } from './columns-chunk.ts';
import type { Cursor } from './cursor.ts';
import { SourceHeap } from './source-heap.ts';

/**
 * Rows of many streams in the order `(tsEvent, seq, stream key, index)`: row i is row `row[i]` of the columns
 * `streams[stream[i]]`. No value is copied; a stream can stand in `streams` more than once. The rows of one
 * `StreamColumns` come in their order, each once: neighbours in the batch that have the same are neighbours in it too.
 */
export interface MergedBatch {
  readonly streams: readonly StreamColumns[];
  readonly length: number;
  readonly stream: Uint16Array;
  readonly row: Uint32Array;
  /** The place after its last row. */
  readonly cursor: Cursor;
}

/** A batch with what the reader knows of its columns. */
export interface ChunkBatch extends MergedBatch {
  readonly streams: readonly ColumnsChunk[];
}

/** Where the merge takes a stream's chunks from. */
export interface ChunkSource {
  take(): ColumnsChunk | undefined;
  readonly ended: boolean;
  ready(): Promise<void>;
}

/** Rows of a batch at most; the streams in it fit into 16 bits with it. */
const BATCH_ROWS_MAX = 16_384;

/** Merges sorted streams; `sources` are in the order of their keys. Memory: one chunk of each, and the batch. */
export async function* mergeStreams(sources: readonly ChunkSource[]): AsyncGenerator<ChunkBatch, void, undefined> {
  const merge = new Merge(sources);
  for (;;) {
    const waiting = merge.step();
    const batch = merge.takeBatch();
    if (batch !== undefined) yield batch;
    else if (waiting === undefined) return;
    else await waiting.ready();
  }
}

class Merge {
  readonly #sources: readonly ChunkSource[];
  readonly #heap: SourceHeap;
  /** By source: its chunk, the next row of it and its place in the batch (-1: not in it yet). */
  readonly #chunks: (ColumnsChunk | undefined)[];
  readonly #rows: Uint32Array;
  readonly #places: Int32Array;
  /** Sources without a chunk, that have not ended. */
  readonly #empty: number[];
  #streams: ColumnsChunk[] = [];
  #stream = new Uint16Array(BATCH_ROWS_MAX);
  #row = new Uint32Array(BATCH_ROWS_MAX);
  #length = 0;

  constructor(sources: readonly ChunkSource[]) {
    this.#sources = sources;
    this.#heap = new SourceHeap(sources.length);
    this.#chunks = sources.map(() => undefined);
    this.#rows = new Uint32Array(sources.length);
    this.#places = new Int32Array(sources.length).fill(-1);
    this.#empty = sources.map((_, source) => source);
  }

  /** Fills the batch as far as it goes without waiting; gives the source that must be waited for. */
  step(): ChunkSource | undefined {
    while (this.#length < BATCH_ROWS_MAX) {
      const waiting = this.#empty.length === 0 ? undefined : this.#refill();
      if (waiting !== undefined) return waiting;
      if (this.#heap.size === 0) return undefined;
      this.#emitRun();
    }
    return undefined;
  }

  takeBatch(): ChunkBatch | undefined {
    const length = this.#length;
    if (length === 0) return undefined;
    const streams = this.#streams;
    const place = required(this.#stream[length - 1], 'stream of the last row');
    const cursor = cursorAt(required(streams[place], 'last chunk'), required(this.#row[length - 1], 'last row'));
    // A short batch is copied, so that it does not hold the room of a full one.
    const short = length < BATCH_ROWS_MAX / 2;
    const stream = short ? this.#stream.slice(0, length) : this.#stream.subarray(0, length);
    const row = short ? this.#row.slice(0, length) : this.#row.subarray(0, length);
    if (!short) {
      this.#stream = new Uint16Array(BATCH_ROWS_MAX);
      this.#row = new Uint32Array(BATCH_ROWS_MAX);
    }
    this.#streams = [];
    this.#length = 0;
    this.#places.fill(-1);
    return { streams, length, stream, row, cursor };
  }

  #refill(): ChunkSource | undefined {
    for (let source = this.#empty.at(-1); source !== undefined; source = this.#empty.at(-1)) {
      const from = required(this.#sources[source], 'source');
      const chunk = from.take();
      if (chunk === undefined && !from.ended) return from;
      this.#empty.pop();
      if (chunk === undefined) continue;
      if (chunk.start === chunk.length) {
        this.#empty.push(source);
        continue;
      }
      this.#chunks[source] = chunk;
      this.#rows[source] = chunk.start;
      this.#places[source] = -1;
      this.#heap.push(source, chunk.tsEvent[chunk.start] as number, chunk.seq[chunk.start] as number);
    }
    return undefined;
  }

  /** Emits the rows of the first source that come before all rows of the others. */
  #emitRun(): void {
    const { first } = this.#heap;
    const chunk = required(this.#chunks[first], 'chunk of the first source');
    const from = this.#rows[first] as number;
    const most = Math.min(chunk.length, from + BATCH_ROWS_MAX - this.#length);
    const to = this.#heap.runEnd(chunk.tsEvent, chunk.seq, from, most);
    let place = this.#places[first] as number;
    if (place < 0) {
      place = this.#streams.push(chunk) - 1;
      this.#places[first] = place;
    }
    const stream = this.#stream;
    const row = this.#row;
    let at = this.#length;
    for (let index = from; index < to; index++, at++) {
      stream[at] = place;
      row[at] = index;
    }
    this.#length = at;
    this.#rows[first] = to;
    if (to < chunk.length) {
      this.#heap.replaceFirst(chunk.tsEvent[to] as number, chunk.seq[to] as number);
      return;
    }
    this.#heap.pop();
    this.#chunks[first] = undefined;
    this.#empty.push(first);
  }
}
