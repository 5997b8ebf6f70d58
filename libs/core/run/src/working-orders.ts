import type { OrderEvent, OrderIntent, Side, VenueOrder } from '@portcullis/contracts';
import { type OrderStatus, isTerminal, statusAfter } from '@portcullis/execution';
import { type PriceTicks, type QuantityLots, quantityLots } from '@portcullis/kernel';
import { type InstrumentRules, parsePrice, parseQuantity } from '@portcullis/market';
import type { WorkingOrder, WorkingStatus } from '@portcullis/strategy';
import { RecentIds } from './recent-ids.ts';

/** Orders of one run that may work at once: what a strategy can mean, and what a sweep of the venue can compare. */
export const WORKING_ORDERS_MAX = 100;

/** Ended orders that are remembered, so that a late message does not bring one back: hours of a busy run. */
const ENDED_ORDERS_MAX = 10_000;

/** Microseconds after which a cancel that brought no evidence is asked for again. */
const CANCEL_RETRY_MICROS = 1_000_000;

/** One order between its intent and its end. Plain JSON. */
interface OrderRecord {
  readonly intentId: string;
  readonly clientOrderId: string;
  readonly side: Side;
  readonly price: number | null;
  readonly quantity: number;
  filled: number;
  status: WorkingStatus;
  cancelReason: string | null;
  canceledAt: number | null;
  /** Kept until the gate has answered, so that a restart can publish it again. */
  intent: OrderIntent | null;
}

export interface WorkingOrdersSnapshot {
  readonly orders: readonly OrderRecord[];
  readonly ended: readonly string[];
}

/** What an order event meant for the run's picture of that order. */
export interface OrderStep {
  readonly clientOrderId: string;
  readonly intentId: string;
  readonly status: OrderStatus;
}

/** The orders of one run that may still be filled, UNRESOLVED ones among them at full size. */
export class WorkingOrders {
  readonly #rules: InstrumentRules;
  readonly #orders = new Map<string, OrderRecord>();
  readonly #ended = new RecentIds(ENDED_ORDERS_MAX);

  constructor(rules: InstrumentRules) {
    this.#rules = rules;
  }

  get count(): number {
    return this.#orders.size;
  }

  view(): WorkingOrder[] {
    return [...this.#orders.values()].map((record) => ({
      clientOrderId: record.clientOrderId,
      intentId: record.intentId,
      side: record.side,
      price: record.price === null ? undefined : (record.price as PriceTicks),
      quantity: quantityLots(record.quantity),
      remaining: quantityLots(Math.max(0, record.quantity - record.filled)),
      status: record.status,
      cancelRequested: record.cancelReason !== null,
    }));
  }

  has(clientOrderId: string): boolean {
    return this.#orders.has(clientOrderId);
  }

  /** Intents that the gate has not answered, oldest first. */
  unanswered(): OrderIntent[] {
    return [...this.#orders.values()].map(({ intent }) => intent).filter((intent) => intent !== null);
  }

  intended(
    intent: OrderIntent,
    clientOrderId: string,
    amounts: { readonly price: PriceTicks | undefined; readonly quantity: QuantityLots },
  ): void {
    const { price, quantity } = amounts;
    const { intentId, side } = intent;
    this.#add({
      intentId,
      clientOrderId,
      side,
      price: price ?? null,
      quantity,
      filled: 0,
      status: 'PENDING',
      cancelReason: null,
      canceledAt: null,
      intent,
    });
  }

  /** The gate approved. An order that the run had given up as void comes back: it may be sent after all. */
  approved(intentId: string, order: VenueOrder): boolean {
    const record = this.#orders.get(order.clientOrderId) ?? this.#adopt(intentId, order);
    if (record?.status !== 'PENDING') return false;
    record.status = 'APPROVED';
    record.intent = null;
    return true;
  }

  /** The gate denied. False when the order is not waiting for an answer. */
  denied(clientOrderId: string): boolean {
    return this.#orders.get(clientOrderId)?.status === 'PENDING' && this.#end(clientOrderId);
  }

  /** Moves an order on; undefined when the event changes nothing for this run (ended, or unknown without its terms). */
  evolve(event: OrderEvent): OrderStep | undefined {
    const { clientOrderId, intentId } = event;
    const record =
      this.#orders.get(clientOrderId) ??
      (event.type === 'submitted' ? this.#adopt(intentId, event.venueOrder) : undefined);
    if (record === undefined) return undefined;
    const before = record.status === 'PENDING' || record.status === 'APPROVED' ? undefined : record.status;
    const status = statusAfter(before, event);
    record.intent = null;
    if (event.type === 'fill') record.filled += this.#lots(event.quantity);
    if (isTerminal(status)) this.#end(clientOrderId);
    else record.status = status as WorkingStatus;
    return { clientOrderId, intentId, status };
  }

  /** Marks an order as to be cancelled. The request leaves the run with {@link dueCancels}. */
  requestCancel(clientOrderId: string, reason: string): void {
    const record = this.#orders.get(clientOrderId);
    if (record !== undefined) record.cancelReason ??= reason;
  }

  requestCancelAll(reason: string): void {
    for (const clientOrderId of this.#orders.keys()) this.requestCancel(clientOrderId, reason);
  }

  /**
   * Cancels to send now, each once until its retry. An order that is not at the venue yet waits: a cancel that overtakes
   * its order would find nothing, and the order would live.
   */
  dueCancels(now: number): { readonly clientOrderId: string; readonly reason: string }[] {
    const due = [];
    for (const record of this.#orders.values()) {
      const { clientOrderId, cancelReason: reason, canceledAt, status } = record;
      if (reason === null || status === 'PENDING' || status === 'APPROVED' || status === 'SUBMITTED') continue;
      if (canceledAt !== null && now - canceledAt < CANCEL_RETRY_MICROS) continue;
      record.canceledAt = now;
      due.push({ clientOrderId, reason });
    }
    return due;
  }

  /** Gives up the intents that nobody answered until `graceMicros` after their expiry; after it an intent is void. */
  giveUp(now: number, graceMicros: number): { readonly clientOrderId: string; readonly intentId: string }[] {
    const given = [];
    for (const { clientOrderId, intentId, intent } of this.#orders.values()) {
      if (intent === null || now < intent.expiry + graceMicros) continue;
      this.#orders.delete(clientOrderId);
      given.push({ clientOrderId, intentId });
    }
    return given;
  }

  snapshot(): WorkingOrdersSnapshot {
    return { orders: [...this.#orders.values()].map((record) => ({ ...record })), ended: this.#ended.snapshot() };
  }

  restore(snapshot: WorkingOrdersSnapshot): void {
    this.#orders.clear();
    for (const record of snapshot.orders) this.#orders.set(record.clientOrderId, { ...record });
    this.#ended.restore(snapshot.ended);
  }

  #add(record: OrderRecord): OrderRecord {
    this.#orders.set(record.clientOrderId, record);
    return record;
  }

  #adopt(intentId: string, order: VenueOrder): OrderRecord | undefined {
    if (this.#ended.has(order.clientOrderId)) return undefined;
    const price = order.price === undefined ? undefined : parsePrice(this.#rules, order.price);
    const { clientOrderId, side } = order;
    return this.#add({
      intentId,
      clientOrderId,
      side,
      price: price?.ok === true ? price.value : null,
      quantity: this.#lots(order.quantity),
      filled: 0,
      status: 'PENDING',
      cancelReason: null,
      canceledAt: null,
      intent: null,
    });
  }

  #lots(text: string): number {
    const lots = parseQuantity(this.#rules, text);
    return lots.ok ? lots.value : 0;
  }

  #end(clientOrderId: string): boolean {
    this.#orders.delete(clientOrderId);
    this.#ended.add(clientOrderId);
    return true;
  }
}
