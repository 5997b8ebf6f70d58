import type { StrategyInstance } from '@portcullis/strategy';

/** Timers between two events at most: after a longer hole in the data the last of them fire. */
const TIMERS_AT_ONCE_MAX = 10_000;

/** Plain JSON: `nextAt` is null while none is due. */
export interface TimersSnapshot {
  readonly nextAt: number | null;
}

/** The timers of a replay: at the multiples of a period since the epoch, from the first event to the last. */
export class Timers {
  readonly #period: number;
  #nextAt = Infinity;

  private constructor(period: number) {
    this.#period = period;
  }

  /** Timers for the strategy's handler; for bars made of trades too, so that a bar closes when its period is over. */
  static of({ timerMicros, barMicros, handlers }: StrategyInstance): Timers {
    const period = timerMicros ?? (handlers.onTimer === undefined ? barMicros : undefined);
    return new Timers(period ?? Infinity);
  }

  /** When the next one is due; Infinity when there is none. */
  get nextAt(): number {
    return this.#nextAt;
  }

  start(at: number): void {
    if (this.#period !== Infinity) this.#nextAt = (Math.floor(at / this.#period) + 1) * this.#period;
  }

  take(): void {
    this.#nextAt += this.#period;
  }

  stop(): void {
    this.#nextAt = Infinity;
  }

  /** Leaves out the first ones where too many would fire up to `until`. */
  skipTo(until: number): void {
    const first = (Math.floor(until / this.#period) - TIMERS_AT_ONCE_MAX + 1) * this.#period;
    if (this.#nextAt < first) this.#nextAt = first;
  }

  snapshot(): TimersSnapshot {
    return { nextAt: this.#nextAt === Infinity ? null : this.#nextAt };
  }

  restore({ nextAt }: TimersSnapshot): void {
    this.#nextAt = nextAt ?? Infinity;
  }
}
