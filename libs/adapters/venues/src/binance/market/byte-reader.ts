import { LEVELS_MAX } from './symbol-scales.ts';

/** Digits of a whole number: more than sixteen are beyond the safe integers. */
const DIGITS_MAX = 16;
/** Digits that are read in 32 bits, which is faster. */
const DIGITS_SMALL_MAX = 9;
/** Characters of a decimal, as on the slow path. */
const DECIMAL_LENGTH_MAX = 64;
const POWERS = Array.from({ length: 32 }, (_, exponent) => 10 ** exponent);

const ZERO = 48;
const POINT = 46;
const QUOTE = 34;
const COMMA = 44;
const OPENING = 91;
const CLOSING = 93;

/**
 * Reads the parts of a frame from its bytes, one after the other. Whatever is not exactly as expected makes the reader
 * fail, for the rest of the frame, so that one look at the end tells whether all of it was.
 */
export class ByteReader {
  #bytes: Uint8Array = new Uint8Array();
  #at = 0;
  #failed = false;

  begin(bytes: Uint8Array, at: number): void {
    this.#bytes = bytes;
    this.#at = at;
    this.#failed = false;
  }

  /** Whether everything was as expected and nothing is left. */
  get complete(): boolean {
    return !this.#failed && this.#at === this.#bytes.length;
  }

  get failed(): boolean {
    return this.#failed;
  }

  /** Steps over these very bytes. */
  expect(literal: Uint8Array): void {
    const bytes = this.#bytes;
    const from = this.#at;
    const end = from + literal.length;
    // Looked at beforehand, because reading beyond the end is slow from then on.
    if (end > bytes.length) {
      this.#failed = true;
      return;
    }
    for (let at = from; at < end; at++) {
      if (bytes[at] !== literal[at - from]) {
        this.#failed = true;
        return;
      }
    }
    this.#at = end;
  }

  /** A whole number as JSON has it, without a sign. */
  integer(): number {
    const bytes = this.#bytes;
    const from = this.#at;
    let at = from;
    let high = 0;
    let digit = (bytes[at] as number) - ZERO;
    for (; digit >= 0 && digit <= 9 && at - from < DIGITS_SMALL_MAX; digit = (bytes[at] as number) - ZERO) {
      high = (Math.imul(high, 10) + digit) | 0;
      at += 1;
    }
    const small = at - from;
    let value = high;
    if (small === DIGITS_SMALL_MAX && digit >= 0 && digit <= 9) {
      let low = 0;
      for (; digit >= 0 && digit <= 9 && at - from <= DIGITS_MAX; digit = (bytes[at] as number) - ZERO) {
        low = (Math.imul(low, 10) + digit) | 0;
        at += 1;
      }
      value = high * (POWERS[at - from - small] as number) + low;
    }
    const length = at - from;
    // No digit at all, one too many, or a zero in front.
    if (length === 0 || length > DIGITS_MAX || (length > 1 && bytes[from] === ZERO)) this.#failed = true;
    if (value > Number.MAX_SAFE_INTEGER) this.#failed = true;
    this.#at = at;
    return value;
  }

  /**
   * A plain decimal without a sign, up to the quotation mark behind it, in units of 10^-`scale`. Fails also where it has
   * more places than the scale, trailing zeros apart, or leaves the safe integers.
   */
  decimal(scale: number): number {
    const bytes = this.#bytes;
    const from = this.#at;
    let at = from;
    let value = 0;
    let digit = (bytes[at] as number) - ZERO;
    for (; digit >= 0 && digit <= 9; digit = (bytes[at] as number) - ZERO) {
      value = (Math.imul(value, 10) + digit) | 0;
      at += 1;
    }
    const whole = at - from;
    if (whole === 0 || (whole > 1 && bytes[from] === ZERO)) return this.#fail();
    let places = 0;
    if (bytes[at] === POINT) {
      at += 1;
      digit = (bytes[at] as number) - ZERO;
      if (!(digit >= 0 && digit <= 9)) return this.#fail();
      for (; places < scale && digit >= 0 && digit <= 9; digit = (bytes[at] as number) - ZERO) {
        value = (Math.imul(value, 10) + digit) | 0;
        at += 1;
        places += 1;
      }
      while (bytes[at] === ZERO) at += 1;
    }
    // Looked at afterwards, because a check in the loops would cost every number what few need.
    if (whole + places > DIGITS_SMALL_MAX) return this.#longDecimal(scale);
    if (bytes[at] !== QUOTE || at - from > DECIMAL_LENGTH_MAX) return this.#fail();
    this.#at = at;
    if (places === scale) return value;
    const scaled = value * (POWERS[scale - places] as number);
    return scaled <= Number.MAX_SAFE_INTEGER ? scaled : this.#fail();
  }

  /** The same for more digits than 32 bits hold. */
  #longDecimal(scale: number): number {
    const bytes = this.#bytes;
    const from = this.#at;
    let at = from;
    let value = 0;
    let places = -1;
    for (; at - from <= DECIMAL_LENGTH_MAX; at++) {
      const byte = bytes[at] as number;
      if (byte === POINT && places < 0) places = 0;
      else if (byte >= ZERO && byte <= ZERO + 9) {
        if (places < 0) value = value * 10 + (byte - ZERO);
        else if (places < scale) {
          value = value * 10 + (byte - ZERO);
          places += 1;
        } else if (byte !== ZERO) return this.#fail();
        if (value > Number.MAX_SAFE_INTEGER) return this.#fail();
      } else break;
    }
    if (bytes[at] !== QUOTE || bytes[at - 1] === POINT || bytes[from] === ZERO) return this.#fail();
    this.#at = at;
    const scaled = value * (POWERS[scale - Math.max(0, places)] as number);
    return scaled <= Number.MAX_SAFE_INTEGER ? scaled : this.#fail();
  }

  /** `[["price","quantity"],…]`, flat. */
  levels(priceScale: number, quantityScale: number): number[] {
    const bytes = this.#bytes;
    const levels: number[] = [];
    if (bytes[this.#at] !== OPENING) this.#failed = true;
    this.#at += 1;
    if (bytes[this.#at] === CLOSING) {
      this.#at += 1;
      return levels;
    }
    while (!this.#failed) {
      const from = this.#at;
      if (bytes[from] !== OPENING || bytes[from + 1] !== QUOTE) break;
      this.#at = from + 2;
      const price = this.decimal(priceScale);
      const between = this.#at;
      if (bytes[between + 1] !== COMMA || bytes[between + 2] !== QUOTE) break;
      this.#at = between + 3;
      const quantity = this.decimal(quantityScale);
      const end = this.#at;
      if (bytes[end + 1] !== CLOSING || levels.length >= 2 * LEVELS_MAX) break;
      levels.push(price, quantity);
      this.#at = end + 3;
      if (bytes[end + 2] === COMMA) continue;
      if (bytes[end + 2] === CLOSING) return levels;
      break;
    }
    this.#failed = true;
    return levels;
  }

  /** `true` or `false`. */
  boolean(): boolean {
    const value = this.#bytes[this.#at] === 116;
    this.expect(value ? TRUE : FALSE);
    return value;
  }

  #fail(): number {
    this.#failed = true;
    return 0;
  }
}

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
