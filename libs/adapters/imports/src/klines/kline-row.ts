/** Columns of the exchange's files; six of them stand in the short form. */
export const KLINE_COLUMNS = [
  'open time',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'close time',
  'quote volume',
  'trades',
  'taker buy volume',
  'taker buy quote volume',
  'ignore',
] as const;

const COMMA = 0x2c;
const DOT = 0x2e;
const SAFE_DIGITS = 15;

/**
 * The numbers of one line, read straight from its bytes, because making strings of them would take most of the time of
 * an import. Field `i` is `units[i] × 10^-scales[i]`.
 */
export class KlineRow {
  readonly units = new Float64Array(KLINE_COLUMNS.length);
  readonly scales = new Uint8Array(KLINE_COLUMNS.length);
  /** Digits before leading zeros are cut; a field of more than 15 may not be exact. */
  readonly digits = new Uint8Array(KLINE_COLUMNS.length);
  readonly #starts = new Uint32Array(KLINE_COLUMNS.length + 1);
  #line: Uint8Array = new Uint8Array(0);
  /** How many fields the line has. */
  count = 0;

  /** Reads a line. The index of the first field that is no plain decimal above or equal to zero, or -1. */
  read(line: Uint8Array): number {
    this.#line = line;
    this.count = 0;
    let wrong = -1;
    for (let at = 0; at <= line.length;) {
      const field = this.count;
      if (field >= KLINE_COLUMNS.length) {
        this.count += 1;
        return wrong;
      }
      this.#starts[field] = at;
      const end = this.#field(field, at);
      if (end < 0 && wrong < 0) wrong = field;
      at = end < 0 ? this.#nextComma(at) : end;
      this.count += 1;
      this.#starts[this.count] = at + 1;
      at += 1;
    }
    return wrong;
  }

  #nextComma(at: number): number {
    const comma = this.#line.indexOf(COMMA, at);
    return comma < 0 ? this.#line.length : comma;
  }

  /** Reads one number; where it ends, or -1. */
  #field(field: number, start: number): number {
    const line = this.#line;
    let value = 0;
    let digits = 0;
    let scale = -1;
    let at = start;
    for (; at < line.length; at += 1) {
      const byte = line[at] as number;
      if (byte === COMMA) break;
      if (byte === DOT && scale < 0) {
        scale = 0;
        continue;
      }
      const digit = byte - 0x30;
      if (digit < 0 || digit > 9) return -1;
      value = value * 10 + digit;
      if (value > 0) digits += 1;
      if (scale >= 0) scale += 1;
    }
    if (at === start || at - start === (scale < 0 ? 0 : 1) || scale > 18) return -1;
    this.units[field] = value;
    this.scales[field] = Math.max(0, scale);
    this.digits[field] = digits;
    return at;
  }

  /** The text of a field. */
  text(field: number): string {
    const line = this.#line;
    const end = (this.#starts[field + 1] ?? line.length + 1) - 1;
    return Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('latin1', this.#starts[field] ?? 0, end);
  }

  /** True when the units of the field are certainly exact. */
  isExact(field: number): boolean {
    return (this.digits[field] ?? 0) <= SAFE_DIGITS;
  }
}
