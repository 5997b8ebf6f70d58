import type { OrderEvent } from '@portcullis/contracts';
import { unreachable } from '@portcullis/kernel';

/** Where an order stands. `UNRESOLVED` is a state of its own: neither success nor rejection. */
export type OrderStatus =
  | 'SUBMITTED'
  | 'ACCEPTED'
  | 'PARTIALLY_FILLED'
  | 'FILLED'
  | 'CANCELED'
  | 'EXPIRED'
  | 'REJECTED'
  | 'UNRESOLVED'
  | 'LAPSED';

/** Terminal states absorb (S9): nothing but late fills, which still count, happens after them. */
export const TERMINAL_STATUSES: readonly OrderStatus[] = ['FILLED', 'CANCELED', 'EXPIRED', 'REJECTED', 'LAPSED'];

export function isTerminal(status: OrderStatus): boolean {
  return TERMINAL_STATUSES.includes(status);
}

/**
 * The status after an event. `current` is undefined before the first event. A terminal status stays, whatever
 * arrives after it, except that evidence of life (a fill) of an order taken for dead is the caller's to book.
 */
export function statusAfter(current: OrderStatus | undefined, event: OrderEvent): OrderStatus {
  if (current !== undefined && isTerminal(current)) {
    return event.type === 'fill' && event.state === 'filled' ? 'FILLED' : current;
  }
  switch (event.type) {
    case 'submitted':
      return current ?? 'SUBMITTED';
    case 'accepted':
      return current === 'PARTIALLY_FILLED' ? current : 'ACCEPTED';
    case 'fill':
      return event.state === 'filled' ? 'FILLED' : 'PARTIALLY_FILLED';
    case 'canceled':
      return 'CANCELED';
    case 'expired':
      return 'EXPIRED';
    case 'rejected':
      return 'REJECTED';
    case 'unresolved':
      return 'UNRESOLVED';
    case 'lapsed':
      return 'LAPSED';
    default:
      return unreachable(event);
  }
}
