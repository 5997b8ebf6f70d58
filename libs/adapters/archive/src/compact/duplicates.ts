import type { MarketKind } from '@portcullis/contracts';
import { ARCHIVE_COLUMNS } from '../columns.ts';
import { type Duck, sqlName } from '../duck.ts';
import { columnList, hashSum } from '../write/parquet-file.ts';
import { wholeOrder } from '../write/write-segment.ts';
import { readFiles } from './proof.ts';

/** Rows to leave out: each has a row like it that comes before it and stays. */
export interface Duplicates {
  readonly rows: number;
  /** Sum of their hashes. */
  readonly hash: bigint;
  /** Trades of one id that do not agree: the first one stays. */
  readonly conflicts: number;
}

/** Bars of one start and period that do not agree. Which of them is right is not for a compaction to say. */
export interface BarConflict {
  readonly start: number;
  readonly period: number;
  readonly rows: number;
}

/** What makes two rows one: the identity, and among rows that are alike in it the first by the whole order stays. */
function identityOf(kind: MarketKind): string {
  const all = columnList(kind);
  switch (kind) {
    case 'trade':
      // Without an id, only a row that is equal in everything is the same trade.
      return `"tradeId", CASE WHEN "tradeId" = '' THEN row(${all}) END`;
    case 'bar':
      return '"start", "period"';
    case 'quote':
    case 'delta':
    case 'snapshot':
    case 'mark':
    case 'funding':
    case 'gap':
      return all;
    default:
      return kind satisfies never;
  }
}

function ranked(kind: MarketKind, paths: readonly string[]): string {
  return `(SELECT ${columnList(kind)}, row_number() OVER (PARTITION BY ${identityOf(kind)} ORDER BY ${wholeOrder({ kind })}) AS "rank"
    FROM ${readFiles(paths)})`;
}

/** The rows that stay, in the order of a file. */
export function withoutDuplicates(kind: MarketKind, paths: readonly string[]): string {
  return `SELECT ${columnList(kind)} FROM ${ranked(kind, paths)} WHERE "rank" = 1 ORDER BY ${wholeOrder({ kind })}`;
}

/** Counts and hashes what {@link withoutDuplicates} leaves out. */
export async function duplicatesOf(duck: Duck, kind: MarketKind, paths: readonly string[]): Promise<Duplicates> {
  const [removed] = await duck.rows(
    `SELECT count(*) AS rows, ${hashSum(kind)} AS hash FROM ${ranked(kind, paths)} WHERE "rank" > 1`,
  );
  const rows = Number(removed?.['rows'] ?? 0);
  const conflicts = kind === 'trade' && rows > 0 ? await tradeConflicts(duck, paths) : 0;
  return { rows, hash: (removed?.['hash'] ?? 0n) as bigint, conflicts };
}

async function tradeConflicts(duck: Duck, paths: readonly string[]): Promise<number> {
  const [answer] = await duck.rows(
    `SELECT count(*) AS conflicts FROM (SELECT "tradeId" FROM ${readFiles(paths)} WHERE "tradeId" <> ''
     GROUP BY "tradeId" HAVING count(DISTINCT row(${sameScale('price', 'priceScale')}, ${sameScale('quantity', 'quantityScale')}, "aggressor")) > 1)`,
  );
  return Number(answer?.['conflicts'] ?? 0);
}

const SCALE_MAX = 18;

/** A scaled value at the largest scale, so that 1.5 and 1.50 are equal. */
function sameScale(name: string, scale: string): string {
  return `${sqlName(name)}::HUGEINT * (10::HUGEINT ** (${SCALE_MAX} - ${sqlName(scale)}))::HUGEINT`;
}

/** What an import and a collector add themselves: two sources of one bar may differ in it. */
const OWN_COLUMNS = new Set(['seq', 'tsInit', 'start', 'period', 'priceScale', 'quantityScale']);
const PRICES = new Set(['open', 'high', 'low', 'close']);
const QUANTITIES = new Set(['volume', 'takerVolume']);

export async function barConflicts(duck: Duck, paths: readonly string[]): Promise<BarConflict[]> {
  const values = ARCHIVE_COLUMNS.bar
    .map(({ name }) => name)
    .filter((name) => !OWN_COLUMNS.has(name))
    .map((name) => {
      if (PRICES.has(name)) return sameScale(name, 'priceScale');
      return QUANTITIES.has(name) ? sameScale(name, 'quantityScale') : sqlName(name);
    });
  const rows = await duck.rows(
    `SELECT "start", "period", count(*) AS rows FROM ${readFiles(paths)} GROUP BY "start", "period"
     HAVING count(DISTINCT row(${values.join(', ')})) > 1 ORDER BY "start", "period" LIMIT 20`,
  );
  return rows.map((row) => ({ start: Number(row['start']), period: Number(row['period']), rows: Number(row['rows']) }));
}
