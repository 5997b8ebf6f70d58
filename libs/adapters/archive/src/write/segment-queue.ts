import type { Duck } from '../duck.ts';
import { type Partition, partitionPath } from '../partition.ts';
import type { EventColumns } from './event-columns.ts';
import { noteSegment, type WaitingSegment } from './spool-segments.ts';
import { type SegmentFile, writeSegment } from './write-segment.ts';

/** Segments written at the same time, each on one thread: two keep two cores busy. */
const PARALLEL = 2;
const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 10_000;

/** Events that were taken out of their buffer to become a segment. */
interface Cut {
  readonly partition: Partition;
  readonly columns: EventColumns;
  /** Numbers of the first and the last event in it. */
  readonly ordinals: { readonly first: number; readonly upTo: number };
}

interface Job extends Cut {
  /** Ends with the note of the cut before it of the same partition: notes say "all up to here" and so keep their order. */
  readonly before: Promise<void>;
  readonly done: Promise<void>;
  readonly finish: () => void;
  written?: SegmentFile;
  noted?: WaitingSegment;
}

export interface SegmentQueueOptions {
  readonly duck: Duck;
  readonly folder: string;
  readonly code: string;
  /** Called when a segment is safe on disk. What it throws is tried again. */
  readonly onSegment: (segment: WaitingSegment) => Promise<void>;
  readonly onTrouble: (error: Error) => void;
  readonly onStep?: (step: string) => void;
}

/** Turns cuts into segments on disk. A cut that fails stays in memory and is tried again until the disk takes it. */
export class SegmentQueue {
  readonly #options: SegmentQueueOptions;
  readonly #waiting: Job[] = [];
  readonly #active = new Set<Job>();
  readonly #last = new Map<string, Promise<void>>();
  readonly #watchers = new Set<() => void>();
  #failure: Error | undefined;
  readonly #stop = Promise.withResolvers<void>();
  #stopped = false;

  constructor(options: SegmentQueueOptions) {
    this.#options = options;
  }

  get rows(): number {
    let rows = 0;
    for (const { columns } of this.#jobs()) rows += columns.rows;
    return rows;
  }

  /** Set while the disk refuses. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** The lowest number of an event in it. */
  get ordinalMin(): number {
    return Math.min(Infinity, ...this.#jobs().map(({ ordinals }) => ordinals.first));
  }

  add(cut: Cut): void {
    const key = partitionPath(cut.partition);
    const { promise: done, resolve: finish } = Promise.withResolvers<void>();
    const job: Job = { ...cut, before: this.#last.get(key) ?? Promise.resolve(), done, finish };
    this.#last.set(key, done);
    void done.then(() => {
      if (this.#last.get(key) === done) this.#last.delete(key);
    });
    this.#waiting.push(job);
    this.#pump();
  }

  /** Resolves when nothing is left; rejects when the disk refuses, what is left then stays and is tried again. */
  async flush(): Promise<void> {
    this.#failure = undefined;
    while (this.#jobs().length > 0) {
      const failure = this.failure;
      if (failure !== undefined) throw failure;
      if (this.#stopped) throw new Error('the archive writer was closed before all events were in segments');
      await this.#change();
    }
  }

  /** Resolves when at most `rows` rows wait. */
  async below(rows: number): Promise<void> {
    while (this.rows > rows && !this.#stopped) await this.#change();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stop.resolve();
    this.#tell();
    while (this.#active.size > 0) await this.#change();
  }

  #jobs(): Job[] {
    return [...this.#active, ...this.#waiting];
  }

  #pump(): void {
    while (!this.#stopped && this.#active.size < PARALLEL) {
      const job = this.#waiting.shift();
      if (job === undefined) return;
      this.#active.add(job);
      void this.#work(job);
    }
  }

  async #work(job: Job): Promise<void> {
    let isDone = false;
    for (let pause = RETRY_MS_MIN; !isDone && !this.#stopped; pause = Math.min(pause * 2, RETRY_MS_MAX)) {
      try {
        isDone = await this.#write(job);
        this.#failure = undefined;
      } catch (error) {
        this.#failure = error as Error;
        this.#options.onTrouble(this.#failure);
        this.#tell();
        await this.#pause(pause);
      }
    }
    this.#active.delete(job);
    // What was stopped stays in the queue, so that nobody takes its events for safe.
    if (isDone) job.finish();
    else this.#waiting.unshift(job);
    this.#tell();
    this.#pump();
  }

  /** False when it was stopped on the way. */
  async #write(job: Job): Promise<boolean> {
    const { duck, folder, code, onStep, onSegment } = this.#options;
    const { partition, columns, ordinals } = job;
    if (job.written === undefined) {
      onStep?.('segment');
      job.written = await writeSegment(duck, columns, { partition, folder, code });
    }
    if (job.noted === undefined) {
      await Promise.race([job.before, this.#stop.promise]);
      if (this.#stopped) return false;
      onStep?.('note');
      job.noted = await noteSegment(folder, { partition, ...job.written, upTo: ordinals.upTo });
    }
    onStep?.('noted');
    await onSegment(job.noted);
    return true;
  }

  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    await Promise.race([promise, this.#stop.promise]);
    clearTimeout(timer);
  }

  async #change(): Promise<void> {
    return new Promise((resolve) => this.#watchers.add(resolve));
  }

  #tell(): void {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const resolve of watchers) resolve();
  }
}
