import type { Break, ReconSnapshot } from '@portcullis/contracts';
import { MICROS_PER_SECOND, formatDecimal, parseDecimal, required } from '@portcullis/kernel';
import { formatQuantity } from '@portcullis/market';
import {
  type AccountBooks,
  BreakWatch,
  type Findings,
  SIGHTINGS_APART_MICROS,
  reconcile,
  reportedTotals,
} from '@portcullis/reconciliation';
import { ANSWER_MICROS_MAX, type BridgeConfig } from './bridge-config.ts';
import type { FillsFrom } from './bridge-effect.ts';
import type { BridgeInput, SweepReason } from './bridge-input.ts';
import { isOwnClientOrderId } from './client-order-id.ts';
import type { OrderEvidence } from './order-evidence.ts';
import { isTerminal } from './order-state.ts';
import { type OwnOrders, ourOrderOf, pursue } from './own-orders.ts';
import type { Step } from './step.ts';

export type SweepInput = Extract<BridgeInput, { type: 'sweep' }>;

/** The most urgent first: what waits is asked under the highest of its reasons. */
const URGENCY: readonly SweepReason[] = ['kill', 'start', 'reconnect', 'periodic'];
/** Before a sweep that failed, or a difference that may be a race, is looked at again. */
const AGAIN_MICROS = MICROS_PER_SECOND;
const LISTED_MAX = { orders: 1000, balances: 500, positions: 500, breaks: 500 } as const;

/** Sweeps of the venue: when one is due, what it says about our books, and what the gate is told of it. */
export class Sweeps {
  readonly #config: BridgeConfig;
  readonly #orders: OwnOrders;
  readonly #books: AccountBooks;
  readonly #evidence: OrderEvidence;
  readonly #watch = new BreakWatch();
  /** Where the next listing of executions starts, by symbol: one sweep behind, so that a trade that shows late is still listed. */
  readonly #cursors = new Map<string, { readonly from: string | undefined; readonly seen: string | undefined }>();
  readonly #wanted = new Set<SweepReason>();
  #issued: { readonly reason: SweepReason; readonly at: number } | undefined;
  #dueAt = 0;
  #since: number | undefined;
  /** Fills booked when the books last agreed with a whole sweep: later ones are a reason to look again. */
  #sweptFillCount = 0;
  #reconciled = false;

  constructor(parts: {
    readonly config: BridgeConfig;
    readonly orders: OwnOrders;
    readonly books: AccountBooks;
    readonly evidence: OrderEvidence;
  }) {
    this.#config = parts.config;
    this.#orders = parts.orders;
    this.#books = parts.books;
    this.#evidence = parts.evidence;
  }

  /** Whether this incarnation has held its books against the venue, completely, once. */
  get reconciled(): boolean {
    return this.#reconciled;
  }

  restart(at: number): void {
    this.#issued = undefined;
    this.#wanted.clear();
    this.#dueAt = at;
    this.#reconciled = false;
    this.#since ??= at;
  }

  want(step: Step, reason: SweepReason): void {
    this.#wanted.add(reason);
    this.#dueAt = Math.min(this.#dueAt, step.at);
  }

  /** Asks for a sweep when one is due and none is on its way. */
  issueDue(step: Step): void {
    if (this.#issued !== undefined && step.at - this.#issued.at < ANSWER_MICROS_MAX) return;
    // Before the first start there is no moment from which executions could be ours.
    if (this.#since === undefined || step.at < this.#dueAt) return;
    const busy =
      this.#books.fillCount !== this.#sweptFillCount ||
      this.#orders.live().some((order) => order.status !== 'SUBMITTED');
    if (this.#wanted.size === 0 && (busy || this.#watch.doubtful)) this.#wanted.add('periodic');
    const reason = URGENCY.find((candidate) => this.#wanted.has(candidate));
    if (reason === undefined) return;
    this.#wanted.delete(reason);
    this.#issued = { reason, at: step.at };
    this.#dueAt = step.at + this.#config.timing.sweepEveryMicros;
    step.effects.push({ type: 'sweep', reason, fillsFrom: this.#fillsFrom() });
  }

  #fillsFrom(): FillsFrom[] {
    const since = required(this.#since, 'first start');
    return this.#config.instruments.map(({ symbol }) => {
      const from = this.#cursors.get(symbol)?.from;
      return { symbol, since, ...(from === undefined ? {} : { tradeId: from }) };
    });
  }

  /** Holds our books against a sweep and tells the gate. Returns when its queries began, for who waits for a later one. */
  take(step: Step, sweep: SweepInput): { readonly issuedAt: number; readonly findings: Findings } {
    const issuedAt = this.#issued?.at ?? step.at;
    this.#issued = undefined;
    this.#applyEvidence(step, sweep, issuedAt);
    this.#takeBaselines(sweep);
    const findings = this.#findings(sweep, issuedAt);
    for (const id of findings.lookups) {
      const order = this.#orders.get(id);
      if (order !== undefined) pursue(order.lookup, step.at);
    }
    if (sweep.complete) this.#advanceCursors(sweep);
    const complete = sweep.complete && findings.unknownBalances.length === 0;
    if (sweep.complete && !complete) {
      step.alert(
        'balance-unknown',
        'warning',
        `the venue reports nothing for ${findings.unknownBalances.join(', ')}: unknown, not flat`,
      );
    }
    const moment = { issuedAt, at: step.at, fillCount: this.#books.fillCount, inDoubt: this.#inDoubt() };
    const differences = complete ? [...findings.differences, ...this.#orderDifferences(findings)] : [];
    const breaks = complete ? this.#watch.confirm(differences, moment) : [];
    if (breaks.length > 0) {
      step.alert(
        'break',
        'critical',
        breaks.map((item) => `${item.kind} ${item.subject}: ours ${item.ours}, venue ${item.venue}`).join('; '),
      );
    }
    this.#reconciled ||= complete;
    if (complete) this.#sweptFillCount = this.#books.fillCount;
    step.effects.push({
      type: 'recon',
      snapshot: this.#snapshot(step, sweep, { complete, breaks, externalOrders: findings.externalOrders }),
    });
    this.#schedule(step, sweep, complete);
    return { issuedAt, findings };
  }

  #schedule(step: Step, sweep: SweepInput, complete: boolean): void {
    if (!complete && sweep.reason !== 'periodic') this.#wanted.add(sweep.reason);
    if (!complete) this.#dueAt = Math.min(this.#dueAt, step.at + AGAIN_MICROS);
    else if (this.#wanted.size > 0) this.#dueAt = step.at;
    else if (this.#watch.doubtful) this.#dueAt = Math.min(this.#dueAt, step.at + SIGHTINGS_APART_MICROS);
  }

  /** Asks again soon, for whoever is not satisfied with the last sweep. */
  wantSoon(step: Step, reason: SweepReason): void {
    this.#wanted.add(reason);
    this.#dueAt = Math.min(this.#dueAt, step.at + AGAIN_MICROS);
  }

  #applyEvidence(step: Step, sweep: SweepInput, issuedAt: number): void {
    const { reports, missedFills, unmatchedFills } = this.#findings(sweep, issuedAt);
    for (const { fill } of missedFills) this.#evidence.fill(step, fill);
    for (const fill of unmatchedFills) this.#evidence.fill(step, fill);
    for (const report of reports) {
      const order = this.#orders.get(report.clientOrderId);
      if (order !== undefined) this.#evidence.report(step, order, report, []);
    }
  }

  #findings(sweep: SweepInput, issuedAt: number): Findings {
    const ours = {
      working: this.#orders.live().map(ourOrderOf),
      byClientOrderId: (id: string) => view(this.#orders.get(id)),
      byVenueOrderId: (symbol: string, id: string) => view(this.#orders.byVenueOrderId(symbol, id)),
      isOwnId: isOwnClientOrderId,
      expectedBalances: this.#books.expected(),
    };
    return reconcile(ours, { ...sweep, issuedAt });
  }

  #takeBaselines(sweep: SweepInput): void {
    if (!sweep.complete) return;
    for (const [currency, total] of reportedTotals(sweep.balances)) {
      if (this.#books.currencies().has(currency)) this.#books.takeBaseline(currency, total);
    }
  }

  /** Whether some order may have executed what we have not booked: its outcome is open, or fills of it are missing. */
  #inDoubt(): boolean {
    for (const order of this.#orders.active) {
      if (order.executed > order.filled) return true;
      if (order.venueOrderId === undefined && !isTerminal(order.status)) return true;
    }
    return false;
  }

  #orderDifferences(findings: Findings): Break[] {
    const strays = findings.strays.map((report): Break => ({
      kind: 'order',
      subject: report.clientOrderId,
      ours: 'unknown',
      venue: `open as ${report.venueOrderId}`.slice(0, 128),
    }));
    const external = this.#evidence.unmatched.map((fill): Break => ({
      kind: 'fill',
      subject: `${fill.symbol} trade ${fill.tradeId}`.slice(0, 128),
      ours: 'none',
      venue: `${fill.side} ${fill.quantity} at ${fill.price}`.slice(0, 128),
    }));
    const vanished = this.#orders
      .live()
      .filter((order) => order.venueOrderId !== undefined && order.negatives >= 2)
      .map((order): Break => ({
        kind: 'order',
        subject: order.venueOrder.clientOrderId,
        ours: order.status,
        venue: 'not found',
      }));
    return [...strays, ...external, ...vanished];
  }

  #advanceCursors(sweep: SweepInput): void {
    for (const { symbol } of this.#config.instruments) {
      const before = this.#cursors.get(symbol)?.seen;
      let seen = before;
      for (const fill of sweep.fills) {
        if (
          fill.symbol === symbol &&
          /^\d+$/.test(fill.tradeId) &&
          (seen === undefined || BigInt(fill.tradeId) > BigInt(seen))
        ) {
          seen = fill.tradeId;
        }
      }
      this.#cursors.set(symbol, { from: before, seen });
    }
  }

  #snapshot(
    step: Step,
    sweep: SweepInput,
    result: { complete: boolean; breaks: readonly Break[]; externalOrders: number },
  ): ReconSnapshot {
    const live = this.#orders.live();
    const ids = (orders: typeof live): string[] =>
      orders.slice(0, LISTED_MAX.orders).map((order) => order.venueOrder.clientOrderId);
    return {
      version: 1,
      account: this.#config.account,
      bridgeEpoch: step.bridgeEpoch,
      reason: sweep.reason,
      at: step.at,
      complete: result.complete,
      openOrders: ids(live.filter((order) => order.status !== 'UNRESOLVED')),
      externalOrders: result.externalOrders,
      unresolvedOrders: ids(live.filter((order) => order.status === 'UNRESOLVED')),
      balances: sweep.balances.flatMap(listedBalance).slice(0, LISTED_MAX.balances),
      positions: this.#books
        .positions()
        .slice(0, LISTED_MAX.positions)
        .map(({ rules, position }) => ({ instrument: rules.id, quantity: formatQuantity(rules, position.quantity) })),
      breaks: result.breaks.slice(0, LISTED_MAX.breaks),
      head: step.head,
    };
  }
}

function view(order: Parameters<typeof ourOrderOf>[0] | undefined): ReturnType<typeof ourOrderOf> | undefined {
  return order === undefined ? undefined : ourOrderOf(order);
}

/** The balance in the plain spelling of our messages; left out when it cannot be read, which means unknown. */
function listedBalance({
  currency,
  free,
  locked,
}: {
  currency: string;
  free: string;
  locked: string;
}): { currency: string; free: string; locked: string }[] {
  const available = parseDecimal(free);
  const held = parseDecimal(locked);
  if (!available.ok || !held.ok || available.value.units < 0n || held.value.units < 0n) return [];
  return [
    {
      currency: currency.slice(0, 16),
      free: formatDecimal(available.value.units, available.value.scale),
      locked: formatDecimal(held.value.units, held.value.scale),
    },
  ];
}
