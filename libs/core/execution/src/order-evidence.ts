import { formatMoney, parseMoney, quantityLots, unreachable } from '@portcullis/kernel';
import { formatPrice, formatQuantity, parsePrice, parseQuantity } from '@portcullis/market';
import type { FillAmount } from '@portcullis/portfolio';
import { type AccountBooks, type FillReport, type OrderReport, isOpenStatus } from '@portcullis/reconciliation';
import { BRIDGE_LIMITS, type BridgeTiming, backoffMicros } from './bridge-config.ts';
import type { LookupOutcome, SubmitOutcome } from './bridge-input.ts';
import { isTerminal } from './order-state.ts';
import { type OwnOrder, type OwnOrders, pursue } from './own-orders.ts';
import type { Step } from './step.ts';

/**
 * Turns the venue's word into the state of our orders (S8, S9): each trade id counts once, also after the end; the end is told
 * when all its fills are booked; a report that has executed more than we booked starts a look-up; nothing is assumed.
 */
export class OrderEvidence {
  readonly #orders: OwnOrders;
  readonly #books: AccountBooks;
  readonly #timing: BridgeTiming;
  /** Executions whose order we do not know by its venue id, until it is known. Those that stay are somebody else's. */
  readonly #unmatched = new Map<string, FillReport>();

  constructor(orders: OwnOrders, books: AccountBooks, timing: BridgeTiming) {
    this.#orders = orders;
    this.#books = books;
    this.#timing = timing;
  }

  get unmatched(): readonly FillReport[] {
    return [...this.#unmatched.values()];
  }

  submitted(step: Step, order: OwnOrder, outcome: SubmitOutcome): void {
    const id = order.venueOrder.clientOrderId;
    switch (outcome.kind) {
      case 'accepted':
        this.report(step, order, outcome.report, outcome.fills);
        break;
      case 'unknown':
        if (order.venueOrderId === undefined && !isTerminal(order.status)) this.unresolved(step, order, outcome.reason);
        break;
      case 'rejected':
      case 'not-sent':
        if (order.venueOrderId !== undefined) {
          step.alert(
            'contradiction',
            'critical',
            `order ${id}: the answer to its submit was ${outcome.kind}, but the venue has it as ${order.venueOrderId}`,
          );
          pursue(order.lookup, step.at);
        } else if (isTerminal(order.status)) break;
        else if (outcome.kind === 'rejected') {
          step.tell(order, { type: 'rejected', code: outcome.code.slice(0, 64), reason: outcome.reason.slice(0, 500) });
        } else step.tell(order, { type: 'lapsed', reason: outcome.reason, detail: outcome.detail.slice(0, 500) });
        break;
      default:
        return unreachable(outcome);
    }
    this.#orders.refile(order);
  }

  /** Nobody knows whether the venue has it. The send was before this moment, so windows count from here. */
  unresolved(step: Step, order: OwnOrder, reason: string): void {
    order.unresolvedAt = step.at;
    order.unresolvedAlerted = false;
    order.negatives = 0;
    if (order.status !== 'UNRESOLVED') step.tell(order, { type: 'unresolved', reason: reason.slice(0, 500) });
    pursue(order.lookup, step.at);
  }

  /** A report of an order of ours, with such of its fills as came with it. */
  report(step: Step, order: OwnOrder, report: OrderReport, fills: readonly FillReport[]): void {
    if (!this.#acknowledge(step, order, report.venueOrderId, isOpenStatus(report.status))) return;
    for (const fill of fills) this.#book(step, order, fill);
    const executed = parseQuantity(order.rules, report.executedQuantity);
    if (executed.ok) order.executed = quantityLots(Math.max(order.executed, executed.value));
    else {
      step.alert(
        'unreadable-report',
        'critical',
        `order ${order.venueOrder.clientOrderId}: executed quantity ${report.executedQuantity}`,
      );
    }
    if (!isOpenStatus(report.status) && report.status !== 'filled' && order.ending === undefined) {
      this.#end(step, order, report);
    }
    this.settle(step, order);
  }

  #end(step: Step, order: OwnOrder, report: OrderReport): void {
    const reason = (report.reason ?? `the venue reports ${report.status}`).slice(0, 200);
    if (report.status === 'rejected' && order.filled === 0 && !isTerminal(order.status)) {
      step.tell(order, { type: 'rejected', code: 'venue', reason });
    } else order.ending = { type: report.status === 'canceled' ? 'canceled' : 'expired', reason };
  }

  /** An execution that may be ours. One whose order is not known yet waits for it; it is never discarded. */
  fill(step: Step, fill: FillReport): void {
    const order =
      fill.clientOrderId === undefined
        ? this.#orders.byVenueOrderId(fill.symbol, fill.venueOrderId)
        : this.#orders.get(fill.clientOrderId);
    if (order === undefined) this.#hold(step, fill);
    else if (this.#acknowledge(step, order, fill.venueOrderId, false)) {
      this.#book(step, order, fill);
      this.settle(step, order);
    }
  }

  /** Tells an end whose fills are all booked, or asks for the ones that are missing. */
  settle(step: Step, order: OwnOrder): void {
    if (order.executed > order.filled) pursue(order.lookup, step.at);
    else if (order.ending !== undefined && !isTerminal(order.status)) {
      step.tell(order, {
        type: order.ending.type,
        cumulativeQuantity: formatQuantity(order.rules, order.filled),
        reason: order.ending.reason,
      });
    }
    this.#orders.refile(order);
  }

  lookedUp(step: Step, order: OwnOrder, outcome: LookupOutcome): void {
    const askedAt = order.lookup.issuedAt;
    order.lookup.issuedAt = undefined;
    order.lookup.wanted = false;
    if (outcome.kind === 'found') {
      const attempts = order.lookup.attempts;
      this.report(step, order, outcome.report, outcome.fills);
      if (order.lookup.wanted) this.#again(step, order, attempts);
    } else if (outcome.kind === 'failed') this.#again(step, order, order.lookup.attempts);
    else this.#notFound(step, order, askedAt);
    this.#orders.refile(order);
  }

  #notFound(step: Step, order: OwnOrder, askedAt: number | undefined): void {
    const id = order.venueOrder.clientOrderId;
    if (order.status !== 'UNRESOLVED' || order.unresolvedAt === undefined) {
      if (order.venueOrderId === undefined && isTerminal(order.status)) return;
      order.negatives += 1;
      if (order.negatives === 2) {
        step.alert(
          'order-vanished',
          'critical',
          `order ${id}: the venue acknowledged it and does not find it any more`,
        );
      }
      this.#again(step, order, order.lookup.attempts);
      return;
    }
    const windowEnd = order.unresolvedAt + this.#timing.recvWindowMicros + this.#timing.lookupMarginMicros;
    if (askedAt !== undefined && askedAt >= windowEnd) order.negatives += 1;
    // An execution that nobody owns may be this order's: while there is one, absence is not proved.
    const doubt = [...this.#unmatched.values()].some(
      (fill) =>
        fill.symbol === order.venueOrder.symbol && fill.at >= order.verdict.issuedAt - this.#timing.lookupMarginMicros,
    );
    if (order.negatives >= 2 && !doubt) {
      step.tell(order, {
        type: 'expired',
        cumulativeQuantity: '0',
        reason: 'never reached the venue (two negative look-ups after the window)',
      });
      return;
    }
    this.#again(step, order, order.lookup.attempts);
    // The window's end is the first moment at which an answer counts; after it the second one follows soon.
    if (step.at < windowEnd) order.lookup.dueAt = Math.min(order.lookup.dueAt, windowEnd);
    else if (order.negatives === 1) order.lookup.dueAt = step.at + backoffMicros(1);
  }

  #again(step: Step, order: OwnOrder, attempts: number): void {
    order.lookup.wanted = true;
    order.lookup.attempts = attempts;
    order.lookup.dueAt = step.at + backoffMicros(attempts);
  }

  /** Evidence that the venue has the order. False when it cannot be this order's. */
  #acknowledge(step: Step, order: OwnOrder, venueOrderId: string, open: boolean): boolean {
    const id = order.venueOrder.clientOrderId;
    if (order.venueOrderId === venueOrderId) return true;
    if (order.venueOrderId !== undefined) {
      step.alert(
        'second-venue-order',
        'critical',
        `client order id ${id} names ${venueOrderId} at the venue, and ${order.venueOrderId} before: one intent, two orders`,
      );
      return false;
    }
    this.#orders.setVenueOrderId(order, venueOrderId);
    order.acknowledgedAt = step.at;
    order.unresolvedAt = undefined;
    order.negatives = 0;
    if (isTerminal(order.status)) {
      step.alert(
        'order-alive',
        'critical',
        `order ${id} was taken for ${order.status}, and the venue has it as ${venueOrderId}`,
      );
      if (open) {
        pursue(order.cancel, step.at);
        pursue(order.lookup, step.at);
      }
    } else {
      step.tell(order, { type: 'accepted', venueOrderId });
      if (order.cancel.wanted) order.cancel.dueAt = step.at;
    }
    this.#drain(step, order);
    return true;
  }

  #drain(step: Step, order: OwnOrder): void {
    for (const [key, fill] of this.#unmatched) {
      if (fill.symbol !== order.venueOrder.symbol || fill.venueOrderId !== order.venueOrderId) continue;
      this.#unmatched.delete(key);
      this.#book(step, order, fill);
    }
  }

  #hold(step: Step, fill: FillReport): void {
    const key = `${fill.symbol} ${fill.venueOrderId} ${fill.tradeId}`;
    if (this.#unmatched.has(key)) return;
    if (this.#unmatched.size >= BRIDGE_LIMITS.unmatchedFillsMax) {
      step.alert(
        'too-many-external-fills',
        'critical',
        `execution ${fill.tradeId} of ${fill.symbol} is not ours and there is no room to remember it`,
      );
      return;
    }
    this.#unmatched.set(key, fill);
    for (const order of this.#orders.live()) {
      if (order.venueOrderId === undefined && order.status === 'UNRESOLVED') pursue(order.lookup, step.at);
    }
  }

  #book(step: Step, order: OwnOrder, fill: FillReport): void {
    if (order.trades.has(fill.tradeId)) return;
    const amount = fillAmount(order, fill);
    const id = order.venueOrder.clientOrderId;
    if (amount === undefined) {
      step.alert(
        'unreadable-fill',
        'critical',
        `order ${id}: execution ${fill.tradeId} of ${fill.quantity} at ${fill.price}, fee ${fill.fee} ${fill.feeCurrency}`,
      );
      return;
    }
    order.trades.add(fill.tradeId);
    order.filled = quantityLots(order.filled + amount.quantity);
    this.#books.book(order.verdict.instrument, amount);
    if (order.filled > order.quantity) {
      step.alert('overfilled', 'critical', `order ${id}: ${order.filled} lots executed of ${order.quantity} approved`);
    }
    const body = {
      type: 'fill' as const,
      state: order.filled >= order.quantity ? ('filled' as const) : ('partially-filled' as const),
      side: fill.side,
      tradeId: fill.tradeId,
      price: formatPrice(order.rules, amount.price),
      quantity: formatQuantity(order.rules, amount.quantity),
      cumulativeQuantity: formatQuantity(order.rules, order.filled),
      fee: formatMoney(amount.fee),
      feeCurrency: fill.feeCurrency,
      liquidity: fill.liquidity,
    };
    step.tell(order, body, { discriminator: fill.tradeId, tsEvent: fill.at });
  }
}

function fillAmount(order: OwnOrder, fill: FillReport): FillAmount | undefined {
  const price = parsePrice(order.rules, fill.price);
  const quantity = parseQuantity(order.rules, fill.quantity);
  const fee = parseMoney(fill.fee);
  if (
    !price.ok ||
    !quantity.ok ||
    !fee.ok ||
    quantity.value <= 0 ||
    fee.value < 0n ||
    fill.side !== order.venueOrder.side
  ) {
    return undefined;
  }
  return {
    side: fill.side,
    price: price.value,
    quantity: quantity.value,
    fee: fee.value,
    feeCurrency: fill.feeCurrency,
  };
}
