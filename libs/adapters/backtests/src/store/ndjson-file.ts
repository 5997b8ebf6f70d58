import { closeSync, createReadStream, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

const BUFFER_CHARACTERS = 256 * 1024;

/** Records to one JSON line each, into a local file, in the order in which they come. Memory stays bounded. */
export class NdjsonFile {
  readonly path: string;
  #fd: number | undefined;
  #buffer = '';
  #records = 0;

  /** `isResumed`: goes on behind what is there. */
  constructor(path: string, { isResumed = false, records = 0 } = {}) {
    this.path = path;
    this.#records = records;
    this.#fd = openSync(path, isResumed ? 'a' : 'w');
  }

  get records(): number {
    return this.#records;
  }

  append(record: unknown): void {
    this.#buffer += `${JSON.stringify(record)}\n`;
    this.#records += 1;
    if (this.#buffer.length >= BUFFER_CHARACTERS) this.flush();
  }

  flush(): void {
    if (this.#fd === undefined) throw new Error(`${this.path} is closed`);
    if (this.#buffer !== '') writeSync(this.#fd, this.#buffer);
    this.#buffer = '';
  }

  close(): void {
    if (this.#fd === undefined) return;
    this.flush();
    closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/** The records of such a file, one by one. */
export async function* recordsIn<T>(path: string): AsyncGenerator<T, void, undefined> {
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    if (line !== '') yield JSON.parse(line) as T;
  }
}

const CUT_BYTES = 64 * 1024;
const NEWLINE = 10;

/** Leaves the first `lines` lines of a file, which is made where it is missing. Throws where it has fewer. */
export function cutLines(path: string, lines: number): void {
  const fd = openSync(path, 'a+');
  try {
    const buffer = Buffer.alloc(CUT_BYTES);
    let left = lines;
    let size = 0;
    while (left > 0) {
      const bytes = readSync(fd, buffer, 0, CUT_BYTES, size);
      if (bytes === 0) throw new Error(`${path} ends ${left} lines early: expected ${lines}`);
      let end = 0;
      while (left > 0 && end < bytes) if (buffer[end++] === NEWLINE) left -= 1;
      size += end;
    }
    ftruncateSync(fd, size);
  } finally {
    closeSync(fd);
  }
}
