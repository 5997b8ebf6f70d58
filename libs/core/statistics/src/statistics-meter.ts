import { Moments } from './moments.ts';
import type { RunStatistics } from './run-statistics.ts';

const DAY_MICROS = 86_400_000_000;
const DAYS_PER_YEAR = 365;

/** Everything that changes, as plain JSON. */
interface MeterState {
  firstAt: number;
  lastAt: number;
  equity: number;
  /** Of the open day, and the equity at the end of the day before; day -1: none yet. */
  day: number;
  dayStart: number;
  downside: number;
  peak: number;
  peakAt: number;
  drawdown: number;
  drawdownMoney: number;
  drawdownFrom: number;
  drawdownTo: number;
  /** Equity times time, and time, to weigh the mean by. */
  equityTime: number;
  openTime: number;
  exposed: boolean;
  traded: number;
  fees: number;
  fills: number;
  roundTrips: number;
  wins: number;
  gains: number;
  losses: number;
  best: number | null;
  worst: number | null;
  holding: number;
}

/**
 * Statistics of a run while it goes on: constant time and memory for each call. Floats throughout. Equity is sampled by
 * the caller; a return belongs to the UTC day at whose end the last sample before it stood.
 */
export class StatisticsMeter {
  readonly #start: number;
  readonly #returns = new Moments();
  #state: MeterState;

  /** `equity`: of the account at the start, in its currency. */
  constructor({ equity }: { readonly equity: number }) {
    this.#start = equity;
    this.#state = {
      ...{ firstAt: -1, lastAt: -1, equity, day: -1, dayStart: equity, downside: 0 },
      ...{ peak: equity, peakAt: -1, drawdown: 0, drawdownMoney: 0, drawdownFrom: -1, drawdownTo: -1 },
      ...{ equityTime: 0, openTime: 0, exposed: false, traded: 0, fees: 0, fills: 0 },
      ...{ roundTrips: 0, wins: 0, gains: 0, losses: 0, best: null, worst: null, holding: 0 },
    };
  }

  /** Equity and the value of what is open at a moment; moments never fall. */
  equity(at: number, equity: number, exposure: number): void {
    const s = this.#state;
    if (s.firstAt < 0) {
      s.firstAt = at;
      s.peakAt = at;
    } else {
      const span = at - s.lastAt;
      s.equityTime += s.equity * span;
      if (s.exposed) s.openTime += span;
    }
    const day = Math.floor(at / DAY_MICROS);
    if (s.day < 0) s.day = day;
    else if (day > s.day) this.#closeDay(day);
    s.lastAt = at;
    s.equity = equity;
    s.exposed = exposure > 0;
    this.#drawdown(at, equity);
  }

  /** A fill of this value, with its fee (below zero: a rebate). */
  fill(value: number, fee: number): void {
    this.#state.fills += 1;
    this.#state.traded += Math.abs(value);
    this.#state.fees += fee;
  }

  roundTrip(netProfit: number, holdingMicros: number): void {
    const s = this.#state;
    s.roundTrips += 1;
    s.holding += holdingMicros;
    if (netProfit > 0) {
      s.wins += 1;
      s.gains += netProfit;
    } else s.losses -= netProfit;
    s.best = s.best === null ? netProfit : Math.max(s.best, netProfit);
    s.worst = s.worst === null ? netProfit : Math.min(s.worst, netProfit);
  }

  /** The statistics so far; more may follow. */
  finish(): RunStatistics {
    const s = this.#state;
    const returns = new Moments();
    returns.restore(this.#returns.snapshot());
    // The last day is not over: its return so far counts as a day's, unless nothing of it was lived.
    const isEmpty = s.day < 0 || (s.equity === s.dayStart && s.lastAt <= Math.max(s.firstAt, s.day * DAY_MICROS));
    const last = isEmpty ? undefined : change(s.dayStart, s.equity);
    if (last !== undefined) returns.add(last);
    const downside = s.downside + (last === undefined ? 0 : Math.min(0, last) ** 2);
    // An account that began with nothing has no returns, only profits.
    const hasBase = this.#start > 0;
    const deviation = hasBase ? returns.deviation : undefined;
    const year = Math.sqrt(DAYS_PER_YEAR);
    const length = s.lastAt - s.firstAt;
    const cagr = growth(this.#start, s.equity, length);
    const daily = deviation === undefined || deviation === 0 ? null : returns.mean / deviation;
    const semi = returns.count < 2 || !hasBase ? 0 : Math.sqrt(downside / returns.count);
    const meanEquity = length > 0 ? s.equityTime / length : s.equity;
    return {
      observations: hasBase ? returns.count : 0,
      totalReturn: change(this.#start, s.equity) ?? null,
      cagr,
      volatility: deviation === undefined ? null : finite(deviation * year),
      sharpe: daily === null ? null : finite(daily * year),
      sortino: semi === 0 ? null : finite((returns.mean / semi) * year),
      maxDrawdown: hasBase ? s.drawdown : 0,
      maxDrawdownMoney: s.drawdownMoney,
      maxDrawdownFrom: s.drawdown > 0 ? s.drawdownFrom : null,
      maxDrawdownTo: s.drawdown > 0 ? s.drawdownTo : null,
      calmar: cagr === null || s.drawdown === 0 || !hasBase ? null : finite(cagr / s.drawdown),
      profitFactor: s.losses > 0 ? finite(s.gains / s.losses) : null,
      winRate: s.roundTrips === 0 ? null : s.wins / s.roundTrips,
      averageTrade: s.roundTrips === 0 ? null : finite((s.gains - s.losses) / s.roundTrips),
      bestTrade: s.best,
      worstTrade: s.worst,
      turnover: hasBase && meanEquity > 0 ? finite(s.traded / meanEquity) : null,
      exposure: length > 0 ? s.openTime / length : null,
      fees: s.fees,
      fills: s.fills,
      roundTrips: s.roundTrips,
      averageHoldingMicros: s.roundTrips === 0 ? null : s.holding / s.roundTrips,
      dailySharpe: daily,
      skewness: hasBase ? (returns.skewness ?? null) : null,
      kurtosis: hasBase ? (returns.kurtosis ?? null) : null,
    };
  }

  snapshot(): string {
    return JSON.stringify({ state: this.#state, returns: this.#returns.snapshot() });
  }

  restore(text: string): void {
    const { state, returns } = JSON.parse(text) as { state: MeterState; returns: readonly number[] };
    this.#state = state;
    this.#returns.restore(returns);
  }

  /** The returns of the day that is over, and of days without a sample after it, which had none. */
  #closeDay(day: number): void {
    const s = this.#state;
    const value = change(s.dayStart, s.equity) ?? 0;
    this.#returns.add(value);
    s.downside += Math.min(0, value) ** 2;
    for (let empty = s.day + 1; empty < day; empty++) this.#returns.add(0);
    s.day = day;
    s.dayStart = s.equity;
  }

  #drawdown(at: number, equity: number): void {
    const s = this.#state;
    if (equity >= s.peak) {
      s.peak = equity;
      s.peakAt = at;
      return;
    }
    s.drawdownMoney = Math.max(s.drawdownMoney, s.peak - equity);
    // Without anything above zero there is nothing to lose a share of.
    if (s.peak <= 0) return;
    const drawdown = Math.min(1, 1 - equity / s.peak);
    if (drawdown <= s.drawdown) return;
    s.drawdown = drawdown;
    s.drawdownFrom = s.peakAt;
    s.drawdownTo = at;
  }
}

/** Relative change; undefined from an equity that is not above zero. */
function change(from: number, to: number): number | undefined {
  if (!(from > 0)) return undefined;
  const value = to / from - 1;
  return Number.isFinite(value) ? value : undefined;
}

function growth(from: number, to: number, lengthMicros: number): number | null {
  if (!(from > 0) || !(to > 0) || lengthMicros < DAY_MICROS) return null;
  return finite((to / from) ** ((DAYS_PER_YEAR * DAY_MICROS) / lengthMicros) - 1);
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
