import type { OrderFilled, SignedVerdict, VenueOrder } from '@portcullis/contracts';
import { type Keyring, verdictSignatureHolds } from '@portcullis/authority';
import { type Decimal, compareDecimals, formatDecimal, parseDecimal, pow10 } from '@portcullis/kernel';
import type { LedgerRecord } from './ledger-file.ts';

/** One order that the venue received, with what is wrong with it. */
export interface OrderFinding {
  readonly clientOrderId: string;
  readonly ledgerSeq: number;
  readonly problem: string;
}

export interface PositionFinding {
  readonly symbol: string;
  readonly ours: string;
  readonly venue: string;
}

/** What the check found. Everything but the counts is empty when all is well. */
export interface LedgerReport {
  /** Orders that the venue ever received, refused ones included. */
  readonly received: number;
  /** Of these, those since the start of the session. */
  readonly receivedInSession: number;
  readonly withoutVerdict: readonly OrderFinding[];
  readonly twice: readonly OrderFinding[];
  /** Older than the oldest verdict that the stream still holds, so that nothing can be said of them. */
  readonly agedOut: number;
  readonly positions: readonly PositionFinding[];
  /** Executions that the venue has and our books lack, or the other way round, by trade id. */
  readonly fillsMissing: readonly string[];
  readonly fillsInvented: readonly string[];
}

export interface LedgerEvidence {
  /** The venue's ledger, in order. */
  readonly records: Iterable<LedgerRecord>;
  /** Every verdict that was ever published, in order. */
  readonly verdicts: Iterable<SignedVerdict>;
  /** Our fills, once per trade id. */
  readonly fills: Iterable<OrderFilled>;
  readonly gateKeys: Keyring;
  /** Our account at the venue. */
  readonly account: string;
  /** Start of the session, epoch microseconds. */
  readonly since: number;
  /** Verdicts issued before this have left the stream; 0 when it is whole. */
  readonly verdictsSince: number;
}

interface Received {
  readonly seq: number;
  readonly at: number;
  readonly parameters: Readonly<Record<string, string>>;
}

interface Book {
  base: Decimal;
  cash: Decimal;
}

const ZERO: Decimal = { units: 0n, scale: 0 };

/**
 * Holds the venue's own ledger against the gate's signed verdicts and our books. It shares no code with the bridge
 * beyond signatures and decimals: it reads the venue's spelling of an order by itself.
 */
export function checkLedger(evidence: LedgerEvidence): LedgerReport {
  const approved = approvedOrders(evidence);
  const withoutVerdict: OrderFinding[] = [];
  const twice: OrderFinding[] = [];
  const seen = new Set<string>();
  const books = new Map<string, Book>();
  const executions = new Set<string>();
  let received = 0;
  let receivedInSession = 0;
  let agedOut = 0;
  for (const record of evidence.records) {
    if (record.type === 'trade') addTrade(record, evidence.account, books, executions);
    const order = receivedOrder(record);
    if (order === undefined) continue;
    received += 1;
    if (order.at >= evidence.since) receivedInSession += 1;
    const clientOrderId = order.parameters['newClientOrderId'] ?? '';
    const finding = { clientOrderId, ledgerSeq: order.seq };
    if (seen.has(clientOrderId)) twice.push({ ...finding, problem: 'the venue received it before' });
    seen.add(clientOrderId);
    const verdict = approved.get(clientOrderId);
    if (verdict === undefined && order.at < evidence.verdictsSince) agedOut += 1;
    else {
      const problem = problemOf(verdict, order);
      if (problem !== undefined) withoutVerdict.push({ ...finding, problem });
    }
  }
  return { received, receivedInSession, withoutVerdict, twice, agedOut, ...compareBooks(evidence, books, executions) };
}

type Approval =
  { readonly kind: 'good'; readonly order: VenueOrder } | { readonly kind: 'bad'; readonly problem: string };

/** What each client order id was approved for. A verdict whose signature does not hold approves nothing. */
function approvedOrders({ verdicts, gateKeys }: LedgerEvidence): Map<string, Approval> {
  const found = new Map<string, Approval>();
  const ids = new Map<string, string>();
  for (const signed of verdicts) {
    const { verdict } = signed;
    if (verdict.decision !== 'approved') continue;
    const { clientOrderId } = verdict.venueOrder;
    if (!verdictSignatureHolds(gateKeys, signed)) {
      if (!found.has(clientOrderId)) {
        found.set(clientOrderId, { kind: 'bad', problem: 'its verdict has no signature of the gate' });
      }
      continue;
    }
    // The same verdict may be in the stream twice; two different ones for one order would be two approvals.
    const before = ids.get(clientOrderId);
    if (before !== undefined && before !== verdict.verdictId) {
      found.set(clientOrderId, { kind: 'bad', problem: 'two verdicts approve it' });
    } else if (before === undefined) found.set(clientOrderId, { kind: 'good', order: verdict.venueOrder });
    ids.set(clientOrderId, verdict.verdictId);
  }
  return found;
}

function receivedOrder(record: LedgerRecord): Received | undefined {
  if (record.type !== 'order-accepted' && record.type !== 'order-refused') return undefined;
  const { parameters = {} } = (record['request'] ?? {}) as { parameters?: Record<string, string> };
  return { seq: record.seq, at: record.at, parameters };
}

function problemOf(approval: Approval | undefined, { parameters }: Received): string | undefined {
  if (approval === undefined) return 'no approved verdict names it';
  if (approval.kind === 'bad') return approval.problem;
  const differences = Object.entries(wireOf(approval.order)).filter(
    ([name, value]) => !sameValue(parameters[name], value),
  );
  const [first] = differences;
  if (first !== undefined) {
    return `${first[0]} was approved as ${first[1] ?? '(absent)'} and received as ${parameters[first[0]] ?? '(absent)'}`;
  }
  const extra = Object.keys(parameters).find(
    (name) =>
      !(name in wireOf(approval.order)) &&
      !HARMLESS.has(name) &&
      !(name === 'selfTradePreventionMode' && PREVENTING.has(parameters[name] ?? '')),
  );
  return extra === undefined ? undefined : `${extra} was received and never approved`;
}

/** Parameters that are about the request and not about the order. */
const HARMLESS = new Set(['timestamp', 'recvWindow', 'newOrderRespType', 'signature', 'apiKey']);

/** Against trading with ourselves: each of them can only make an order smaller. */
const PREVENTING = new Set(['EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH']);

const TYPES = { limit: 'LIMIT', market: 'MARKET', 'stop-limit': 'STOP_LOSS_LIMIT' } as const;

/** The order as this venue spells it. Every member has to be received so; undefined has to be absent. */
function wireOf(order: VenueOrder): Record<string, string | undefined> {
  const isMaker = order.postOnly && order.type === 'limit';
  return {
    newClientOrderId: order.clientOrderId,
    symbol: order.symbol,
    side: order.side === 'buy' ? 'BUY' : 'SELL',
    type: isMaker ? 'LIMIT_MAKER' : TYPES[order.type],
    timeInForce: isMaker || order.type === 'market' ? undefined : order.timeInForce,
    quantity: order.quantity,
    quoteOrderQty: undefined,
    price: order.price,
    stopPrice: order.stopPrice,
    icebergQty: undefined,
  };
}

function sameValue(received: string | undefined, approved: string | undefined): boolean {
  if (received === approved) return true;
  if (received === undefined || approved === undefined) return false;
  const [a, b] = [parseDecimal(received), parseDecimal(approved)];
  return a.ok && b.ok && compareDecimals(a.value, b.value) === 0;
}

function addTrade(record: LedgerRecord, account: string, books: Map<string, Book>, executions: Set<string>): void {
  const { symbol, price, quantity, takerSide, tradeId } = record as unknown as {
    symbol: string;
    price: string;
    quantity: string;
    takerSide: string;
    tradeId: number;
  };
  for (const role of ['taker', 'maker'] as const) {
    const party = record[role] as { account: string; orderId: number } | null;
    if (party?.account !== account) continue;
    executions.add(`${symbol} ${tradeId}`);
    const isBuy = (takerSide === 'BUY') === (role === 'taker');
    bookFill(books, { symbol, isBuy, price, quantity });
  }
}

function bookFill(
  books: Map<string, Book>,
  {
    symbol,
    isBuy,
    price,
    quantity,
  }: { readonly symbol: string; readonly isBuy: boolean; readonly price: string; readonly quantity: string },
): void {
  const book = books.get(symbol) ?? { base: ZERO, cash: ZERO };
  const [amount, rate] = [decimalOf(quantity), decimalOf(price)];
  const value = { units: amount.units * rate.units, scale: amount.scale + rate.scale };
  book.base = add(book.base, isBuy ? amount : negate(amount));
  book.cash = add(book.cash, isBuy ? negate(value) : value);
  books.set(symbol, book);
}

function compareBooks(
  evidence: LedgerEvidence,
  venue: Map<string, Book>,
  executions: Set<string>,
): Pick<LedgerReport, 'positions' | 'fillsMissing' | 'fillsInvented'> {
  const ours = new Map<string, Book>();
  const known = new Set<string>();
  for (const fill of evidence.fills) {
    const symbol = fill.instrument.slice(0, fill.instrument.lastIndexOf('.'));
    bookFill(ours, { symbol, isBuy: fill.side === 'buy', price: fill.price, quantity: fill.quantity });
    known.add(`${symbol} ${fill.tradeId}`);
  }
  const positions = [...new Set([...venue.keys(), ...ours.keys()])].flatMap((symbol) => {
    const [a, b] = [textOf(ours.get(symbol)), textOf(venue.get(symbol))];
    return a === b ? [] : [{ symbol, ours: a, venue: b }];
  });
  return {
    positions,
    fillsMissing: [...executions].filter((id) => !known.has(id)),
    fillsInvented: [...known].filter((id) => !executions.has(id)),
  };
}

function textOf(book: Book | undefined): string {
  const { base, cash } = book ?? { base: ZERO, cash: ZERO };
  return `${formatDecimal(base.units, base.scale)} for ${formatDecimal(cash.units, cash.scale)}`;
}

function decimalOf(text: string): Decimal {
  const parsed = parseDecimal(text);
  if (!parsed.ok) throw new Error(`the ledger holds ${JSON.stringify(text)} where a decimal belongs`);
  return parsed.value;
}

function add(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { units: a.units * pow10(scale - a.scale) + b.units * pow10(scale - b.scale), scale };
}

function negate({ units, scale }: Decimal): Decimal {
  return { units: -units, scale };
}
