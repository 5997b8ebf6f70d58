import type { MarketInput } from '@portcullis/market';
import { CURVE_POINTS_MAX, STEP_MICROS_FIRST } from './equity-curve.ts';
import type { ExactText } from './exact-text.ts';
import type { PriceCandle } from './records.ts';

const ROOM = CURVE_POINTS_MAX / 4;

/** Plain JSON: candles flat, five numbers each (start, open, high, low, close), prices in half ticks. */
export interface PriceChartSnapshot {
  readonly step: number;
  readonly endAt: number;
  readonly candles: readonly number[];
}

/**
 * The price of one instrument in a bounded number of candles, whose step doubles. Made of what the run takes its prices
 * from: bars, trades or the middle of quotes. In half ticks, because the middle of a quote may lie between two.
 */
export class PriceChart {
  readonly #start = new Float64Array(CURVE_POINTS_MAX);
  readonly #open = new Float64Array(CURVE_POINTS_MAX);
  readonly #high = new Float64Array(CURVE_POINTS_MAX);
  readonly #low = new Float64Array(CURVE_POINTS_MAX);
  readonly #close = new Float64Array(CURVE_POINTS_MAX);
  /** Of the last candle, which is the one in the making. */
  #last = -1;
  #endAt = 0;
  #step = STEP_MICROS_FIRST;

  /** Takes an event that moved the price, which was `twice` half ticks after it. */
  take(event: MarketInput, twice: number): void {
    if (event.kind === 'bar') this.#add(event.tsEvent, 2 * event.open, 2 * event.high, 2 * event.low);
    else this.#add(event.tsEvent, twice, twice, twice);
    this.#close[this.#last] = twice;
  }

  candles(text: ExactText): readonly PriceCandle[] {
    return Array.from({ length: this.#last + 1 }, (_, i) => ({
      at: this.#start[i] as number,
      open: text.halfPrice(this.#open[i] as number),
      high: text.halfPrice(this.#high[i] as number),
      low: text.halfPrice(this.#low[i] as number),
      close: text.halfPrice(this.#close[i] as number),
    }));
  }

  #add(at: number, open: number, high: number, low: number): void {
    let i = this.#last;
    if (at < this.#endAt) {
      if (high > (this.#high[i] as number)) this.#high[i] = high;
      if (low < (this.#low[i] as number)) this.#low[i] = low;
      return;
    }
    if (i === CURVE_POINTS_MAX - 1) {
      this.#widen();
      return this.#add(at, open, high, low);
    }
    i = ++this.#last;
    const start = Math.floor(at / this.#step) * this.#step;
    this.#start[i] = start;
    this.#open[i] = open;
    this.#high[i] = high;
    this.#low[i] = low;
    this.#endAt = start + this.#step;
  }

  /** Doubles the step until there is room; the candles of a step become one. */
  #widen(): void {
    do {
      this.#step *= 2;
      let to = -1;
      for (let i = 0; i <= this.#last; i++) {
        const start = Math.floor((this.#start[i] as number) / this.#step) * this.#step;
        if (to < 0 || start !== this.#start[to]) {
          to += 1;
          this.#start[to] = start;
          this.#open[to] = this.#open[i] as number;
          this.#high[to] = this.#high[i] as number;
          this.#low[to] = this.#low[i] as number;
        } else {
          this.#high[to] = Math.max(this.#high[to] as number, this.#high[i] as number);
          this.#low[to] = Math.min(this.#low[to] as number, this.#low[i] as number);
        }
        this.#close[to] = this.#close[i] as number;
      }
      this.#last = to;
      this.#endAt = (this.#start[to] as number) + this.#step;
    } while (this.#last >= CURVE_POINTS_MAX - ROOM);
  }

  snapshot(): PriceChartSnapshot {
    const fields = [this.#start, this.#open, this.#high, this.#low, this.#close];
    const candles: number[] = [];
    for (let i = 0; i <= this.#last; i++) candles.push(...fields.map((values) => values[i] as number));
    return { step: this.#step, endAt: this.#endAt, candles };
  }

  restore({ step, endAt, candles }: PriceChartSnapshot): void {
    this.#step = step;
    this.#endAt = endAt;
    this.#last = candles.length / 5 - 1;
    for (let i = 0; i <= this.#last; i++) {
      const fields = [this.#start, this.#open, this.#high, this.#low, this.#close];
      for (const [field, values] of fields.entries()) values[i] = candles[5 * i + field] as number;
    }
  }
}
