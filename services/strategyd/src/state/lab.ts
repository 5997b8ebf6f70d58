import {
  BacktestError,
  parseSweepSpec,
  pointsOf,
  type RunManifest,
  type RunStore,
  type SweepResult,
  type SweepStore,
  sweepIdOf,
} from '@portcullis/backtests';
import { wallMicros } from '@portcullis/config';
import type { RunCancel, RunPriority, RunProgress, RunRequest } from '@portcullis/contracts';
import type { Announcer } from '../outbound/announcer.ts';
import type { RequestStore } from '../outbound/request-store.ts';
import type { StrategydConfig } from '../strategyd.config.ts';
import { backtestIdOf, checkDataStore, parseBacktestRequest } from './lab-requests.ts';
import { isEnd, type RunTable } from './run-table.ts';
import { strategyOf } from './strategy-files.ts';
import { progressOf, type TaskWork } from './task-work.ts';
import type { TaskSource } from './task-source.ts';

/** A message of the queue has to hold a request. */
const REQUEST_BYTES_MAX = 200_000;

export interface LabTools {
  readonly config: StrategydConfig;
  readonly requests: RequestStore;
  readonly runs: RunStore;
  readonly sweeps: SweepStore;
  readonly source: TaskSource;
  readonly announcer: Announcer;
  readonly table: RunTable;
  readonly work: TaskWork;
}

/** Why a request is not taken, in the words of HTTP. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: 404 | 409 | 413 | 429 | 503;

  constructor(status: Refusal['status'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

export interface Asking {
  readonly priority: RunPriority;
  readonly by: string;
}

export interface RunView extends RunProgress {
  /** Once the run is whole. */
  readonly manifest?: RunManifest;
}

export interface SweepView extends RunProgress {
  /** Combinations or splits that the sweep has, once it was divided, and how many of them are done. */
  readonly units?: number;
  readonly unitsDone?: number;
  readonly result?: SweepResult;
}

/** What people and programs ask of the lab: take a request, take it back, tell where it stands. */
export class Lab {
  readonly #tools: LabTools;

  constructor(tools: LabTools) {
    this.#tools = tools;
  }

  /** Throws {@link BacktestError} `input` or {@link Refusal}. */
  async submitBacktest(given: unknown, asking: Asking): Promise<RunProgress> {
    const request = parseBacktestRequest(given);
    this.#check(request);
    return this.#submit(backtestIdOf(request), { kind: 'backtest', request: { ...request } as JsonRecord }, asking);
  }

  /** Throws {@link BacktestError} `input` or {@link Refusal}. */
  async submitSweep(given: unknown, asking: Asking): Promise<RunProgress> {
    const spec = parseSweepSpec(given);
    this.#check(spec.base);
    pointsOf(spec);
    return this.#submit(sweepIdOf(spec), { kind: 'sweep', spec: { ...spec } as unknown as JsonRecord }, asking);
  }

  /** Takes back a request that has not ended. Throws {@link Refusal}. */
  async cancel(id: string, { by, reason }: { readonly by: string; readonly reason: string }): Promise<RunProgress> {
    const known = await this.#progress(id);
    if (known === undefined) throw new Refusal(404, `no request is called ${id}`);
    if (isEnd(known.state)) throw new Refusal(409, `${known.requestId} has ended already: it is ${known.state}`);
    const cancel: RunCancel = { version: 1, requestId: known.requestId, by, reason, at: wallMicros() };
    await this.#tools.requests.putCancel(cancel);
    this.cancelled(cancel);
    this.#tools.announcer.cancel(cancel);
    if (known.kind === 'sweep' || known.state === 'queued') {
      // What waits is left out by whoever takes it; the parts of a sweep end by themselves, and nobody speaks for the whole.
      const end: RunProgress = { ...known, state: 'cancelled', error: `${reason} (${by})`, at: wallMicros() };
      await this.#tools.requests.putEnd(end);
      this.#tools.announcer.tell(end);
    }
    return (await this.#progress(known.requestId)) ?? known;
  }

  /** Somebody has taken a request back. */
  cancelled({ requestId, reason, by }: RunCancel): void {
    this.#tools.work.cancel(requestId, `${reason} (${by})`);
  }

  /** By the id of the request or of the run. Throws {@link Refusal}. */
  async run(id: string): Promise<RunView> {
    const known = await this.#progress(id);
    const manifest = await this.#manifest(known?.runId ?? id);
    if (known !== undefined) return manifest === undefined ? known : { ...known, manifest };
    if (manifest === undefined) throw new Refusal(404, `no run and no request is called ${id}`);
    return { ...ofManifest(manifest, this.#tools.config.instance), manifest };
  }

  /** Throws {@link Refusal}. */
  async sweep(id: string): Promise<SweepView> {
    const { sweeps } = this.#tools;
    const known = await this.#progress(id);
    if (known?.kind !== 'sweep') throw new Refusal(404, `no sweep is called ${id}`);
    const division = await sweeps.division(id);
    const isCurrent = division !== undefined && division.submittedAt === known.submittedAt;
    const parts = isCurrent ? await sweeps.doneParts(id, division.submittedAt) : [];
    const unitsDone = parts.reduce((sum, { from, to }) => sum + to - from, 0);
    const result = known.state === 'completed' ? await sweeps.result(id) : undefined;
    return {
      ...known,
      ...(isCurrent && known.state === 'queued' ? { state: 'divided' as const } : {}),
      ...(isCurrent ? { units: division.units, unitsDone, share: unitsDone / division.units } : {}),
      ...(result === undefined ? {} : { result }),
    };
  }

  list(kind: 'runs' | 'sweeps'): RunProgress[] {
    const wanted = kind === 'sweeps' ? 'sweep' : 'backtest';
    return this.#tools.table.list().filter((one) => one.kind === wanted);
  }

  /** Requests that wait, by priority; null where nobody can say now. */
  async waiting(): Promise<Record<RunPriority, number | null>> {
    const { source } = this.#tools;
    const of = async (priority: RunPriority): Promise<number | null> => (await source.waiting(priority)) ?? null;
    return { high: await of('high'), normal: await of('normal'), low: await of('low') };
  }

  async #submit(requestId: string, task: RunRequest['task'], { priority, by }: Asking): Promise<RunProgress> {
    const { requests, source, announcer, config } = this.#tools;
    const known = await this.#progress(requestId);
    // Asking again while it waits or runs is asking once; asking again afterwards looks whether data or code have changed.
    if (known !== undefined && !isEnd(known.state)) return known;
    const waiting = await source.waiting(priority);
    if (waiting === undefined) throw new Refusal(503, 'the bus does not answer; ask again later');
    if (waiting >= config.queueMax) {
      throw new Refusal(
        429,
        `${waiting} requests of priority ${priority} wait already, at most ${config.queueMax} may; ask again later`,
      );
    }
    const request: RunRequest = { version: 1, requestId, priority, by, submittedAt: wallMicros(), task };
    const bytes = Buffer.byteLength(JSON.stringify(request));
    if (bytes > REQUEST_BYTES_MAX) {
      throw new Refusal(413, `the request has ${bytes} bytes, expected at most ${REQUEST_BYTES_MAX}`);
    }
    await requests.putRequest(request);
    const progress = progressOf(request, { instance: config.instance, attempt: 1, state: 'queued' });
    announcer.tell(progress);
    try {
      await source.submit(request);
    } catch (cause) {
      announcer.tell({ ...progress, state: 'failed', error: (cause as Error).message, at: wallMicros() });
      throw new Refusal(503, (cause as Error).message, { cause });
    }
    return progress;
  }

  #check({ strategy, data }: { readonly strategy: string; readonly data: { readonly url: string } }): void {
    const { strategiesDir, dataStores } = this.#tools.config;
    checkDataStore(data.url, dataStores);
    strategyOf(strategy, strategiesDir);
  }

  /** Where a request stands: as told, else as kept. */
  async #progress(id: string): Promise<RunProgress | undefined> {
    const { table, requests, config } = this.#tools;
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(id)) return undefined;
    const told = table.get(id) ?? table.ofRun(id);
    if (told !== undefined && isEnd(told.state)) return told;
    const end = await requests.end(told?.requestId ?? id);
    if (end !== undefined && (told === undefined || end.submittedAt >= told.submittedAt)) return end;
    if (told !== undefined) return told;
    const request = await requests.request(id);
    return request && progressOf(request, { instance: config.instance, attempt: 1, state: 'queued' });
  }

  async #manifest(runId: string): Promise<RunManifest | undefined> {
    try {
      return await this.#tools.runs.manifest(runId);
    } catch (error) {
      if (error instanceof BacktestError) return undefined;
      throw error;
    }
  }
}

type JsonRecord = Extract<RunRequest['task'], { kind: 'backtest' }>['request'];

/** A run that another program put into the store. */
function ofManifest({ runId, createdAt, summary }: RunManifest, instance: string): RunProgress {
  return {
    version: 1,
    requestId: runId,
    kind: 'backtest',
    strategy: summary.strategy,
    runId,
    sweepId: null,
    priority: 'normal',
    state: summary.state === 'completed' ? 'completed' : 'failed',
    instance,
    attempt: 1,
    share: 1,
    events: summary.events,
    error: summary.failure,
    reused: false,
    submittedAt: createdAt,
    at: createdAt,
  };
}
