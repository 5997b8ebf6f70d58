import { readStream, streamSpan } from '@portcullis/bus';
import { keyring } from '@portcullis/authority';
import {
  type DeadLetter,
  type OrderEvent,
  type OrderFilled,
  type ReconSnapshot,
  type SignedVerdict,
  type Status,
  orderEventSchema,
  reconSnapshotSchema,
  signedVerdictSchema,
} from '@portcullis/contracts';
import { ed25519Verifier } from '@portcullis/kernel';
import type { BusConnection } from '@portcullis/bus';
import { type LedgerReport, checkLedger } from '../ledger-check.ts';
import { type LedgerRecord, readLedger } from '../ledger-file.ts';
import { ACCOUNT, type Plan, ledgerDirOf } from './configs.ts';

/** How long the last fills may take to reach our books before a difference counts. */
const SETTLE_MS_MAX = 10_000;
const SETTLE_POLL_MS = 300;
const MICROS_PER_SECOND = 1_000_000;

/** What a session came to. Counts are of this session; the checks are of everything that the state holds. */
export interface FinalNumbers {
  readonly marketEvents: number;
  readonly intents: number;
  readonly approved: number;
  readonly denied: number;
  readonly deniedByCode: Readonly<Record<string, number>>;
  readonly fills: number;
  readonly venueOrders: number;
  readonly venueOrdersChecked: number;
  readonly venueOrdersWithoutVerdict: number;
  readonly venueOrdersTwice: number;
  readonly venueOrdersAgedOut: number;
  readonly unresolved: number;
  readonly positionBreaks: number;
  readonly deadLetters: number;
  readonly secondsToFirstFill: number | null;
  /** Sentences about what is wrong; empty when all is well. */
  readonly findings: readonly string[];
}

/** What the streams say. */
interface StreamCounts {
  readonly intents: number;
  readonly deadLetters: number;
  readonly verdicts: SignedVerdict[];
  readonly verdictsSince: number;
  readonly sessionVerdicts: SignedVerdict[];
  readonly fills: OrderFilled[];
  readonly sessionFills: number;
  readonly firstFillAt: number | undefined;
  readonly unresolved: number;
  readonly breaks: string[];
}

/** The newest sequence of the market stream, to count from. */
export async function marketSequence(bus: BusConnection): Promise<number> {
  return (await streamSpan(bus, 'MARKET')).lastSequence;
}

/**
 * Reads streams and the venue's ledger and holds them against each other, again and again until they agree or ten
 * seconds have passed: what the venue did last is still on its way to our books.
 */
export async function finalNumbers(
  bus: BusConnection,
  plan: Plan,
  session: { readonly since: number; readonly marketFrom: number },
): Promise<FinalNumbers> {
  const deadline = Date.now() + SETTLE_MS_MAX;
  for (;;) {
    const numbers = await readOnce(bus, plan, session);
    if (numbers.findings.length === 0 || Date.now() > deadline) return numbers;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_POLL_MS));
  }
}

async function readOnce(
  bus: BusConnection,
  plan: Plan,
  { since, marketFrom }: { readonly since: number; readonly marketFrom: number },
): Promise<FinalNumbers> {
  // The ledger first: everything in it was caused by something that the streams have by then.
  const records: LedgerRecord[] = [];
  readLedger(ledgerDirOf(plan.layout), (record) => records.push(record));
  const counts = await readCounts(bus, since);
  const gateKeys = keyring([ed25519Verifier(plan.keys.gatePublicKey)]);
  const report = checkLedger({
    records,
    verdicts: counts.verdicts,
    fills: counts.fills,
    gateKeys,
    account: ACCOUNT,
    since,
    verdictsSince: counts.verdictsSince,
  });
  const denied = counts.sessionVerdicts.flatMap(({ verdict }) =>
    verdict.decision === 'denied' ? [verdict.denial.code] : [],
  );
  return {
    marketEvents: Math.max(0, (await marketSequence(bus)) - marketFrom),
    intents: counts.intents,
    approved: counts.sessionVerdicts.length - denied.length,
    denied: denied.length,
    deniedByCode: tally(denied),
    fills: counts.sessionFills,
    venueOrders: report.receivedInSession,
    venueOrdersChecked: report.received,
    venueOrdersWithoutVerdict: report.withoutVerdict.length,
    venueOrdersTwice: report.twice.length,
    venueOrdersAgedOut: report.agedOut,
    unresolved: counts.unresolved,
    positionBreaks: report.positions.length + counts.breaks.length,
    deadLetters: counts.deadLetters,
    secondsToFirstFill:
      counts.firstFillAt === undefined
        ? null
        : Math.round((counts.firstFillAt - since) / (MICROS_PER_SECOND / 100)) / 100,
    findings: [
      ...findingsOf(report),
      ...counts.breaks,
      ...(counts.unresolved > 0 ? [`${counts.unresolved} orders are unresolved`] : []),
    ],
  };
}

function findingsOf({ withoutVerdict, twice, positions, fillsMissing, fillsInvented }: LedgerReport): string[] {
  return [
    ...withoutVerdict.map(
      ({ clientOrderId, ledgerSeq, problem }) =>
        `order ${clientOrderId} (ledger ${ledgerSeq}) has no approval: ${problem}`,
    ),
    ...twice.map(
      ({ clientOrderId, ledgerSeq }) => `order ${clientOrderId} reached the venue again (ledger ${ledgerSeq})`,
    ),
    ...positions.map(({ symbol, ours, venue }) => `position ${symbol}: ours ${ours}, the venue's ${venue}`),
    ...fillsMissing.slice(0, 20).map((id) => `execution ${id} is not in our books`),
    ...fillsInvented.slice(0, 20).map((id) => `execution ${id} is not in the venue's ledger`),
  ];
}

async function readCounts(bus: BusConnection, since: number): Promise<StreamCounts> {
  const intents = new Set<string>();
  await readStream(bus, 'INTENTS', ({ data, storedAt }) => {
    const { intentId } = parsed<{ intentId?: string }>(data);
    if (storedAt >= since && intentId !== undefined) intents.add(intentId);
  });
  const verdicts = await readVerdicts(bus, since);
  const orders = await readOrders(bus, since);
  let deadLetters = 0;
  await readStream(bus, 'DEAD', ({ data, storedAt }) => {
    if (storedAt >= since && parsed<Partial<DeadLetter>>(data).service !== undefined) deadLetters += 1;
  });
  const newest = new Map<string, ReconSnapshot>();
  await readStream(bus, 'RECON', ({ data }) => {
    const snapshot = reconSnapshotSchema.safeParse(parsed(data));
    if (snapshot.success) newest.set(snapshot.data.account, snapshot.data);
  });
  const breaks = [...newest.values()].flatMap((snapshot) =>
    snapshot.breaks.map(
      ({ kind, subject, ours, venue }) =>
        `the bridge reports a break: ${kind} ${subject}, ours ${ours}, the venue's ${venue}`,
    ),
  );
  return { intents: intents.size, deadLetters, breaks, ...verdicts, ...orders };
}

async function readVerdicts(
  bus: BusConnection,
  since: number,
): Promise<Pick<StreamCounts, 'verdicts' | 'verdictsSince' | 'sessionVerdicts'>> {
  const verdicts: SignedVerdict[] = [];
  const session = new Map<string, SignedVerdict>();
  let firstAt = 0;
  const span = await readStream(bus, 'VERDICTS', ({ data, storedAt }) => {
    if (firstAt === 0) firstAt = storedAt;
    const signed = signedVerdictSchema.safeParse(parsed(data));
    if (!signed.success) return;
    verdicts.push(signed.data);
    if (storedAt >= since) session.set(signed.data.verdict.verdictId, signed.data);
  });
  return { verdicts, verdictsSince: span.firstSequence > 1 ? firstAt : 0, sessionVerdicts: [...session.values()] };
}

async function readOrders(
  bus: BusConnection,
  since: number,
): Promise<Pick<StreamCounts, 'fills' | 'sessionFills' | 'firstFillAt' | 'unresolved'>> {
  const fills = new Map<string, OrderFilled>();
  const events = new Set<string>();
  const unresolved = new Set<string>();
  let sessionFills = 0;
  let firstFillAt: number | undefined;
  await readStream(bus, 'ORDERS', ({ data, storedAt }) => {
    const event = orderEventSchema.safeParse(parsed(data));
    if (!event.success || events.has(event.data.eventId)) return;
    events.add(event.data.eventId);
    follow(unresolved, event.data);
    if (event.data.type !== 'fill') return;
    const key = `${event.data.clientOrderId} ${event.data.tradeId}`;
    if (fills.has(key)) return;
    fills.set(key, event.data);
    if (storedAt < since) return;
    sessionFills += 1;
    firstFillAt ??= storedAt;
  });
  return { fills: [...fills.values()], sessionFills, firstFillAt, unresolved: unresolved.size };
}

/** An order is unresolved from the event that says so to the next evidence of any kind. */
function follow(unresolved: Set<string>, { type, clientOrderId }: OrderEvent): void {
  if (type === 'unresolved') unresolved.add(clientOrderId);
  else unresolved.delete(clientOrderId);
}

function parsed<T>(data: Uint8Array): T {
  try {
    return (JSON.parse(new TextDecoder().decode(data)) ?? {}) as T;
  } catch {
    // A body that is no JSON was buried by its reader, and counts there.
    return {} as T;
  }
}

function tally(codes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

/** The decision hash of every run, as livyd last told it. */
export function decisionHashes(status: Status | undefined): Record<string, string> {
  return Object.fromEntries((status?.runs ?? []).map(({ runId, decisionHash }) => [runId, decisionHash]));
}
