import type { Violation } from './violation.ts';

/** What the services say once nothing moves any more. Quantities in units of the ledger's scale, ids of orders. */
export interface ClaimedBooks {
  /** Positions by who claims them: `riskd account`, `bridge account`, `livyd run.R`, … with the ledger's number beside. */
  readonly positions: readonly { readonly who: string; readonly claimed: bigint; readonly ledger: bigint }[];
  /** Balances by currency, expected by the bridge and held at the venue. */
  readonly balances: readonly {
    readonly currency: string;
    readonly claimed: bigint | undefined;
    readonly venue: bigint;
  }[];
  /** Client ids of orders that are open at the venue. */
  readonly openAtVenue: readonly string[];
  readonly openAtBridge: readonly string[];
  /** Orders that riskd still keeps exposure for. */
  readonly reservedAtGate: readonly string[];
  readonly unresolved: readonly string[];
  /** What keeps the platform from working although nothing is broken any more. */
  readonly stuck: readonly string[];
}

/** After healing (L1, L4, S10, S14): nothing is unknown, nothing is stuck, and all books equal the ledger. */
export function checkBooks(books: ClaimedBooks, at: number): Violation[] {
  const violations: Violation[] = [];
  const unequal = (name: string, claimed: readonly string[]): void => {
    const [ours, venue] = [[...claimed].sort().join(' '), [...books.openAtVenue].sort().join(' ')];
    if (ours !== venue) {
      violations.push({ invariant: 'S10', at, what: `${name}: [${ours}], open at the venue: [${venue}]` });
    }
  };
  for (const id of books.unresolved) violations.push({ invariant: 'L1', at, what: `order ${id} is still unresolved` });
  for (const what of books.stuck) violations.push({ invariant: 'L4', at, what });
  for (const { who, claimed, ledger } of books.positions) {
    if (claimed !== ledger) {
      violations.push({ invariant: 'S10', at, what: `position of ${who} is ${claimed}, by the ledger ${ledger}` });
    }
  }
  for (const { currency, claimed, venue } of books.balances) {
    if (claimed !== venue) {
      violations.push({
        invariant: 'S10',
        at,
        what: `balance of ${currency}: the bridge expects ${String(claimed)}, the venue has ${venue}`,
      });
    }
  }
  unequal('working orders of the bridge', books.openAtBridge);
  unequal('orders that riskd reserves for', books.reservedAtGate);
  return violations;
}
