import type { Findings } from '../findings.ts';
import { type CaptureFile, captureRecords } from './capture-file.ts';
import type { CaptureRecord } from './capture-line.ts';

export interface MergedRecords {
  readonly file: CaptureFile;
  readonly records: readonly CaptureRecord[];
}

/** One open file of a merge: its records, up to where they have been given. */
class Cursor {
  readonly file: CaptureFile;
  readonly #batches: AsyncIterator<readonly CaptureRecord[]>;
  #batch: readonly CaptureRecord[] = [];
  #at = 0;

  constructor(file: CaptureFile, batches: AsyncIterable<readonly CaptureRecord[]>) {
    this.file = file;
    this.#batches = batches[Symbol.asyncIterator]();
  }

  async close(): Promise<void> {
    await this.#batches.return?.();
  }

  /** Makes sure that a record is there; false at the end of the file. */
  async fill(): Promise<boolean> {
    while (this.#at >= this.#batch.length) {
      const next = await this.#batches.next();
      if (next.done === true) return false;
      this.#batch = next.value;
      this.#at = 0;
    }
    return true;
  }

  get time(): number {
    return this.#batch[this.#at]?.receivedMicros ?? 0;
  }

  /** The records that are there and not after `until`, at least one. */
  take(until: number): readonly CaptureRecord[] {
    const start = this.#at;
    this.#at += 1;
    while (this.#at < this.#batch.length && this.time <= until) this.#at += 1;
    return this.#batch.slice(start, this.#at);
  }
}

/**
 * The records of several files of one capture in the order of receipt; at the same microsecond in the order of the
 * files' beginnings. A file is opened when its time comes, so that a year of days needs few at once.
 */
export async function* mergedRecords(
  files: readonly CaptureFile[],
  findings: Findings,
  onBytes?: (file: CaptureFile, bytes: number) => void,
): AsyncGenerator<MergedRecords> {
  const waiting = files.toSorted((a, b) => a.startsAt - b.startsAt);
  const open: Cursor[] = [];
  try {
    for (;;) {
      let least = leastOf(open);
      while (waiting[0] !== undefined && (least === undefined || waiting[0].startsAt <= least.time)) {
        const file = waiting.shift() as CaptureFile;
        const cursor = new Cursor(
          file,
          captureRecords(file, findings, (bytes) => onBytes?.(file, bytes)),
        );
        if (await cursor.fill()) open.push(cursor);
        least = leastOf(open);
      }
      if (least === undefined) return;
      const others = open.filter((cursor) => cursor !== least).map(({ time }) => time);
      const until = Math.min(...others, waiting[0]?.startsAt ?? Number.POSITIVE_INFINITY);
      yield { file: least.file, records: least.take(until - 1) };
      if (!(await least.fill())) open.splice(open.indexOf(least), 1);
    }
  } finally {
    for (const cursor of open) await cursor.close();
  }
}

function leastOf(cursors: readonly Cursor[]): Cursor | undefined {
  let least: Cursor | undefined;
  for (const cursor of cursors) if (least === undefined || cursor.time < least.time) least = cursor;
  return least;
}
