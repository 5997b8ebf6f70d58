import { setImmediate as breath } from 'node:timers/promises';
import { ReplayFailure, type ReplayInput, ReplayRun, type ReplaySink } from '@portcullis/replay';
import { BacktestError } from '../backtest-error.ts';
import type { InputBatch } from '../dataset/input-batch.ts';
import type { BacktestResult, BacktestSnapshot, FinishedBacktest, PreparedBacktest, RunHooks } from './backtest.ts';
import { RunClock } from './run-clock.ts';

/** Events between two looks at the clock: a strategy that thinks long is noticed in between. */
const SLICE_EVENTS = 512;
/** Others on this thread wait no longer than this, milliseconds. */
const BREATH_MS = 25;
const PROGRESS_MS = 100;
/** Below this nobody can tell how long the rest takes. */
const SHARE_LEAST = 0.002;

/**
 * Replays a prepared backtest in this thread, with a breath for others on it now and then. Nothing of it is shared with
 * another run. Throws BacktestError `other-run` where `resume` is of other data, configuration or code; trouble of the
 * strategy is no error but the state of the summary.
 */
export async function runBacktest(prepared: PreparedBacktest, hooks: RunHooks = {}): Promise<BacktestResult> {
  return new Backtest(prepared, hooks).run();
}

const NAMES = { data: 'data', config: 'configuration', code: 'code' } as const;

/** Throws `other-run` with both digests where a snapshot was not made by this run. */
export function checkSnapshot(prepared: PreparedBacktest, snapshot: BacktestSnapshot): void {
  for (const what of ['data', 'config', 'code'] as const) {
    const [theirs, ours] = [snapshot.digests[what], prepared.digests[what]];
    if (theirs === ours) continue;
    const message = `the snapshot is of run ${snapshot.runId}: its ${NAMES[what]} has digest ${theirs}, that of this run is ${ours}`;
    throw new BacktestError('other-run', message);
  }
}

class Backtest {
  readonly #prepared: PreparedBacktest;
  readonly #hooks: RunHooks;
  readonly #run: ReplayRun;
  readonly #clock = new RunClock();
  readonly #told = { fills: 0, denied: 0 };
  #events: number;
  /** The last event that was fed. */
  #last: { readonly batch: InputBatch; readonly index: number } | undefined;
  #shareAtStart: number | undefined;
  #shownAt = performance.now();
  #breathAt = performance.now();

  constructor(prepared: PreparedBacktest, hooks: RunHooks) {
    this.#prepared = prepared;
    this.#hooks = hooks;
    const { resume } = hooks;
    if (resume !== undefined) checkSnapshot(prepared, resume);
    this.#run = new ReplayRun(prepared.replay(), countingSink(hooks.sink ?? {}, this.#told));
    if (resume !== undefined) this.#run.restore(resume.replay);
    this.#events = resume?.events ?? 0;
  }

  async run(): Promise<BacktestResult> {
    const { source, config, runId } = this.#prepared;
    const definitions = config.instruments.map(({ definition }) => definition);
    for await (const batch of source.batches(definitions, this.#hooks.resume?.cursor ?? undefined)) {
      if ((await this.#replay(batch)) === 'paused') {
        return { status: 'paused', runId, snapshot: this.#snapshot(), timing: this.#clock.timing() };
      }
      if (this.#isOver) break;
    }
    return this.#finished();
  }

  get #isOver(): boolean {
    return this.#run.state !== 'running';
  }

  /** Feeds a batch in slices; between two of them somebody may stop the run, look at it or have the thread. */
  async #replay(batch: InputBatch): Promise<'paused' | 'fed'> {
    const { signal, stopAfter = Infinity, snapshotEvery = Infinity, onSnapshot, pace } = this.#hooks;
    const { events } = batch;
    for (let from = 0; from < events.length;) {
      if (signal?.aborted === true || this.#events >= stopAfter) return 'paused';
      const first = events[from] as ReplayInput;
      if (pace !== undefined && first.kind !== 'malformed') await pace(first);
      const untilSnapshot = snapshotEvery === Infinity ? Infinity : snapshotEvery - (this.#events % snapshotEvery);
      const most = Math.min(pace === undefined ? SLICE_EVENTS : 1, stopAfter - this.#events, untilSnapshot);
      const end = Math.min(events.length, from + most);
      this.#feed(events, from, end);
      this.#last = { batch, index: end - 1 };
      from = end;
      if (this.#isOver) return 'fed';
      if (onSnapshot !== undefined && this.#events % snapshotEvery === 0) await onSnapshot(this.#snapshot());
      await this.#breathe();
    }
    return 'fed';
  }

  /** The replay loop itself. */
  #feed(events: readonly ReplayInput[], from: number, end: number): void {
    const run = this.#run;
    let bars = 0;
    this.#clock.enter();
    let at = from;
    try {
      for (; at < end; at++) {
        const event = events[at] as ReplayInput;
        if (event.kind === 'bar') bars++;
        run.feed(event);
        if (run.state !== 'running') break;
      }
    } catch (error) {
      // The run has ended and says so in its summary.
      if (!(error instanceof ReplayFailure)) throw error;
    }
    this.#clock.leave(end - from, bars);
    this.#events += Math.min(at + 1, end) - from;
  }

  async #breathe(): Promise<void> {
    const now = performance.now();
    if (now - this.#breathAt < BREATH_MS) return;
    this.#progress(now);
    await breath();
    this.#breathAt = performance.now();
  }

  #progress(now: number): void {
    const { onProgress } = this.#hooks;
    if (onProgress === undefined || now - this.#shownAt < PROGRESS_MS || this.#last === undefined) return;
    this.#shownAt = now;
    const { batch, index } = this.#last;
    const { tsEvent } = batch.events[index] as ReplayInput;
    const { info, runId } = this.#prepared;
    const isLevels = info.kinds.includes('delta') || info.kinds.includes('snapshot');
    const byTime = (tsEvent - info.from) / Math.max(1, info.to - info.from);
    const share = Math.min(1, Math.max(0, isLevels ? byTime : this.#events / Math.max(1, info.rows)));
    this.#shareAtStart ??= share;
    const done = share - this.#shareAtStart;
    const seconds = (now - this.#clock.startedAt) / 1000;
    const secondsLeft = done < SHARE_LEAST ? undefined : Math.round((seconds / done) * (1 - share));
    const points = this.#run.equity();
    const [startEquity, equity] = [points[0]?.equity, points.at(-1)?.equity];
    onProgress({ runId, share, events: this.#events, at: tsEvent, secondsLeft, ...this.#told, startEquity, equity });
  }

  #snapshot(): BacktestSnapshot {
    const { runId, digests } = this.#prepared;
    const cursor = this.#last?.batch.cursorAfter(this.#last.index) ?? this.#hooks.resume?.cursor ?? null;
    return { version: 1, runId, digests, cursor, events: this.#events, replay: this.#run.snapshot() };
  }

  #finished(): FinishedBacktest {
    this.#clock.enter();
    const summary = this.#run.finish();
    this.#clock.leave(0, 0);
    const { config, runId, digests } = this.#prepared;
    return {
      status: 'finished',
      runId,
      summary,
      statistics: this.#run.statistics(),
      equity: this.#run.equity(),
      candles: config.instruments.map((_, slot) => this.#run.candles(slot)),
      roundTripProfits: this.#run.roundTripProfits(),
      digests,
      timing: this.#clock.timing(),
    };
  }
}

/** Hands on what a caller wants to have, and counts what the progress tells. */
function countingSink(to: Partial<ReplaySink>, told: { fills: number; denied: number }): ReplaySink {
  return {
    fill(record) {
      told.fills += 1;
      to.fill?.(record);
    },
    denial(record) {
      told.denied += 1;
      to.denial?.(record);
    },
    roundTrip(record) {
      to.roundTrip?.(record);
    },
    cash(record) {
      to.cash?.(record);
    },
    log(level, message, at) {
      to.log?.(level, message, at);
    },
  };
}
