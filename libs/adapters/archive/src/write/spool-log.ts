import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { NumberedEvent } from '@portcullis/market';

/** An event as it was appended, with its number in the spool. */
export interface LoggedEvent {
  readonly ordinal: number;
  readonly venue: string;
  readonly event: NumberedEvent;
}

/** All events of one partition up to this number are in segments of the spool or the store. */
export interface LoggedCut {
  readonly partition: string;
  readonly upTo: number;
}

export interface LogScan {
  readonly events: number;
  /** Bytes at the end of the newest log that were cut off: a write that did not come to its end. */
  readonly tornBytes: number;
  /** Lines elsewhere whose checksum does not hold; what they held is lost. */
  readonly damaged: number;
  readonly ordinalMax: number;
}

/** A log is closed and the next one begun once it holds this many bytes, so that old ones can go. */
const LOG_BYTES_MAX = 64 * 1024 * 1024;
const NAME = /^(\d{8})\.log$/;
const EVENT = 'e';
const CUT = 'c';

/**
 * What was appended and is in no segment yet, as lines `<crc32> <json>`. Appending collects lines in memory; `write`
 * brings them to the file. Files count up over the life of the spool and go, oldest first, when all of their events are
 * in segments.
 */
export class SpoolLog {
  readonly #folder: string;
  #handle: FileHandle | undefined;
  #number: number;
  #bytes = 0;
  #pending: string[] = [];
  #pendingBytes = 0;
  #ordinalPending = 0;
  #writing: Promise<void> | undefined;
  #diskBytes = 0;
  /** Closed and current logs with the last number in each. */
  readonly #files: { readonly path: string; bytes: number; ordinalMax: number }[] = [];

  constructor(folder: string) {
    this.#folder = folder;
    this.#number = logNumbers(folder).at(-1) ?? 0;
  }

  /** Bytes on disk and those on their way. */
  get bytes(): number {
    return this.#diskBytes + this.#pendingBytes;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  event(ordinal: number, venue: string, event: NumberedEvent): void {
    this.#ordinalPending = ordinal;
    this.#add([EVENT, ordinal, venue, event]);
  }

  cut(partition: string, upTo: number): void {
    this.#add([CUT, upTo, partition]);
  }

  /** Brings everything added so far to the disk. After a failure it is kept, and the next call tries again. */
  async write(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing.catch(() => undefined);
    this.#writing = this.#writePending();
    try {
      await this.#writing;
    } finally {
      this.#writing = undefined;
    }
  }

  /** Removes the logs whose events all have numbers below `ordinal`; the current one is first closed for it. */
  async release(ordinal: number): Promise<void> {
    for (let oldest = this.#files[0]; oldest !== undefined && oldest.ordinalMax < ordinal; oldest = this.#files[0]) {
      if (this.#files.length === 1) {
        if (this.#pending.length > 0 || this.#writing !== undefined) return;
        await this.#finish();
      }
      rmSync(oldest.path, { force: true });
      this.#files.shift();
      this.#diskBytes -= oldest.bytes;
    }
  }

  async close(): Promise<void> {
    await this.#finish();
  }

  #add(fields: readonly unknown[]): void {
    const json = JSON.stringify(fields);
    const line = `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
    this.#pending.push(line);
    this.#pendingBytes += line.length;
  }

  async #writePending(): Promise<void> {
    if (this.#pending.length === 0) return;
    const count = this.#pending.length;
    const ordinalMax = this.#ordinalPending;
    const text = this.#pending.join('');
    const data = Buffer.from(text);
    if (this.#handle === undefined) await this.#begin();
    const file = this.#files.at(-1);
    if (this.#handle === undefined || file === undefined) throw new Error('the spool log is not open');
    // At a position of its own, so that a write that failed half-way is written over.
    for (let done = 0; done < data.length;) {
      done += (await this.#handle.write(data, done, data.length - done, this.#bytes + done)).bytesWritten;
    }
    await this.#handle.datasync();
    this.#bytes += data.length;
    this.#diskBytes += data.length;
    file.bytes = this.#bytes;
    file.ordinalMax = Math.max(file.ordinalMax, ordinalMax);
    this.#pending = this.#pending.slice(count);
    this.#pendingBytes -= text.length;
    if (this.#bytes >= LOG_BYTES_MAX) await this.#finish();
  }

  async #begin(): Promise<void> {
    const path = join(this.#folder, `${String(this.#number + 1).padStart(8, '0')}.log`);
    this.#handle = await open(path, 'wx');
    this.#number += 1;
    this.#bytes = 0;
    this.#files.push({ path, bytes: 0, ordinalMax: 0 });
  }

  async #finish(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }
}

function logNumbers(folder: string): number[] {
  return readdirSync(folder)
    .map((name) => NAME.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

/** The logs that an earlier process left, oldest first. */
export function oldLogs(folder: string): string[] {
  return logNumbers(folder).map((number) => join(folder, `${String(number).padStart(8, '0')}.log`));
}

/** Reads logs in their order. A last line that is not whole is what a dying process leaves; any other is damage. */
export function scanLogs(
  paths: readonly string[],
  visit: { event?(event: LoggedEvent): void; cut?(cut: LoggedCut): void },
): LogScan {
  const scan = { events: 0, tornBytes: 0, damaged: 0, ordinalMax: 0 };
  for (const path of paths) scanLog(readFileSync(path), scan, visit);
  return scan;
}

type Visit = Parameters<typeof scanLogs>[1];

function scanLog(data: Buffer, scan: { -readonly [K in keyof LogScan]: number }, visit: Visit): void {
  for (let at = 0; at < data.length;) {
    const end = data.indexOf(0x0a, at);
    const fields = end < 0 ? undefined : fieldsOf(data.toString('utf8', at, end));
    const next = end < 0 ? data.length : end + 1;
    if (fields !== undefined) take(fields, scan, visit);
    else if (next === data.length) scan.tornBytes += next - at;
    else scan.damaged += 1;
    at = next;
  }
}

function take(fields: readonly unknown[], scan: { -readonly [K in keyof LogScan]: number }, visit: Visit): void {
  const [type, ordinal, name, event] = fields as [string, number, string, NumberedEvent];
  scan.ordinalMax = Math.max(scan.ordinalMax, ordinal);
  if (type === CUT) visit.cut?.({ partition: name, upTo: ordinal });
  if (type !== EVENT) return;
  scan.events += 1;
  visit.event?.({ ordinal, venue: name, event });
}

function fieldsOf(line: string): readonly unknown[] | undefined {
  const json = line.slice(9);
  if (line[8] !== ' ' || crc32(json) !== Number.parseInt(line.slice(0, 8), 16)) return undefined;
  try {
    return JSON.parse(json) as readonly unknown[];
  } catch {
    return undefined;
  }
}
