/** One bar of trades. Prices in ticks, volumes in lots, turnover in ticks × lots. */
export interface Bar {
  /** Milliseconds since the epoch. */
  readonly openAt: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  turnover: bigint;
  count: number;
  takerBuyVolume: number;
  takerBuyTurnover: bigint;
  /** Ids of the first and last trade; -1 without one. */
  firstId: number;
  lastId: number;
}

/** A trade as the public sees it. */
export interface Print {
  readonly id: number;
  readonly price: number;
  readonly quantity: number;
  readonly takerSide: 'BUY' | 'SELL';
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The intervals that the venue makes bars of, in milliseconds. Months are left out: they have no fixed length. */
export const INTERVALS: Readonly<Record<string, number>> = {
  '1s': SECOND,
  '1m': MINUTE,
  '3m': 3 * MINUTE,
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '30m': 30 * MINUTE,
  '1h': HOUR,
  '2h': 2 * HOUR,
  '4h': 4 * HOUR,
  '6h': 6 * HOUR,
  '8h': 8 * HOUR,
  '12h': 12 * HOUR,
  '1d': DAY,
  '3d': 3 * DAY,
  '1w': 7 * DAY,
};

/** The epoch began on a Thursday; weeks begin on Mondays. */
const WEEK_OFFSET = 4 * DAY;

/** The start of the bar that `at` falls into. */
export function barStart(at: number, intervalMs: number): number {
  const offset = intervalMs === 7 * DAY ? WEEK_OFFSET : 0;
  return Math.floor((at - offset) / intervalMs) * intervalMs + offset;
}

/** The newest bars of one interval, without holes: a quiet bar repeats the close before it. */
export class BarSeries {
  readonly #intervalMs: number;
  readonly #countMax: number;
  #bars: Bar[] = [];

  constructor(intervalMs: number, countMax: number) {
    this.#intervalMs = intervalMs;
    this.#countMax = countMax;
  }

  get bars(): readonly Bar[] {
    return this.#bars;
  }

  /** Opens quiet bars up to the one that `at` falls into. Does nothing before the first trade. */
  advance(at: number): void {
    const last = this.#bars.at(-1);
    if (last === undefined) return;
    const start = barStart(at, this.#intervalMs);
    const from = Math.max(last.openAt + this.#intervalMs, start - (this.#countMax - 1) * this.#intervalMs);
    for (let openAt = from; openAt <= start; openAt += this.#intervalMs) this.#bars.push(quietBar(openAt, last.close));
    if (this.#bars.length > this.#countMax * 1.1) this.#bars = this.#bars.slice(-this.#countMax);
  }

  add(print: Print): void {
    this.advance(print.at);
    if (this.#bars.length === 0) this.#bars.push(quietBar(barStart(print.at, this.#intervalMs), print.price));
    const bar = this.#bars[this.#bars.length - 1] as Bar;
    const turnover = BigInt(print.price) * BigInt(print.quantity);
    if (bar.count === 0) {
      bar.open = bar.high = bar.low = print.price;
      bar.firstId = print.id;
    }
    bar.high = Math.max(bar.high, print.price);
    bar.low = Math.min(bar.low, print.price);
    bar.close = print.price;
    bar.volume += print.quantity;
    bar.turnover += turnover;
    bar.count++;
    bar.lastId = print.id;
    if (print.takerSide === 'BUY') {
      bar.takerBuyVolume += print.quantity;
      bar.takerBuyTurnover += turnover;
    }
  }
}

/** Bars of a longer interval out of shorter ones. */
export function groupBars(bars: readonly Bar[], intervalMs: number): Bar[] {
  const groups: Bar[] = [];
  for (const bar of bars) {
    const openAt = barStart(bar.openAt, intervalMs);
    const group = groups.at(-1);
    if (group === undefined || group.openAt !== openAt) groups.push({ ...bar, openAt });
    else merge(group, bar);
  }
  return groups;
}

function merge(group: Bar, bar: Bar): void {
  group.high = Math.max(group.high, bar.high);
  group.low = Math.min(group.low, bar.low);
  group.close = bar.close;
  group.volume += bar.volume;
  group.turnover += bar.turnover;
  group.count += bar.count;
  group.takerBuyVolume += bar.takerBuyVolume;
  group.takerBuyTurnover += bar.takerBuyTurnover;
  if (group.firstId === -1) group.firstId = bar.firstId;
  if (bar.lastId !== -1) group.lastId = bar.lastId;
}

function quietBar(openAt: number, price: number): Bar {
  return {
    openAt,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: 0,
    turnover: 0n,
    count: 0,
    takerBuyVolume: 0,
    takerBuyTurnover: 0n,
    firstId: -1,
    lastId: -1,
  };
}
