import { type LatchState, NO_LATCHES, latch, latchOn } from '@portcullis/authority';
import type { GateLimits, MarketGap, Side, TradingState } from '@portcullis/contracts';
import {
  type InputError,
  type QuantityLots,
  type Result,
  addLots,
  assert,
  err,
  ok,
  quantityLots,
} from '@portcullis/kernel';
import { type InstrumentRules, formatQuantity } from '@portcullis/market';
import type { Denial } from './denials.ts';
import type { ExactIntent } from './exact-intent.ts';
import { type Exposure, ExposureBooks, type Owner, holdersOf } from './exposure.ts';
import type { PreparedConfig } from './gate-config.ts';
import { LimitBook, LimitView, limitScopes } from './limits.ts';
import type { Mark } from './market-view.ts';
import { OrderRates, type OrderRatesSnapshot } from './order-rates.ts';
import { reducibleLots } from './reductions.ts';
import type { JudgedIntent, OrderNumbers, RuleContext } from './rule.ts';
import { firstDenial } from './rules/index.ts';
import { countApproval } from './rules/order-rate.ts';

/** What the gate of one replay is made of. */
export interface InProcessGateOptions {
  readonly account: string;
  readonly runId: string;
  readonly strategy: string;
  /** By slot; they may be of several venues. */
  readonly instruments: readonly InstrumentRules[];
  readonly limits: GateLimits;
  /** ACTIVE unless it says otherwise. */
  readonly tradingState?: TradingState;
}

/** An order of the run that still reserves something. */
interface OpenOrder {
  readonly slot: number;
  readonly side: Side;
  readonly lots: QuantityLots;
  readonly reduces: boolean;
  filled: QuantityLots;
}

/** What is the same for every intent of the run in one instrument. */
interface Seat {
  readonly rules: InstrumentRules;
  readonly subject: Parameters<typeof latchOn>[1];
  readonly owner: Owner;
  readonly prepared: PreparedConfig;
  readonly limits: LimitView;
}

type Judged = Omit<ExactIntent, 'rules' | 'runId' | 'strategy' | 'origin'>;

/**
 * The gate inside a replay: the rules, limits, exposure books and rates of riskd's `GateCore`, on exact numbers. There is
 * one account with one run, so nothing is signed, journaled or remembered by id: orders have rising numbers, and a
 * number that does not rise is a defect of the caller. Bounded by the orders that work at once.
 */
export class InProcessGate {
  readonly #seats: readonly Seat[];
  readonly #options: InProcessGateOptions;
  readonly #books = new ExposureBooks();
  readonly #rates = new OrderRates();
  readonly #open = new Map<number, OpenOrder>();
  readonly #marks: (Mark | undefined)[];
  readonly #gaps: (MarketGap['reason'] | undefined)[];
  #latches: LatchState = NO_LATCHES;
  #now = 0;
  #last = 0;

  private constructor(options: InProcessGateOptions, limits: LimitBook) {
    this.#options = options;
    this.#seats = options.instruments.map((rules) => seatOf(options, rules, limits));
    this.#marks = options.instruments.map(() => undefined);
    this.#gaps = options.instruments.map(() => undefined);
  }

  /** Refuses limits that are no exact amounts, naming the field. */
  static of(options: InProcessGateOptions): Result<InProcessGate, InputError> {
    if (options.instruments.length === 0) {
      return err({ field: 'instruments', value: '[]', expected: 'at least one' });
    }
    const limits = LimitBook.of(options.limits);
    return limits.ok ? ok(new InProcessGate(options, limits.value)) : limits;
  }

  /** The best prices of an instrument, which the next intents are judged by. Times in microseconds. */
  mark(slot: number, mark: Mark): void {
    this.#marks[slot] = mark;
  }

  /** A hole makes the last mark worthless; after a resync a new one has to come first. */
  gap(slot: number, reason: MarketGap['reason']): void {
    this.#marks[slot] = undefined;
    this.#gaps[slot] = reason === 'resync' ? undefined : reason;
  }

  /**
   * Judges the intent of order `order`, which is above all before it. Undefined: approved, and its worst is reserved until
   * {@link ended}.
   */
  decide(at: number, order: number, slot: number, intent: Judged): Denial | undefined {
    if (!(order > this.#last)) assert(false, `order ${order} comes after order ${this.#last}`);
    this.#last = order;
    this.#now = Math.max(this.#now, at);
    const seat = this.#seatOf(slot);
    const context = this.#context(seat, slot, intent);
    const denial = firstDenial(context);
    if (denial !== undefined) return denial;
    const { side, lots } = intent;
    this.#open.set(order, { slot, side, lots, reduces: context.reduction, filled: quantityLots(0) });
    this.#books.reserve(seat.owner, side, lots, context.reduction);
    countApproval(context);
    return undefined;
  }

  /** An execution of an approved order: reservation becomes position. */
  fill(order: number, lots: QuantityLots): void {
    const open = this.#open.get(order);
    if (open === undefined) return assert(false, `a fill of order ${order}, which is not open`);
    const { owner } = this.#seatOf(open.slot);
    const left = Math.max(0, open.lots - open.filled);
    open.filled = addLots(open.filled, lots);
    this.#books.convert(owner, open.side, { lots, release: Math.min(left, lots), reduces: open.reduces });
  }

  /** Nothing more comes of an order: what it still reserves is free. */
  ended(order: number): void {
    const open = this.#open.get(order);
    if (open === undefined) return;
    this.#open.delete(order);
    const left = Math.max(0, open.lots - open.filled);
    if (left > 0) this.#books.reserve(this.#seatOf(open.slot).owner, open.side, -left, open.reduces);
  }

  /** An execution that no order of the run asked for, as a liquidation is one. */
  adjust(slot: number, side: Side, lots: QuantityLots): void {
    this.#books.fill(this.#seatOf(slot).owner, side, lots);
  }

  /** Latches a scope, as a kill does live; in a replay nothing opens it again. */
  kill(scope: string, reason: string, at: number): void {
    this.#latches = latch(this.#latches, { scope, reason, by: 'replay', at });
  }

  /** The account's exposure in an instrument, in lots. */
  exposure(slot: number): Exposure {
    return this.#books.of('account', this.#seatOf(slot).rules.id);
  }

  /** Orders that still reserve something. */
  get openOrders(): number {
    return this.#open.size;
  }

  #seatOf(slot: number): Seat {
    const seat = this.#seats[slot];
    if (seat === undefined) assert(false, `the run has no instrument ${slot}`);
    return seat;
  }

  #context(seat: Seat, slot: number, intent: Judged): RuleContext {
    const { rules, prepared, limits } = seat;
    const judged = new Intent(this.#options, rules, intent);
    const order = orderNumbers(rules, intent);
    const tradingState = this.#options.tradingState ?? 'ACTIVE';
    const held = this.#latches.latches.length === 0 ? undefined : latchOn(this.#latches, seat.subject);
    const reducible = reducibleLots(this.#books, judged, this.#books.of('account', rules.id).position);
    // In ordinary times only an order that asks to reduce is held to it, and protected from what works beside it.
    const restricted = held !== undefined || tradingState !== 'ACTIVE';
    const reduction = order.ok && order.value.lots <= reducible && (intent.reduceOnly || restricted);
    return {
      at: this.#now,
      intent: judged,
      intentHash: '',
      decidedHash: undefined,
      memoryFull: false,
      prepared,
      limits,
      notReady: undefined,
      tradingState,
      latch: held,
      order,
      reducible,
      reduction,
      books: this.#books,
      mark: this.#marks[slot],
      gap: this.#gaps[slot],
      rates: this.#rates,
    };
  }

  /** The whole state as JSON text. */
  snapshot(): string {
    const snapshot: Snapshot = {
      now: this.#now,
      last: this.#last,
      latches: this.#latches,
      marks: this.#marks.map((mark) => mark ?? null),
      gaps: this.#gaps.map((gap) => gap ?? null),
      open: [...this.#open],
      books: [...this.#books.all()],
      rates: this.#rates.snapshot(),
    };
    return JSON.stringify(snapshot);
  }

  /** Puts a fresh gate of the same options where the snapshot was taken. */
  restore(text: string): void {
    const snapshot = JSON.parse(text) as Snapshot;
    this.#now = snapshot.now;
    this.#last = snapshot.last;
    this.#latches = snapshot.latches;
    snapshot.marks.forEach((mark, slot) => (this.#marks[slot] = mark ?? undefined));
    snapshot.gaps.forEach((gap, slot) => (this.#gaps[slot] = gap ?? undefined));
    this.#open.clear();
    for (const [order, open] of snapshot.open) this.#open.set(order, open);
    this.#books.restore(snapshot.books);
    this.#rates.restore(snapshot.rates);
  }
}

interface Snapshot {
  readonly now: number;
  readonly last: number;
  readonly latches: LatchState;
  readonly marks: readonly (Mark | null)[];
  readonly gaps: readonly (MarketGap['reason'] | null)[];
  readonly open: readonly (readonly [number, OpenOrder])[];
  readonly books: readonly (readonly [string, Exposure])[];
  readonly rates: OrderRatesSnapshot;
}

/** An intent as the rules look at it; its quantity is printed only where a denial wants to tell it. */
class Intent implements JudgedIntent {
  readonly origin = 'run';
  readonly runId: string;
  readonly strategy: string;
  readonly instrument: string;
  readonly side: Side;
  readonly reduceOnly: boolean;
  readonly expiry: number;
  readonly #rules: InstrumentRules;
  readonly #lots: QuantityLots;

  constructor({ runId, strategy }: InProcessGateOptions, rules: InstrumentRules, intent: Judged) {
    this.runId = runId;
    this.strategy = strategy;
    this.instrument = rules.id;
    this.side = intent.side;
    this.reduceOnly = intent.reduceOnly;
    this.expiry = intent.expiry;
    this.#rules = rules;
    this.#lots = intent.lots;
  }

  get quantity(): string {
    return formatQuantity(this.#rules, this.#lots);
  }
}

function seatOf(options: InProcessGateOptions, rules: InstrumentRules, limits: LimitBook): Seat {
  const { account, runId, strategy, tradingState = 'ACTIVE' } = options;
  const { venue, symbol, id: instrument } = rules;
  const own = options.instruments.filter((one) => one.venue === venue);
  const config = { account, venue, tradingState, strategies: [strategy], limits: options.limits };
  return {
    rules,
    subject: { venue, symbol, account, runId, strategy },
    owner: { runId, strategy, instrument, holders: holdersOf({ runId, strategy }) },
    prepared: {
      config: { ...config, instruments: [], approvers: [] },
      instruments: new Map(own.map((one) => [one.id, one])),
      strategies: new Set([strategy]),
      limits,
    },
    limits: new LimitView(limits, limitScopes({ strategy, runId, venue, symbol })),
  };
}

const isCount = (value: number | undefined): boolean => Number.isSafeInteger(value) && (value ?? 0) > 0;

/** The numbers of an intent, or what keeps it from being an order, as `venueOrderOf` says it of a message. */
function orderNumbers(rules: InstrumentRules, intent: Judged): Result<OrderNumbers, InputError> {
  const { lots, price, stopPrice } = intent;
  const wrong = wrongNumber(intent) ?? wrongTerms(intent);
  if (wrong !== undefined) return err(wrong);
  if (price === undefined) return ok({ rules, lots });
  return ok(stopPrice === undefined ? { rules, lots, price } : { rules, lots, price, stopPrice });
}

function wrongNumber({ lots, price, stopPrice }: Judged): InputError | undefined {
  if (!isCount(lots)) return { field: 'quantity', value: `${lots} lots`, expected: 'a quantity above zero' };
  if (price !== undefined && !isCount(price)) {
    return { field: 'price', value: `${price} ticks`, expected: 'a price above zero' };
  }
  if (stopPrice === undefined || isCount(stopPrice)) return undefined;
  return { field: 'stopPrice', value: `${stopPrice} ticks`, expected: 'a price above zero' };
}

function wrongTerms({ type, timeInForce, postOnly, price, stopPrice }: Judged): InputError | undefined {
  if ((type !== 'market') !== (price !== undefined)) {
    const expected = type === 'market' ? 'no price for a market order' : `a price for a ${type} order`;
    return { field: 'price', value: price === undefined ? '(absent)' : `${price} ticks`, expected };
  }
  if ((type === 'stop-limit') !== (stopPrice !== undefined)) {
    const wants = type === 'stop-limit' ? 'a stop price' : 'no stop price';
    const value = stopPrice === undefined ? '(absent)' : `${stopPrice} ticks`;
    return { field: 'stopPrice', value, expected: `${wants} for a ${type} order` };
  }
  if (!postOnly || (type === 'limit' && timeInForce === 'GTC')) return undefined;
  return { field: 'postOnly', value: `${type} ${timeInForce}`, expected: 'a limit order with time in force GTC' };
}
