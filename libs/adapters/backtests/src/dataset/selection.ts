import {
  listPartitions,
  type Partition,
  type PartitionFilter,
  partitionsBelow,
  readManifest,
  streamId,
} from '@portcullis/archive';
import type { MarketKind, PartitionManifest } from '@portcullis/contracts';
import { FILL_MODELS, type FillModel } from '@portcullis/fills';
import { contentHash, type InputError } from '@portcullis/kernel';
import type { ObjectStore } from '@portcullis/objects';
import { BacktestError } from '../backtest-error.ts';
import type { DataRequest } from '../request/backtest-request.ts';
import type { DataInfo } from './input-batch.ts';

/** Names listed in a message. */
const LISTED_MAX = 20;
const MANIFESTS_AT_ONCE = 16;

export interface SelectedStream {
  readonly key: string;
  readonly venue: string;
  readonly symbol: string;
  readonly kind: MarketKind;
  readonly partitions: readonly { readonly partition: Partition; readonly manifest: PartitionManifest }[];
}

/** What of each kind a fill model is given where the request names none, the first of them needed. */
type KindsOf = readonly [MarketKind, ...MarketKind[]];
const KINDS_OF: Readonly<Record<FillModel | 'any', KindsOf>> = {
  'next-open': ['bar', 'mark', 'funding'],
  'worst-of': ['bar', 'mark', 'funding'],
  'limit-touch': ['bar', 'mark', 'funding'],
  quotes: ['quote', 'trade', 'mark', 'funding'],
  trades: ['trade', 'quote', 'mark', 'funding'],
  book: ['delta', 'snapshot', 'trade', 'quote', 'mark', 'funding'],
  any: ['quote', 'trade', 'mark', 'funding'],
};

/**
 * The kinds that are read where the request names none. Models on bars: bars, marks, funding. `quotes` and `trades`:
 * both of them, marks, funding. `book`: everything but bars. Without a model: bars where there are only bars, else
 * quotes, trades, marks and funding. Undefined where the first of them, without which nothing fills, is not there.
 */
export function kindsFor(fill: FillModel | undefined, there: ReadonlySet<MarketKind>): MarketKind[] | undefined {
  const onlyBars = !['quote', 'trade'].some((kind) => there.has(kind as MarketKind));
  const wanted = KINDS_OF[fill ?? (onlyBars ? 'next-open' : 'any')];
  const kinds = wanted.filter((kind) => there.has(kind));
  const [needed] = wanted;
  const hasNeeded = there.has(needed) || (needed === 'delta' && there.has('snapshot'));
  return kinds.length > 0 && (hasNeeded || fill === undefined) ? kinds : undefined;
}

/** The streams of a request with their manifests, by key. Throws BacktestError where it selects nothing. */
export async function selectStreams(
  store: ObjectStore,
  request: DataRequest,
  fill: FillModel | undefined,
): Promise<SelectedStream[]> {
  const { venues, symbols, kinds, from, to } = request;
  if (from !== undefined && to !== undefined && from >= to) {
    throw BacktestError.of({ field: 'data.to', value: String(to), expected: `a time after data.from (${from})` });
  }
  const streams = new Map<string, SelectedStream & { partitions: SelectedStream['partitions'][number][] }>();
  const filter = {
    ...(venues && { venues }),
    ...(symbols && { symbols }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
  for await (const { partition, manifest } of manifestsOf(store, filter)) {
    if (manifest === undefined || manifest.files.length === 0) continue;
    const { key, venue, symbol, kind } = streamId(partition);
    let stream = streams.get(key);
    if (stream === undefined) streams.set(key, (stream = { key, venue, symbol, kind, partitions: [] }));
    stream.partitions.push({ partition, manifest });
  }
  const found = [...streams.values()];
  const there = new Set(found.map(({ kind }) => kind));
  const chosen = kinds ?? kindsFor(fill, there);
  await checkNamed(store, request, found);
  if (chosen === undefined) throw await nothingFills(store, request, there, fill);
  const own = new Set<MarketKind>(chosen);
  const instruments = new Set(
    found.filter(({ kind }) => own.has(kind) && kind !== 'gap').map(({ venue, symbol }) => `${symbol}.${venue}`),
  );
  const selected = found
    .filter(({ kind, venue, symbol }) => (own.has(kind) || kind === 'gap') && instruments.has(`${symbol}.${venue}`))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  if (selected.length > 0) return selected;
  throw BacktestError.of({ field: 'data.kinds', value: chosen.join(', '), expected: await whatThereIs(store) });
}

/** Why a selection has nothing that a run could be made of. */
async function nothingFills(
  store: ObjectStore,
  request: DataRequest,
  there: ReadonlySet<MarketKind>,
  fill: FillModel | undefined,
): Promise<BacktestError> {
  const expected = await whatThereIs(store);
  if (there.size === 0) return BacktestError.of({ field: 'data', value: describe(request), expected });
  if (fill === undefined) return BacktestError.of({ field: 'data.kinds', value: [...there].join(', '), expected });
  const fitting = FILL_MODELS.filter((model) => kindsFor(model, there) !== undefined);
  const [needed] = KINDS_OF[fill];
  const others = fitting.length === 0 ? '' : `${fitting.join(', ')}: `;
  return BacktestError.of({
    field: 'fill',
    value: fill,
    expected: `${others}${fill} needs ${needed} events, of which the data has none; it has ${[...there].join(', ')}`,
  });
}

interface Found {
  readonly partition: Partition;
  readonly manifest: PartitionManifest | undefined;
}

/** Manifests in the order of their partitions, some read at once: years of days wait long for a store one by one. */
async function* manifestsOf(store: ObjectStore, filter: PartitionFilter): AsyncGenerator<Found, void, undefined> {
  const reading: Promise<Found>[] = [];
  for await (const partition of partitionsBelow(store, '_manifests/', filter)) {
    const found = readManifest(store, partition).then((manifest) => ({ partition, manifest }));
    // Whoever takes it out hears of its failure; those behind it may have failed meanwhile.
    found.catch(() => undefined);
    reading.push(found);
    if (reading.length >= MANIFESTS_AT_ONCE) yield (await reading.shift()) as Found;
  }
  for (const found of reading) yield await found;
}

function describe({ url, venues, symbols, from, to }: DataRequest): string {
  const time = (micros: number | undefined): string =>
    micros === undefined ? '' : new Date(micros / 1000).toISOString().slice(0, 19);
  const span = from === undefined && to === undefined ? '' : `${time(from)}..${time(to)}`;
  return [url, ...(venues ?? []), ...(symbols ?? []), span].filter((part) => part !== '').join(' ');
}

async function checkNamed(store: ObjectStore, request: DataRequest, found: readonly SelectedStream[]): Promise<void> {
  const wrong: Omit<InputError, 'expected'>[] = [];
  const check = (field: 'venues' | 'symbols' | 'kinds', is: (name: string) => boolean): void => {
    for (const name of request[field] ?? []) if (!is(name)) wrong.push({ field: `data.${field}`, value: name });
  };
  check('venues', (name) => found.some(({ venue }) => venue === name));
  check('symbols', (name) => found.some(({ symbol }) => symbol === name));
  check('kinds', (name) => name === 'gap' || found.some(({ kind }) => kind === name));
  if (wrong.length === 0) return;
  const expected = await whatThereIs(store);
  throw BacktestError.of(...wrong.map((one) => ({ ...one, expected })));
}

/** What a store holds, as one sentence's end. */
async function whatThereIs(store: ObjectStore): Promise<string> {
  const spans = new Map<string, { first: string; last: string }>();
  for await (const { partition } of listPartitions(store)) {
    const { key } = streamId(partition);
    const span = spans.get(key);
    if (span === undefined) spans.set(key, { first: partition.date, last: partition.date });
    else span.last = partition.date;
  }
  if (spans.size === 0) return `a store that \`collect\` or \`data import\` filled; ${store.url} has no market data`;
  const listed = [...spans].slice(0, LISTED_MAX).map(([key, { first, last }]) => `${key} (${first} to ${last})`);
  return `some of ${listed.join(', ')}${spans.size > LISTED_MAX ? ` and ${spans.size - LISTED_MAX} more` : ''}`;
}

/**
 * What is known before anything is read. The digest covers what lies in the files and what is selected of it, not when
 * and where it was written: the same data in another store has the same one.
 */
export function infoOf(url: string, request: DataRequest, streams: readonly SelectedStream[]): DataInfo {
  const { from = 0, to = Infinity } = request;
  let first = Infinity;
  let last = 0;
  let all = 0;
  const counted = streams.map(({ key, partitions }) => {
    let rows = 0;
    for (const { manifest } of partitions) {
      for (const file of manifest.files) {
        if (file.tsEventMax < from || file.tsEventMin >= to) continue;
        const begin = Math.max(file.tsEventMin, from);
        const end = Math.min(file.tsEventMax + 1, to);
        first = Math.min(first, begin);
        last = Math.max(last, end - 1);
        rows += Math.round((file.rows * (end - begin)) / (file.tsEventMax + 1 - file.tsEventMin));
      }
    }
    all += rows;
    return { key, rows, partitions: partitions.length };
  });
  const kinds = [...new Set(streams.map(({ kind }) => kind))].sort();
  const instruments = new Map(streams.map(({ venue, symbol }) => [`${venue} ${symbol}`, { venue, symbol }]));
  return {
    url,
    digest: digestOf(request, streams, kinds),
    kinds,
    instruments: [...instruments.values()],
    streams: counted,
    rows: all,
    from: first === Infinity ? 0 : first,
    to: last,
  };
}

function digestOf(request: DataRequest, streams: readonly SelectedStream[], kinds: readonly MarketKind[]): string {
  const { from = null, to = null, quality = null } = request;
  return contentHash({
    version: 1,
    selection: { from, to, quality, kinds },
    partitions: streams.flatMap(({ key, partitions }) =>
      partitions.map(({ partition, manifest }) => ({
        partition: `${key}/date=${partition.date}`,
        files: manifest.files.map(({ sha256, rows, schemaVersion }) => ({ sha256, rows, schemaVersion })),
      })),
    ),
  });
}
