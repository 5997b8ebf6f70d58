import type { MarketKind } from '@portcullis/contracts';

/** DuckDB's types that the archive uses. */
export type ColumnType = 'BIGINT' | 'INTEGER' | 'SMALLINT' | 'TINYINT' | 'VARCHAR';

export interface ArchiveColumn {
  readonly name: string;
  readonly type: ColumnType;
}

const column = (name: string, type: ColumnType): ArchiveColumn => ({ name, type });

/** Columns of every kind. Times are microseconds since the epoch; `tsEventNanos` is 0 to 999 beyond `tsEvent`. */
const common: readonly ArchiveColumn[] = [
  column('tsEvent', 'BIGINT'),
  column('seq', 'BIGINT'),
  column('tsInit', 'BIGINT'),
  column('tsEventNanos', 'SMALLINT'),
];
const priceScale = column('priceScale', 'TINYINT');
const quantityScale = column('quantityScale', 'TINYINT');

/** One row for each level of a book event; an event without levels is one row with `count` 0. Side: 1 bid, -1 ask. */
const level: readonly ArchiveColumn[] = [
  column('index', 'INTEGER'),
  column('count', 'INTEGER'),
  column('side', 'TINYINT'),
  column('price', 'BIGINT'),
  column('quantity', 'BIGINT'),
  priceScale,
  quantityScale,
];

/**
 * The columns of each kind's files, schema version 1. Venue and symbol stand in the path. A price is
 * `price × 10^-priceScale`. Side and aggressor: 1 buy, -1 sell, 0 unknown. No column is ever null.
 */
export const ARCHIVE_COLUMNS: Readonly<Record<MarketKind, readonly ArchiveColumn[]>> = {
  quote: [
    ...common,
    column('sequence', 'BIGINT'),
    column('bidPrice', 'BIGINT'),
    column('bidQuantity', 'BIGINT'),
    column('askPrice', 'BIGINT'),
    column('askQuantity', 'BIGINT'),
    priceScale,
    quantityScale,
  ],
  trade: [
    ...common,
    column('tradeId', 'VARCHAR'),
    column('aggressor', 'TINYINT'),
    column('price', 'BIGINT'),
    column('quantity', 'BIGINT'),
    priceScale,
    quantityScale,
  ],
  delta: [...common, column('firstSequence', 'BIGINT'), column('lastSequence', 'BIGINT'), ...level],
  snapshot: [...common, column('sequence', 'BIGINT'), ...level],
  bar: [
    ...common,
    column('period', 'BIGINT'),
    column('start', 'BIGINT'),
    column('open', 'BIGINT'),
    column('high', 'BIGINT'),
    column('low', 'BIGINT'),
    column('close', 'BIGINT'),
    column('volume', 'BIGINT'),
    column('takerVolume', 'BIGINT'),
    column('quoteVolume', 'VARCHAR'),
    column('count', 'BIGINT'),
    priceScale,
    quantityScale,
  ],
  mark: [...common, column('price', 'BIGINT'), column('index', 'BIGINT'), priceScale],
  funding: [...common, column('rate', 'BIGINT'), column('rateScale', 'TINYINT'), column('nextAt', 'BIGINT')],
  gap: [
    ...common,
    column('reason', 'VARCHAR'),
    column('detail', 'VARCHAR'),
    column('stream', 'VARCHAR'),
    column('from', 'BIGINT'),
    column('to', 'BIGINT'),
  ],
};

/** What the rows of a file are sorted by; only book events have an index. */
export function sortColumns(kind: MarketKind): readonly string[] {
  return kind === 'delta' || kind === 'snapshot' ? ['tsEvent', 'seq', 'index'] : ['tsEvent', 'seq'];
}
