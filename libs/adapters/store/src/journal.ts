import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '@portcullis/kernel';

/** Where a journal stands: the number of its last record and the hash that covers it and all before it. */
export interface JournalHead {
  readonly seq: number;
  readonly hash: string;
}

export interface JournalRecord<T> extends JournalHead {
  readonly payload: T;
}

/** A journal that cannot be trusted: names the file, the line and what to do. */
export class JournalCorruption extends Error {
  override readonly name = 'JournalCorruption';
}

export interface JournalOptions {
  /** A new segment begins once one holds this many bytes. */
  readonly segmentBytesMax?: number;
}

const SEGMENT_BYTES_MAX = 64 * 1024 * 1024;
/**
 * Zeros are written this far ahead of the records. A sync of bytes inside the file is a sync of data alone; one that makes the
 * file longer waits for the file system's own log, and for everybody else's syncs in it.
 */
const AHEAD_BYTES = 1024 * 1024;
const NUL = 0;
/** More zeros than any flipped bit makes: what a page looks like that never reached the disk. */
const ZEROS = Buffer.alloc(64, NUL);
const SEGMENT_NAME = /^(\d{8})\.journal$/;
/** The hash before the first record. */
export const GENESIS_HASH = '0'.repeat(64);

/**
 * An append-only journal of JSON payloads: one record a line, `<seq> <hash> <json>`, where
 * `hash = sha256(previous hash, seq, json)`. So each line is its own checksum, and the last hash covers everything.
 * A torn tail (a last line without its end, or with a page missing) is cut off and kept beside it; damage is refused.
 */
export class Journal<T> {
  readonly #dir: string;
  readonly #segmentBytesMax: number;
  #fd: number;
  #segment: number;
  /** Bytes of records in the segment; what follows up to `#allocated` is zeros. */
  #bytes: number;
  #allocated: number;
  #head: JournalHead;
  #unsynced = false;
  #failed: Error | undefined;

  private constructor(
    dir: string,
    state: { fd: number; segment: number; bytes: number; head: JournalHead },
    options: JournalOptions,
  ) {
    this.#dir = dir;
    this.#segmentBytesMax = options.segmentBytesMax ?? SEGMENT_BYTES_MAX;
    this.#fd = state.fd;
    this.#segment = state.segment;
    this.#bytes = state.bytes;
    this.#allocated = state.bytes;
    this.#head = state.head;
  }

  /**
   * Opens (or begins) the journal in `dir` and hands every record to `replay`, oldest first.
   * Throws {@link JournalCorruption} when a record other than a torn last one does not verify.
   */
  static open<T>(dir: string, replay: (record: JournalRecord<T>) => void, options: JournalOptions = {}): Journal<T> {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const segments = segmentNumbers(dir);
    let head: JournalHead = { seq: 0, hash: GENESIS_HASH };
    let bytes = 0;
    segments.forEach((segment, index) => {
      const scan = scanSegment<T>(segmentFile(dir, segment), head, index === segments.length - 1, replay);
      head = scan.head;
      bytes = scan.bytes;
    });
    const segment = segments.at(-1) ?? 1;
    const fd = openSegment(dir, segment);
    ftruncateSync(fd, bytes);
    return new Journal<T>(dir, { fd, segment, bytes, head }, options);
  }

  get head(): JournalHead {
    return this.#head;
  }

  /**
   * Appends payloads in order with one write and, unless `durable` is false, one fdatasync, after which they survive
   * a crash of the process and of the machine. Not durable ones are covered by the next durable append.
   * After a failed write every further append throws: what cannot be written down must not be decided.
   */
  append(payloads: readonly T[], options: { readonly durable?: boolean } = {}): JournalHead {
    if (this.#failed !== undefined) throw this.#failed;
    let text = '';
    let { seq, hash } = this.#head;
    for (const payload of payloads) {
      const json = JSON.stringify(payload);
      seq += 1;
      hash = recordHash(hash, seq, json);
      text += `${seq} ${hash} ${json}\n`;
    }
    try {
      this.#write(text);
      if (options.durable !== false) this.sync();
    } catch (cause) {
      this.#failed = new Error(`journal ${this.#dir} cannot be written: ${(cause as Error).message}`, { cause });
      throw this.#failed;
    }
    this.#head = { seq, hash };
    if (this.#bytes >= this.#segmentBytesMax) this.#rotate();
    return this.#head;
  }

  /** Makes everything appended so far durable. */
  sync(): void {
    if (!this.#unsynced) return;
    fdatasyncSync(this.#fd);
    this.#unsynced = false;
  }

  close(): void {
    this.#finishSegment();
    this.#failed = new Error(`journal ${this.#dir} is closed`);
  }

  #write(text: string): void {
    if (text === '') return;
    const data = Buffer.from(text);
    if (this.#bytes + data.length > this.#allocated) this.#allocate(this.#bytes + data.length + AHEAD_BYTES);
    writeAt(this.#fd, data, this.#bytes);
    this.#bytes += data.length;
    this.#unsynced = true;
  }

  #allocate(bytes: number): void {
    writeAt(this.#fd, Buffer.alloc(bytes - this.#allocated, NUL), this.#allocated);
    this.#allocated = bytes;
  }

  /** Cuts the zeros off, so that what is closed holds records alone. */
  #finishSegment(): void {
    if (this.#failed === undefined) ftruncateSync(this.#fd, this.#bytes);
    this.sync();
    closeSync(this.#fd);
  }

  #rotate(): void {
    this.#finishSegment();
    this.#segment += 1;
    this.#bytes = 0;
    this.#allocated = 0;
    this.#fd = openSegment(this.#dir, this.#segment);
  }
}

function writeAt(fd: number, data: Buffer, position: number): void {
  let written = 0;
  while (written < data.length) written += writeSync(fd, data, written, data.length - written, position + written);
}

function recordHash(previous: string, seq: number, json: string): string {
  return sha256Hex(`${previous} ${seq} ${json}`);
}

function segmentNumbers(dir: string): number[] {
  const numbers = readdirSync(dir)
    .map((name) => SEGMENT_NAME.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
  numbers.forEach((number, index) => {
    if (number !== index + 1) {
      throw new JournalCorruption(
        `journal ${dir} lacks segment ${index + 1}: restore it from the archive before starting`,
      );
    }
  });
  return numbers;
}

function segmentFile(dir: string, segment: number): string {
  return join(dir, `${String(segment).padStart(8, '0')}.journal`);
}

function openSegment(dir: string, segment: number): number {
  const file = segmentFile(dir, segment);
  const fresh = !existsSync(file);
  // Not for appending: an append would go behind the zeros.
  const fd = openSync(file, fresh ? 'wx+' : 'r+', 0o600);
  if (fresh) syncDirectory(dir);
  return fd;
}

/** A new file survives a crash only once its directory entry is on disk too. */
function syncDirectory(dir: string): void {
  const fd = openSync(dir, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

interface Scan {
  readonly head: JournalHead;
  /** Bytes of the segment that hold whole, verified records. */
  readonly bytes: number;
}

function scanSegment<T>(
  file: string,
  before: JournalHead,
  last: boolean,
  replay: (record: JournalRecord<T>) => void,
): Scan {
  const data = readRecords(file);
  let head = before;
  let at = 0;
  while (at < data.length) {
    const end = data.indexOf(0x0a, at);
    const record = end < 0 ? undefined : parseLine<T>(data.toString('utf8', at, end), head);
    if (record === undefined) {
      // Torn is a last line without its end, or one with a page of the zeros ahead still in it; all else is damage.
      const isTorn = end < 0 || data.indexOf(ZEROS, at) >= 0;
      if (!last || !isTorn) {
        throw new JournalCorruption(
          `journal ${file} does not verify at byte ${at} (record ${head.seq + 1}): restore it from the archive before starting`,
        );
      }
      writeFileSync(`${file}.torn`, data.subarray(at), { mode: 0o600 });
      break;
    }
    replay(record);
    head = { seq: record.seq, hash: record.hash };
    at = end + 1;
  }
  return { head, bytes: at };
}

/** The bytes of a segment without the zeros ahead. No record holds a zero byte: JSON escapes it. */
function readRecords(file: string): Buffer {
  const data = readFileSync(file);
  let end = data.length;
  while (end > 0 && data[end - 1] === NUL) end -= 1;
  return data.subarray(0, end);
}

function parseLine<T>(line: string, head: JournalHead): JournalRecord<T> | undefined {
  const match = /^(\d+) ([0-9a-f]{64}) (.*)$/s.exec(line);
  if (match === null) return undefined;
  const [, seqText = '', hash = '', json = ''] = match;
  const seq = Number(seqText);
  if (seq !== head.seq + 1 || hash !== recordHash(head.hash, seq, json)) return undefined;
  return { seq, hash, payload: JSON.parse(json) as T };
}

/** Checks a journal without opening it for writing. Returns its head; throws {@link JournalCorruption}. */
export function verifyJournal<T>(
  dir: string,
  visit: (record: JournalRecord<T>) => void = () => undefined,
): JournalHead {
  let head: JournalHead = { seq: 0, hash: GENESIS_HASH };
  for (const segment of existsSync(dir) ? segmentNumbers(dir) : []) {
    head = scanReadOnly(segmentFile(dir, segment), head, visit);
  }
  return head;
}

function scanReadOnly<T>(file: string, before: JournalHead, visit: (record: JournalRecord<T>) => void): JournalHead {
  let head = before;
  const text = readRecords(file).toString('utf8');
  const lines = text.split('\n');
  lines.pop();
  for (const line of lines) {
    const record = parseLine<T>(line, head);
    if (record === undefined) throw new JournalCorruption(`journal ${file} does not verify at record ${head.seq + 1}`);
    visit(record);
    head = { seq: record.seq, hash: record.hash };
  }
  return head;
}
