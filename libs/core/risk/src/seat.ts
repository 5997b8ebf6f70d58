import { type KillLatch, type LatchState, latchOn } from '@portcullis/authority';
import type { MarketGap, TimeInForce, TradingState } from '@portcullis/contracts';
import {
  type InputError,
  type PriceTicks,
  type QuantityLots,
  type Result,
  err,
  ok,
  quantityLots,
} from '@portcullis/kernel';
import { type InstrumentRules, formatQuantity } from '@portcullis/market';
import { type ExactIntent, type OrderTerms, wrongTerms } from './exact-intent.ts';
import { ExposureBook, type OwnerExposure } from './exposure.ts';
import type { LimitBook } from './limits.ts';
import { InstrumentMarket, type Mark } from './market-view.ts';
import type { OrderRates } from './order-rates.ts';
import { isReduction, reducibleLots } from './reductions.ts';
import type { RuleContext } from './rule.ts';
import { type Standing, standingOf } from './standing.ts';

/** Whose seat it is. */
export interface SeatOwner {
  readonly account: string;
  readonly runId: string;
  readonly strategy: string;
  readonly tradingState?: TradingState;
}

/** The intent that a seat is judging: one object, written anew for each. */
class SeatIntent implements ExactIntent {
  readonly origin = 'run';
  readonly runId: string;
  readonly strategy: string;
  readonly rules: InstrumentRules;
  side: ExactIntent['side'] = 'buy';
  type: ExactIntent['type'] = 'limit';
  timeInForce: TimeInForce = 'GTC';
  postOnly = false;
  reduceOnly = false;
  lots = 0 as QuantityLots;
  price: PriceTicks | undefined = undefined;
  stopPrice: PriceTicks | undefined = undefined;
  expiry = 0;

  constructor(runId: string, strategy: string, rules: InstrumentRules) {
    this.runId = runId;
    this.strategy = strategy;
    this.rules = rules;
  }

  write(terms: OrderTerms): void {
    this.side = terms.side;
    this.type = terms.type;
    this.timeInForce = terms.timeInForce;
    this.postOnly = terms.postOnly;
    this.reduceOnly = terms.reduceOnly;
    this.lots = terms.lots;
    this.price = terms.price;
    this.stopPrice = terms.stopPrice;
    this.expiry = terms.expiry;
  }
}

/**
 * The place of one run in one instrument, and at once the context in which the rules judge its intents: made once, so
 * that an approval builds nothing. The run is the account's only one, so one book is the account's, the strategy's and
 * the run's, and the venue's position is that book's.
 */
export class Seat implements RuleContext {
  readonly standing: Standing;
  readonly market = new InstrumentMarket();
  readonly book: ExposureBook;
  readonly intent: SeatIntent;
  readonly exposure: OwnerExposure;
  readonly rates: OrderRates;
  readonly tradingState: TradingState;
  readonly notReady = undefined;
  /** Order numbers only rise, so none was decided before. */
  readonly decidedHash = undefined;
  readonly intentHash = '';
  readonly #fitting: Result<ExactIntent, InputError>;
  order: Result<ExactIntent, InputError>;
  latch: KillLatch | undefined = undefined;
  at = 0;
  reducible = quantityLots(0);
  reduction = false;
  memoryFull = false;

  constructor(
    owner: SeatOwner,
    rules: InstrumentRules,
    shared: { readonly limits: LimitBook; readonly rates: OrderRates },
  ) {
    const { account, runId, strategy, tradingState = 'ACTIVE' } = owner;
    const { id: instrument, venue } = rules;
    const instruments = new Map([[instrument, rules]]);
    const allowed = { account, venue, instruments, strategies: new Set([strategy]), limits: shared.limits };
    this.standing = standingOf(allowed, { runId, strategy, instrument });
    this.book = new ExposureBook(instrument);
    this.exposure = { account: this.book, strategy: this.book, run: this.book };
    this.intent = new SeatIntent(runId, strategy, rules);
    this.#fitting = ok(this.intent);
    this.order = this.#fitting;
    this.rates = shared.rates;
    this.tradingState = tradingState;
  }

  /** Takes an intent to be judged next. */
  take(terms: OrderTerms, at: number, memoryFull: boolean): void {
    const { intent, book, latch, tradingState } = this;
    intent.write(terms);
    const wrong = wrongTerms(intent);
    this.order = wrong === undefined ? this.#fitting : err(wrong);
    this.at = at;
    this.memoryFull = memoryFull;
    this.reducible = reducibleLots(this.exposure, intent, book.position);
    this.reduction = isReduction(this.order, this.reducible, latch !== undefined || tradingState !== 'ACTIVE');
  }

  /** Takes over which kills are latched. */
  heldBy(latches: LatchState): void {
    this.latch = latchOn(latches, this.standing.subject);
  }

  get quantity(): string {
    const { rules, lots } = this.intent;
    return Number.isSafeInteger(lots) ? formatQuantity(rules, lots) : `${lots} lots`;
  }

  get mark(): Mark | undefined {
    return this.market.mark;
  }

  get gap(): MarketGap['reason'] | undefined {
    return this.market.gap;
  }
}
