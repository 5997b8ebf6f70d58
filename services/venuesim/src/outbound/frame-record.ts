import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { FrameFate } from '../state/faults.ts';

/**
 * The venue's own record of the market frames that it made, one JSON object a line and one file a stream:
 * `{at, fate, frame}`. `at` is the venue's clock in milliseconds; `fate` says what a fault did to the frame on its way,
 * or `unheard` when nobody listened. Written before the frame goes out and without a buffer of ours, so that the record
 * of a venue that is killed lacks nothing that somebody may have received.
 */
export class FrameRecord {
  readonly #files: ReadonlyMap<string, number>;
  readonly #nowMillis: () => number;
  #closed = false;

  /** `streams` are names as clients subscribe to them, for example `btcusdt@trade`. */
  constructor(options: {
    readonly dir: string;
    readonly streams: readonly string[];
    readonly nowMillis: () => number;
  }) {
    mkdirSync(options.dir, { recursive: true });
    this.#nowMillis = options.nowMillis;
    this.#files = new Map(
      options.streams.map((stream) => [stream, openSync(join(options.dir, `${stream}.jsonl`), 'a')]),
    );
  }

  has(stream: string): boolean {
    return this.#files.has(stream) && !this.#closed;
  }

  note(stream: string, fate: FrameFate | 'unheard', raw: string): void {
    const file = this.#files.get(stream);
    if (file === undefined || this.#closed) return;
    writeSync(file, `{"at":${this.#nowMillis()},"fate":"${fate}","frame":${raw}}\n`);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const file of this.#files.values()) closeSync(file);
  }
}
