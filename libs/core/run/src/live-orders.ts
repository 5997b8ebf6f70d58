import type { OrderEvent, OrderIntent, VenueOrder } from '@portcullis/contracts';
import { clientOrderIdOf } from '@portcullis/execution';
import { parsePrice, parseQuantity, type InstrumentRules } from '@portcullis/market';
import type { OrderNumber } from '@portcullis/strategy';
import type { KernelInput } from './kernel-input.ts';

/** Orders whose ids are remembered: more than can work, so that late messages of ended ones find their number. */
const ORDERS_MAX = 20_000;

interface LiveOrder {
  readonly number: OrderNumber;
  readonly intentId: string;
  readonly clientOrderId: string;
}

export interface LiveOrdersSnapshot {
  readonly orders: readonly LiveOrder[];
  readonly unanswered: readonly (readonly [OrderNumber, OrderIntent])[];
}

/** The ids by which the world knows a run's orders, and the intents that nobody has answered. */
export class LiveOrders {
  readonly #runId: string;
  readonly #rules: InstrumentRules;
  readonly #byClientId = new Map<string, LiveOrder>();
  readonly #byNumber = new Map<OrderNumber, LiveOrder>();
  readonly #unanswered = new Map<OrderNumber, OrderIntent>();

  constructor(runId: string, rules: InstrumentRules) {
    this.#runId = runId;
    this.#rules = rules;
  }

  intended(number: OrderNumber, intent: OrderIntent): void {
    const { intentId } = intent;
    this.#add({ number, intentId, clientOrderId: clientOrderIdOf(this.#runId, intentId) });
    this.#unanswered.set(number, intent);
  }

  numberOf(clientOrderId: string): OrderNumber | undefined {
    return this.#byClientId.get(clientOrderId)?.number;
  }

  clientOrderIdOf(number: OrderNumber): string | undefined {
    return this.#byNumber.get(number)?.clientOrderId;
  }

  answered(number: OrderNumber): void {
    this.#unanswered.delete(number);
  }

  /** Intents that the gate has not answered, oldest first; those that `isPending` no longer knows are forgotten. */
  unanswered(isPending: (order: OrderNumber) => boolean): OrderIntent[] {
    for (const number of this.#unanswered.keys()) if (!isPending(number)) this.#unanswered.delete(number);
    return [...this.#unanswered.values()];
  }

  /** An order that the run does not know but that bears its name becomes one of its own under the next number. */
  adopted(intentId: string, order: VenueOrder, number: OrderNumber): KernelInput {
    this.#add({ number, intentId, clientOrderId: order.clientOrderId });
    const price = order.price === undefined ? undefined : parsePrice(this.#rules, order.price);
    const quantity = parseQuantity(this.#rules, order.quantity);
    if (!quantity.ok || price?.ok === false) return { kind: 'malformed', what: `order ${order.clientOrderId}` };
    return { kind: 'adopt', order: number, slot: 0, side: order.side, price: price?.value, quantity: quantity.value };
  }

  #add(order: LiveOrder): void {
    this.#byClientId.set(order.clientOrderId, order);
    this.#byNumber.set(order.number, order);
    if (this.#byClientId.size <= ORDERS_MAX) return;
    const [oldest] = this.#byClientId.values();
    if (oldest === undefined) return;
    this.#byClientId.delete(oldest.clientOrderId);
    this.#byNumber.delete(oldest.number);
  }

  snapshot(): LiveOrdersSnapshot {
    return { orders: [...this.#byClientId.values()], unanswered: [...this.#unanswered] };
  }

  restore(snapshot: LiveOrdersSnapshot): void {
    this.#byClientId.clear();
    this.#byNumber.clear();
    this.#unanswered.clear();
    for (const order of snapshot.orders) this.#add(order);
    for (const [number, intent] of snapshot.unanswered) this.#unanswered.set(number, intent);
  }
}

/** The status that an order event is evidence of; undefined for fills, which are inputs of their own. */
export function statusOf(event: OrderEvent) {
  const statuses = {
    submitted: 'SUBMITTED',
    accepted: 'ACCEPTED',
    canceled: 'CANCELED',
    expired: 'EXPIRED',
    rejected: 'REJECTED',
    unresolved: 'UNRESOLVED',
    lapsed: 'LAPSED',
  } as const;
  return event.type === 'fill' ? undefined : statuses[event.type];
}
