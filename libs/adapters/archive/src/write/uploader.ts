import { wallMicros } from '@portcullis/config';
import { type ObjectStore, ObjectStoreError } from '@portcullis/objects';
import { addFiles, commitFiles } from '../manifest/commit-files.ts';
import { everNamed } from '../manifest/history.ts';
import { fileKey } from '../partition.ts';
import { forgetSegment, type WaitingSegment } from './spool-segments.ts';
import type { UploaderStatus, WriterTrouble } from './writer-status.ts';

/** Uploads under way at the same time. */
const PARALLEL = 4;
const BACKOFF_MS_MIN = 250;
const BACKOFF_MS_MAX = 60_000;

export interface UploaderOptions {
  readonly store: ObjectStore;
  /** True where the same segment may be made again by a second run: then what was ever committed is looked up first. */
  readonly repeatable: boolean;
  readonly onTrouble: (what: WriterTrouble['what'], message: string) => void;
  readonly onStep?: (step: string) => void;
}

interface Waiting {
  readonly segment: WaitingSegment;
  attempts: number;
  /** Milliseconds of the monotonic clock. */
  notBefore: number;
}

/**
 * Brings segments to the store, each: upload, compare the digest of what the store holds, commit the manifest, delete
 * here. Repeats each until it works, with pauses that double up to a minute, jittered. A step that is repeated finds
 * out whether it was done before, so nothing is committed twice.
 */
export class Uploader {
  readonly #options: UploaderOptions;
  readonly #waiting: Waiting[] = [];
  readonly #active = new Set<Waiting>();
  readonly #finished = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  bytes = 0;
  uploaded = { segments: 0, rows: 0, bytes: 0 };
  lastUploadAt: number | undefined;
  lastTrouble: string | undefined;

  constructor(options: UploaderOptions) {
    this.#options = options;
  }

  get segments(): number {
    return this.#waiting.length + this.#active.size;
  }

  get state(): UploaderStatus['state'] {
    if (this.#active.size > 0) return 'uploading';
    return this.#waiting.length > 0 ? 'waiting' : 'idle';
  }

  add(segment: WaitingSegment): void {
    this.bytes += segment.file.bytes;
    this.#waiting.push({ segment, attempts: 0, notBefore: 0 });
    this.#pump();
  }

  /** Resolves when nothing is left, or something failed `attemptsMax` times from now on, or for good. */
  async drain(attemptsMax: number): Promise<void> {
    const before = new Map([...this.#waiting, ...this.#active].map((item) => [item, item.attempts]));
    for (const item of this.#waiting) item.notBefore = 0;
    this.#pump();
    while (this.segments > 0 && !this.#stopped) {
      if ([...before].some(([item, attempts]) => item.attempts - attempts >= attemptsMax)) return;
      await new Promise<void>((resolve) => this.#finished.add(resolve));
    }
  }

  /** Begins nothing more and waits for what is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    while (this.#active.size > 0) await new Promise<void>((resolve) => this.#finished.add(resolve));
    this.#tell();
  }

  #pump(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    const now = performance.now();
    while (this.#active.size < PARALLEL) {
      const index = this.#waiting.findIndex(({ notBefore }) => notBefore <= now);
      if (index < 0) break;
      const [item] = this.#waiting.splice(index, 1);
      if (item !== undefined) void this.#work(item);
    }
    if (this.#waiting.length === 0 || this.#active.size >= PARALLEL) return;
    const next = Math.min(...this.#waiting.map(({ notBefore }) => notBefore));
    const pause = Math.max(1, next - now);
    this.#timer = setTimeout(() => {
      this.#pump();
    }, pause);
  }

  async #work(item: Waiting): Promise<void> {
    this.#active.add(item);
    const { file } = item.segment;
    try {
      await this.#bring(item);
      this.bytes -= file.bytes;
      this.lastTrouble = undefined;
    } catch (error) {
      this.#failed(item, error as Error);
    } finally {
      this.#active.delete(item);
      this.#tell();
      this.#pump();
    }
  }

  #failed(item: Waiting, error: Error): void {
    item.attempts += 1;
    const pause = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** (item.attempts - 1));
    item.notBefore = performance.now() + pause * (0.5 + Math.random() / 2);
    // A store that is away is away for all: the others wait with it instead of finding out one by one.
    if (error instanceof ObjectStoreError && error.trouble === 'unavailable') {
      for (const other of this.#waiting) other.notBefore = Math.max(other.notBefore, item.notBefore);
    }
    this.#waiting.unshift(item);
    const { partition, file } = item.segment;
    this.lastTrouble = `${fileKey(partition, file.name)}: ${error.message}`;
    this.#options.onTrouble('upload', this.lastTrouble);
  }

  async #bring(item: Waiting): Promise<void> {
    const { store, repeatable, onStep } = this.#options;
    const { segment, attempts } = item;
    const { partition, file, path, found } = segment;
    // Committed before and compacted since, it is not in the manifest any more and must not come back.
    const isDone = (found || repeatable || attempts > 0) && (await everNamed(store, partition)).has(file.name);
    if (!isDone) {
      const key = fileKey(partition, file.name);
      onStep?.('put');
      await store.putFile(key, path);
      onStep?.('check-upload');
      const remote = await store.sha256(key);
      if (remote !== file.sha256) throw new Error(`the store holds SHA-256 ${remote}, ${file.sha256} was sent`);
      onStep?.('commit');
      await commitFiles(store, partition, addFiles([file]));
      this.uploaded = {
        segments: this.uploaded.segments + 1,
        rows: this.uploaded.rows + file.rows,
        bytes: this.uploaded.bytes + file.bytes,
      };
    }
    onStep?.('forget');
    forgetSegment(segment);
    this.lastUploadAt = wallMicros();
  }

  #tell(): void {
    const waiting = [...this.#finished];
    this.#finished.clear();
    for (const resolve of waiting) resolve();
  }
}
