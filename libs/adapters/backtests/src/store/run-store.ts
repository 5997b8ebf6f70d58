import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ObjectStore, ObjectStoreError } from '@portcullis/objects';
import type { CashRecord, DenialRecord, EquityPoint, FillRecord, RoundTrip } from '@portcullis/replay';
import type { RunStatistics } from '@portcullis/statistics';
import { BacktestError } from '../backtest-error.ts';
import type { BacktestSnapshot } from '../run/backtest.ts';
import { recordsIn } from './ndjson-file.ts';
import { parseRunManifest, RUN_ID, type RunManifest } from './run-manifest.ts';

/** The lists of a run, one JSON object a line. */
export const RUN_LISTS = ['fills', 'denials', 'round-trips', 'cash', 'log'] as const;
export type RunList = (typeof RUN_LISTS)[number];

export interface RunLogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly at: number;
}

export interface RecordOf {
  readonly fills: FillRecord;
  readonly denials: DenialRecord;
  readonly 'round-trips': RoundTrip;
  readonly cash: CashRecord;
  readonly log: RunLogLine;
}

/** A pause: the run between two events, with the records of each list until then, which lie beside it. */
export interface StoredSnapshot {
  readonly snapshot: BacktestSnapshot;
  readonly records: Readonly<Record<RunList, number>>;
}

/**
 * Runs in an object store: `runs/<runId>/` with manifest.json (written last: a run without one is not whole),
 * summary.json, statistics.json, equity.json, fills.ndjson, denials.ndjson, round-trips.ndjson, cash.ndjson, log.ndjson,
 * report.html,
 * and while it is paused snapshot.json with paused/*.ndjson. Lists are streamed, never held.
 */
export class RunStore {
  readonly store: ObjectStore;

  constructor(store: ObjectStore) {
    this.store = store;
  }

  /** Manifests of the runs that are whole, by id. */
  async *list(): AsyncGenerator<RunManifest, void, undefined> {
    for await (const runId of this.store.folders('runs/')) {
      if (!RUN_ID.test(runId)) continue;
      const manifest = await this.manifest(runId);
      if (manifest !== undefined) yield manifest;
    }
  }

  async manifest(runId: string): Promise<RunManifest | undefined> {
    const key = keyOf(runId, 'manifest.json');
    const body = await this.#get(key);
    return body === undefined ? undefined : parseRunManifest(`${this.store.url}/${key}`, body);
  }

  /** Undefined for a run of which only the summary was kept. */
  async statistics(runId: string): Promise<RunStatistics | undefined> {
    return (await this.#json(keyOf(runId, 'statistics.json'))) as RunStatistics | undefined;
  }

  async equity(runId: string): Promise<readonly EquityPoint[] | undefined> {
    return (await this.#json(keyOf(runId, 'equity.json'))) as readonly EquityPoint[] | undefined;
  }

  async report(runId: string): Promise<Uint8Array | undefined> {
    return this.#get(keyOf(runId, 'report.html'));
  }

  async snapshot(runId: string): Promise<StoredSnapshot | undefined> {
    return (await this.#json(keyOf(runId, 'snapshot.json'))) as StoredSnapshot | undefined;
  }

  /** A list of a run, record by record; nothing where it was not kept. */
  async *records<L extends RunList>(runId: string, list: L): AsyncGenerator<RecordOf[L], void, undefined> {
    const key = keyOf(runId, `${list}.ndjson`);
    const folder = await mkdtemp(join(tmpdir(), 'portcullis-run-'));
    try {
      const path = join(folder, 'list.ndjson');
      if (!(await this.#fetch(key, path))) return;
      yield* recordsIn<RecordOf[L]>(path);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Fetches the list of a paused run into a local file. */
  async fetchPaused(runId: string, list: RunList, path: string): Promise<boolean> {
    return this.#fetch(keyOf(runId, `paused/${list}.ndjson`), path);
  }

  async put(runId: string, name: string, value: unknown): Promise<number> {
    const body = Buffer.from(value instanceof Uint8Array ? value : `${JSON.stringify(value)}\n`);
    await this.store.put(keyOf(runId, name), body);
    return body.length;
  }

  async putFile(runId: string, name: string, path: string): Promise<number> {
    return (await this.store.putFile(keyOf(runId, name), path)).size;
  }

  /** Takes the pause away once the run is whole. */
  async endPause(runId: string): Promise<void> {
    await this.store.delete(keyOf(runId, 'snapshot.json'));
    for (const list of RUN_LISTS) await this.store.delete(keyOf(runId, `paused/${list}.ndjson`));
  }

  /** Takes a run away, its manifest first. */
  async delete(runId: string): Promise<void> {
    await this.store.delete(keyOf(runId, 'manifest.json'));
    const keys: string[] = [];
    for await (const { key } of this.store.list(keyOf(runId, ''))) keys.push(key);
    for (const key of keys) await this.store.delete(key);
  }

  async #json(key: string): Promise<unknown> {
    const body = await this.#get(key);
    if (body === undefined) return undefined;
    try {
      return JSON.parse(Buffer.from(body).toString('utf8'));
    } catch (cause) {
      throw new BacktestError('input', `${this.store.url}/${key} is not JSON`, { cause });
    }
  }

  async #get(key: string): Promise<Uint8Array | undefined> {
    return this.store.get(key).catch(missingIsUndefined);
  }

  async #fetch(key: string, path: string): Promise<boolean> {
    return (await this.store.getFile(key, path).catch(missingIsUndefined)) !== undefined;
  }
}

function keyOf(runId: string, name: string): string {
  if (!RUN_ID.test(runId)) {
    throw BacktestError.of({ field: 'run', value: runId.slice(0, 80), expected: 'the id of a run, such as rp-0a1b2c' });
  }
  return `runs/${runId}/${name}`;
}

function missingIsUndefined(error: unknown): undefined {
  if (error instanceof ObjectStoreError && error.trouble === 'missing') return undefined;
  throw error;
}
