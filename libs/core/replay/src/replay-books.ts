import type { TradedInstrument } from '@portcullis/fills';
import { MONEY_SCALE, type Money, ZERO_MONEY, addMoney, assert, money } from '@portcullis/kernel';
import { FLAT, type Position } from '@portcullis/portfolio';
import { type Currencies, halfTickOf } from './currencies.ts';
import type { LastPrices } from './last-prices.ts';

const UNIT = 10 ** MONEY_SCALE;

/** Money in one unit of its currency as a float: for samples and statistics. */
export function floatOf(amount: bigint): number {
  return Number(amount) / UNIT;
}

/** What a run comes to in the account's currency, exact but for the conversions at last prices. */
export interface BooksValue {
  /** Realised profit of closed quantity, before fees. */
  readonly realised: Money;
  readonly unrealised: Money;
  /** Of fills and liquidations. */
  readonly fees: Money;
  readonly funding: Money;
  readonly equity: Money;
}

/** Plain JSON: money as whole 10^-12 by the place of its currency. */
export interface ReplayBooksSnapshot {
  readonly fees: readonly string[];
  readonly funding: readonly string[];
}

/**
 * The money of a run: what it began with, positions by instrument as the kernel books them, fees and funding by
 * currency. Positions count as what they are worth at the last price, spot and linear alike: money paid and received
 * for them and what is held are the same profit either way.
 */
export class ReplayBooks {
  readonly #instruments: readonly TradedInstrument[];
  readonly #currencies: Currencies;
  readonly #start: readonly Money[];
  readonly #fees: Money[];
  readonly #funding: Money[];
  readonly #positions: Position[];
  // The same as floats, so that a sample costs a few multiplications.
  readonly #quoteOf: readonly number[];
  readonly #halfTick: readonly number[];
  readonly #lot: readonly number[];
  readonly #cash: Float64Array;
  readonly #quantity: Float64Array;
  /** Money by currency that is in no position. */
  readonly #loose: Float64Array;
  /** As {@link sample} found it: floats of the account's currency. */
  equity = 0;
  /** Value of all that is open, long and short added up. */
  exposure = 0;

  constructor(instruments: readonly TradedInstrument[], currencies: Currencies, begun: ReadonlyMap<string, Money>) {
    this.#instruments = instruments;
    this.#currencies = currencies;
    const none = (): Money[] => Array.from({ length: currencies.size }, () => ZERO_MONEY);
    const start = none();
    for (const [name, amount] of begun) start[this.#placeOf(name)] = amount;
    this.#start = start;
    this.#fees = none();
    this.#funding = none();
    this.#positions = instruments.map(() => FLAT);
    this.#quoteOf = instruments.map(({ rules }) => this.#placeOf(rules.quote));
    this.#halfTick = instruments.map(({ rules }) => halfTickOf(rules));
    this.#lot = instruments.map(({ rules }) => floatOf(rules.moneyPerLot));
    this.#cash = new Float64Array(instruments.length);
    this.#quantity = new Float64Array(instruments.length);
    this.#loose = Float64Array.from(start, floatOf);
  }

  /** Takes the position of an instrument after a fill. */
  position(slot: number, position: Position): void {
    this.#positions[slot] = position;
    this.#cash[slot] = floatOf(position.cash);
    this.#quantity[slot] = position.quantity * (this.#lot[slot] as number);
  }

  fee(currency: string, amount: Money): void {
    if (amount === 0n) return;
    const place = this.#placeOf(currency);
    this.#fees[place] = addMoney(this.#fees[place] as Money, amount);
    this.#loosen(place);
  }

  funding(currency: string, amount: Money): void {
    const place = this.#placeOf(currency);
    this.#funding[place] = addMoney(this.#funding[place] as Money, amount);
    this.#loosen(place);
  }

  /** Sets {@link equity} and {@link exposure}; only while the {@link Currencies} are known. */
  sample(prices: LastPrices): void {
    const currencies = this.#currencies;
    let equity = 0;
    let exposure = 0;
    for (let slot = 0; slot < this.#cash.length; slot++) {
      const cash = this.#cash[slot] as number;
      const quantity = this.#quantity[slot] as number;
      if (cash === 0 && quantity === 0) continue;
      const value = quantity * prices.twice(slot) * (this.#halfTick[slot] as number);
      const rate = currencies.rate(this.#quoteOf[slot] as number, prices);
      equity += (cash + value) * rate;
      exposure += Math.abs(value) * rate;
    }
    for (let place = 0; place < this.#loose.length; place++) {
      const loose = this.#loose[place] as number;
      if (loose !== 0) equity += loose * currencies.rate(place, prices);
    }
    this.equity = equity;
    this.exposure = exposure;
  }

  /** A float of the account's currency, 0 while a price is missing. */
  worth(amount: Money, currency: string, prices: LastPrices): number {
    return floatOf(amount) * this.#currencies.rate(this.#placeOf(currency), prices);
  }

  /** `amount` of one currency in another, both of the instrument of a slot: at `ticks`, rounded towards zero. */
  inQuote(slot: number, amount: Money, currency: string, ticks: number): Money {
    const { rules } = this.#instruments[slot] as TradedInstrument;
    if (amount === 0n || currency === rules.quote) return amount;
    return money((amount * BigInt(ticks) * rules.moneyPerTickLot) / rules.moneyPerLot);
  }

  /** What the account began with at these prices. */
  startEquity(prices: LastPrices): Money {
    return this.#sum(this.#start, prices);
  }

  /** All of it at the last prices. What has had no price yet counts for nothing. */
  value(prices: LastPrices): BooksValue {
    const none = (): Money[] => Array.from({ length: this.#currencies.size }, () => ZERO_MONEY);
    const realised = none();
    const unrealised = none();
    for (const [slot, { rules }] of this.#instruments.entries()) {
      const position = this.#positions[slot] as Position;
      const place = this.#quoteOf[slot] as number;
      realised[place] = addMoney(realised[place] as Money, position.realised);
      const worth = (BigInt(prices.twice(slot)) * BigInt(position.quantity) * rules.moneyPerTickLot) / 2n;
      unrealised[place] = money((unrealised[place] as Money) + worth - position.cost);
    }
    const sums = [realised, unrealised, this.#fees, this.#funding, this.#start];
    const [gained, open, fees, funding, start] = sums.map((sum) => this.#sum(sum, prices)) as [
      Money,
      Money,
      Money,
      Money,
      Money,
    ];
    const equity = money(start + gained + open - fees + funding);
    return { realised: gained, unrealised: open, fees, funding, equity };
  }

  #sum(amounts: readonly Money[], prices: LastPrices): Money {
    let sum = ZERO_MONEY;
    for (const [place, amount] of amounts.entries()) {
      sum = addMoney(sum, this.#currencies.convert(amount, place, prices) ?? ZERO_MONEY);
    }
    return sum;
  }

  #loosen(place: number): void {
    this.#loose[place] = floatOf(
      (this.#start[place] as Money) - (this.#fees[place] as Money) + (this.#funding[place] as Money),
    );
  }

  #placeOf(currency: string): number {
    const place = this.#currencies.indexOf(currency);
    if (place < 0) assert(false, `the run has no currency ${currency}`);
    return place;
  }

  snapshot(): ReplayBooksSnapshot {
    return { fees: this.#fees.map(String), funding: this.#funding.map(String) };
  }

  /** Positions come from the kernel: see {@link position}. */
  restore(snapshot: ReplayBooksSnapshot): void {
    for (let place = 0; place < this.#loose.length; place++) {
      this.#fees[place] = money(BigInt(snapshot.fees[place] ?? 0));
      this.#funding[place] = money(BigInt(snapshot.funding[place] ?? 0));
      this.#loosen(place);
    }
  }
}
