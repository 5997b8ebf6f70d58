import type { JournalHead, OrderEvent } from '@portcullis/contracts';
import { contentHash, derivedId } from '@portcullis/kernel';
import type { BridgeEffect, RefusalReason } from './bridge-effect.ts';
import type { BridgeInput } from './bridge-input.ts';
import type { OwnOrder } from './own-orders.ts';
import { isTerminal, statusAfter } from './order-state.ts';

type Distributive<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
type CommonField =
  | 'version'
  | 'eventId'
  | 'account'
  | 'runId'
  | 'strategy'
  | 'instrument'
  | 'clientOrderId'
  | 'intentId'
  | 'verdictId'
  | 'bridgeEpoch'
  | 'cause'
  | 'tsEvent'
  | 'tsInit'
  | 'head';

/** The part of an order event that its kind adds. */
export type OrderEventBody = Distributive<OrderEvent, CommonField>;

/** Whose order an event is about: an own order, or a verdict that never became one. */
export type EventOwner = Pick<
  OwnOrder['verdict'],
  'account' | 'runId' | 'strategy' | 'instrument' | 'intentId' | 'verdictId'
>;

/** The refusals and effects of one input, and the identity of what it causes. */
export class Step {
  readonly at: number;
  readonly effects: BridgeEffect[] = [];
  readonly head: JournalHead;
  readonly #input: BridgeInput;
  readonly bridgeEpoch: number;
  readonly #counters: Map<string, number>;
  #cause: string | undefined;

  constructor(
    input: BridgeInput,
    head: JournalHead,
    bridge: { readonly epoch: number; readonly counters: Map<string, number> },
  ) {
    this.at = input.at;
    this.head = head;
    this.#input = input;
    this.bridgeEpoch = bridge.epoch;
    this.#counters = bridge.counters;
  }

  refuse(reason: RefusalReason, detail: string): void {
    this.#counters.set(reason, (this.#counters.get(reason) ?? 0) + 1);
    this.effects.push({ type: 'refused', reason, detail: detail.slice(0, 500) });
  }

  alert(name: string, severity: 'warning' | 'critical', summary: string): void {
    this.effects.push({ type: 'alert', name, severity, summary: summary.slice(0, 500) });
  }

  /** Tells what happened to an order and moves its state. `discriminator` makes the id when a kind can happen more than once. */
  tell(
    order: OwnOrder,
    body: OrderEventBody,
    detail: { readonly discriminator?: string; readonly tsEvent?: number } = {},
  ): void {
    const event = this.event(order.verdict, order.venueOrder.clientOrderId, body, detail);
    const ended = isTerminal(order.status);
    order.status = statusAfter(order.status, event);
    if (!ended && isTerminal(order.status)) order.cancel.wanted = false;
    this.effects.push({ type: 'order-event', event });
  }

  event(
    owner: EventOwner,
    clientOrderId: string,
    body: OrderEventBody,
    detail: { readonly discriminator?: string; readonly tsEvent?: number } = {},
  ): OrderEvent {
    return {
      version: 1,
      eventId: derivedId('order-event', owner.account, clientOrderId, body.type, detail.discriminator ?? ''),
      account: owner.account,
      runId: owner.runId,
      strategy: owner.strategy,
      instrument: owner.instrument,
      clientOrderId,
      intentId: owner.intentId,
      verdictId: owner.verdictId,
      bridgeEpoch: this.bridgeEpoch,
      cause: this.#causeHash(),
      tsEvent: detail.tsEvent ?? this.at,
      tsInit: this.at,
      head: this.head,
      ...body,
    };
  }

  #causeHash(): string {
    this.#cause ??= contentHash(this.#input.type === 'verdict' ? this.#input.signed : this.#input);
    return this.#cause;
  }
}
