import type { RunProgress, RunState } from '@portcullis/contracts';

/** Requests in the list; the oldest that have ended make room. */
const RUNS_MAX = 10_000;

export const isEnd = (state: RunState): boolean => state !== 'queued' && state !== 'running' && state !== 'divided';

/** Where every request stands that this instance knows of: its own, and those that others tell about. Nothing is decided by it. */
export class RunTable {
  readonly #runs = new Map<string, RunProgress>();
  readonly #ends = { completed: 0, failed: 0, cancelled: 0 };

  /** Ends since the start, told by whoever. */
  get ends(): Readonly<Record<'completed' | 'failed' | 'cancelled', number>> {
    return this.#ends;
  }

  /** The newest submission first. */
  list(): RunProgress[] {
    return [...this.#runs.values()].sort((a, b) => b.submittedAt - a.submittedAt);
  }

  get(requestId: string): RunProgress | undefined {
    return this.#runs.get(requestId);
  }

  ofRun(runId: string): RunProgress | undefined {
    for (const run of this.#runs.values()) if (run.runId === runId) return run;
    return undefined;
  }

  /** Takes what is newer than what is known. */
  note(told: RunProgress): void {
    const known = this.#runs.get(told.requestId);
    if (known !== undefined) {
      if (told.submittedAt < known.submittedAt) return;
      if (
        told.submittedAt === known.submittedAt &&
        (told.at < known.at || (isEnd(known.state) && !isEnd(told.state)))
      ) {
        return;
      }
    }
    const ended = told.state === 'completed' || told.state === 'failed' || told.state === 'cancelled';
    const isNews = known?.state !== told.state || known.submittedAt !== told.submittedAt;
    if (ended && isNews) this.#ends[told.state as 'completed' | 'failed' | 'cancelled'] += 1;
    this.#runs.set(told.requestId, told);
    if (this.#runs.size > RUNS_MAX) this.#makeRoom();
  }

  /** Of an earlier time: counts for nothing. */
  recall(told: RunProgress): void {
    if (this.#runs.size < RUNS_MAX && !this.#runs.has(told.requestId)) this.#runs.set(told.requestId, told);
  }

  #makeRoom(): void {
    let oldest: RunProgress | undefined;
    for (const run of this.#runs.values()) {
      if (!isEnd(run.state) && run.state !== 'divided') continue;
      if (oldest === undefined || run.at < oldest.at) oldest = run;
    }
    const [first] = this.#runs.keys();
    this.#runs.delete(oldest?.requestId ?? first ?? '');
  }
}
