import { MICROS_PER_SECOND } from '@portcullis/kernel';
import type { IntentMemory } from './intent-memory.ts';
import type { LedgerOrder, OrderLedger } from './order-ledger.ts';
import type { OrderRates } from './order-rates.ts';

/** Between two rounds. */
const INTERVAL_MICROS = 10 * MICROS_PER_SECOND;
/** The longest window that a rate may have: what is older counts in none. */
const RATE_WINDOW_MICROS_MAX = 86_400 * MICROS_PER_SECOND;
/** How long an order may be unresolved, or a verdict unanswered, before a person is told. It is never assumed to be over. */
const OVERDUE_MICROS = 30 * MICROS_PER_SECOND;

/** Forgets what cannot matter any more, and notices orders that have been in doubt for too long. */
export class Housekeeping {
  readonly #parts: { readonly ledger: OrderLedger; readonly memory: IntentMemory; readonly rates: OrderRates };
  #next = 0;
  #told = new Set<string>();

  constructor(parts: { readonly ledger: OrderLedger; readonly memory: IntentMemory; readonly rates: OrderRates }) {
    this.#parts = parts;
  }

  /** Does a round when one is due. Returns a sentence for every order that became overdue. */
  at(now: number): string[] {
    if (now < this.#next) return [];
    this.#next = now + INTERVAL_MICROS;
    const { ledger, memory, rates } = this.#parts;
    memory.prune(now, (clientOrderId) => ledger.isOpen(clientOrderId));
    rates.prune(now - RATE_WINDOW_MICROS_MAX);
    const overdue = [...ledger.open.values()].filter((order) => inDoubt(order) && now - order.since > OVERDUE_MICROS);
    const fresh = overdue.filter((order) => !this.#told.has(order.clientOrderId));
    this.#told = new Set(overdue.map((order) => order.clientOrderId));
    return fresh.map(
      (order) =>
        `order ${order.clientOrderId} of run ${order.runId} is ${order.status ?? 'approved and unanswered'} for more than 30 s`,
    );
  }
}

function inDoubt(order: LedgerOrder): boolean {
  return order.status === undefined || order.status === 'SUBMITTED' || order.status === 'UNRESOLVED';
}
