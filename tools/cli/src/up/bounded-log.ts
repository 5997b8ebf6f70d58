import {
  appendFileSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Bytes of one log at which it is cut; with the part before it, a service takes little more than twice this. */
const BYTES_MAX = 8 * 1024 * 1024;
/** What is shown of a process that did not come up. */
const TAIL_BYTES_MAX = 2000;

/**
 * A file that a child process writes by itself, so that it does not depend on us to go on. We only keep it from
 * filling the disk: what is there becomes `<file>.1`, and the file begins anew.
 */
export class BoundedLog {
  readonly #file: string;
  readonly #bytesMax: number;
  #from = 0;

  constructor(file: string, bytesMax = BYTES_MAX) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    this.#file = file;
    this.#bytesMax = bytesMax;
  }

  /** Hands a descriptor to `use` for a process that begins now, and closes our own copy of it. */
  lend<T>(use: (fd: number) => T): T {
    this.#from = this.#bytes();
    const fd = openSync(this.#file, 'a', 0o600);
    try {
      return use(fd);
    } finally {
      closeSync(fd);
    }
  }

  /** A line of our own. */
  note(text: string): void {
    appendFileSync(this.#file, `portcullis: ${text}\n`, { mode: 0o600 });
  }

  /** Cuts the log when it is full. What is written in the same instant may be lost. */
  limit(): void {
    if (this.#bytes() <= this.#bytesMax) return;
    copyFileSync(this.#file, `${this.#file}.1`);
    truncateSync(this.#file);
    this.#from = 0;
  }

  /** The end of what the process printed since it began. */
  get tail(): string {
    try {
      return readFileSync(this.#file).subarray(this.#from).toString().slice(-TAIL_BYTES_MAX).trim();
    } catch {
      return '';
    }
  }

  #bytes(): number {
    return statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
  }
}
