import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../command.ts';

/** Sooner than this is now: a timer is not finer. Milliseconds. */
const GRAIN_MS = 2;
/** Somebody may stop the run while it waits for the next event. */
const SLEEP_MS_MAX = 250;

/** `--speed`: Infinity for `asap`, 1 for `realtime`, else how many times as fast as it happened. */
export function speedOf(text: string): number {
  if (text === 'asap') return Infinity;
  if (text === 'realtime') return 1;
  const [, factor] = /^[x×]?(\d{1,9}(?:\.\d{1,6})?)x?$/.exec(text) ?? [];
  const speed = Number(factor);
  if (speed > 0) return speed;
  throw new UsageError(
    `--speed is ${JSON.stringify(text)}: expected asap, realtime, or such as 60 for sixty times as fast`,
  );
}

/** Keeps the time of a run in step with the clock. */
export class Pacer {
  readonly #speed: number;
  readonly #signal: AbortSignal;
  #startedAt = 0;
  #first: number | undefined;

  constructor(speed: number, signal: AbortSignal) {
    this.#speed = speed;
    this.#signal = signal;
  }

  /** Resolves when an event of this time (microseconds) is due; undefined when it is already. */
  wait(tsEvent: number): Promise<void> | undefined {
    if (this.#speed === Infinity) return undefined;
    if (this.#first === undefined) {
      this.#first = tsEvent;
      this.#startedAt = performance.now();
    }
    const dueAt = this.#startedAt + (tsEvent - this.#first) / 1000 / this.#speed;
    return dueAt - performance.now() < GRAIN_MS ? undefined : this.#until(dueAt);
  }

  async #until(dueAt: number): Promise<void> {
    for (;;) {
      const left = dueAt - performance.now();
      if (left < GRAIN_MS || this.#signal.aborted) return;
      await sleep(Math.min(left, SLEEP_MS_MAX));
    }
  }
}
