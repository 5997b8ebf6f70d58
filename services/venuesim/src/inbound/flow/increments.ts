import { type Decimal, formatDecimal, parseDecimal, pow10 } from '@portcullis/kernel';

/** Values needed before a divisor that they all share says anything about the market's own increment. */
const VALUES_MIN = 200;
/** Quantities that may lie off the lot size: venues change it and keep older orders (seen in Binance's books). */
const STRAY_SHARE_MAX = 0.005;

/** The increment that all of these decimals are multiples of. */
export class IncrementGuess {
  /** Count of values by their digits after the point, trailing zeros aside. */
  readonly #scales = new Map<number, number>();
  readonly #values: Decimal[] = [];
  #highest: Decimal = { units: 0n, scale: 0 };
  readonly #countMax: number;

  constructor(countMax = 50_000) {
    this.#countMax = countMax;
  }

  add(text: string): void {
    if (this.#values.length >= this.#countMax) return;
    const short = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
    const parsed = parseDecimal(short);
    if (!parsed.ok || parsed.value.units === 0n) return;
    const value = parsed.value;
    this.#values.push(value);
    this.#scales.set(value.scale, (this.#scales.get(value.scale) ?? 0) + 1);
    if (value.units * pow10(this.#highest.scale) > this.#highest.units * pow10(value.scale)) this.#highest = value;
  }

  get count(): number {
    return this.#values.length;
  }

  get highest(): Decimal {
    return this.#highest;
  }

  /** The increment as a decimal string; `strays` lets a few values have more digits than it. */
  increment(strays: 'none' | 'few'): string {
    const scale = this.#scale(strays);
    if (this.#values.length < VALUES_MIN) return formatDecimal(1n, scale);
    let divisor = 0n;
    for (const value of this.#values) {
      if (value.scale <= scale) divisor = greatestDivisor(value.units * pow10(scale - value.scale), divisor);
    }
    return formatDecimal(divisor === 0n ? 1n : divisor, scale);
  }

  #scale(strays: 'none' | 'few'): number {
    const allowed = strays === 'none' ? 0 : Math.floor(this.#values.length * STRAY_SHARE_MAX);
    let dropped = 0;
    for (const [scale, count] of [...this.#scales].sort(([a], [b]) => b - a)) {
      dropped += count;
      if (dropped > allowed) return scale;
    }
    return 0;
  }
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  let [high, low] = [a, b];
  while (low !== 0n) [high, low] = [low, high % low];
  return high;
}
