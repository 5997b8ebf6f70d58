import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CashRecord, DenialRecord, FillRecord, ReplaySink, RoundTrip } from '@portcullis/replay';
import { BacktestError } from '../backtest-error.ts';
import type { BacktestSnapshot, FinishedBacktest } from '../run/backtest.ts';
import { cutLines, NdjsonFile, recordsIn } from './ndjson-file.ts';
import type { RunManifest } from './run-manifest.ts';
import {
  type RecordOf,
  RUN_LISTS,
  type RunList,
  type RunLogLine,
  type RunStore,
  type StoredSnapshot,
} from './run-store.ts';

/** Lines of a log that are kept; a strategy that talks all the time fills no disk. */
const LOG_LINES_MAX = 10_000;

const NO_RECORDS: Readonly<Record<RunList, number>> = { fills: 0, denials: 0, 'round-trips': 0, cash: 0, log: 0 };

/** Everything of a run but what is written by the way. */
export type RunRecord = Omit<RunManifest, 'version' | 'files'> & { readonly finished: FinishedBacktest };

/** Keeps what a run tells: lists go through local files, so that memory stays bounded, and into the store at the end. */
export class RunWriter implements ReplaySink {
  readonly #runs: RunStore;
  readonly #runId: string;
  readonly #folder: string;
  readonly #files: Readonly<Record<RunList, NdjsonFile>>;

  private constructor(runs: RunStore, runId: string, lists: { folder: string; records: StoredSnapshot['records'] }) {
    this.#runs = runs;
    this.#runId = runId;
    this.#folder = lists.folder;
    mkdirSync(lists.folder, { recursive: true });
    const open = (list: RunList) =>
      new NdjsonFile(join(lists.folder, `${list}.ndjson`), { isResumed: true, records: lists.records[list] });
    this.#files = {
      fills: open('fills'),
      denials: open('denials'),
      'round-trips': open('round-trips'),
      cash: open('cash'),
      log: open('log'),
    };
  }

  /**
   * `resume`: goes on with the lists that the store has of the paused run, as they were at that snapshot. Throws
   * BacktestError (`other-run`) where it has none of them.
   */
  static async open(runs: RunStore, runId: string, resume?: BacktestSnapshot): Promise<RunWriter> {
    const stored = resume && (await runs.snapshot(runId));
    if (resume !== undefined && stored?.snapshot.events !== resume.events) {
      const found = stored === undefined ? 'nothing of it' : `it after ${stored.snapshot.events} events`;
      const what = `run ${runId} is to go on after ${resume.events} events, but ${runs.store.url} has ${found}`;
      throw new BacktestError('other-run', `${what}; expected the store in which it waits`);
    }
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-run-'));
    if (stored === undefined) return new RunWriter(runs, runId, { folder, records: NO_RECORDS });
    for (const list of RUN_LISTS) {
      const path = join(folder, `${list}.ndjson`);
      await runs.fetchPaused(runId, list, path);
      // A later pause that came to its lists but not to its snapshot has left more.
      cutLines(path, stored.records[list]);
    }
    return new RunWriter(runs, runId, { folder, records: stored.records });
  }

  /** The records of a list that were kept before a pause. */
  earlier<L extends RunList>(list: L): AsyncGenerator<RecordOf[L], void, undefined> {
    return recordsIn(this.#files[list].path);
  }

  fill(record: FillRecord): void {
    this.#files.fills.append(record);
  }

  denial(record: DenialRecord): void {
    this.#files.denials.append(record);
  }

  roundTrip(record: RoundTrip): void {
    this.#files['round-trips'].append(record);
  }

  cash(record: CashRecord): void {
    this.#files.cash.append(record);
  }

  log(level: RunLogLine['level'], message: string, at: number): void {
    const { log } = this.#files;
    if (log.records < LOG_LINES_MAX) log.append({ at, level, message } satisfies RunLogLine);
  }

  /** Keeps the run as it stands between two events: lists first, then the snapshot that counts them. */
  async pause(snapshot: BacktestSnapshot): Promise<void> {
    const records = { ...NO_RECORDS };
    for (const list of RUN_LISTS) {
      const file = this.#files[list];
      file.flush();
      records[list] = file.records;
      await this.#runs.putFile(this.#runId, `paused/${list}.ndjson`, file.path);
    }
    await this.#runs.put(this.#runId, 'snapshot.json', { snapshot, records } satisfies StoredSnapshot);
  }

  /** Puts everything into the store, the manifest last. */
  async commit({ finished, ...facts }: RunRecord, report: string | undefined): Promise<RunManifest> {
    const runs = this.#runs;
    const runId = this.#runId;
    const files: { name: string; bytes: number; records?: number }[] = [];
    for (const list of RUN_LISTS) {
      const file = this.#files[list];
      file.close();
      const name = `${list}.ndjson`;
      files.push({ name, bytes: await runs.putFile(runId, name, file.path), records: file.records });
    }
    const { summary, statistics, equity } = finished;
    for (const [name, value] of Object.entries({ summary, statistics, equity })) {
      files.push({ name: `${name}.json`, bytes: await runs.put(runId, `${name}.json`, value) });
    }
    if (report !== undefined) {
      files.push({ name: 'report.html', bytes: await runs.put(runId, 'report.html', Buffer.from(report)) });
    }
    const manifest: RunManifest = { version: 1, ...facts, files };
    await runs.put(runId, 'manifest.json', manifest);
    await runs.endPause(runId);
    return manifest;
  }

  /** Gives the local files back; what was not committed or paused is gone. */
  async close(): Promise<void> {
    for (const file of Object.values(this.#files)) file.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
