import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { streamOf } from '@portcullis/market';
import type { ObjectStore } from '@portcullis/objects';
import { type Duck, openDuck } from '../duck.ts';
import type { ColumnsChunk } from './columns-chunk.ts';
import { startOf } from './cursor.ts';
import { type EventBatch, eventBatches } from './event-batches.ts';
import type { ArchivedEvent } from './event-rows.ts';
import { type CacheCounters, FileCache } from './file-cache.ts';
import type { TimeRange } from './file-run.ts';
import { FilesInPlace, type LocalFiles } from './local-files.ts';
import { type ChunkBatch, type MergedBatch, mergeStreams } from './merge.ts';
import { qualityGaps, StreamQuality, wantedOf } from './quality-filter.ts';
import { ownFolder } from './process-folder.ts';
import { ReadAhead } from './read-ahead.ts';
import { type PlannedStream, planRead, type ReadPlan } from './read-plan.ts';
import { checkRequest, type ReadRequest, ReadRequestError } from './read-request.ts';
import { streamChunks } from './stream-chunks.ts';
import { qualityStreamId } from './stream-id.ts';

export interface ArchiveReaderOptions {
  readonly store: ObjectStore;
  /** Where the files of a remote store are kept, and what does not fit into memory. On a local disk that has hard links. */
  readonly cacheDir: string;
  /** Bytes that the cached files may take together. Default 8 GiB. */
  readonly cacheBytesMax?: number;
  /** What DuckDB may hold in memory, MiB. Default 512. */
  readonly memoryMb?: number;
  /**
   * Threads of DuckDB. Default 1: each stream is decoded on its own, off the thread of JavaScript, and more threads
   * only decode more of one stream at a time, which takes memory.
   */
  readonly threads?: number;
  /** Checks the digest of the files of a `file://` store too, each time before it is read. Default false. */
  readonly digests?: boolean;
}

const MEMORY_MB = 512;
const THREADS = 1;
const CACHE_BYTES_MAX = 8 * 1024 ** 3;
/** Chunks of all streams together that are read ahead, about; each stream has between 2 and {@link DEPTH_MAX}. More only cools the caches. */
const CHUNKS_AHEAD = 16;
const DEPTH_MAX = 4;

/**
 * Reads the archive: streams of any venues, kinds and symbols in one order, `(tsEvent, seq, stream key, index)`.
 * Memory does not grow with what is read. A file that its manifest names but that is not there, or is not what the
 * manifest says, ends the read with `ArchiveReadError`; a file that no manifest names does not exist.
 */
export class ArchiveReader {
  readonly #options: ArchiveReaderOptions;
  readonly #files: LocalFiles;
  readonly #cache: FileCache | undefined;
  #own: Promise<string> | undefined;
  #duck: Promise<Duck> | undefined;

  constructor(options: ArchiveReaderOptions) {
    this.#options = options;
    const { store, cacheDir, cacheBytesMax = CACHE_BYTES_MAX, digests = false } = options;
    const isLocal = store.url.startsWith('file:');
    this.#cache = isLocal ? undefined : new FileCache(store, { dir: cacheDir, bytesMax: cacheBytesMax });
    this.#files = this.#cache ?? new FilesInPlace(store, digests);
  }

  /** What the cache has done; undefined for a store that is read in place. */
  get cacheCounters(): Readonly<CacheCounters> | undefined {
    return this.#cache?.counters;
  }

  /** Rows as columns. Throws `ReadRequestError` for what cannot be meant, at the first step as everything else. */
  batches(request: ReadRequest): AsyncGenerator<MergedBatch, void, undefined> {
    return this.#batches(request);
  }

  /** Rows as events. */
  async *events(request: ReadRequest): AsyncGenerator<ArchivedEvent, void, undefined> {
    for await (const { events } of this.eventBatches(request)) yield* events;
  }

  /** The same events in arrays, with the cursor after each: much faster than one by one. */
  async *eventBatches(request: ReadRequest): AsyncGenerator<EventBatch, void, undefined> {
    if (request.columns !== undefined) {
      const value = request.columns.join(', ');
      throw new ReadRequestError([{ field: 'columns', value, expected: 'none: events have all columns' }]);
    }
    yield* eventBatches(this.#batches(request), request.after);
  }

  /** Ends DuckDB. Reads must have ended before. */
  async close(): Promise<void> {
    (await this.#duck)?.close();
    this.#duck = undefined;
    await this.#files.close();
    if (this.#own !== undefined) await rm(await this.#own, { recursive: true, force: true });
    this.#own = undefined;
  }

  async *#batches(request: ReadRequest): AsyncGenerator<ChunkBatch, void, undefined> {
    checkRequest(request);
    const plan = await planRead(this.#options.store, request);
    const duck = await this.#openDuck();
    const streams = this.#streams(duck, plan, request);
    const depth = Math.max(2, Math.min(DEPTH_MAX, Math.floor(CHUNKS_AHEAD / streams.length)));
    const sources = streams.map((chunks) => new ReadAhead(chunks, depth));
    try {
      yield* mergeStreams(sources);
    } finally {
      await Promise.all(sources.map((source) => source.stop()));
    }
  }

  /** The chunks of each stream, in the order of the streams' keys. */
  #streams(duck: Duck, plan: ReadPlan, request: ReadRequest): AsyncGenerator<ColumnsChunk, void, undefined>[] {
    const { after, quality } = request;
    const places = { store: this.#options.store, files: this.#files, duck };
    const filters = new Map(
      quality === undefined
        ? []
        : plan.qualities.map((planned) => [planned.stream.key, new StreamQuality(planned, { ...request, quality })]),
    );
    const start = (key: string) => (after === undefined ? undefined : startOf(after, key));
    const keyed = plan.streams.map((planned) => {
      const wanted = wantedBy(request, filters, planned);
      const query = { planned, columns: request.columns, wanted, start: start(planned.stream.key) };
      return { key: planned.stream.key, chunks: streamChunks(places, query) };
    });
    if (request.gaps !== false) {
      for (const [key, filter] of filters) keyed.push({ key, chunks: qualityGaps(filter, start(key)) });
    }
    return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ chunks }) => chunks);
  }

  async #openDuck(): Promise<Duck> {
    const { memoryMb = MEMORY_MB, threads = THREADS, cacheDir } = this.#options;
    this.#own ??= ownFolder(join(cacheDir, 'processes'));
    const tmpDir = join(await this.#own, 'spill');
    this.#duck ??= openDuck({ memoryMb, threads, tmpDir });
    return this.#duck;
  }
}

/** What of a day is wanted of a stream, by the time and by its quality; gaps are never filtered. */
function wantedBy(
  request: ReadRequest,
  filters: ReadonlyMap<string, StreamQuality>,
  { stream }: PlannedStream,
): (date: string) => Promise<readonly TimeRange[]> {
  const quality = streamOf(stream.kind);
  const filter = quality && filters.get(qualityStreamId(stream.venue, stream.symbol, quality).key);
  return async (date) => (filter === undefined ? [wantedOf(date, request)] : (await filter.day(date)).wanted);
}
