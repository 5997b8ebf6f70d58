import type { Side } from '@portcullis/contracts';
import { type OrderStatus, isTerminal } from '@portcullis/execution';
import {
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
  type PriceTicks,
  type QuantityLots,
  quantityLots,
} from '@portcullis/kernel';
import type { OrderChange, OrderNumber, WorkingOrder, WorkingStatus } from '@portcullis/strategy';
import type { IntentOutput } from './kernel-output.ts';
import { RecentIds } from './recent-ids.ts';

type OrderTerms = Pick<IntentOutput, 'order' | 'slot' | 'side' | 'price' | 'quantity'>;

/** Orders of one run that may work at once: what a strategy can mean, and what a sweep of the venue can compare. */
export const WORKING_ORDERS_MAX = 100;

/** Ended orders that are remembered, so that a late message does not bring one back: hours of a busy run. */
const ENDED_ORDERS_MAX = 10_000;

/** Microseconds after its expiry for which an unanswered intent still counts as working: the answer may be on its way. */
const VOID_GRACE_MICROS = MICROS_PER_MINUTE;

/** Microseconds after which a cancel that brought no evidence is asked for again. */
const CANCEL_RETRY_MICROS = MICROS_PER_SECOND;

/** One order between its intent and its end. Plain JSON; also what the strategy is shown. */
interface OrderRecord {
  readonly number: OrderNumber;
  readonly slot: number;
  readonly side: Side;
  readonly price: PriceTicks | undefined;
  readonly quantity: QuantityLots;
  remaining: QuantityLots;
  status: WorkingStatus;
  cancelRequested: boolean;
  cancelReason: string;
  canceledAt: number;
  expiry: number;
  /** Terms of the order that takes its place. */
  change: OrderChange | undefined;
  /** What it was asked for with, for the order that takes its place. */
  readonly intent: IntentOutput | undefined;
}

export interface KernelOrdersSnapshot {
  readonly orders: readonly OrderRecord[];
  readonly ended: readonly number[];
  readonly last: number;
}

/** The orders of one run that may still be filled, UNRESOLVED ones among them at full size. */
export class KernelOrders {
  readonly #orders = new Map<OrderNumber, OrderRecord>();
  readonly #ended = new RecentIds<OrderNumber>(ENDED_ORDERS_MAX);
  #last = 0;
  #view: readonly WorkingOrder[] | undefined;
  /** Whether some order waits for its cancel to be sent or answered. */
  #cancels = 0;

  get count(): number {
    return this.#orders.size;
  }

  /** The number of the newest order. */
  get last(): OrderNumber {
    return this.#last;
  }

  /** Oldest first; the same array until something changes. */
  view(): readonly WorkingOrder[] {
    return (this.#view ??= [...this.#orders.values()].map((record) => ({ ...record })));
  }

  intended(intent: IntentOutput): void {
    this.#last = Math.max(this.#last, intent.order);
    const { order, slot, side, price, quantity, expiry } = intent;
    this.#add({ order, slot, side, price, quantity }, { expiry, intent });
  }

  adopt(terms: OrderTerms): void {
    this.#last = Math.max(this.#last, terms.order);
    if (this.#orders.has(terms.order) || this.#ended.has(terms.order)) return;
    this.#add(terms, { expiry: Number.MAX_SAFE_INTEGER, intent: undefined });
  }

  get(order: OrderNumber): Readonly<OrderRecord> | undefined {
    return this.#orders.get(order);
  }

  approved(order: OrderNumber): boolean {
    const record = this.#orders.get(order);
    if (record?.status !== 'PENDING') return false;
    record.status = 'APPROVED';
    this.#view = undefined;
    return true;
  }

  denied(order: OrderNumber): boolean {
    if (this.#orders.get(order)?.status !== 'PENDING') return false;
    this.#end(order);
    return true;
  }

  /** Moves an order on. False when it is not known (any more). */
  evolve(order: OrderNumber, status: Exclude<OrderStatus, 'FILLED' | 'PARTIALLY_FILLED'>): boolean {
    const record = this.#orders.get(order);
    if (record === undefined) return false;
    if (isTerminal(status)) {
      this.#end(order);
      return true;
    }
    const partly = record.status === 'PARTIALLY_FILLED' && (status === 'ACCEPTED' || status === 'SUBMITTED');
    if (!partly) record.status = status as WorkingStatus;
    this.#view = undefined;
    return true;
  }

  /** Books a fill on its order, `done` when the venue says that it was the last; the status after it, undefined for an order that is not known (any more). */
  filled(order: OrderNumber, quantity: QuantityLots, done: boolean): 'FILLED' | 'PARTIALLY_FILLED' | undefined {
    const record = this.#orders.get(order);
    if (record === undefined) return undefined;
    record.remaining = quantityLots(Math.max(0, record.remaining - quantity));
    this.#view = undefined;
    if (done || record.remaining === 0) {
      this.#end(order);
      return 'FILLED';
    }
    record.status = 'PARTIALLY_FILLED';
    return 'PARTIALLY_FILLED';
  }

  requestCancel(order: OrderNumber, reason: string): void {
    const record = this.#orders.get(order);
    if (record === undefined) return;
    // Whoever wants it gone wants nothing in its place.
    record.change = undefined;
    if (record.cancelRequested) return;
    record.cancelRequested = true;
    record.cancelReason = reason;
    this.#cancels += 1;
    this.#view = undefined;
  }

  requestCancelAll(reason: string): void {
    for (const order of this.#orders.keys()) this.requestCancel(order, reason);
  }

  requestChange(order: OrderNumber, change: OrderChange): void {
    const record = this.#orders.get(order);
    if (record?.intent === undefined) return;
    this.requestCancel(order, 'the strategy changes it');
    record.change = change;
  }

  get hasCancels(): boolean {
    return this.#cancels > 0;
  }

  /**
   * Cancels to send now, each once until its retry. An order that is not at the venue yet waits: a cancel that overtakes
   * its order would find nothing, and the order would live.
   */
  dueCancels(now: number): { readonly order: OrderNumber; readonly reason: string }[] {
    const due = [];
    for (const record of this.#orders.values()) {
      const { number, cancelRequested, cancelReason: reason, canceledAt, status } = record;
      if (!cancelRequested || status === 'PENDING' || status === 'APPROVED' || status === 'SUBMITTED') continue;
      if (canceledAt >= 0 && now - canceledAt < CANCEL_RETRY_MICROS) continue;
      record.canceledAt = now;
      due.push({ order: number, reason });
    }
    return due;
  }

  /** Gives up the intents that nobody answered in time; after it an intent is void. */
  giveUp(now: number): { readonly order: OrderNumber; readonly slot: number }[] {
    const given = [];
    for (const { number, slot, status, expiry } of this.#orders.values()) {
      if (status !== 'PENDING' || now < expiry + VOID_GRACE_MICROS) continue;
      given.push({ order: number, slot });
    }
    for (const { order } of given) this.#forget(order);
    return given;
  }

  snapshot(): KernelOrdersSnapshot {
    const orders = [...this.#orders.values()].map((record) => ({ ...record }));
    return { orders, ended: this.#ended.snapshot(), last: this.#last };
  }

  restore(snapshot: KernelOrdersSnapshot): void {
    this.#orders.clear();
    this.#cancels = 0;
    this.#view = undefined;
    this.#last = snapshot.last;
    for (const record of snapshot.orders) {
      this.#orders.set(record.number, { ...record, price: record.price, change: record.change, intent: record.intent });
      if (record.cancelRequested) this.#cancels += 1;
    }
    this.#ended.restore(snapshot.ended);
  }

  #add(
    terms: OrderTerms,
    { expiry, intent }: { readonly expiry: number; readonly intent: IntentOutput | undefined },
  ): void {
    const { order, slot, side, price, quantity } = terms;
    this.#orders.set(order, {
      ...{ number: order, slot, side, price, quantity, remaining: quantity, status: 'PENDING' },
      ...{ cancelRequested: false, cancelReason: '', canceledAt: -1, expiry, change: undefined, intent },
    });
    this.#view = undefined;
  }

  #end(order: OrderNumber): void {
    this.#forget(order);
    this.#ended.add(order);
  }

  #forget(order: OrderNumber): void {
    if (this.#orders.get(order)?.cancelRequested === true) this.#cancels -= 1;
    this.#orders.delete(order);
    this.#view = undefined;
  }
}
