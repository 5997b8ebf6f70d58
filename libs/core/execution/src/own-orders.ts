import type { LatchSubject } from '@portcullis/authority';
import type { ApprovedVerdict, VenueOrder } from '@portcullis/contracts';
import { type QuantityLots, ZERO_LOTS, assert } from '@portcullis/kernel';
import type { InstrumentRules } from '@portcullis/market';
import type { OurOrder } from '@portcullis/reconciliation';
import { BRIDGE_LIMITS } from './bridge-config.ts';
import { type OrderStatus, isTerminal } from './order-state.ts';

/** Something asked of the venue that is repeated until it is settled. */
export interface Pursuit {
  wanted: boolean;
  /** Not before this moment. */
  dueAt: number;
  /** When the question that is on its way was sent; undefined when none is. */
  issuedAt: number | undefined;
  attempts: number;
}

/** One order of ours from its verdict to its end, and beyond it for late fills. */
export interface OwnOrder {
  readonly verdict: ApprovedVerdict;
  readonly venueOrder: VenueOrder;
  readonly rules: InstrumentRules;
  readonly quantity: QuantityLots;
  status: OrderStatus;
  venueOrderId: string | undefined;
  /** When evidence first showed that the venue has it. */
  acknowledgedAt: number | undefined;
  /** Sum of the fills that we booked. */
  filled: QuantityLots;
  /** The most that a report said was executed: above `filled` there are fills we have not seen. */
  executed: QuantityLots;
  readonly trades: Set<string>;
  /** The venue's word that it is over, told only once all its fills are booked. */
  ending: { readonly type: 'canceled' | 'expired'; readonly reason: string } | undefined;
  /** Since when nobody knows whether the venue has it. The send was before that. */
  unresolvedAt: number | undefined;
  unresolvedAlerted: boolean;
  /** Look-ups that counted and found nothing. */
  negatives: number;
  readonly lookup: Pursuit;
  readonly cancel: Pursuit;
}

export function ownOrder(verdict: ApprovedVerdict, rules: InstrumentRules, quantity: QuantityLots): OwnOrder {
  return {
    verdict,
    venueOrder: verdict.venueOrder,
    rules,
    quantity,
    status: 'SUBMITTED',
    venueOrderId: undefined,
    acknowledgedAt: undefined,
    filled: ZERO_LOTS,
    executed: ZERO_LOTS,
    trades: new Set(),
    ending: undefined,
    unresolvedAt: undefined,
    unresolvedAlerted: false,
    negatives: 0,
    lookup: { wanted: false, dueAt: 0, issuedAt: undefined, attempts: 0 },
    cancel: { wanted: false, dueAt: 0, issuedAt: undefined, attempts: 0 },
  };
}

export function latchSubjectOf(
  venueOrder: VenueOrder,
  owner: { readonly account: string; readonly strategy: string; readonly runId: string },
): LatchSubject {
  return {
    venue: venueOrder.venue,
    symbol: venueOrder.symbol,
    account: owner.account,
    strategy: owner.strategy,
    runId: owner.runId,
  };
}

/** Asks for something, at once; a question that is on its way already answers it too. */
export function pursue(pursuit: Pursuit, at: number): void {
  if (pursuit.wanted) {
    pursuit.dueAt = Math.min(pursuit.dueAt, at);
    return;
  }
  pursuit.wanted = true;
  pursuit.dueAt = at;
  pursuit.attempts = 0;
}

/** All orders of the account, by our id and by the venue's, with a bound on the ended ones. */
export class OwnOrders {
  readonly #byClientId = new Map<string, OwnOrder>();
  readonly #byVenueId = new Map<string, OwnOrder>();
  /** Orders that are not settled: alive, or ended with something still to ask. */
  readonly #active = new Set<OwnOrder>();
  readonly #ended = new Set<OwnOrder>();

  add(order: OwnOrder): void {
    const id = order.venueOrder.clientOrderId;
    assert(!this.#byClientId.has(id), `order ${id} exists already`);
    this.#byClientId.set(id, order);
    this.#active.add(order);
  }

  get(clientOrderId: string): OwnOrder | undefined {
    return this.#byClientId.get(clientOrderId);
  }

  byVenueOrderId(symbol: string, venueOrderId: string): OwnOrder | undefined {
    return this.#byVenueId.get(`${symbol} ${venueOrderId}`);
  }

  setVenueOrderId(order: OwnOrder, venueOrderId: string): void {
    order.venueOrderId = venueOrderId;
    this.#byVenueId.set(`${order.venueOrder.symbol} ${venueOrderId}`, order);
  }

  /** Orders that something can still be due for, oldest first. */
  get active(): Iterable<OwnOrder> {
    return this.#active;
  }

  /** Orders that may be working at the venue, oldest first. */
  live(): OwnOrder[] {
    return [...this.#active].filter((order) => !isTerminal(order.status));
  }

  all(): Iterable<OwnOrder> {
    return this.#byClientId.values();
  }

  /** Files an order under active or ended after something happened to it, and lets the oldest ended ones go. */
  refile(order: OwnOrder): void {
    if (!isTerminal(order.status) || order.lookup.wanted || order.cancel.wanted) {
      this.#ended.delete(order);
      this.#active.add(order);
      return;
    }
    this.#active.delete(order);
    this.#ended.add(order);
    for (const oldest of this.#ended) {
      if (this.#ended.size <= BRIDGE_LIMITS.endedOrdersMax) break;
      this.#ended.delete(oldest);
      this.#byClientId.delete(oldest.venueOrder.clientOrderId);
      if (oldest.venueOrderId !== undefined) {
        this.#byVenueId.delete(`${oldest.venueOrder.symbol} ${oldest.venueOrderId}`);
      }
    }
  }
}

export function ourOrderOf(order: OwnOrder): OurOrder {
  const standing = isTerminal(order.status) ? 'ended' : order.venueOrderId === undefined ? 'in-flight' : 'working';
  return {
    clientOrderId: order.venueOrder.clientOrderId,
    venueOrderId: order.venueOrderId,
    symbol: order.venueOrder.symbol,
    standing,
    acknowledgedAt: order.acknowledgedAt,
    trades: order.trades,
  };
}
