// A checker believes nothing of ours: it imports no core code and reads only the venue's ledger and the published verdicts.
import { sortedJson, unitsOf } from './decimals.ts';
import type { CheckedEntry } from './ledger-entry.ts';
import type { Approval, VerdictIndex } from './verdict-index.ts';
import type { InvariantId, Violation } from './violation.ts';

export interface LedgerCheckerOptions {
  readonly verdicts: VerdictIndex;
  /** Digits after the point of quantities. */
  readonly quantityScale: number;
  /** Digits after the point of prices. */
  readonly priceScale: number;
  /** The largest absolute positions, working orders included, by holder: `account` or `run.R`. In units of 10^-quantityScale. */
  readonly positionMax: ReadonlyMap<string, bigint>;
}

interface Live {
  readonly clientOrderId: string;
  readonly approval: Approval | undefined;
  readonly side: 'buy' | 'sell';
  readonly price: bigint | undefined;
  remaining: bigint;
}

interface Exposure {
  position: bigint;
  buys: bigint;
  sells: bigint;
}

/** S1, S2, S3 and S7 on the venue's ledger, entry by entry. Stops at the first violation. */
export class LedgerChecker {
  readonly #options: LedgerCheckerOptions;
  readonly #received = new Set<string>();
  readonly #live = new Map<string, Live>();
  readonly #exposures = new Map<string, Exposure>();
  violation: Violation | undefined;
  /** Orders the venue received, for "orders seen: > 0". */
  ordersSeen = 0;
  fillsSeen = 0;

  constructor(options: LedgerCheckerOptions) {
    this.#options = options;
  }

  take(entry: CheckedEntry): void {
    if (this.violation !== undefined) return;
    if (entry.type === 'received') this.#onReceived(entry);
    else if (entry.type === 'fill') this.#onFill(entry);
    else this.#onEnded(entry.venueOrderId);
    this.#checkPositions(entry.at);
  }

  /** The position by the ledger of a holder: `account` or `run.R`. In units of 10^-quantityScale. */
  position(holder: string): bigint {
    return this.#exposures.get(holder)?.position ?? 0n;
  }

  #fail(invariant: InvariantId, at: number, what: string): void {
    this.violation ??= { invariant, at, what };
  }

  #onReceived(entry: Extract<CheckedEntry, { type: 'received' }>): void {
    this.ordersSeen += 1;
    const id = String(entry.order['clientOrderId']);
    if (this.#received.has(id)) this.#fail('S2', entry.at, `order ${id} reached the venue twice`);
    this.#received.add(id);
    const approvals = this.#options.verdicts.of(id);
    const [approval] = approvals;
    if (approval === undefined || approvals.length !== 1) {
      this.#fail('S1', entry.at, `order ${id} has ${approvals.length} approvals signed by the gate`);
    } else if (sortedJson(approval.order) !== sortedJson(entry.order)) {
      this.#fail('S1', entry.at, `order ${id} is not the approved one: ${sortedJson(entry.order)}`);
    } else if (entry.sentAt >= approval.expiresAt) {
      this.#fail(
        'S1',
        entry.at,
        `order ${id} was sent ${entry.sentAt - approval.expiresAt} µs after its approval expired`,
      );
    }
    if (!entry.accepted) return;
    const side = entry.order['side'] === 'buy' ? 'buy' : 'sell';
    const remaining = unitsOf(String(entry.order['quantity']), this.#options.quantityScale);
    const price = entry.order['price'];
    const limit = typeof price === 'string' ? unitsOf(price, this.#options.priceScale) : undefined;
    const live = { clientOrderId: id, approval, side, remaining, price: limit } as const;
    this.#live.set(entry.venueOrderId, live);
    this.#open(live, remaining);
  }

  #onFill(entry: Extract<CheckedEntry, { type: 'fill' }>): void {
    this.fillsSeen += 1;
    const { at, venueOrderId, side } = entry;
    const quantity = unitsOf(entry.quantity, this.#options.quantityScale);
    const order = this.#live.get(venueOrderId);
    if (order === undefined || quantity > order.remaining) {
      this.#fail('S3', at, `order ${venueOrderId} was filled beyond its quantity`);
    }
    if (order === undefined) return;
    const beyond = order.price === undefined ? 0n : unitsOf(entry.price, this.#options.priceScale) - order.price;
    if (side === 'buy' ? beyond > 0n : beyond < 0n) {
      this.#fail('S3', at, `order ${order.clientOrderId} was filled at ${entry.price}, beyond its limit`);
    }
    const signed = side === 'buy' ? quantity : -quantity;
    if (order.approval?.reduces === true) this.#checkReduction(at, order, signed);
    order.remaining -= quantity;
    this.#open(order, -quantity);
    for (const exposure of this.#of(order)) exposure.position += signed;
  }

  /** A verified reduction takes the account's position towards zero and never through it. */
  #checkReduction(at: number, order: Live, signed: bigint): void {
    const before = this.position('account');
    const after = before + signed;
    const shrinks = before > 0n ? after >= 0n && after < before : after <= 0n && after > before;
    if (!shrinks) this.#fail('S3', at, `reduction ${order.clientOrderId} took the position from ${before} to ${after}`);
  }

  #onEnded(venueOrderId: string): void {
    const order = this.#live.get(venueOrderId);
    if (order === undefined) return;
    this.#open(order, -order.remaining);
    this.#live.delete(venueOrderId);
  }

  #open(order: Live, quantity: bigint): void {
    for (const exposure of this.#of(order)) {
      if (order.side === 'buy') exposure.buys += quantity;
      else exposure.sells += quantity;
    }
  }

  #of({ approval }: Live): Exposure[] {
    return ['account', `run.${approval?.runId ?? ''}`].map((holder) => {
      const exposure = this.#exposures.get(holder) ?? { position: 0n, buys: 0n, sells: 0n };
      this.#exposures.set(holder, exposure);
      return exposure;
    });
  }

  #checkPositions(at: number): void {
    for (const [holder, limit] of this.#options.positionMax) {
      const { position, buys, sells } = this.#exposures.get(holder) ?? { position: 0n, buys: 0n, sells: 0n };
      if (position + buys > limit || sells - position > limit) {
        this.#fail(
          'S7',
          at,
          `position ${position} of ${holder} with ${buys} to buy and ${sells} to sell exceeds ${limit}`,
        );
      }
    }
  }
}
