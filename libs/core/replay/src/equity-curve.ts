import { sampleText } from './exact-text.ts';
import type { EquityPoint } from './records.ts';

/** Points that a curve has at most; its step doubles when they are not enough. */
export const CURVE_POINTS_MAX = 2000;
/** What is left free of a curve when its step has doubled. */
const ROOM = CURVE_POINTS_MAX / 4;
/** The first step, microseconds. Doubled seven times it is 128 s, which still divides a day. */
export const STEP_MICROS_FIRST = 1_000_000;

/** Plain JSON. */
export interface EquityCurveSnapshot {
  readonly step: number;
  readonly nextAt: number;
  readonly at: readonly number[];
  readonly equity: readonly number[];
  readonly exposure: readonly number[];
}

/** Equity over a run of any length in a bounded number of points: one a step of time, whose length doubles. Floats. */
export class EquityCurve {
  readonly #at = new Float64Array(CURVE_POINTS_MAX);
  readonly #equity = new Float64Array(CURVE_POINTS_MAX);
  readonly #exposure = new Float64Array(CURVE_POINTS_MAX);
  #count = 0;
  #step = STEP_MICROS_FIRST;
  #nextAt = 0;

  /** Microseconds. */
  get step(): number {
    return this.#step;
  }

  /** From when on the next point is wanted. */
  get nextAt(): number {
    return this.#nextAt;
  }

  add(at: number, equity: number, exposure: number): void {
    if (this.#count === CURVE_POINTS_MAX) this.#widen();
    this.#put(at, equity, exposure);
    this.#nextAt = (Math.floor(at / this.#step) + 1) * this.#step;
  }

  /** The last point, wanted or not; one at the same time gives way to it. */
  end(at: number, equity: number, exposure: number): void {
    if (this.#count > 0 && this.#at[this.#count - 1] === at) this.#count -= 1;
    else if (this.#count === CURVE_POINTS_MAX) this.#widen();
    this.#put(at, equity, exposure);
  }

  points(): readonly EquityPoint[] {
    return Array.from({ length: this.#count }, (_, i) => ({
      at: this.#at[i] as number,
      equity: sampleText(this.#equity[i] as number),
      exposure: sampleText(this.#exposure[i] as number),
    }));
  }

  #put(at: number, equity: number, exposure: number): void {
    const i = this.#count++;
    this.#at[i] = at;
    this.#equity[i] = equity;
    this.#exposure[i] = exposure;
  }

  /** Doubles the step until there is room; of each step its first point stays. */
  #widen(): void {
    do {
      this.#step *= 2;
      let kept = 0;
      let last = -1;
      for (let i = 0; i < this.#count; i++) {
        const step = Math.floor((this.#at[i] as number) / this.#step);
        if (step === last) continue;
        last = step;
        this.#at[kept] = this.#at[i] as number;
        this.#equity[kept] = this.#equity[i] as number;
        this.#exposure[kept++] = this.#exposure[i] as number;
      }
      this.#count = kept;
    } while (this.#count > CURVE_POINTS_MAX - ROOM);
  }

  snapshot(): EquityCurveSnapshot {
    const kept = (values: Float64Array): number[] => [...values.subarray(0, this.#count)];
    const [at, equity, exposure] = [kept(this.#at), kept(this.#equity), kept(this.#exposure)];
    return { step: this.#step, nextAt: this.#nextAt, at, equity, exposure };
  }

  restore(snapshot: EquityCurveSnapshot): void {
    this.#step = snapshot.step;
    this.#nextAt = snapshot.nextAt;
    this.#count = snapshot.at.length;
    this.#at.set(snapshot.at);
    this.#equity.set(snapshot.equity);
    this.#exposure.set(snapshot.exposure);
  }
}
