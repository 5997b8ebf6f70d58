import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@portcullis/config';
import { required } from '@portcullis/kernel';
import type { LedgerEntry, LedgerRecord } from './ledger-record.ts';

/** Bytes after which the next record starts a new file: small enough to be read at once. */
const FILE_BYTES_MAX = 16 * 1024 * 1024;
const NAME = /^ledger-(\d{12})\.jsonl$/;

/**
 * The append-only account of everything that orders did, one JSON object a line, in files named by their first
 * sequence number. A record is with the operating system before the effect is told, and on disk at rotation and exit.
 */
export class Ledger {
  readonly #dir: string;
  readonly #wallMicros: () => number;
  /** First sequence number of each file, ascending; the last one is open. */
  readonly #files: number[];
  #fd: number;
  #bytes: number;
  #seqNext: number;

  private constructor(
    dir: string,
    wallMicros: () => number,
    files: number[],
    tail: { fd: number; bytes: number; seqNext: number },
  ) {
    this.#dir = dir;
    this.#wallMicros = wallMicros;
    this.#files = files;
    this.#fd = tail.fd;
    this.#bytes = tail.bytes;
    this.#seqNext = tail.seqNext;
  }

  /**
   * Opens or starts the ledger in `dir` and replays what it holds. A last line that was cut off by a crash is removed;
   * any other damage is a {@link UserError} that names file and line.
   */
  static open(dir: string, wallMicros: () => number, replay: (record: LedgerRecord) => void): Ledger {
    const files = filesIn(dir);
    let seqNext = 1;
    let bytes = 0;
    for (const [index, first] of files.entries()) {
      const path = pathOf(dir, first);
      const read = readRecords(path, index === files.length - 1);
      for (const record of read.records) {
        if (record.seq !== seqNext) throw damaged(path, `record ${record.seq} stands where ${seqNext} belongs`);
        seqNext++;
        replay(record);
      }
      bytes = read.bytes;
    }
    if (files.length === 0) files.push(1);
    const fd = openSync(pathOf(dir, required(files.at(-1), 'ledger file')), 'a');
    ftruncateSync(fd, bytes);
    return new Ledger(dir, wallMicros, files, { fd, bytes, seqNext });
  }

  get seqNext(): number {
    return this.#seqNext;
  }

  append(entry: LedgerEntry): LedgerRecord {
    if (this.#bytes >= FILE_BYTES_MAX) this.#rotate();
    const record: LedgerRecord = { seq: this.#seqNext, at: this.#wallMicros(), ...entry };
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    writeSync(this.#fd, line);
    this.#bytes += line.length;
    this.#seqNext++;
    return record;
  }

  /** At most `countMax` records from sequence number `from` on. */
  read(from: number, countMax: number): LedgerRecord[] {
    const found: LedgerRecord[] = [];
    for (const [index, first] of this.#files.entries()) {
      const following = this.#files[index + 1];
      if (following !== undefined && following <= from) continue;
      for (const record of readRecords(pathOf(this.#dir, first), true).records) {
        if (record.seq >= from) found.push(record);
        if (found.length === countMax) return found;
      }
    }
    return found;
  }

  close(): void {
    fsyncSync(this.#fd);
    closeSync(this.#fd);
  }

  #rotate(): void {
    this.close();
    this.#files.push(this.#seqNext);
    this.#fd = openSync(pathOf(this.#dir, this.#seqNext), 'a');
    this.#bytes = 0;
  }
}

function pathOf(dir: string, first: number): string {
  return join(dir, `ledger-${String(first).padStart(12, '0')}.jsonl`);
}

function filesIn(dir: string): number[] {
  mkdirSync(dir, { recursive: true });
  return readdirSync(dir)
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** The records of one file and the bytes that they take. Only the tail of the last file may be torn. */
function readRecords(path: string, tornTailAllowed: boolean): { records: LedgerRecord[]; bytes: number } {
  const text = readFileSync(path, 'utf8');
  const end = text.lastIndexOf('\n') + 1;
  if (end < text.length && !tornTailAllowed) throw damaged(path, 'the last line is cut off');
  const whole = text.slice(0, end);
  const records = whole
    .split('\n')
    .slice(0, -1)
    .map((line, index) => {
      try {
        return JSON.parse(line) as LedgerRecord;
      } catch {
        throw damaged(path, `line ${index + 1} is not JSON`);
      }
    });
  return { records, bytes: Buffer.byteLength(whole) };
}

function damaged(path: string, what: string): UserError {
  return new UserError(`the ledger ${path} is damaged: ${what}`, 'restore the file, or start with another ledgerDir');
}
