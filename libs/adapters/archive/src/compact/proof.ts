import type { MarketKind } from '@portcullis/contracts';
import { sortColumns } from '../columns.ts';
import { type Duck, sqlName, sqlText } from '../duck.ts';
import { hashSum, rowsHashText } from '../write/parquet-file.ts';

/** What the rows of files really are, read back. */
export interface RowFacts {
  readonly rows: number;
  readonly rowsHash: string;
  readonly tsEventMin: number;
  readonly tsEventMax: number;
  readonly seqMin: number;
  readonly seqMax: number;
  /** Rows that come before the row that stands before them. */
  readonly unsorted: number;
  /** Rows that are equal by the sort columns to the one before them. */
  readonly ties: number;
  /** Rows whose identity is not above that of the row before them; 0 proves that there are no duplicates. */
  readonly suspects: number;
}

/** A list of files as SQL's `read_parquet` takes it; rows come in the order of the list and of each file. */
export function readFiles(paths: readonly string[]): string {
  return `read_parquet([${paths.map(sqlText).join(', ')}], hive_partitioning = false)`;
}

/** Reads all rows of files, one after the other. Two queries, because only the hash can be taken on several threads. */
export async function rowFacts(duck: Duck, kind: MarketKind, paths: readonly string[]): Promise<RowFacts> {
  const [[hashed], [ordered]] = await Promise.all([
    duck.rows(
      `SELECT count(*) AS rows, ${hashSum(kind)} AS hash, min("tsEvent") AS "tsEventMin", max("tsEvent") AS "tsEventMax",
       min(seq) AS "seqMin", max(seq) AS "seqMax" FROM ${readFiles(paths)}`,
    ),
    duck.rows(orderQuery(kind, paths)),
  ]);
  const number = (row: Record<string, unknown> | undefined, name: string): number => Number(row?.[name] ?? 0);
  return {
    rows: number(hashed, 'rows'),
    rowsHash: rowsHashText((hashed?.['hash'] ?? 0n) as bigint),
    tsEventMin: number(hashed, 'tsEventMin'),
    tsEventMax: number(hashed, 'tsEventMax'),
    seqMin: number(hashed, 'seqMin'),
    seqMax: number(hashed, 'seqMax'),
    unsorted: number(ordered, 'unsorted'),
    ties: number(ordered, 'ties'),
    suspects: number(ordered, 'suspects'),
  };
}

/**
 * Counts on one pass over the rows in their order. Trade ids that grow from row to row (shorter before longer, then by
 * their letters: the order of decimal numbers) are distinct; whatever does not is looked into by {@link duplicatesOf}.
 */
function orderQuery(kind: MarketKind, paths: readonly string[]): string {
  const columns = sortColumns(kind);
  const read = kind === 'trade' ? [...columns, 'tradeId'] : columns;
  const names = read.map(sqlName).join(', ');
  const before = read.map((name) => `lag(${sqlName(name)}) OVER () AS ${sqlName(`${name}Before`)}`).join(', ');
  const equal = columns.map((name) => `${sqlName(name)} = ${sqlName(`${name}Before`)}`).join(' AND ');
  return `SELECT count_if(${isBelow(columns)}) AS unsorted, count_if(${equal}) AS ties, count_if(${suspicion(kind, equal)}) AS suspects
    FROM (SELECT ${names}, ${before} FROM ${readFiles(paths)})`;
}

/** `(a, b, c) < (aBefore, bBefore, cBefore)`, written out because comparing structs is slower. */
function isBelow([first, ...rest]: readonly string[]): string {
  if (first === undefined) return 'false';
  const [here, before] = [sqlName(first), sqlName(`${first}Before`)];
  return `(${here} < ${before} OR (${here} = ${before} AND ${isBelow(rest)}))`;
}

function suspicion(kind: MarketKind, equal: string): string {
  switch (kind) {
    case 'trade':
      return `NOT (length("tradeId") > length("tradeIdBefore") OR (length("tradeId") = length("tradeIdBefore") AND "tradeId" > "tradeIdBefore"))`;
    case 'bar':
      // Few rows: all of them are looked into.
      return 'true';
    case 'quote':
    case 'delta':
    case 'snapshot':
    case 'mark':
    case 'funding':
    case 'gap':
      return equal;
    default:
      return kind satisfies never;
  }
}
