import { assert } from '@portcullis/kernel';
import { BollingerBands, SMA, WMA } from 'trading-signals';
import type { Indicator } from './indicator.ts';
import { finite, wholeLength } from './lengths.ts';

/** The value after the next one; `window` ends with that. */
type Step<T> = (next: number, window: readonly number[]) => T | null;

/**
 * Indicators whose value is a function of the last `length` values alone: these are all that a snapshot keeps, and an
 * indicator that was given them again goes on exactly.
 */
class Windowed<T> implements Indicator<T> {
  readonly #length: number;
  readonly #make: () => Step<T>;
  #library: Step<T>;
  #window: number[] = [];
  #value: T | undefined;

  constructor(length: number, make: () => Step<T>) {
    this.#length = wholeLength(length);
    this.#make = make;
    this.#library = make();
  }

  get value(): T | undefined {
    return this.#value;
  }

  update(next: number): T | undefined {
    const value = finite(next);
    if (this.#window.length === this.#length) this.#window.shift();
    this.#window.push(value);
    this.#value = this.#library(value, this.#window) ?? undefined;
    return this.#value;
  }

  snapshot(): readonly number[] {
    return [...this.#window];
  }

  restore(snapshot: unknown): void {
    const window = snapshot as readonly number[];
    assert(window.length <= this.#length, 'a snapshot of another length');
    this.#window = [];
    this.#value = undefined;
    this.#library = this.#make();
    for (const value of window) this.update(value);
  }
}

/** Simple moving average of the last `length` values. */
export function sma(length: number): Indicator {
  return new Windowed(length, () => {
    const library = new SMA(length);
    return (next) => library.update(next, false);
  });
}

/** Moving average of the last `length` values, the newest weighted by `length`, the oldest by 1. */
export function wma(length: number): Indicator {
  return new Windowed(length, () => {
    const library = new WMA(length);
    return (next) => library.update(next, false);
  });
}

/** Standard deviation of the last `length` values, of the population: divided by `length`, not by one less. */
export function standardDeviation(length: number): Indicator {
  // The library has it as a function over an array alone, which makes two more arrays a value.
  return new Windowed(length, () => (_next, window) => (window.length < length ? null : deviationOf(window)));
}

function deviationOf(window: readonly number[]): number {
  let sum = 0;
  for (const value of window) sum += value;
  const mean = sum / window.length;
  let squares = 0;
  for (const value of window) squares += (value - mean) * (value - mean);
  return Math.sqrt(squares / window.length);
}

export interface Bands {
  readonly lower: number;
  readonly middle: number;
  readonly upper: number;
}

/**
 * Bollinger bands: the simple moving average of `length` values, and `deviations` standard deviations (of the population)
 * around it. J. Bollinger, "Bollinger on Bollinger Bands", 2001.
 */
export function bollinger(length: number, deviations = 2): Indicator<Bands> {
  finite(deviations);
  return new Windowed(length, () => {
    const library = new BollingerBands(length, deviations);
    return (next) => library.update(next, false);
  });
}
