import { UserError } from '@portcullis/config';
import { MARKET_KINDS, type MarketKind, token, venueSymbol } from '@portcullis/contracts';
import { type ObjectStore, openObjectStore } from '@portcullis/objects';
import { type Flags, type Invocation, UsageError, textOf } from '../command.ts';

export const STORE_DEFAULT = 'file://./data';

export const storeOptions = { store: { type: 'string' } } as const;
export const storeUsage = [
  `  --store URL        file:///folder, file://./folder or s3://bucket/prefix (${STORE_DEFAULT})`,
];

/** Opens the store of `--store` for the time of `use`. */
export async function withStore<T>(flags: Flags, use: (store: ObjectStore) => Promise<T>): Promise<T> {
  const store = openObjectStore(textOf(flags, 'store') ?? STORE_DEFAULT);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** The same of a store that has something in it: one that has not is nearly always a mistyped address. */
export async function withFilledStore<T>(flags: Flags, use: (store: ObjectStore) => Promise<T>): Promise<T> {
  return withStore(flags, async (store) => {
    for await (const _ of store.list('')) return use(store);
    throw new UserError(`the store ${store.url} is empty`, 'look at --store, or import or collect something first');
  });
}

export const rangeOptions = {
  venue: { type: 'string', multiple: true },
  kind: { type: 'string', multiple: true },
  symbol: { type: 'string', multiple: true },
  from: { type: 'string' },
  to: { type: 'string' },
} as const;

export const rangeUsage = [
  '  --venue V          only this venue; may be given more than once, as --kind and --symbol',
  '  --kind K           quote, trade, delta, snapshot, bar, mark, funding or gap',
  '  --symbol S         only this symbol, in the spelling of the venue',
  '  --from T, --to T   events in [from, to): 2021-01-31, 2021-01-31T12:00, or microseconds since 1970',
];

export interface Range {
  readonly venues?: readonly string[];
  readonly kinds?: readonly MarketKind[];
  readonly symbols?: readonly string[];
  readonly from?: number;
  readonly to?: number;
}

/** What `--venue`, `--kind`, `--symbol`, `--from` and `--to` narrow. Throws {@link UsageError} naming the flag. */
export function rangeOf({ flags, lists }: Pick<Invocation, 'flags' | 'lists'>): Range {
  const venues = (lists['venue'] ?? []).map((text) => checkedVenue(text));
  const symbols = (lists['symbol'] ?? []).map((text) => checkedSymbol(text));
  const kinds = (lists['kind'] ?? []).map((text) => oneOf('--kind', text, MARKET_KINDS));
  const from = timeOf(flags, 'from');
  const to = timeOf(flags, 'to');
  if (from !== undefined && to !== undefined && from >= to) {
    throw new UsageError(`--to is ${textOf(flags, 'to') ?? ''}: expected a time after --from`);
  }
  return {
    ...(venues.length > 0 && { venues }),
    ...(symbols.length > 0 && { symbols }),
    ...(kinds.length > 0 && { kinds }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}

export function checkedVenue(text: string): string {
  if (token.safeParse(text).success) return text;
  throw new UsageError(`--venue is ${JSON.stringify(text)}: expected 1 to 64 of A-Z a-z 0-9 _ -`);
}

export function checkedSymbol(text: string): string {
  if (venueSymbol.safeParse(text).success) return text;
  throw new UsageError(`--symbol is ${JSON.stringify(text)}: expected 1 to 64 of A-Z a-z 0-9 _ / : -`);
}

/** The value as one of a list. Throws {@link UsageError} that names all of them. */
export function oneOf<T extends string>(flag: string, text: string, all: readonly T[]): T {
  const found = all.find((one) => one === text);
  if (found !== undefined) return found;
  throw new UsageError(`${flag} is ${JSON.stringify(text)}: expected ${all.join(', ')}`);
}

/** The text of a flag that has to be there. */
export function neededOf(flags: Flags, name: string, expected: string): string {
  const text = textOf(flags, name);
  if (text !== undefined && text !== '') return text;
  throw new UsageError(`--${name} is missing: expected ${expected}`);
}

const DATE = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/;

/** Of the 31st of February a clock makes the 2nd of March. */
function isInCalendar(day: string): boolean {
  const millis = Date.parse(`${day}T00:00:00Z`);
  return millis >= 0 && new Date(millis).toISOString().startsWith(day);
}

/** Microseconds of an ISO time (UTC where it names no zone) or of a count of microseconds. */
export function timeOf(flags: Flags, name: string): number | undefined {
  const text = textOf(flags, name);
  if (text === undefined) return undefined;
  if (/^\d{12,16}$/.test(text) && Number(text) <= Number.MAX_SAFE_INTEGER) return Number(text);
  if (DATE.test(text)) {
    const [, whole = '', fraction = '', zone = ''] =
      /^(.*?)(?:\.(\d+))?(Z|[+-]\d{2}:\d{2})?$/.exec(text.replace(' ', 'T')) ?? [];
    const isDay = !whole.includes('T');
    const millis = Date.parse(isDay ? `${text}T00:00:00Z` : `${whole}${zone === '' ? 'Z' : zone}`);
    if (millis >= 0 && isInCalendar(whole.slice(0, 10))) {
      return millis * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
    }
  }
  throw new UsageError(
    `--${name} is ${JSON.stringify(text)}: expected a time such as 2021-01-31, 2021-01-31T12:00 or 1612094400000000 (microseconds)`,
  );
}

const PERIODS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** Microseconds of `1s`, `1m`, `4h` or `1d`. */
export function intervalOf(flags: Flags, otherwise: string): number {
  const text = textOf(flags, 'interval') ?? otherwise;
  const [, count = '0', unit = 's'] = /^([1-9]\d{0,3})([smhd])$/.exec(text) ?? [];
  const micros = Number(count) * PERIODS[unit as keyof typeof PERIODS] * 1_000_000;
  if (micros > 0) return micros;
  throw new UsageError(`--interval is ${JSON.stringify(text)}: expected a period such as 1s, 1m, 4h or 1d`);
}
