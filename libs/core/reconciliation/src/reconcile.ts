import type { Break } from '@portcullis/contracts';
import { type Money, addMoney, formatMoney, parseMoney } from '@portcullis/kernel';
import type { BalanceReport, FillReport, OrderReport } from './report.ts';

/** One order as our books have it. */
export interface OurOrder {
  readonly clientOrderId: string;
  readonly venueOrderId: string | undefined;
  readonly symbol: string;
  /** `in-flight`: not yet acknowledged. `working`: the venue said that it has it. */
  readonly standing: 'in-flight' | 'working' | 'ended';
  /** When the venue's acknowledgement reached us, microseconds; undefined while there is none. */
  readonly acknowledgedAt: number | undefined;
  readonly trades: ReadonlySet<string>;
}

/** What our books say, to be held against a sweep. */
export interface OurBooks {
  readonly working: readonly OurOrder[];
  byClientOrderId(id: string): OurOrder | undefined;
  byVenueOrderId(symbol: string, id: string): OurOrder | undefined;
  /** Whether a client order id looks like one of ours, also when we have no record of it. */
  isOwnId(clientOrderId: string): boolean;
  readonly expectedBalances: ReadonlyMap<string, Money>;
}

/** One look at the venue. What a failed query left out is missing here, and missing means unknown. */
export interface Sweep {
  readonly complete: boolean;
  /** When the first of its queries was sent, microseconds. */
  readonly issuedAt: number;
  readonly openOrders: readonly OrderReport[];
  readonly fills: readonly FillReport[];
  readonly balances: readonly BalanceReport[];
}

/** What follows from a sweep. Nothing in it is an assumption: orders that are not listed are asked for. */
export interface Findings {
  /** Open at the venue and ours: evidence. */
  readonly reports: readonly OrderReport[];
  /** Ours and not booked yet. */
  readonly missedFills: readonly { readonly clientOrderId: string; readonly fill: FillReport }[];
  /** Open in our books and not in the list: to be looked up. */
  readonly lookups: readonly string[];
  /** Open at the venue under an id that looks ours, but we have no record of it. */
  readonly strays: readonly OrderReport[];
  readonly externalOrders: number;
  /** Executions of orders that we do not know by their venue id. */
  readonly unmatchedFills: readonly FillReport[];
  /** Currencies whose balance cannot be believed: missing, unreadable, or zero where we expect something. */
  readonly unknownBalances: readonly string[];
  readonly differences: readonly Break[];
}

/** Holds our books against a sweep. Pure: applying the findings and asking again finds nothing new. */
export function reconcile(ours: OurBooks, sweep: Sweep): Findings {
  return {
    ...orderFindings(ours, sweep),
    ...fillFindings(ours, sweep.fills),
    ...balanceFindings(ours.expectedBalances, sweep),
  };
}

function orderFindings(
  ours: OurBooks,
  sweep: Sweep,
): Pick<Findings, 'reports' | 'strays' | 'externalOrders' | 'lookups'> {
  const reports: OrderReport[] = [];
  const strays: OrderReport[] = [];
  let externalOrders = 0;
  const listed = new Set<string>();
  for (const report of sweep.openOrders) {
    if (ours.byClientOrderId(report.clientOrderId) !== undefined) {
      reports.push(report);
      listed.add(report.clientOrderId);
    } else if (ours.isOwnId(report.clientOrderId)) strays.push(report);
    else externalOrders += 1;
  }
  // An order that was acknowledged after the list was asked for may rightly not be in it.
  const missing = ours.working.filter(
    (order) =>
      order.acknowledgedAt !== undefined && order.acknowledgedAt < sweep.issuedAt && !listed.has(order.clientOrderId),
  );
  return {
    reports,
    strays,
    externalOrders,
    lookups: sweep.complete ? missing.map((order) => order.clientOrderId) : [],
  };
}

function fillFindings(ours: OurBooks, fills: readonly FillReport[]): Pick<Findings, 'missedFills' | 'unmatchedFills'> {
  const missedFills: { clientOrderId: string; fill: FillReport }[] = [];
  const unmatchedFills: FillReport[] = [];
  const seen = new Set<string>();
  for (const fill of fills) {
    const order =
      fill.clientOrderId === undefined
        ? ours.byVenueOrderId(fill.symbol, fill.venueOrderId)
        : ours.byClientOrderId(fill.clientOrderId);
    const key = `${fill.symbol} ${fill.venueOrderId} ${fill.tradeId}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (order === undefined) unmatchedFills.push(fill);
    else if (!order.trades.has(fill.tradeId)) missedFills.push({ clientOrderId: order.clientOrderId, fill });
  }
  return { missedFills, unmatchedFills };
}

function balanceFindings(
  expected: ReadonlyMap<string, Money>,
  sweep: Sweep,
): Pick<Findings, 'unknownBalances' | 'differences'> {
  const totals = reportedTotals(sweep.balances);
  const unknownBalances: string[] = [];
  const differences: Break[] = [];
  for (const [currency, ours] of expected) {
    const venue = totals.get(currency);
    // Venues leave out currencies that hold nothing, and have shown zero for accounts that were full: neither says flat.
    if (venue === undefined || venue === 0n) {
      if (ours !== 0n) unknownBalances.push(currency);
    } else if (venue !== ours) {
      differences.push({ kind: 'balance', subject: currency, ours: formatMoney(ours), venue: formatMoney(venue) });
    }
  }
  return { unknownBalances, differences };
}

/** Free plus locked of every currency that can be read exactly. */
export function reportedTotals(balances: readonly BalanceReport[]): ReadonlyMap<string, Money> {
  const totals = new Map<string, Money>();
  for (const { currency, free, locked } of balances) {
    const available = parseMoney(free);
    const held = parseMoney(locked);
    if (available.ok && held.ok) totals.set(currency, addMoney(available.value, held.value));
  }
  return totals;
}
