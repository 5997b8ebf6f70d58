import type { EngineNews } from '@portcullis/fills';
import type { Money } from '@portcullis/kernel';
import { type InstrumentRules, type MarketInput, notional } from '@portcullis/market';
import type { Position } from '@portcullis/portfolio';
import { type RunStatistics, StatisticsMeter } from '@portcullis/statistics';
import { EquityCurve, type EquityCurveSnapshot } from './equity-curve.ts';
import type { ExactText } from './exact-text.ts';
import type { LastPrices } from './last-prices.ts';
import type { PreparedReplay } from './prepare-replay.ts';
import { PriceChart, type PriceChartSnapshot } from './price-chart.ts';
import type { EquityPoint, PriceCandle } from './records.ts';
import { type BooksValue, ReplayBooks, type ReplayBooksSnapshot, floatOf } from './replay-books.ts';
import { type ClosedTrip, RoundTrips, type RoundTripsSnapshot } from './round-trips.ts';

export type FillNews = Extract<EngineNews, { readonly kind: 'fill' }>;
export type CashNews = Extract<EngineNews, { readonly kind: 'cash' }>;

/** Net profits of round trips that are kept, for the Monte Carlo: those of later trips are not. */
export const PROFITS_MAX = 200_000;
/** The longest time between two samples for the statistics, microseconds; it divides a day. */
const SAMPLE_MICROS_MAX = 128_000_000;
const PROFITS_FIRST = 1024;

/** Plain JSON. */
export interface ReplayLedgerSnapshot {
  readonly books: ReplayBooksSnapshot;
  readonly trips: RoundTripsSnapshot;
  readonly curve: EquityCurveSnapshot;
  readonly charts: readonly PriceChartSnapshot[];
  /** Null while the account's equity is not known. */
  readonly meter: { readonly startEquity: string; readonly state: string } | null;
  readonly profits: readonly number[];
  readonly roundTrips: number;
  readonly nextSampleAt: number;
}

/** What a run keeps of its money and of time: books, round trips, statistics, the equity curve and the price charts. */
export class ReplayLedger {
  readonly #rules: readonly InstrumentRules[];
  readonly #currencies: PreparedReplay['currencies'];
  readonly #prices: LastPrices;
  readonly #books: ReplayBooks;
  readonly #trips: RoundTrips;
  readonly #curve = new EquityCurve();
  readonly #charts: readonly PriceChart[];
  #meter: StatisticsMeter | undefined;
  #startEquity: Money | undefined;
  #profits = new Float64Array(PROFITS_FIRST);
  #roundTrips = 0;
  #nextSampleAt = 0;

  constructor({ instruments, currencies, start }: PreparedReplay, prices: LastPrices) {
    this.#rules = instruments.map(({ rules }) => rules);
    this.#currencies = currencies;
    this.#prices = prices;
    this.#books = new ReplayBooks(instruments, currencies, start);
    this.#trips = new RoundTrips(instruments.length);
    this.#charts = instruments.map(() => new PriceChart());
    // Known at once where the account holds nothing but its own currency.
    if (currencies.areKnown(prices)) this.#open();
  }

  get roundTrips(): number {
    return this.#roundTrips;
  }

  /** From when on a sample is wanted. */
  get nextSampleAt(): number {
    return this.#nextSampleAt;
  }

  /** Takes an event after {@link LastPrices} took it. */
  price(event: MarketInput): void {
    if (event.kind === 'mark' || event.kind === 'funding' || event.kind === 'gap') return;
    const twice = this.#prices.twice(event.slot);
    if (twice !== 0) (this.#charts[event.slot] as PriceChart).take(event, twice);
  }

  /** Equity and exposure at `at`, for the statistics and where a point is due for the curve. */
  sample(at: number): void {
    if (this.#meter === undefined) {
      if (!this.#currencies.areKnown(this.#prices)) return;
      this.#open();
    }
    this.#books.sample(this.#prices);
    const { equity, exposure } = this.#books;
    this.#meter?.equity(at, equity, exposure);
    if (at >= this.#curve.nextAt) this.#curve.add(at, equity, exposure);
    const step = Math.min(this.#curve.step, SAMPLE_MICROS_MAX);
    this.#nextSampleAt = (Math.floor(at / step) + 1) * step;
  }

  /** Books a fill with the position before and after it. Gives the round trip that it ended. */
  fill(news: FillNews, before: Position, after: Position): ClosedTrip | undefined {
    const { slot, side, price, quantity, fee, feeCurrency } = news;
    const rules = this.#rules[slot] as InstrumentRules;
    this.#books.position(slot, after);
    this.#books.fee(feeCurrency, fee);
    const value = this.#books.worth(notional(rules, price, quantity), rules.quote, this.#prices);
    this.#meter?.fill(value, fee === 0n ? 0 : this.#books.worth(fee, feeCurrency, this.#prices));
    const trip = this.#trips.fill(slot, {
      at: news.at,
      lots: side === 'buy' ? quantity : -quantity,
      price,
      fee: this.#books.inQuote(slot, fee, feeCurrency, price),
      before: before.quantity,
      after: after.quantity,
      realised: after.realised,
    });
    if (trip !== undefined) this.#closed(trip, rules.quote);
    return trip;
  }

  cash({ reason, currency, amount }: CashNews): void {
    if (reason === 'funding') this.#books.funding(currency, amount);
    else this.#books.fee(currency, -amount as Money);
  }

  /** The last sample of a run. */
  end(at: number): void {
    if (this.#meter === undefined && !this.#currencies.areKnown(this.#prices)) return;
    this.sample(at);
    this.#curve.end(at, this.#books.equity, this.#books.exposure);
  }

  /** What the account began with; at the last prices while not all of them were known. */
  startEquity(): Money {
    return this.#startEquity ?? this.#books.startEquity(this.#prices);
  }

  value(): BooksValue {
    return this.#books.value(this.#prices);
  }

  equity(): readonly EquityPoint[] {
    return this.#curve.points();
  }

  candles(slot: number, text: ExactText): readonly PriceCandle[] {
    return this.#charts[slot]?.candles(text) ?? [];
  }

  statistics(): RunStatistics {
    return (this.#meter ?? new StatisticsMeter({ equity: floatOf(this.startEquity()) })).finish();
  }

  profits(): Float64Array {
    return this.#profits.slice(0, Math.min(this.#roundTrips, PROFITS_MAX));
  }

  #open(): void {
    this.#startEquity = this.#books.startEquity(this.#prices);
    this.#meter = new StatisticsMeter({ equity: floatOf(this.#startEquity) });
  }

  #closed({ profit, fees, entryAt, exitAt }: ClosedTrip, quote: string): void {
    const net = this.#books.worth((profit - fees) as Money, quote, this.#prices);
    this.#meter?.roundTrip(net, exitAt - entryAt);
    const n = this.#roundTrips++;
    if (n >= PROFITS_MAX) return;
    if (n === this.#profits.length) {
      const wider = new Float64Array(2 * n);
      wider.set(this.#profits);
      this.#profits = wider;
    }
    this.#profits[n] = net;
  }

  snapshot(): ReplayLedgerSnapshot {
    return {
      books: this.#books.snapshot(),
      trips: this.#trips.snapshot(),
      curve: this.#curve.snapshot(),
      charts: this.#charts.map((chart) => chart.snapshot()),
      meter:
        this.#meter === undefined
          ? null
          : { startEquity: String(this.#startEquity ?? 0n), state: this.#meter.snapshot() },
      profits: [...this.profits()],
      roundTrips: this.#roundTrips,
      nextSampleAt: this.#nextSampleAt,
    };
  }

  /** `positions` by slot, as the restored kernel has them. */
  restore(snapshot: ReplayLedgerSnapshot, positions: readonly Position[]): void {
    this.#books.restore(snapshot.books);
    for (const [slot, position] of positions.entries()) this.#books.position(slot, position);
    this.#trips.restore(snapshot.trips);
    this.#curve.restore(snapshot.curve);
    for (const [slot, chart] of snapshot.charts.entries()) this.#charts[slot]?.restore(chart);
    this.#meter = undefined;
    if (snapshot.meter !== null) {
      this.#startEquity = BigInt(snapshot.meter.startEquity) as Money;
      this.#meter = new StatisticsMeter({ equity: floatOf(this.#startEquity) });
      this.#meter.restore(snapshot.meter.state);
    }
    this.#profits = new Float64Array(Math.max(PROFITS_FIRST, snapshot.profits.length));
    this.#profits.set(snapshot.profits);
    this.#roundTrips = snapshot.roundTrips;
    this.#nextSampleAt = snapshot.nextSampleAt;
  }
}
