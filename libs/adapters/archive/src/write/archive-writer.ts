import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { wallMicros } from '@portcullis/config';
import type { MarketKind } from '@portcullis/contracts';
import { assert } from '@portcullis/kernel';
import type { NumberedEvent } from '@portcullis/market';
import type { ObjectStore } from '@portcullis/objects';
import { type Duck, openDuck } from '../duck.ts';
import { partitionPath } from '../partition.ts';
import { type EventBuffer, EventBuffers } from './event-buffers.ts';
import { coveredEvents } from './covered-events.ts';
import { SegmentQueue } from './segment-queue.ts';
import { SpoolLock } from './spool-lock.ts';
import { oldLogs, scanLogs, SpoolLog } from './spool-log.ts';
import { findSegments, type WaitingSegment } from './spool-segments.ts';
import { Uploader } from './uploader.ts';
import type { DrainReport, KindCounts, UploaderStatus, WriterTrouble } from './writer-status.ts';

export interface ArchiveWriterOptions {
  readonly store: ObjectStore;
  /** A folder of this writer alone. What an earlier process left in it is brought to the store first. */
  readonly spoolDir: string;
  /** Version of the program, for the manifests. */
  readonly code: string;
  /** A segment is cut once it holds this many rows. */
  readonly segmentRowsMax?: number;
  /** … or once its first event was appended this long ago. Microseconds. */
  readonly segmentMicrosMax?: number;
  /** What the spool may take of the disk: from four fifths of it quotes are shed, then all else is refused. */
  readonly spoolBytesMax?: number;
  /** False for an import, which can be run again: then nothing is logged, and what is not in a segment is lost with the process. */
  readonly log?: boolean;
  readonly memoryMb?: number;
  readonly onTrouble?: (trouble: WriterTrouble) => void;
  /** For tests that break off: called before each step; what it throws is as if the disk or the store had thrown it. */
  readonly onStep?: (step: string) => void;
}

const SEGMENT_ROWS_MAX = 500_000;
const SEGMENT_MICROS_MAX = 15 * 60 * 1_000_000;
const SPOOL_BYTES_MAX = 8 * 1024 ** 3;
const MEMORY_MB = 512;
/** The rows come from JavaScript one chunk at a time, so a second thread would spin; two segments are written at a time instead. */
const THREADS = 1;
/** The log is written this often, and at once when this much waits. */
const TICK_MS = 100;
const PENDING_BYTES_MAX = 1024 * 1024;
/** Share of the bound from which quotes, all but gaps, and gaps are not taken any more. */
const QUOTES_SHARE = 0.8;
const EVENTS_SHARE = 0.95;
const GAPS_SHARE = 1;
/** Rows in memory, 100 bytes each, beyond which the largest buffer is cut, whatever its age. */
const ROWS_MAX = 4_000_000;
/** Attempts of a drain at each segment: about ten seconds. */
const DRAIN_ATTEMPTS_MAX = 6;

/**
 * Brings market events into the archive: buffered by partition, cut into sorted Parquet segments by rows, time and UTC
 * day of `tsEvent`, kept in a spool on disk until the store holds each with the right digest and its manifest names it.
 * With a log, what was appended more than 200 ms before the process died is not lost. Nothing is lost silently: when
 * the spool is full or its disk refuses, `append` says so for each event.
 */
export class ArchiveWriter {
  readonly #options: ArchiveWriterOptions;
  readonly #lock: SpoolLock;
  readonly #duck: Duck;
  readonly #log: SpoolLog;
  /** Off in an import, but for the time in which it recovers what a process with a log left. */
  #isLogging = true;
  readonly #buffers = new EventBuffers();
  readonly #queue: SegmentQueue;
  readonly #uploader: Uploader;
  readonly #timer: NodeJS.Timeout;
  readonly #shed: KindCounts = {};
  readonly #refused: KindCounts = {};
  #recovered = { events: 0, segments: 0, tornBytes: 0, damaged: 0 };
  #ordinal = 0;
  #logFailure: Error | undefined;
  /** Events given up since the last tick, and whether that was reported. */
  #givenUp = 0;
  #isGivingUp = false;
  #lastTrouble: WriterTrouble | undefined;
  #closed = false;

  private constructor(options: ArchiveWriterOptions, parts: { lock: SpoolLock; duck: Duck; log: SpoolLog }) {
    this.#options = options;
    this.#lock = parts.lock;
    this.#duck = parts.duck;
    this.#log = parts.log;
    const onStep = options.onStep === undefined ? {} : { onStep: options.onStep };
    this.#queue = new SegmentQueue({
      duck: parts.duck,
      folder: segmentFolder(options.spoolDir),
      code: options.code,
      onSegment: (segment) => this.#onSegment(segment),
      onTrouble: (error) => {
        this.#trouble('spool', error.message);
      },
      ...onStep,
    });
    this.#uploader = new Uploader({
      store: options.store,
      repeatable: options.log === false,
      onTrouble: (what, message) => {
        this.#trouble(what, message);
      },
      ...onStep,
    });
    this.#timer = setInterval(() => {
      this.#tick();
    }, TICK_MS);
  }

  /** Takes the spool, and turns what an earlier process logged into segments. Throws UserError when the spool is in use. */
  static async open(options: ArchiveWriterOptions): Promise<ArchiveWriter> {
    const { spoolDir, memoryMb = MEMORY_MB } = options;
    mkdirSync(segmentFolder(spoolDir), { recursive: true });
    mkdirSync(logFolder(spoolDir), { recursive: true });
    const lock = SpoolLock.take(spoolDir);
    let duck: Duck | undefined;
    try {
      duck = await openDuck({ memoryMb, threads: THREADS, tmpDir: join(spoolDir, 'tmp') });
      const old = oldLogs(logFolder(spoolDir));
      const writer = new ArchiveWriter(options, {
        lock,
        duck,
        log: new SpoolLog(logFolder(spoolDir)),
      });
      try {
        await writer.#recover(old);
      } catch (error) {
        await writer.abandon();
        throw error;
      }
      return writer;
    } catch (error) {
      duck?.close();
      lock.release();
      throw error;
    }
  }

  /**
   * Takes an event into the archive. False when there is no room for it: the caller has lost it and owes the stream a
   * gap. Throws for an event that is none (a value that is no safe integer).
   */
  append(venue: string, event: NumberedEvent): boolean {
    assert(!this.#closed, 'the archive writer is closed');
    if (!this.#admits(event.kind)) return false;
    const ordinal = this.#ordinal + 1;
    this.#take(venue, event, ordinal);
    this.#ordinal = ordinal;
    if (this.#isLogging) this.#log.event(ordinal, venue, event);
    if (this.#log.pendingBytes >= PENDING_BYTES_MAX) void this.#writeLog();
    return true;
  }

  /** Resolves when there is room for more: who appends faster than the disk and the store take it waits here. */
  async room(): Promise<void> {
    await this.#queue.below(this.#options.segmentRowsMax ?? SEGMENT_ROWS_MAX);
    if (this.#share() >= QUOTES_SHARE) await this.#uploader.drain(DRAIN_ATTEMPTS_MAX);
  }

  /** Everything appended so far is in segments on disk afterwards. Rejects when the disk refuses; it is tried again then. */
  async flush(): Promise<void> {
    for (const buffer of [...this.#buffers.all()]) this.#cut(buffer);
    await this.#queue.flush();
    // Nothing in the log is needed any more, but for what came meanwhile.
    await this.#writeLog();
    await this.#releaseLogs();
  }

  /** Everything appended so far is in the store afterwards, or the report says why not. */
  async drain(): Promise<DrainReport> {
    await this.flush();
    await this.#uploader.drain(DRAIN_ATTEMPTS_MAX);
    const { segments, uploaded } = this.#uploader;
    const trouble = segments > 0 ? this.#lastTrouble : undefined;
    return { complete: segments === 0, segmentsWaiting: segments, uploaded, ...(trouble && { trouble }) };
  }

  status(): UploaderStatus {
    const { lastUploadAt, uploaded, segments } = this.#uploader;
    return {
      state: this.#state(),
      spoolBytes: this.#spoolBytes(),
      spoolBytesMax: this.#spoolBytesMax(),
      segmentsWaiting: segments,
      rowsBuffered: this.#buffers.rows + this.#queue.rows,
      uploaded,
      ...(lastUploadAt === undefined ? {} : { lastUploadAt }),
      ...(this.#lastTrouble === undefined ? {} : { lastTrouble: this.#lastTrouble }),
      shed: { ...this.#shed },
      refused: { ...this.#refused },
      recovered: this.#recovered,
    };
  }

  /** Cuts everything into segments and lets go of the spool; segments that the store has not taken stay in it. */
  async close(): Promise<void> {
    if (this.#closed) return;
    const failure = await this.flush().then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    this.#closed = true;
    clearInterval(this.#timer);
    // What could not be cut stays in the log.
    if (failure !== undefined) await this.#writeLog();
    await this.#letGo();
    if (failure !== undefined && !this.#isLogging) throw failure;
  }

  /** Stops as a killed process does: whatever is not on disk is lost. For tests. */
  async abandon(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#letGo();
  }

  async #letGo(): Promise<void> {
    await Promise.all([this.#queue.stop(), this.#uploader.stop()]);
    await this.#log.close();
    this.#duck.close();
    this.#lock.release();
  }

  /** Turns what an earlier process logged into segments and hands over what it left; then its logs can go. */
  async #recover(old: readonly string[]): Promise<void> {
    const { segments, unreadable } = findSegments(segmentFolder(this.#options.spoolDir));
    if (unreadable.length > 0) this.#trouble('recovery', `the spool has unreadable notes: ${unreadable.join(', ')}`);
    const covered = coveredEvents(old, segments);
    this.#ordinal = covered.ordinalMax;
    const recovered = { events: 0, segments: segments.length, tornBytes: 0, damaged: 0 };
    for (const path of old) {
      const scan = scanLogs([path], {
        event: ({ ordinal, venue, event }) => {
          if (covered.has(venue, event, ordinal)) return;
          recovered.events += 1;
          this.#take(venue, event, ordinal);
        },
      });
      recovered.tornBytes += scan.tornBytes;
      recovered.damaged += scan.damaged;
      // One log at a time is in memory, with what could not be written of those before it.
      await this.#queue.below(ROWS_MAX);
    }
    if (recovered.damaged > 0) {
      this.#trouble('recovery', `${recovered.damaged} damaged lines in the spool's logs are lost`);
    }
    await this.flush();
    for (const path of old) rmSync(path, { force: true });
    for (const segment of segments) this.#uploader.add(segment);
    this.#recovered = recovered;
    this.#isLogging = this.#options.log !== false;
  }

  #take(venue: string, event: NumberedEvent, ordinal: number): void {
    const { buffer, past } = this.#buffers.append(venue, event, ordinal);
    for (const other of past) this.#cut(other);
    if (buffer.columns.rows >= (this.#options.segmentRowsMax ?? SEGMENT_ROWS_MAX)) this.#cut(buffer);
    else if (this.#buffers.rows > ROWS_MAX) this.#cutLargest();
  }

  #cutLargest(): void {
    const [first, ...others] = this.#buffers.all();
    if (first === undefined) return;
    this.#cut(others.reduce((largest, other) => (other.columns.rows > largest.columns.rows ? other : largest), first));
  }

  #cut(buffer: EventBuffer): void {
    this.#buffers.remove(buffer);
    const { partition, columns, ordinalFirst, ordinalLast } = buffer;
    this.#queue.add({ partition, columns, ordinals: { first: ordinalFirst, upTo: ordinalLast } });
  }

  /** The log learns that the events are safe before the segment can leave the spool. */
  async #onSegment(segment: WaitingSegment): Promise<void> {
    if (this.#isLogging) {
      this.#log.cut(partitionPath(segment.partition), segment.upTo);
      await this.#log.write();
    }
    this.#uploader.add(segment);
  }

  #tick(): void {
    if (this.#log.pendingBytes > 0 || this.#logFailure !== undefined) void this.#writeLog();
    else void this.#releaseLogs();
    const microsMax = this.#options.segmentMicrosMax ?? SEGMENT_MICROS_MAX;
    const before = performance.now() - microsMax / 1000;
    for (const buffer of [...this.#buffers.all()]) if (buffer.since <= before) this.#cut(buffer);
    if (this.#givenUp === 0) this.#isGivingUp = false;
    this.#givenUp = 0;
  }

  async #writeLog(): Promise<void> {
    try {
      if (this.#log.pendingBytes > 0) this.#options.onStep?.('log');
      await this.#log.write();
      this.#logFailure = undefined;
    } catch (error) {
      this.#logFailure = error as Error;
      this.#trouble('spool', `the log cannot be written: ${this.#logFailure.message}`);
    }
  }

  async #releaseLogs(): Promise<void> {
    try {
      await this.#log.release(Math.min(this.#buffers.ordinalMin, this.#queue.ordinalMin));
    } catch (error) {
      this.#trouble('spool', `an old log cannot be removed: ${(error as Error).message}`);
    }
  }

  #admits(kind: MarketKind): boolean {
    const share = this.#share();
    if (share < QUOTES_SHARE) return true;
    const isQuote = kind === 'quote';
    if (share < (isQuote ? QUOTES_SHARE : kind === 'gap' ? GAPS_SHARE : EVENTS_SHARE)) return true;
    const counts = isQuote ? this.#shed : this.#refused;
    counts[kind] = (counts[kind] ?? 0) + 1;
    this.#givenUp += 1;
    if (!this.#isGivingUp) this.#trouble('spool-full', `events of kind ${kind} are given up: the spool has no room`);
    this.#isGivingUp = true;
    return false;
  }

  /** How full the spool is, or memory where it does not get into the spool; a disk that refuses leaves room for gaps only. */
  #share(): number {
    const failed = this.#logFailure !== undefined || this.#queue.failure !== undefined ? EVENTS_SHARE : 0;
    const memory = (this.#buffers.rows + this.#queue.rows) / (2 * ROWS_MAX);
    return Math.max(failed, memory, this.#spoolBytes() / this.#spoolBytesMax());
  }

  #spoolBytes(): number {
    return this.#uploader.bytes + this.#log.bytes;
  }

  #spoolBytesMax(): number {
    return this.#options.spoolBytesMax ?? SPOOL_BYTES_MAX;
  }

  #state(): UploaderStatus['state'] {
    if (this.#closed) return 'closed';
    return this.#isGivingUp || this.#share() >= EVENTS_SHARE ? 'full' : this.#uploader.state;
  }

  #trouble(what: WriterTrouble['what'], message: string): void {
    this.#lastTrouble = { at: wallMicros(), what, message };
    this.#options.onTrouble?.(this.#lastTrouble);
  }
}

function segmentFolder(spoolDir: string): string {
  return join(spoolDir, 'segments');
}

function logFolder(spoolDir: string): string {
  return join(spoolDir, 'log');
}
