import type { BridgeTiming } from './bridge-config.ts';
import { ANSWER_MICROS_MAX, BACKOFF, backoffMicros } from './bridge-config.ts';
import type { CancelOutcome } from './bridge-input.ts';
import type { OrderEvidence } from './order-evidence.ts';
import { isTerminal } from './order-state.ts';
import { type OwnOrder, type OwnOrders, type Pursuit, pursue } from './own-orders.ts';
import type { Step } from './step.ts';

/** Sends what is due: look-ups and cancels, each order's one at a time, again after a pause that doubles. */
export function issueDue(step: Step, orders: OwnOrders, timing: BridgeTiming): void {
  for (const order of orders.active) {
    const { clientOrderId, symbol } = order.venueOrder;
    const venueOrderId = order.venueOrderId === undefined ? {} : { venueOrderId: order.venueOrderId };
    if (take(order.cancel, step.at)) step.effects.push({ type: 'cancel', clientOrderId, symbol, ...venueOrderId });
    if (take(order.lookup, step.at)) step.effects.push({ type: 'lookup', clientOrderId, symbol, ...venueOrderId });
    const waited = order.unresolvedAt === undefined ? 0 : step.at - order.unresolvedAt;
    if (order.status === 'UNRESOLVED' && !order.unresolvedAlerted && waited >= timing.unresolvedAlertMicros) {
      order.unresolvedAlerted = true;
      step.alert(
        'order-unresolved',
        'critical',
        `order ${clientOrderId} has been unresolved for ${Math.round(waited / 1_000_000)} s: ask the venue about it`,
      );
    }
  }
}

function take(pursuit: Pursuit, at: number): boolean {
  if (!pursuit.wanted || pursuit.dueAt > at) return false;
  if (pursuit.issuedAt !== undefined && at - pursuit.issuedAt < ANSWER_MICROS_MAX) return false;
  pursuit.issuedAt = at;
  pursuit.attempts += 1;
  return true;
}

/** Questions of an earlier incarnation have no answer any more. */
export function forgetQuestions(order: OwnOrder): void {
  for (const pursuit of [order.lookup, order.cancel]) {
    pursuit.issuedAt = undefined;
    pursuit.attempts = 0;
    pursuit.dueAt = 0;
  }
}

export function cancelAnswered(step: Step, order: OwnOrder, outcome: CancelOutcome, evidence: OrderEvidence): void {
  order.cancel.issuedAt = undefined;
  // Even an accepted cancel is only believed once the order's end is reported, so it is asked again, but slowly.
  order.cancel.dueAt =
    step.at + (outcome.kind === 'accepted' ? BACKOFF.lastMicros : backoffMicros(order.cancel.attempts));
  if (outcome.kind !== 'failed' && isTerminal(order.status)) order.cancel.wanted = false;
  if (outcome.kind === 'accepted' && outcome.report !== undefined) evidence.report(step, order, outcome.report, []);
  // While the send itself is under way, "unknown" may only mean that the cancel was faster.
  else if (outcome.kind !== 'failed' && order.status !== 'SUBMITTED') pursue(order.lookup, step.at);
}
