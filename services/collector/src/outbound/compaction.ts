import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { dateOf } from '@portcullis/archive';
import { wallMicros } from '@portcullis/config';
import type { ArchiveConfig } from '../collector.config.ts';

const CHECK_MS = 30_000;
const DAY_MICROS = 86_400_000_000;
const MINUTE_MICROS = 60_000_000;
const RETRY_MICROS = 15 * MINUTE_MICROS;
/** So that the feed comes first where both want a processor. */
const NICE = 10;

/**
 * Compacts yesterday's partitions of this collector's venues once a day, some time after midnight UTC. In a process of
 * its own: neither the memory nor the time that sorting a day takes is the feed's.
 */
export class DailyCompaction {
  readonly #archive: ArchiveConfig;
  readonly #venues: () => readonly string[];
  readonly #log: { log(what: string): void; warn(what: string): void };
  readonly #timer: NodeJS.Timeout;
  #child: ChildProcess | undefined;
  #doneDate = '';
  #notBefore = 0;

  constructor(
    archive: ArchiveConfig,
    venues: () => readonly string[],
    log: { log(what: string): void; warn(what: string): void },
  ) {
    this.#archive = archive;
    this.#venues = venues;
    this.#log = log;
    this.#timer = setInterval(() => this.#check(), CHECK_MS);
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /** A compaction that is under way can be cut off at any place and goes on the next time. */
  stop(): void {
    clearInterval(this.#timer);
    this.#child?.kill('SIGTERM');
  }

  #check(): void {
    const { compactAfterMinutes } = this.#archive;
    const now = wallMicros();
    if (compactAfterMinutes === null || this.running || now < this.#notBefore) return;
    const yesterday = dateOf(now - DAY_MICROS);
    const isTime = now % DAY_MICROS >= compactAfterMinutes * MINUTE_MICROS;
    if (isTime && yesterday !== this.#doneDate) void this.#run(yesterday);
  }

  async #run(date: string): Promise<void> {
    const task = { store: this.#archive.store, spoolDir: this.#archive.spoolDir, venues: this.#venues(), date };
    const main = join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? '../main.ts' : '../main.js');
    const child = spawn(process.execPath, [...process.execArgv, main, 'compact', JSON.stringify(task)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    try {
      if (child.pid !== undefined) setPriority(child.pid, NICE);
      const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
      if (child.exitCode !== 0) throw new Error(errors.trim().slice(-500) || `it ended with ${child.exitCode}`);
      this.#doneDate = date;
      this.#log.log(`compacted ${date}: ${out.trim().slice(-1000)}`);
    } catch (error) {
      this.#notBefore = wallMicros() + RETRY_MICROS;
      this.#log.warn(`compaction of ${date}, tried again later: ${(error as Error).message}`);
    } finally {
      this.#child = undefined;
    }
  }
}
