import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Bytes of one log; with the one before it, a service takes at most twice this. */
const BYTES_MAX = 8 * 1024 * 1024;

/** A log that never fills the disk: when it is full it becomes `<file>.1`, and a new one begins. */
export class RotatingLog {
  readonly #file: string;
  readonly #bytesMax: number;
  #fd: number;
  #bytes: number;

  constructor(file: string, bytesMax = BYTES_MAX) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    this.#file = file;
    this.#bytesMax = bytesMax;
    this.#fd = openSync(file, 'a', 0o600);
    this.#bytes = fstatSync(this.#fd).size;
  }

  write(data: string | Buffer): void {
    const bytes = Buffer.from(data);
    if (this.#bytes > 0 && this.#bytes + bytes.length > this.#bytesMax) this.#rotate();
    writeSync(this.#fd, bytes);
    this.#bytes += bytes.length;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #rotate(): void {
    closeSync(this.#fd);
    renameSync(this.#file, `${this.#file}.1`);
    this.#fd = openSync(this.#file, 'a', 0o600);
    this.#bytes = 0;
  }
}
