import type { BacktestTiming } from './backtest.ts';

/** Splits the time of a run into waiting for data and replaying it. */
export class RunClock {
  readonly #startedAt = performance.now();
  #mark = this.#startedAt;
  #replayMs = 0;
  #events = 0;
  #bars = 0;

  get startedAt(): number {
    return this.#startedAt;
  }

  /** The replay loop begins. */
  enter(): void {
    this.#mark = performance.now();
  }

  /** The replay loop ends, after so many events, of which so many were bars. Returns the time. */
  leave(events: number, bars: number): number {
    const now = performance.now();
    this.#replayMs += now - this.#mark;
    this.#events += events;
    this.#bars += bars;
    return now;
  }

  timing(): BacktestTiming {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const replaySeconds = this.#replayMs / 1000;
    const rate = (count: number) => (replaySeconds > 0 ? Math.round(count / replaySeconds) : 0);
    return {
      seconds: rounded(seconds),
      dataSeconds: rounded(Math.max(0, seconds - replaySeconds)),
      replaySeconds: rounded(replaySeconds),
      eventsPerSecond: rate(this.#events),
      barsPerSecond: rate(this.#bars),
    };
  }
}

function rounded(seconds: number): number {
  return Number(seconds.toFixed(3));
}
