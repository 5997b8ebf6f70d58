import { MARKET_KINDS, type MarketKind, type QualityWindow, token, venueSymbol } from '@portcullis/contracts';
import type { InputError } from '@portcullis/kernel';
import { describeInputError } from '@portcullis/kernel';
import type { DataStream } from '@portcullis/market';
import { ARCHIVE_COLUMNS } from '../columns.ts';
import type { Cursor } from './cursor.ts';

/** What the quality ledger answers: the windows of an instrument that begin in `[from, to)`, in any order. */
export interface QualityWindows {
  read(query: {
    readonly venue: string;
    readonly symbol: string;
    readonly from: number;
    readonly to: number;
    readonly streams?: readonly DataStream[];
  }): Promise<readonly QualityWindow[]>;
}

/** What to read. What is absent narrows nothing; what is named must be there. */
export interface ReadRequest {
  readonly venues?: readonly string[];
  /** Gaps of the instruments come along unasked: see `gaps`. */
  readonly kinds?: readonly MarketKind[];
  /** As the venue spells them. */
  readonly symbols?: readonly string[];
  /** Microseconds of `tsEvent`: `[from, to)`. */
  readonly from?: number;
  readonly to?: number;
  /** Columns to read besides `tsEvent` and `seq`, of the kinds that have them; all of them when absent. Only for batches. */
  readonly columns?: readonly string[];
  /** Goes on after this place, exactly. */
  readonly after?: Cursor;
  /** Leaves out the windows below `least`, and those that are not in the ledger; a gap stands for each stretch left out. */
  readonly quality?: { readonly ledger: QualityWindows; readonly least: 'GOOD' | 'DEGRADED' };
  /** Gap events, of the collectors and of the quality filter. Default true. */
  readonly gaps?: boolean;
}

/** A request that cannot be meant. */
export class ReadRequestError extends Error {
  override readonly name = 'ReadRequestError';
  readonly errors: readonly InputError[];

  constructor(errors: readonly InputError[]) {
    super(`cannot read: ${errors.map(describeInputError).join('; ')}`);
    this.errors = errors;
  }
}

/** Throws {@link ReadRequestError} with everything that is wrong. */
export function checkRequest(request: ReadRequest): void {
  const errors = [
    ...names('venues', request.venues, 'letters, digits, _ and -, at most 64', (name) => token.safeParse(name).success),
    ...names('symbols', request.symbols, "a venue's symbol", (name) => venueSymbol.safeParse(name).success),
    ...names('kinds', request.kinds, `one of ${MARKET_KINDS.join(', ')}`, (name) =>
      MARKET_KINDS.some((k) => k === name),
    ),
    ...time('from', request.from),
    ...time('to', request.to),
    ...columns(request),
    ...cursor(request.after),
  ];
  if (errors.length === 0 && request.from !== undefined && request.to !== undefined && request.to < request.from) {
    errors.push({ field: 'to', value: String(request.to), expected: `at least from (${request.from})` });
  }
  if (request.gaps === false && request.kinds?.includes('gap') === true) {
    errors.push({ field: 'gaps', value: 'false', expected: "true where kinds has 'gap'" });
  }
  const least: string | undefined = request.quality?.least;
  if (least !== undefined && least !== 'GOOD' && least !== 'DEGRADED') {
    errors.push({ field: 'quality.least', value: least, expected: 'GOOD or DEGRADED' });
  }
  if (errors.length > 0) throw new ReadRequestError(errors);
}

function names(
  field: string,
  given: readonly string[] | undefined,
  expected: string,
  good: (name: string) => boolean,
): InputError[] {
  if (given === undefined) return [];
  if (given.length === 0) return [{ field, value: '[]', expected: 'at least one, or nothing at all' }];
  return given.filter((name) => !good(name)).map((value) => ({ field, value, expected }));
}

function time(field: string, value: number | undefined): InputError[] {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return [];
  return [{ field, value: String(value), expected: 'whole microseconds since 1970' }];
}

function columns({ columns: asked, kinds = MARKET_KINDS }: ReadRequest): InputError[] {
  if (asked === undefined) return [];
  const known = new Set(kinds.flatMap((kind) => ARCHIVE_COLUMNS[kind]?.map(({ name }) => name) ?? []));
  const expected = `one of ${[...known].join(', ')}`;
  return asked.filter((name) => !known.has(name)).map((value) => ({ field: 'columns', value, expected }));
}

function cursor(after: Cursor | undefined): InputError[] {
  if (after === undefined) return [];
  return (['tsEvent', 'seq', 'index'] as const)
    .filter((field) => !Number.isSafeInteger(after[field]) || after[field] < 0)
    .map((field) => ({ field: `after.${field}`, value: String(after[field]), expected: 'a whole number from 0' }));
}
