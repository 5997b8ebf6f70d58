import { type Bar, BarSeries, INTERVALS, type Print, groupBars } from './bars.ts';

/** Trades that `/trades` and `/aggTrades` can still show. */
const PRINTS_MAX = 5000;
const SECOND_BARS_MAX = 1000;
/** A day and a bit of minutes: what the 24-hour ticker and longer bars are made of. */
const MINUTE_BARS_MAX = 3000;
const MINUTES_PER_DAY = 1440;
/** Minutes of the average price (`avgPriceMins` of the filters). */
export const AVERAGE_PRICE_MINUTES = 5;

/** Trades of one taker at one price, told as one (`aggTrade`). Its id is that of its first trade. */
export interface AggregatePrint extends Print {
  readonly firstId: number;
  readonly lastId: number;
}

/** What is remembered of one market's trades, bounded. */
export class MarketStatistics {
  readonly #seconds = new BarSeries(1000, SECOND_BARS_MAX);
  readonly #minutes = new BarSeries(60_000, MINUTE_BARS_MAX);
  #prints: Print[] = [];
  #aggregates: AggregatePrint[] = [];

  add(print: Print): void {
    this.#prints.push(print);
    if (this.#prints.length > PRINTS_MAX * 1.1) this.#prints = this.#prints.slice(-PRINTS_MAX);
    this.#seconds.add(print);
    this.#minutes.add(print);
  }

  addAggregate(print: AggregatePrint): void {
    this.#aggregates.push(print);
    if (this.#aggregates.length > PRINTS_MAX * 1.1) this.#aggregates = this.#aggregates.slice(-PRINTS_MAX);
  }

  get prints(): readonly Print[] {
    return this.#prints;
  }

  get aggregates(): readonly AggregatePrint[] {
    return this.#aggregates;
  }

  /** The bars of an interval, oldest first, the last one still open; undefined for an unknown interval. */
  bars(interval: string, at: number): readonly Bar[] | undefined {
    const intervalMs = INTERVALS[interval];
    if (intervalMs === undefined) return undefined;
    this.#seconds.advance(at);
    this.#minutes.advance(at);
    if (interval === '1s') return this.#seconds.bars;
    return interval === '1m' ? this.#minutes.bars : groupBars(this.#minutes.bars, intervalMs);
  }

  /** The last 24 hours as one bar; undefined before the first trade. */
  day(at: number): Bar | undefined {
    this.#minutes.advance(at);
    const whole = groupBars(this.#minutes.bars.slice(-MINUTES_PER_DAY), Number.MAX_SAFE_INTEGER);
    const [first] = this.#minutes.bars.slice(-MINUTES_PER_DAY);
    return whole[0] === undefined || first === undefined ? undefined : { ...whole[0], openAt: first.openAt };
  }

  /** The volume-weighted price of the last minutes in ticks, rounded down; undefined when nothing traded. */
  averagePrice(at: number): number | undefined {
    this.#minutes.advance(at);
    let turnover = 0n;
    let volume = 0;
    for (const bar of this.#minutes.bars.slice(-AVERAGE_PRICE_MINUTES)) {
      turnover += bar.turnover;
      volume += bar.volume;
    }
    if (volume > 0) return Number(turnover / BigInt(volume));
    return this.#minutes.bars.at(-1)?.close;
  }
}
