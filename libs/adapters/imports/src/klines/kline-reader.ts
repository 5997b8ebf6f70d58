import type { NumberedEvent, ScaledBar } from '@portcullis/market';
import { type Scaled, atOneScale, scaledOf } from '../scaled-text.ts';
import { KLINE_COLUMNS, KlineRow } from './kline-row.ts';

/** Where a line stands, for messages. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

type NumberedBar = ScaledBar & Pick<NumberedEvent, 'seq' | 'tsInit'>;

export interface KlineOutput {
  event(event: NumberedEvent): void;
  refuse(place: Place, reason: string): void;
}

const SHORT = 6;
const PRICES = [1, 2, 3, 4];
const VOLUME = [5];
/** All of it, and what takers bought. */
const VOLUMES = [5, 9];
const MILLI_DIGITS = 13;
const MICRO_DIGITS = 16;

/**
 * Reads the exchange's candle files line by line: checks each row, makes a bar of it, and a gap of the periods that
 * are missing between two. A bar's number is its start, a gap's the start of the first missing period, both in
 * microseconds: so the same rows have the same numbers whenever and however they are imported.
 */
export class KlineReader {
  readonly #symbol: string;
  readonly #period: number;
  readonly #output: KlineOutput;
  readonly #row = new KlineRow();
  #fields = 0;
  #last: NumberedBar | undefined;
  #lastFile = '';
  #lastLine = 0;
  bars = 0;
  duplicates = 0;
  gaps = 0;
  missing = 0;

  constructor(symbol: string, period: number, output: KlineOutput) {
    this.#symbol = symbol;
    this.#period = period;
    this.#output = output;
  }

  /** To be called before the first line of each file: every file has its own number of columns. */
  startFile(): void {
    this.#fields = 0;
  }

  line(bytes: Uint8Array, file: string, line: number): void {
    if (bytes.length === 0) return;
    const row = this.#row;
    const wrong = row.read(bytes);
    if (line === 1 && wrong === 0 && isHeader(row)) return;
    const bar = this.#bar(wrong);
    if (typeof bar === 'string') this.#output.refuse({ file, line }, bar);
    else this.#accept(bar, file, line);
  }

  /** The bar of the row that was read, or why it is none. */
  #bar(wrong: number): NumberedBar | string {
    const row = this.#row;
    if (row.count !== SHORT && row.count !== KLINE_COLUMNS.length) {
      return `${row.count} columns: expected ${SHORT} or ${KLINE_COLUMNS.length}`;
    }
    if (this.#fields === 0) this.#fields = row.count;
    if (row.count !== this.#fields) return `${row.count} columns: the lines before it have ${this.#fields}`;
    if (wrong >= 0) {
      return `${KLINE_COLUMNS[wrong] ?? ''} is ${JSON.stringify(row.text(wrong).slice(0, 40))}: expected a plain decimal`;
    }
    const start = this.#micros(0);
    if (start === undefined) {
      return `open time is ${row.text(0)}: expected milliseconds (13 digits) or microseconds (16)`;
    }
    if (start % this.#period !== 0) return `open time ${row.text(0)} is not on the grid of ${this.#period / 1e6} s`;
    return this.#priced(start);
  }

  #micros(field: number): number | undefined {
    const digits = this.#row.digits[field];
    const value = this.#row.units[field] ?? 0;
    if (this.#row.scales[field] !== 0) return undefined;
    if (digits === MILLI_DIGITS) return value * 1000;
    return digits === MICRO_DIGITS ? value : undefined;
  }

  #scaled(field: number): Scaled | undefined {
    const row = this.#row;
    if (!row.isExact(field)) return scaledOf(row.text(field));
    return { units: row.units[field] ?? 0, scale: row.scales[field] ?? 0 };
  }

  #together(fields: readonly number[]): { units: number[]; scale: number } | undefined {
    const { units, scales } = this.#row;
    const scale = scales[fields[0] ?? 0] ?? 0;
    if (fields.every((field) => scales[field] === scale && this.#row.isExact(field))) {
      return { units: fields.map((field) => units[field] ?? 0), scale };
    }
    const numbers: Scaled[] = [];
    for (const field of fields) {
      const number = this.#scaled(field);
      if (number === undefined) return undefined;
      numbers.push(number);
    }
    return atOneScale(numbers);
  }

  #priced(start: number): NumberedBar | string {
    const prices = this.#together(PRICES);
    if (prices === undefined) return 'prices have more digits than an exact integer holds';
    const [open = 0, high = 0, low = 0, close = 0] = prices.units;
    if (low > open || low > close || high < open || high < close || low === 0) {
      const [o, h, l, c] = [1, 2, 3, 4].map((field) => this.#row.text(field));
      return `open ${o}, high ${h}, low ${l}, close ${c}: expected 0 < low <= open, close <= high`;
    }
    const full = this.#fields === KLINE_COLUMNS.length;
    const volumes = this.#together(full ? VOLUMES : VOLUME);
    if (volumes === undefined) return 'volumes have more digits than an exact integer holds';
    const [volume = 0, taker = -1] = volumes.units;
    if (taker > volume) return `taker buy volume ${this.#row.text(9)} is above the volume ${this.#row.text(5)}`;
    const wrong = full ? this.#wrongEnd(start) : undefined;
    if (wrong !== undefined) return wrong;
    return {
      kind: 'bar',
      symbol: this.#symbol,
      tsEvent: start + this.#period - 1,
      tsEventNanos: 0,
      period: this.#period,
      start,
      open,
      high,
      low,
      close,
      volume,
      takerVolume: taker,
      quoteVolume: full ? trimZeros(this.#row.text(7)) : '',
      count: full ? (this.#row.units[8] ?? 0) : -1,
      priceScale: prices.scale,
      quantityScale: volumes.scale,
      seq: start,
      tsInit: start + this.#period - 1,
    };
  }

  /** The venue closes a period early when it stops trading; later than its end it cannot be. */
  #wrongEnd(start: number): string | undefined {
    if (this.#row.scales[8] !== 0 || !this.#row.isExact(8)) {
      return `trades is ${this.#row.text(8)}: expected a whole number`;
    }
    const end = this.#micros(6);
    return end !== undefined && end >= start && end < start + this.#period
      ? undefined
      : `close time ${this.#row.text(6)} is not in the period of open time ${this.#row.text(0)}`;
  }

  #accept(bar: NumberedBar, file: string, line: number): void {
    const last = this.#last;
    if (last !== undefined && bar.start <= last.start) {
      const where = `${this.#lastFile}:${this.#lastLine}`;
      if (bar.start < last.start) {
        const reason = `open time ${timeText(bar.start)} is before ${timeText(last.start)} of ${where}`;
        this.#output.refuse({ file, line }, reason);
      } else if (isSame(bar, last)) this.duplicates += 1;
      else this.#output.refuse({ file, line }, `another candle of ${timeText(bar.start)} than ${where}`);
      return;
    }
    if (last !== undefined && bar.start > last.start + this.#period) this.#missing(last, bar.start);
    this.bars += 1;
    this.#last = bar;
    this.#lastFile = file;
    this.#lastLine = line;
    this.#output.event(bar);
  }

  #missing(last: ScaledBar, to: number): void {
    const from = last.start + this.#period;
    const count = (to - from) / this.#period;
    this.gaps += 1;
    this.missing += count;
    this.#output.event({
      kind: 'gap',
      symbol: this.#symbol,
      tsEvent: to,
      tsEventNanos: 0,
      reason: 'gap',
      detail: `${count} bars of ${this.#period / 1_000_000} s missing in ${timeText(from)} .. ${timeText(to)}`,
      stream: 'bar',
      from,
      to,
      seq: from,
      tsInit: to,
    });
  }
}

/** Names instead of numbers: a first row of which only the stamp is damaged is no header. */
function isHeader(row: KlineRow): boolean {
  return [0, 1].every((field) => /^"?[A-Za-z_]/.test(row.text(field)));
}

export function timeText(micros: number): string {
  return new Date(micros / 1000).toISOString().replace('.000Z', 'Z');
}

function trimZeros(text: string): string {
  const plain = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return plain.replace(/^0+(?=\d)/, '');
}

function isSame(a: NumberedBar, b: NumberedBar): boolean {
  const keys = Object.keys(a) as (keyof NumberedBar)[];
  return keys.every((key) => a[key] === b[key]);
}
