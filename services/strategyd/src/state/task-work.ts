import {
  assembleSweep,
  BacktestError,
  type BacktestRequest,
  type BacktestSnapshot,
  isStoreTrouble,
  needsSpan,
  parseSweepSpec,
  planOf,
  PoolRunner,
  runPart,
  type RunStore,
  sweepIdOf,
  type SweepPlan,
  type SweepSpec,
  type SweepStore,
  unitsOf,
  type WorkerPool,
} from '@portcullis/backtests';
import { UserError, wallMicros } from '@portcullis/config';
import type { RunProgress, RunRequest, RunTask } from '@portcullis/contracts';
import { ObjectStoreError } from '@portcullis/objects';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Announcer } from '../outbound/announcer.ts';
import type { RequestStore } from '../outbound/request-store.ts';
import type { StrategydConfig } from '../strategyd.config.ts';
import { checkDataStore, parseBacktestRequest, partIdOf } from './lab-requests.ts';
import { strategyOf } from './strategy-files.ts';
import type { Task, TaskSource } from './task-source.ts';

const MIB = 1024 * 1024;
const ERROR_CHARACTERS_MAX = 2000;
/** How long trouble of the store may last while a task is under way. */
const RETRIES_MAX = 6;
const RETRY_MS = 1000;
/** Parts of one sweep: after each of them somebody looks which are done. */
const PARTS_MAX = 1000;

/** Why a run is stopped before its end. */
class Cancelled extends Error {
  override readonly name = 'Cancelled';
}
class Draining extends Error {
  override readonly name = 'Draining';
}

export interface TaskTools {
  readonly config: StrategydConfig;
  readonly requests: RequestStore;
  readonly sweeps: SweepStore;
  readonly runs: RunStore;
  readonly source: TaskSource;
  readonly announcer: Announcer;
  readonly pool: WorkerPool;
}

interface Running {
  readonly requestId: string;
  readonly sweepId: string | null;
  readonly controller: AbortController;
}

/** How a task ended, as far as it is not the same for all. */
type Ending = Pick<RunProgress, 'state' | 'error'> &
  Partial<Pick<RunProgress, 'runId' | 'events' | 'reused' | 'share'>>;

/** Does what was taken from the queue. Whatever a run does, it is the end of that run and of nothing else. */
export class TaskWork {
  readonly #tools: TaskTools;
  readonly #runner: PoolRunner;
  readonly #running = new Set<Running>();
  #lastPlan: SweepPlan | undefined;
  #isDraining = false;

  constructor(tools: TaskTools) {
    this.#tools = tools;
    const { store, tapeMb } = tools.config;
    // Each part has one slot of the dispatcher, so it has one worker.
    this.#runner = new PoolRunner(tools.pool, { store, workers: 1, tapeBytesMax: tapeMb * MIB });
  }

  /** Stops what runs of a request, or of a sweep all its parts. */
  cancel(id: string, why: string): void {
    for (const { requestId, sweepId, controller } of this.#running) {
      if (requestId === id || sweepId === id) controller.abort(new Cancelled(why));
    }
  }

  /** Everything that runs is given back, for another replica or the next start. */
  drain(): void {
    this.#isDraining = true;
    for (const { controller } of this.#running) controller.abort(new Draining('this instance stops'));
  }

  /** Rejects never. What could not be ended is taken up again by whoever has it next. */
  async run(task: Task): Promise<void> {
    const { request } = task;
    const { requestId } = request;
    const running = { requestId, sweepId: sweepIdIn(request.task), controller: new AbortController() };
    this.#running.add(running);
    try {
      const base = progressOf(request, { instance: this.#tools.config.instance, attempt: task.attempt });
      const ending = await this.#ended(task, base, running.controller.signal);
      if (ending !== 'known') await this.#keepEnd(request, { ...base, ...ending, at: wallMicros() });
      await task.done();
    } catch (error) {
      if (!(error instanceof Draining)) await sleep(RETRY_MS);
      await task.release().catch(() => undefined);
    } finally {
      this.#running.delete(running);
    }
  }

  /** `known`: the store has the end of this submission, or of a later one, already. */
  async #ended(task: Task, base: RunProgress, signal: AbortSignal): Promise<Ending | 'known'> {
    const { request, attempt } = task;
    const { attemptsMax } = this.#tools.config;
    for (let retry = 0; ; retry++) {
      try {
        if (this.#isDraining) throw new Draining('this instance stops');
        const known = await this.#tools.requests.end(request.requestId);
        if (known !== undefined && known.submittedAt >= request.submittedAt) return 'known';
        const cancelled = await this.#cancelled(request);
        if (cancelled !== undefined) return { state: 'cancelled', error: cancelled };
        if (attempt > attemptsMax) {
          const error = `taken ${attempt - 1} times without an end: it seems to end the process that runs it`;
          return { state: 'failed', error };
        }
        this.#tools.announcer.tell({ ...base, at: wallMicros() });
        return await this.#perform(request, base, signal);
      } catch (error) {
        const reason: unknown = signal.aborted ? signal.reason : error;
        if (reason instanceof Draining) throw reason;
        if (reason instanceof Cancelled) return { state: 'cancelled', error: reason.message };
        if (reason instanceof BacktestError && reason.trouble === 'other-run') {
          // Data or code have changed since the pause: the run begins anew.
          await this.#tools.requests.forgetPause(request.requestId);
          continue;
        }
        if (!isPassing(reason) || retry >= RETRIES_MAX) {
          return { state: 'failed', error: messageOf(reason) };
        }
        await sleep(RETRY_MS * 2 ** retry, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #perform(request: RunRequest, base: RunProgress, signal: AbortSignal): Promise<Ending> {
    const { task } = request;
    switch (task.kind) {
      case 'backtest':
        return this.#backtest(parseBacktestRequest(task.request), base, signal);
      case 'sweep':
        return this.#divide(request, task.spec);
      case 'sweep-part':
        return this.#part(request, task, { base, signal });
    }
  }

  async #backtest(asked: BacktestRequest, base: RunProgress, signal: AbortSignal): Promise<Ending> {
    const { config, pool, announcer, requests } = this.#tools;
    const late = AbortSignal.timeout(config.runMsMax);
    const resume = base.attempt > 1 ? await this.#paused(base.requestId) : undefined;
    const result = await pool.run(this.#permitted(asked), {
      store: config.store,
      reuse: true,
      report: true,
      signal: AbortSignal.any([signal, late]),
      attributes: { requestId: base.requestId },
      onProgress: ({ runId, share, events }) => announcer.tell({ ...base, runId, share, events, at: wallMicros() }),
      ...(resume === undefined ? {} : { resume }),
    });
    if (result.status === 'paused') {
      const { runId } = result;
      if (!signal.aborted) {
        return { state: 'failed', runId, error: `time-budget: the run took longer than ${config.runMsMax} ms` };
      }
      // Stopped in order, it stands in the store between two events: whoever has it next goes on from there.
      if (signal.reason instanceof Draining) await requests.putPause({ requestId: base.requestId, runId });
      throw signal.reason;
    }
    const { state, failure, events } = result.summary;
    const common = { runId: result.runId, events, reused: result.reused === true, share: 1 };
    if (state === 'completed') return { ...common, state, error: null };
    return { ...common, state: 'failed', error: (failure ?? `the run is ${state}`).slice(0, ERROR_CHARACTERS_MAX) };
  }

  /** Where a replica that stopped in order left the run; undefined where it has to begin anew. */
  async #paused(requestId: string): Promise<BacktestSnapshot | undefined> {
    const { requests, runs } = this.#tools;
    const pause = await requests.pause(requestId);
    return pause === undefined ? undefined : (await runs.snapshot(pause.runId))?.snapshot;
  }

  /** Makes the parts of a sweep. Doing it again asks for the same parts. */
  async #divide(request: RunRequest, given: unknown): Promise<Ending> {
    const { sweeps, source, config } = this.#tools;
    const spec = parseSweepSpec(given);
    this.#permitted(spec.base);
    const plan = await this.#planOf(spec);
    const units = unitsOf(plan);
    const size = plan.splits.length > 0 ? 1 : Math.max(config.partRuns, Math.ceil(units / PARTS_MAX));
    await sweeps.putSpec(plan.sweepId, spec);
    await sweeps.putDivision(plan.sweepId, { units, submittedAt: request.submittedAt });
    for (let from = 0; from < units; from += size) {
      const to = Math.min(units, from + size);
      const requestId = partIdOf(plan.sweepId, from, to);
      await source.submit({ ...request, requestId, task: { kind: 'sweep-part', sweepId: plan.sweepId, from, to } });
    }
    return { state: 'divided', error: null };
  }

  async #part(
    { submittedAt, priority, by }: RunRequest,
    { sweepId, from, to }: Extract<RunTask, { kind: 'sweep-part' }>,
    { base, signal }: { readonly base: RunProgress; readonly signal: AbortSignal },
  ): Promise<Ending> {
    const { sweeps, requests, announcer } = this.#tools;
    const completed = { state: 'completed', error: null, share: 1 } as const;
    const end = await requests.end(sweepId);
    // A part that comes late, of a sweep that has been finished with others or given up.
    if (end !== undefined && end.submittedAt >= submittedAt) return { ...completed, reused: true };
    const asked = await sweeps.spec(sweepId);
    if (asked === undefined) throw new BacktestError('input', `sweep ${sweepId} is not in the store`);
    const spec = { ...asked, base: this.#permitted(asked.base) };
    // The plan keeps the names as they were asked for; the runs get the path.
    const plan = await this.#planOf(asked);
    const outcome = await runPart({ ...plan, spec }, { from, to }, this.#runner, {
      signal,
      onProgress: ({ done, runs }) => announcer.tell({ ...base, share: done / runs, at: wallMicros() }),
    });
    await sweeps.putPart(sweepId, { from, to, submittedAt }, outcome);
    const sweep = { version: 1, requestId: sweepId, priority, by, submittedAt } as const;
    await this.#finishSweep({ ...sweep, task: { kind: 'sweep', spec: {} } }, plan, base);
    return completed;
  }

  /** The same for all parts of a sweep, unless it has to ask the data, which may change. */
  async #planOf(spec: SweepSpec): Promise<SweepPlan> {
    if (needsSpan(spec)) return planOf(spec);
    const sweepId = sweepIdOf(spec);
    if (this.#lastPlan?.sweepId !== sweepId) this.#lastPlan = await planOf(spec);
    return this.#lastPlan;
  }

  /** Whoever does the last part puts the table together; when two do, they write the same. */
  async #finishSweep(sweep: RunRequest, plan: SweepPlan, { strategy, instance, attempt }: RunProgress): Promise<void> {
    const { sweeps, requests, announcer } = this.#tools;
    const done = await sweeps.doneParts(plan.sweepId, sweep.submittedAt);
    if (done.reduce((sum, { from, to }) => sum + to - from, 0) < unitsOf(plan)) return;
    const base = { ...progressOf(sweep, { instance, attempt }), strategy, share: 1, at: wallMicros() };
    let end: RunProgress = { ...base, state: 'completed' };
    try {
      await sweeps.putResult(assembleSweep(plan, await sweeps.parts(plan.sweepId, sweep.submittedAt)));
    } catch (error) {
      if (!(error instanceof BacktestError)) throw error;
      end = { ...base, state: 'failed', error: messageOf(error) };
    }
    await requests.putEnd(end);
    announcer.tell(end);
  }

  /** An end that others ask for is kept; of a part that could not be done, the sweep's. */
  async #keepEnd(request: RunRequest, end: RunProgress): Promise<void> {
    const { requests, announcer } = this.#tools;
    if (end.kind !== 'sweep-part') {
      if (end.state !== 'divided') await requests.putEnd(end);
    } else if (end.sweepId !== null && end.state !== 'completed') {
      const sweep: RunProgress = { ...end, requestId: end.sweepId, kind: 'sweep' };
      const known = await requests.end(end.sweepId);
      if (known === undefined || known.submittedAt < request.submittedAt) {
        await requests.putEnd(sweep);
        announcer.tell(sweep);
      }
    }
    announcer.tell(end);
  }

  async #cancelled(request: RunRequest): Promise<string | undefined> {
    const ids = [request.requestId, sweepIdIn(request.task)];
    for (const id of ids) {
      const cancel = id === null ? undefined : await this.#tools.requests.cancel(id);
      if (cancel !== undefined && cancel.at >= request.submittedAt) return `${cancel.reason} (${cancel.by})`;
    }
    return undefined;
  }

  /** The request with its strategy as this instance knows it. Throws for what it may not run or read. */
  #permitted(request: BacktestRequest): BacktestRequest {
    const { strategiesDir, dataStores } = this.#tools.config;
    checkDataStore(request.data.url, dataStores);
    return { ...request, strategy: strategyOf(request.strategy, strategiesDir) };
  }
}

/** A request at its beginning. */
export function progressOf(
  { requestId, priority, submittedAt, task }: RunRequest,
  {
    instance,
    attempt,
    state = 'running',
  }: { readonly instance: string; readonly attempt: number; readonly state?: RunProgress['state'] },
): RunProgress {
  return {
    version: 1,
    requestId,
    kind: task.kind,
    strategy: strategyIn(task),
    runId: null,
    sweepId: sweepIdIn(task),
    priority,
    state,
    instance,
    attempt,
    share: 0,
    events: 0,
    error: null,
    reused: false,
    submittedAt,
    at: wallMicros(),
  };
}

function strategyIn(task: RunTask): string {
  if (task.kind === 'sweep-part') return task.sweepId;
  const request = task.kind === 'backtest' ? task.request : (task.spec['base'] as Record<string, unknown> | undefined);
  return typeof request?.['strategy'] === 'string' ? request['strategy'].slice(0, 1000) : '';
}

const sweepIdIn = (task: RunTask): string | null => (task.kind === 'sweep-part' ? task.sweepId : null);

/** Trouble that time mends. */
function isPassing(error: unknown): boolean {
  if (isStoreTrouble(error)) return true;
  if (error instanceof BacktestError || error instanceof UserError) return false;
  return error instanceof ObjectStoreError ? error.trouble === 'unavailable' || error.trouble === 'full' : true;
}

function messageOf(error: unknown): string {
  const text = error instanceof UserError ? `${error.message}; ${error.remedy}` : (error as Error).message;
  const trouble = error instanceof BacktestError && error.trouble !== 'input' ? `${error.trouble}: ` : '';
  return `${trouble}${text}`.slice(0, ERROR_CHARACTERS_MAX);
}
