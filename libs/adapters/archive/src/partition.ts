import { MARKET_KINDS, type MarketKind, token, venueSymbol, dateString } from '@portcullis/contracts';

/** The events of one kind of one instrument on one UTC day (of `tsEvent`). */
export interface Partition {
  readonly venue: string;
  readonly kind: MarketKind;
  readonly symbol: string;
  /** `YYYY-MM-DD`. */
  readonly date: string;
}

const DAY_MICROS = 86_400_000_000;

/** The UTC date of a time in microseconds. */
export function dateOf(micros: number): string {
  return new Date(Math.floor(micros / 1000)).toISOString().slice(0, 10);
}

/** Bounds `[from, to)` of a UTC date in microseconds. */
export function boundsOf(date: string): { readonly from: number; readonly to: number } {
  const from = Date.parse(`${date}T00:00:00Z`) * 1000;
  return { from, to: from + DAY_MICROS };
}

/** `venue=V/kind=K/symbol=S/date=D`, values percent-encoded as Hive does, without a slash at its end. */
export function partitionPath({ venue, kind, symbol, date }: Partition): string {
  return `venue=${encodeURIComponent(venue)}/kind=${kind}/symbol=${encodeURIComponent(symbol)}/date=${date}`;
}

/** The key of a data file. */
export function fileKey(partition: Partition, name: string): string {
  return `${partitionPath(partition)}/${name}`;
}

/** Where the manifests of a partition stand; readers of the plain layout skip folders that begin with `_`. */
export function manifestFolder(partition: Partition): string {
  return `_manifests/${partitionPath(partition)}/`;
}

/** The key of one generation of a partition's manifest. */
export function manifestKey(partition: Partition, generation: number): string {
  return `${manifestFolder(partition)}${String(generation).padStart(8, '0')}.json`;
}

/** The key of the quality ledger of one instrument and day. */
export function qualityKey(day: Pick<Partition, 'venue' | 'symbol' | 'date'>): string {
  return `_quality/venue=${encodeURIComponent(day.venue)}/symbol=${encodeURIComponent(day.symbol)}/date=${day.date}.json`;
}

const FOLDERS = /^(?:_manifests\/)?venue=([^/]+)\/kind=([^/]+)\/symbol=([^/]+)\/date=([^/]+)(?:\/|$)/;

/** The partition that a key belongs to; undefined for what is none of the archive's. */
export function partitionOfKey(key: string): Partition | undefined {
  const [, venue, kind, symbol, date] = FOLDERS.exec(key) ?? [];
  if (venue === undefined || kind === undefined || symbol === undefined || date === undefined) return undefined;
  const known = MARKET_KINDS.find((name) => name === kind);
  let decoded: { venue: string; symbol: string };
  try {
    decoded = { venue: decodeURIComponent(venue), symbol: decodeURIComponent(symbol) };
  } catch {
    return undefined;
  }
  const good =
    token.safeParse(decoded.venue).success &&
    venueSymbol.safeParse(decoded.symbol).success &&
    dateString.safeParse(date).success;
  return known === undefined || !good ? undefined : { ...decoded, kind: known, date };
}
