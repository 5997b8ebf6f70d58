/**
 * Which of a run's timer inputs the strategy hears of: the first at or after each multiple of its period since the epoch.
 * Live they come more often than that, in replay just then; so it is asked the same in both.
 */
export class StrategyTimer {
  readonly #period: number | undefined;
  #dueAt = Infinity;

  /** `period` in microseconds; undefined for a strategy without a timer. */
  constructor(period: number | undefined) {
    this.#period = period;
  }

  start(now: number): void {
    if (this.#period !== undefined) this.#dueAt = (Math.floor(now / this.#period) + 1) * this.#period;
  }

  /** Whether a timer input at `now` is one that it hears of; the next one is due a period later. */
  isDue(now: number): boolean {
    if (now < this.#dueAt) return false;
    this.start(now);
    return true;
  }

  snapshot(): number | null {
    return this.#dueAt === Infinity ? null : this.#dueAt;
  }

  restore(dueAt: number | null): void {
    this.#dueAt = dueAt ?? Infinity;
  }
}
