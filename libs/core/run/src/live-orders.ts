import type { OrderEvent, OrderIntent, VenueOrder } from '@portcullis/contracts';
import { clientOrderIdOf, type OrderStatus } from '@portcullis/execution';
import { parsePrice, parseQuantity, type InstrumentRules } from '@portcullis/market';
import type { OrderNumber } from '@portcullis/strategy';
import type { KernelInput } from './kernel-input.ts';
import { WORKING_ORDERS_MAX } from './kernel-orders.ts';

/** Orders whose ids are remembered: far more than can work, so that late messages of ended ones find their number. */
const ORDERS_MAX = 20_000;

interface LiveOrder {
  readonly number: OrderNumber;
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
  readonly #isOpen: (order: OrderNumber) => boolean;
  readonly #byClientId = new Map<string, LiveOrder>();
  readonly #byNumber = new Map<OrderNumber, LiveOrder>();
  readonly #unanswered = new Map<OrderNumber, OrderIntent>();

  /** `isOpen`: whether the run counts on an order still; of those the ids are never forgotten. */
  constructor(runId: string, rules: InstrumentRules, isOpen: (order: OrderNumber) => boolean) {
    this.#runId = runId;
    this.#rules = rules;
    this.#isOpen = isOpen;
  }

  intended(number: OrderNumber, intent: OrderIntent): void {
    this.#add({ number, clientOrderId: clientOrderIdOf(this.#runId, intent.intentId) });
    this.#unanswered.set(number, intent);
    // The run waits for no more answers than it may have working orders, so the oldest one above that is given up.
    if (this.#unanswered.size <= WORKING_ORDERS_MAX) return;
    for (const oldest of this.#unanswered.keys()) return void this.#unanswered.delete(oldest);
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
  adopted(order: VenueOrder, number: OrderNumber): KernelInput {
    const price = order.price === undefined ? undefined : parsePrice(this.#rules, order.price);
    const quantity = parseQuantity(this.#rules, order.quantity);
    if (!quantity.ok || price?.ok === false) return { kind: 'malformed', what: `order ${order.clientOrderId}` };
    this.#add({ number, clientOrderId: order.clientOrderId });
    return { kind: 'adopt', order: number, slot: 0, side: order.side, price: price?.value, quantity: quantity.value };
  }

  #add(order: LiveOrder): void {
    this.#byClientId.set(order.clientOrderId, order);
    this.#byNumber.set(order.number, order);
    if (this.#byClientId.size > ORDERS_MAX) this.#forgetOldest();
  }

  #forgetOldest(): void {
    // An order may rest for longer than thousands of later ones: it goes to the end of the line.
    for (const order of this.#byClientId.values()) {
      this.#byClientId.delete(order.clientOrderId);
      if (!this.#isOpen(order.number)) return void this.#byNumber.delete(order.number);
      this.#byClientId.set(order.clientOrderId, order);
    }
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

/** The status that an order event is evidence of; fills are inputs of their own. */
export const STATUSES = {
  submitted: 'SUBMITTED',
  accepted: 'ACCEPTED',
  canceled: 'CANCELED',
  expired: 'EXPIRED',
  rejected: 'REJECTED',
  unresolved: 'UNRESOLVED',
  lapsed: 'LAPSED',
} as const satisfies Record<Exclude<OrderEvent['type'], 'fill'>, OrderStatus>;
