// Holds what the bridge tells against the venue's ledger. Imports no core code.
import type { CheckedEntry } from './ledger-entry.ts';
import type { InvariantId, Violation } from './violation.ts';

interface AtVenue {
  accepted: boolean;
  ended: boolean;
  readonly fills: Map<string, { readonly price: string; readonly quantity: string }>;
}

interface ToldEvent {
  readonly type: string;
  readonly eventId: string;
  readonly clientOrderId: string;
  readonly tradeId?: string;
  readonly price?: string;
  readonly quantity?: string;
  readonly reason?: string;
  readonly state?: string;
}

/**
 * S8: an order is told as ended only when it has ended at the venue, and as absent only when it never arrives there.
 * S9: each fill that is told happened, and is told under one id. S10: no break is reported where nothing is broken.
 */
export class EventChecker {
  readonly #orders = new Map<string, AtVenue>();
  /** Orders of which it was told that the venue does not have them. */
  readonly #absent = new Map<string, string>();
  readonly #fillEvents = new Map<string, string>();
  violation: Violation | undefined;

  takeLedger(entry: CheckedEntry): void {
    const id = entry.type === 'received' ? String(entry.order['clientOrderId']) : entry.clientOrderId;
    const order = this.#orders.get(id) ?? { accepted: false, ended: false, fills: new Map() };
    this.#orders.set(id, order);
    if (entry.type === 'received') {
      const told = this.#absent.get(id);
      if (told !== undefined && entry.accepted) {
        this.#fail('S8', entry.at, `order ${id} reached the venue after it was told as ${told}`);
      }
      order.accepted ||= entry.accepted;
    } else if (entry.type === 'fill') order.fills.set(entry.tradeId, { price: entry.price, quantity: entry.quantity });
    else order.ended = true;
  }

  /** Takes a message of the stream of order events, stored at `at`. */
  takeEvent(body: string, at: number): void {
    const event = JSON.parse(body) as ToldEvent;
    const order = this.#orders.get(event.clientOrderId);
    const absent =
      event.type === 'lapsed' ||
      event.type === 'rejected' ||
      (event.type === 'expired' && event.reason?.startsWith('never reached') === true);
    if (absent) {
      if (order?.accepted === true) {
        this.#fail(
          'S8',
          at,
          `order ${event.clientOrderId} lives at the venue and was told as ${event.type} (${event.reason ?? ''})`,
        );
      }
      this.#absent.set(event.clientOrderId, event.type);
    } else if (event.type === 'canceled' || event.type === 'expired' || event.state === 'filled') {
      if (order?.ended !== true) {
        this.#fail('S8', at, `order ${event.clientOrderId} was told as ${event.type} before it ended at the venue`);
      }
    }
    if (event.type === 'fill') this.#onFill(event, order, at);
  }

  /** Takes a message of the stream of reconciliations. Nobody but us trades on the account, so a break is a false alarm. */
  takeSnapshot(body: string, at: number): void {
    const { breaks } = JSON.parse(body) as { readonly breaks: readonly unknown[] };
    if (breaks.length > 0) this.#fail('S10', at, `a break was reported where there is none: ${JSON.stringify(breaks)}`);
  }

  #onFill(event: ToldEvent, order: AtVenue | undefined, at: number): void {
    const key = `${event.clientOrderId} ${event.tradeId ?? ''}`;
    const fill = order?.fills.get(event.tradeId ?? '');
    if (
      fill === undefined ||
      Number(fill.price) !== Number(event.price) ||
      Number(fill.quantity) !== Number(event.quantity)
    ) {
      this.#fail(
        'S9',
        at,
        `fill ${key} of ${event.quantity ?? ''} at ${event.price ?? ''} never happened at the venue`,
      );
    }
    const told = this.#fillEvents.get(key);
    if (told !== undefined && told !== event.eventId) this.#fail('S9', at, `fill ${key} was told under two ids`);
    this.#fillEvents.set(key, event.eventId);
  }

  #fail(invariant: InvariantId, at: number, what: string): void {
    this.violation ??= { invariant, at, what };
  }
}
