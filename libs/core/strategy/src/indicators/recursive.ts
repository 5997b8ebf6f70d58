import { assert } from '@portcullis/kernel';
import { ATR, EMA, MACD, RSI, WSMA } from 'trading-signals';
import type { Indicator, PriceRange } from './indicator.ts';
import { finite, wholeLength } from './lengths.ts';

// These carry an average on for ever, and the library has no way to set one: it is set by subclasses here.

/** The library's exponential average with a result that can be set. */
class SettableEma extends EMA {
  get last(): number | undefined {
    return this.result;
  }

  set last(value: number | undefined) {
    this.result = value;
  }
}

/** The library's average of Wilder with a result that can be set, and that can be made to look away. */
class SettableWilder extends WSMA {
  muted = false;

  override update(price: number, replace: boolean): number | null {
    return this.muted ? null : super.update(price, replace);
  }

  get last(): number | undefined {
    return this.result;
  }

  set last(value: number | undefined) {
    this.result = value;
  }
}

interface EmaSnapshot {
  /** Values seen, counted up to the length. */
  readonly count: number;
  readonly last: number | null;
}

class Ema implements Indicator {
  readonly #length: number;
  #library: SettableEma;
  #count = 0;

  constructor(length: number) {
    this.#length = wholeLength(length);
    this.#library = new SettableEma(length);
  }

  get value(): number | undefined {
    return this.#count < this.#length ? undefined : this.#library.last;
  }

  update(next: number): number | undefined {
    this.#library.update(finite(next), false);
    if (this.#count < this.#length) this.#count += 1;
    return this.value;
  }

  snapshot(): EmaSnapshot {
    return { count: this.#count, last: this.#library.last ?? null };
  }

  restore(snapshot: unknown): void {
    const { count, last } = snapshot as EmaSnapshot;
    assert(count <= this.#length, 'a snapshot of another length');
    this.#library = new SettableEma(this.#length);
    this.#library.last = last ?? undefined;
    this.#count = count;
  }
}

/** Exponential moving average with the factor 2 / (length + 1), begun at the first value; a value after `length` of them. */
export function ema(length: number): Indicator {
  return new Ema(length);
}

export interface Macd {
  readonly macd: number;
  readonly signal: number;
  /** macd − signal. */
  readonly histogram: number;
}

interface MacdSnapshot {
  readonly count: number;
  readonly averages: readonly (number | null)[];
  readonly value: Macd | null;
}

class MacdOfThree implements Indicator<Macd> {
  readonly #lengths: readonly [number, number, number];
  /** Values that it takes until its signal line is an average of `signal` values. */
  readonly #needed: number;
  #averages: readonly [SettableEma, SettableEma, SettableEma];
  #library: MACD;
  #count = 0;
  #value: Macd | undefined;

  constructor(fast: number, slow: number, signal: number) {
    this.#lengths = [wholeLength(fast, 'fast'), wholeLength(slow, 'slow'), wholeLength(signal, 'signal')];
    if (fast >= slow) throw new RangeError(`a fast length of ${fast} is not below the slow one of ${slow}`);
    this.#needed = slow + signal - 1;
    this.#averages = settableEmas(this.#lengths);
    this.#library = new MACD(...this.#averages);
  }

  get value(): Macd | undefined {
    return this.#count < this.#needed ? undefined : this.#value;
  }

  update(next: number): Macd | undefined {
    this.#value = this.#library.update(finite(next), false) ?? undefined;
    if (this.#count < this.#needed) this.#count += 1;
    return this.value;
  }

  snapshot(): MacdSnapshot {
    return {
      count: this.#count,
      averages: this.#averages.map(({ last }) => last ?? null),
      value: this.#value ?? null,
    };
  }

  restore(snapshot: unknown): void {
    const { count, averages, value } = snapshot as MacdSnapshot;
    assert(count <= this.#needed, 'a snapshot of other lengths');
    this.#averages = settableEmas(this.#lengths);
    this.#library = new MACD(...this.#averages);
    // The library counts its values up to the slow length.
    for (let at = 0; at < Math.min(count, this.#lengths[1]); at += 1) this.#library.update(0, false);
    this.#averages.forEach((average, at) => (average.last = averages[at] ?? undefined));
    this.#count = count;
    this.#value = value ?? undefined;
  }
}

function settableEmas([fast, slow, signal]: readonly [number, number, number]): [
  SettableEma,
  SettableEma,
  SettableEma,
] {
  return [new SettableEma(fast), new SettableEma(slow), new SettableEma(signal)];
}

/**
 * Moving average convergence/divergence: `ema(fast) − ema(slow)`, its exponential average over `signal` values, and their
 * difference; a value after `slow + signal − 1` values. G. Appel, "Technical Analysis: Power Tools", 2005.
 */
export function macd(fast = 12, slow = 26, signal = 9): Indicator<Macd> {
  return new MacdOfThree(fast, slow, signal);
}

/** An average of Wilder begins as the plain average of its first `length` values, so these are kept until then. */
interface WilderSnapshot {
  readonly early: readonly number[];
  readonly last: number | null;
}

class Wilder {
  readonly #length: number;
  readonly library: SettableWilder;
  #early: number[] = [];

  constructor(length: number, library: SettableWilder) {
    this.#length = length;
    this.library = library;
  }

  /** To be told of each value that the library's average takes. */
  seen(value: number): void {
    if (this.#early.length < this.#length) this.#early.push(value);
  }

  snapshot(): WilderSnapshot {
    const { last } = this.library;
    // Once there is an average, how many values there were is all that counts of them.
    return { early: last === undefined ? [...this.#early] : this.#early.map(() => 0), last: last ?? null };
  }

  /** After the library's average has seen `early` again. */
  restore({ early, last }: WilderSnapshot): void {
    this.#early = [...early];
    this.library.last = last ?? undefined;
  }
}

interface RsiSnapshot {
  readonly previous: number | null;
  readonly gain: WilderSnapshot;
  readonly loss: WilderSnapshot;
  readonly value: number | null;
}

class Rsi implements Indicator {
  readonly #length: number;
  #library: RSI;
  #gain: Wilder;
  #loss: Wilder;
  #previous: number | undefined;
  #value: number | undefined;

  constructor(length: number) {
    this.#length = wholeLength(length);
    if (length < 2) throw new RangeError('a length of 1: an index of one change says nothing');
    [this.#library, this.#gain, this.#loss] = rsiOf(length);
  }

  get value(): number | undefined {
    return this.#value;
  }

  update(next: number): number | undefined {
    const price = finite(next);
    if (this.#previous !== undefined) {
      const change = price - this.#previous;
      this.#gain.seen(change > 0 ? change : 0);
      this.#loss.seen(change > 0 ? 0 : this.#previous - price);
    }
    this.#previous = price;
    this.#value = this.#library.update(price, false) ?? undefined;
    return this.#value;
  }

  snapshot(): RsiSnapshot {
    return {
      previous: this.#previous ?? null,
      gain: this.#gain.snapshot(),
      loss: this.#loss.snapshot(),
      value: this.#value ?? null,
    };
  }

  restore(snapshot: unknown): void {
    const { previous, gain, loss, value } = snapshot as RsiSnapshot;
    assert(gain.early.length <= this.#length, 'a snapshot of another length');
    [this.#library, this.#gain, this.#loss] = rsiOf(this.#length);
    this.#previous = previous ?? undefined;
    this.#value = value ?? undefined;
    if (previous === null) return;
    this.#library.update(previous, false);
    gain.early.forEach((up, at) => {
      this.#gain.library.update(up, false);
      this.#loss.library.update(loss.early[at] ?? 0, false);
    });
    this.#gain.restore(gain);
    this.#loss.restore(loss);
  }
}

/** The library makes its averages itself, the one of gains first: it is given a class that hands them out. */
function rsiOf(length: number): [RSI, Wilder, Wilder] {
  const made: SettableWilder[] = [];
  const library = new RSI(length, handingOut(made));
  const [gain, loss] = made;
  assert(gain !== undefined && loss !== undefined, 'the library made no averages');
  return [library, new Wilder(length, gain), new Wilder(length, loss)];
}

function handingOut(made: SettableWilder[]): typeof WSMA {
  return class extends SettableWilder {
    constructor(interval: number) {
      super(interval);
      made.push(this);
    }
  };
}

/**
 * Relative strength index, 0 to 100, of `length` changes (2 at least), with Wilder's average; 100 where nothing was lost.
 * A value after `length + 1` values. J. W. Wilder, "New Concepts in Technical Trading Systems", 1978.
 */
export function rsi(length = 14): Indicator {
  return new Rsi(length);
}

interface AtrSnapshot {
  readonly close: number | null;
  readonly range: WilderSnapshot;
  readonly value: number | null;
}

class Atr implements Indicator<number, PriceRange> {
  readonly #length: number;
  #library: ATR;
  #range: Wilder;
  #close: number | undefined;
  #value: number | undefined;

  constructor(length: number) {
    this.#length = wholeLength(length);
    [this.#library, this.#range] = atrOf(length);
  }

  get value(): number | undefined {
    return this.#value;
  }

  update({ high, low, close }: PriceRange): number | undefined {
    if (finite(high) < finite(low)) throw new RangeError(`a high of ${high} below the low of ${low}`);
    const last = finite(close);
    const before = this.#close;
    this.#range.seen(
      before === undefined ? high - low : Math.max(high - low, Math.abs(high - before), Math.abs(low - before)),
    );
    this.#close = last;
    this.#value = this.#library.update({ high, low, close }, false) ?? undefined;
    return this.#value;
  }

  snapshot(): AtrSnapshot {
    return { close: this.#close ?? null, range: this.#range.snapshot(), value: this.#value ?? null };
  }

  restore(snapshot: unknown): void {
    const { close, range, value } = snapshot as AtrSnapshot;
    assert(range.early.length <= this.#length, 'a snapshot of another length');
    [this.#library, this.#range] = atrOf(this.#length);
    this.#close = close ?? undefined;
    this.#value = value ?? undefined;
    if (close === null) return;
    const average = this.#range.library;
    // The library has to know the last close, of which the average has seen the range already.
    average.muted = true;
    this.#library.update({ high: close, low: close, close }, false);
    average.muted = false;
    for (const each of range.early) average.update(each, false);
    this.#range.restore(range);
  }
}

function atrOf(length: number): [ATR, Wilder] {
  const made: SettableWilder[] = [];
  const library = new ATR(length, handingOut(made));
  const [range] = made;
  assert(range !== undefined, 'the library made no average');
  return [library, new Wilder(length, range)];
}

/**
 * Average true range of `length` bars with Wilder's average; a value after `length` bars. Takes bars, or whatever has a
 * high, a low and a close. J. W. Wilder, as above.
 */
export function atr(length = 14): Indicator<number, PriceRange> {
  return new Atr(length);
}
