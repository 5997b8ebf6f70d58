import { type LatchState, NO_LATCHES, latch } from '@portcullis/authority';
import {
  type GateLimits,
  type MarketGap,
  type Side,
  type TradingState,
  gateLimitsSchema,
  killScopeOf,
} from '@portcullis/contracts';
import {
  type InputError,
  type QuantityLots,
  type Result,
  addLots,
  assert,
  err,
  ok,
  priceTicks,
  quantityLots,
} from '@portcullis/kernel';
import type { InstrumentRules } from '@portcullis/market';
import type { Denial } from './denials.ts';
import type { OrderTerms } from './exact-intent.ts';
import type { Exposure } from './exposure.ts';
import { type InProcessSnapshot, readSnapshot } from './in-process-snapshot.ts';
import { INTENTS_REMEMBERED_MAX } from './intent-memory.ts';
import { LimitBook } from './limits.ts';
import type { Mark } from './market-view.ts';
import { OrderRates } from './order-rates.ts';
import { firstDenial } from './rules/index.ts';
import { countApproval } from './rules/order-rate.ts';
import { Seat } from './seat.ts';

/** What the gate of one run is made of. */
export interface InProcessGateOptions {
  readonly account: string;
  readonly runId: string;
  readonly strategy: string;
  /** By slot; they may be of several venues, each of them once. */
  readonly instruments: readonly InstrumentRules[];
  readonly limits: GateLimits;
  /** The most that is let through: ACTIVE unless it says otherwise. */
  readonly tradingState?: TradingState;
}

/** An order of the run from its approval until nothing can come of it any more. */
interface WorkingOrder {
  readonly slot: number;
  readonly side: Side;
  readonly lots: QuantityLots;
  readonly reduces: boolean;
  /** Below `lots`. */
  filled: QuantityLots;
}

/**
 * The gate of one run inside its own process, for replays: the rules, limits, books, rates and latches of `GateCore`, on
 * exact numbers, without what only protects a wire (text, hashes, signatures, journal, bridge). On the same history both
 * decide the same; what they cannot share is an account's other runs, because in a replay there are none.
 *
 * Live an intent may come twice, so decisions are remembered by its id. Here a kernel in the same process counts its
 * orders up and asks once, so the last number is all there is to remember: one that is not above it is a defect. Nothing
 * is kept of an order that ended, and memory is bounded by the orders that work at once, of which there are at most
 * {@link INTENTS_REMEMBERED_MAX}.
 *
 * Numbers of an intent that are not what they should be are denials. Everything else a caller gets wrong is a defect of
 * it and throws an AssertionFailure, after which the gate is as it was.
 */
export class InProcessGate {
  readonly #runId: string;
  readonly #seats: readonly Seat[];
  readonly #rates: OrderRates;
  readonly #open = new Map<number, WorkingOrder>();
  #latches: LatchState = NO_LATCHES;
  #now = 0;
  #last = 0;

  private constructor(options: InProcessGateOptions, limits: LimitBook) {
    this.#runId = options.runId;
    this.#rates = new OrderRates();
    this.#seats = options.instruments.map((rules) => new Seat(options, rules, { limits, rates: this.#rates }));
  }

  /** Refuses limits and names that riskd's configuration would refuse; the error names the field. */
  static of(options: InProcessGateOptions): Result<InProcessGate, InputError> {
    const { instruments, tradingState = 'ACTIVE' } = options;
    if (!['ACTIVE', 'REDUCING', 'HALTED'].includes(tradingState)) {
      return err({ field: 'tradingState', value: tradingState, expected: 'ACTIVE, REDUCING or HALTED' });
    }
    const ids = instruments.map(({ id }) => id);
    const twice = ids.find((id, slot) => ids.indexOf(id) !== slot);
    if (twice !== undefined) return err({ field: 'instruments', value: twice, expected: 'each instrument once' });
    const parsed = gateLimitsSchema.safeParse(options.limits);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const field = ['limits', ...(issue?.path ?? [])].map(String).join('.');
      const value = (issue?.path ?? []).reduce<unknown>(memberOf, options.limits);
      return err({ field, value: String(value), expected: issue?.message ?? 'limits' });
    }
    const limits = LimitBook.of(parsed.data);
    return limits.ok ? ok(new InProcessGate(options, limits.value)) : limits;
  }

  /**
   * The best prices of an instrument, by which its intents are judged from now on; in ticks, a side at or below zero is an
   * empty one. `tsEvent` is the venue's time, `at` that of the arrival, in microseconds.
   */
  mark(slot: number, mark: Mark): void {
    const { bid, ask, tsEvent, at } = mark;
    const seat = this.#seatOf(slot);
    priceTicks(bid);
    priceTicks(ask);
    if (!Number.isSafeInteger(tsEvent)) assert(false, `the venue's time of a mark is ${tsEvent}`);
    this.#pass(at);
    seat.market.take(mark);
  }

  /** A hole in the instrument's market data makes its mark worthless; after `resync` a new one has to come first. */
  gap(slot: number, reason: MarketGap['reason']): void {
    this.#seatOf(slot).market.hole(reason);
  }

  /**
   * Judges an intent that arrived at `at` and is to become order `order`. Undefined is an approval, with the whole
   * quantity reserved until {@link fill} and {@link ended}. Time never falls: an earlier `at` counts as the latest.
   */
  decide(at: number, order: number, slot: number, terms: OrderTerms): Denial | undefined {
    const seat = this.#seatOf(slot);
    if (!(Number.isSafeInteger(order) && order > this.#last)) {
      assert(false, `order ${order} comes after order ${this.#last}`);
    }
    const now = this.#pass(at);
    this.#last = order;
    seat.take(terms, now, this.#open.size >= INTENTS_REMEMBERED_MAX);
    const denial = firstDenial(seat);
    if (denial !== undefined) return denial;
    const { lots, side } = seat.intent;
    seat.book.reserve(side, lots, seat.reduction);
    this.#open.set(order, { slot, side, lots, reduces: seat.reduction, filled: quantityLots(0) });
    countApproval(seat);
    return undefined;
  }

  /** An execution of a working order: so much of what it reserves becomes position. Filled whole, it has ended. */
  fill(order: number, lots: number): void {
    const working = this.#open.get(order);
    if (working === undefined) assert(false, `order ${order}, which does not work, was filled`);
    assertLots(lots);
    const { slot, side, reduces } = working;
    const left = working.lots - working.filled;
    if (lots > left) assert(false, `order ${order} was filled by ${lots} lots with ${left} left`);
    const { book } = this.#seatOf(slot);
    book.fill(side, lots);
    book.reserve(side, -lots, reduces);
    if (lots === left) this.#open.delete(order);
    else working.filled = addLots(working.filled, lots);
  }

  /** Nothing more can come of an order: what it still reserves is free. Told again, it changes nothing. */
  ended(order: number): void {
    const working = this.#open.get(order);
    if (working === undefined) {
      if (!(order <= this.#last)) assert(false, `order ${order}, which was never decided, ended`);
      return;
    }
    this.#open.delete(order);
    this.#seatOf(working.slot).book.reserve(working.side, working.filled - working.lots, working.reduces);
  }

  /** An execution that no order of the run asked for, as a liquidation is one. */
  adjust(slot: number, side: Side, lots: number): void {
    assertLots(lots);
    this.#seatOf(slot).book.fill(side, lots);
  }

  /** Latches a scope as a kill does live: only reductions pass there from now on. One that is none of the scopes is `all`. */
  kill(scope: string, reason: string, at: number): void {
    this.#pass(at);
    const known = killScopeOf(`ctl.kill.${scope}`);
    this.#latches = latch(this.#latches, { scope: known, reason, by: 'replay', at: this.#now });
    for (const seat of this.#seats) seat.heldBy(this.#latches);
  }

  /** The run's exposure in an instrument, in lots. */
  exposure(slot: number): Exposure {
    return this.#seatOf(slot).book.copy();
  }

  /** Orders that work. */
  get openOrders(): number {
    return this.#open.size;
  }

  #pass(at: number): number {
    if (!Number.isSafeInteger(at)) assert(false, `${at} is no time in microseconds`);
    if (at > this.#now) this.#now = at;
    return this.#now;
  }

  #seatOf(slot: number): Seat {
    const seat = this.#seats[slot];
    if (seat === undefined) assert(false, `the run has no instrument ${slot}`);
    return seat;
  }

  /** The whole state, as JSON text. */
  snapshot(): string {
    const snapshot: InProcessSnapshot = {
      version: 1,
      runId: this.#runId,
      now: this.#now,
      last: this.#last,
      latches: this.#latches,
      instruments: this.#seats.map(({ standing, market, book }) => {
        const { bid, ask, tsEvent, at } = market;
        const mark = market.mark === undefined ? null : { bid, ask, tsEvent, at };
        return { id: standing.instrument, mark, gap: market.gap ?? null, position: book.position };
      }),
      orders: [...this.#open].map(([order, working]) => ({ order, ...working })),
      rates: this.#rates.snapshot(),
    };
    return JSON.stringify(snapshot);
  }

  /**
   * Puts a gate of the same options where the snapshot was taken. Text that is no snapshot of such a gate is an
   * AssertionFailure that says what is wrong, and changes nothing.
   */
  restore(text: string): void {
    const ids = this.#seats.map(({ standing }) => standing.instrument);
    const { now, last, latches, instruments, orders, rates } = readSnapshot(text, this.#runId, ids);
    this.#now = now;
    this.#last = last;
    this.#latches = latches;
    for (const [slot, { mark, gap, position }] of instruments.entries()) {
      const seat = this.#seatOf(slot);
      seat.book.reset(position);
      seat.market.hole(gap ?? 'resync');
      if (mark !== null) seat.market.take(mark);
      seat.heldBy(latches);
    }
    this.#open.clear();
    for (const { order, ...working } of orders) {
      this.#open.set(order, working);
      this.#seatOf(working.slot).book.reserve(working.side, working.lots - working.filled, working.reduces);
    }
    this.#rates.restore(rates);
  }
}

function assertLots(lots: number): void {
  if (!(Number.isSafeInteger(lots) && lots > 0)) assert(false, `an execution of ${lots} lots`);
}

function memberOf(value: unknown, key: PropertyKey): unknown {
  return value !== null && typeof value === 'object' ? (value as Record<PropertyKey, unknown>)[key] : undefined;
}
