import { UserError } from '@portcullis/config';
import { type TimeUnit, TIME_UNITS } from './time-text.ts';

/** What rows of a table can become. */
export const TABLE_KINDS = ['trade', 'quote', 'bar'] as const;
export type TableKind = (typeof TABLE_KINDS)[number];

interface FieldRule {
  readonly needed: boolean;
  /** What may stand behind the column's name. */
  readonly readings: readonly string[];
}

const number = { needed: true, readings: [] } as const;
const optional = { needed: false, readings: [] } as const;
const time = { needed: true, readings: TIME_UNITS } as const;

const FIELDS: Readonly<Record<TableKind, Readonly<Record<string, FieldRule>>>> = {
  trade: {
    ts: time,
    price: number,
    quantity: number,
    side: { needed: false, readings: ['taker', 'maker'] },
    id: optional,
  },
  quote: { ts: time, bid: number, ask: number, bidQuantity: number, askQuantity: number, sequence: optional },
  bar: {
    ts: time,
    open: number,
    high: number,
    low: number,
    close: number,
    volume: number,
    takerVolume: optional,
    quoteVolume: optional,
    count: optional,
  },
};

export interface MappedColumn {
  readonly field: string;
  /** A name, or `#n` for the n-th column of a table without names, counted from 1. */
  readonly column: string;
  readonly reading: string | undefined;
}

export interface ColumnMap {
  readonly kind: TableKind;
  readonly columns: readonly MappedColumn[];
}

/** The unit in which the map says that times are written. */
export function timeUnitOf(map: ColumnMap): TimeUnit | undefined {
  const reading = map.columns.find(({ field }) => field === 'ts')?.reading;
  return TIME_UNITS.find((unit) => unit === reading);
}

/** Reads `ts=timestamp:ms,price=price,…`. Throws a {@link UserError} that names the part, its value and what is expected. */
export function parseColumnMap(kind: TableKind, text: string): ColumnMap {
  const rules = FIELDS[kind];
  const known = Object.keys(rules).join(', ');
  const columns = text.split(',').map((part) => {
    const [, field = '', column = '', reading] = /^([A-Za-z]+)=([^:]+)(?::([a-z]+))?$/.exec(part.trim()) ?? [];
    const rule = Object.hasOwn(rules, field) ? rules[field] : undefined;
    if (rule === undefined) refuse(part, `field=column or field=column:reading, fields of a ${kind}: ${known}`);
    if (reading !== undefined && !rule.readings.includes(reading)) {
      refuse(
        part,
        rule.readings.length === 0 ? `no reading behind ${field}` : `a reading of ${rule.readings.join(', ')}`,
      );
    }
    return { field, column, reading };
  });
  const twice = columns.find(({ field }, index) => columns.findIndex((one) => one.field === field) !== index);
  if (twice !== undefined) refuse(twice.field, 'each field once');
  const missing = Object.entries(rules).filter(
    ([name, { needed }]) => needed && !columns.some((c) => c.field === name),
  );
  if (missing.length > 0) refuse(text, `the columns of ${missing.map(([name]) => name).join(', ')} too`);
  const numbered = columns.filter(({ column }) => column.startsWith('#'));
  if (numbered.length > 0 && numbered.length < columns.length) refuse(text, 'all columns by name or all by #number');
  return { kind, columns };
}

function refuse(value: string, expected: string): never {
  throw new UserError(
    `--columns has ${JSON.stringify(value)}: expected ${expected}`,
    'for example --columns ts=timestamp:ms,price=price,quantity=quantity,side=buyer_maker:maker,id=trade_id',
  );
}
