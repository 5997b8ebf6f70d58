import type { MarketKind } from '@portcullis/contracts';
import { type DataStream, streamOf } from '@portcullis/market';
import type { ObjectStore } from '@portcullis/objects';
import { partitionsBelow } from '../manifest/list-partitions.ts';
import { boundsOf } from '../partition.ts';
import { type ReadRequest, ReadRequestError } from './read-request.ts';
import { qualityStreamId, streamId, type StreamId } from './stream-id.ts';

/** Streams of one read at most: each has an open query and chunks read ahead, some 2 MB. */
const STREAMS_MAX = 1000;
/** Names listed in a message. */
const LISTED_MAX = 30;

export interface PlannedStream {
  readonly stream: StreamId;
  /** Days that have a manifest and lie in the request, ascending. */
  readonly dates: readonly string[];
}

/** A stream of an instrument whose windows are filtered: where it is left out, gaps stand. */
export interface PlannedQuality {
  readonly stream: StreamId;
  readonly quality: DataStream;
  /** Days from the first to the last on which the instrument has anything in the request. */
  readonly dates: readonly string[];
}

export interface ReadPlan {
  readonly streams: readonly PlannedStream[];
  readonly qualities: readonly PlannedQuality[];
}

/** Finds the streams of a request. Throws {@link ReadRequestError} where it names what the archive does not have. */
export async function planRead(store: ObjectStore, request: ReadRequest): Promise<ReadPlan> {
  const { venues, symbols, gaps = true } = request;
  const kinds = withGaps(request.kinds, gaps);
  const found = new Map<string, { stream: StreamId; dates: string[] }>();
  const filter = { ...(venues && { venues }), ...(symbols && { symbols }), ...(kinds && { kinds }) };
  for await (const partition of partitionsBelow(store, '_manifests/', filter)) {
    if (!gaps && partition.kind === 'gap') continue;
    const stream = streamId(partition);
    let entry = found.get(stream.key);
    if (entry === undefined) found.set(stream.key, (entry = { stream, dates: [] }));
    if (isTouched(partition.date, request)) entry.dates.push(partition.date);
  }
  const streams = [...found.values()];
  await checkNamed(
    store,
    request,
    streams.map(({ stream }) => stream),
  );
  const qualities = qualitiesOf(request, streams);
  checkCursor(
    request,
    [...streams, ...qualities].map(({ stream }) => stream),
  );
  const used = streams.map((entry) => resumed(entry, request)).filter(({ dates }) => dates.length > 0);
  if (used.length > STREAMS_MAX) {
    const value = `${used.length} streams`;
    throw new ReadRequestError([{ field: 'symbols', value, expected: `at most ${STREAMS_MAX} streams in one read` }]);
  }
  return { streams: used, qualities: qualities.map((entry) => resumed(entry, request)) };
}

function withGaps(kinds: readonly MarketKind[] | undefined, gaps: boolean): readonly MarketKind[] | undefined {
  return kinds === undefined || !gaps ? kinds : [...new Set<MarketKind>([...kinds, 'gap'])];
}

function isTouched(date: string, { from = 0, to = Infinity }: ReadRequest): boolean {
  const bounds = boundsOf(date);
  return bounds.to > from && bounds.from < to;
}

/** Without the days that lie before the cursor. */
function resumed<T extends { readonly dates: readonly string[] }>(entry: T, { after }: ReadRequest): T {
  if (after === undefined) return entry;
  return { ...entry, dates: entry.dates.filter((date) => boundsOf(date).to > after.tsEvent) };
}

/** What is named but not there is a slip of the one who asks; gaps alone may be absent, where there were none. */
async function checkNamed(store: ObjectStore, request: ReadRequest, there: readonly StreamId[]): Promise<void> {
  const absent = [
    ...absentOf('venues', request.venues, (name) => there.some(({ venue }) => venue === name)),
    ...absentOf('symbols', request.symbols, (name) => there.some(({ symbol }) => symbol === name)),
    ...absentOf('kinds', request.kinds, (name) => name === 'gap' || there.some(({ kind }) => kind === name)),
  ];
  if (absent.length === 0) return;
  const keys = new Set<string>();
  for await (const partition of partitionsBelow(store, '_manifests/')) keys.add(streamId(partition).key);
  const listed = [...keys].slice(0, LISTED_MAX).join(', ');
  const more = keys.size > LISTED_MAX ? ` and ${keys.size - LISTED_MAX} more` : '';
  const expected = keys.size === 0 ? `something in ${store.url}, which is empty` : `one of ${listed}${more}`;
  throw new ReadRequestError(absent.map(({ field, value }) => ({ field, value, expected })));
}

function absentOf(
  field: string,
  named: readonly string[] | undefined,
  isThere: (name: string) => boolean,
): { readonly field: string; readonly value: string }[] {
  return (named ?? []).filter((name) => !isThere(name)).map((value) => ({ field, value }));
}

function qualitiesOf(request: ReadRequest, streams: readonly PlannedStream[]): PlannedQuality[] {
  if (request.quality === undefined) return [];
  const found = new Map<string, PlannedQuality>();
  for (const { stream } of streams) {
    const quality = streamOf(stream.kind);
    if (quality === undefined) continue;
    const id = qualityStreamId(stream.venue, stream.symbol, quality);
    if (found.has(id.key)) continue;
    const own = streams.filter((other) => other.stream.venue === stream.venue && other.stream.symbol === stream.symbol);
    found.set(id.key, { stream: id, quality, dates: everyDay(own.flatMap(({ dates }) => dates)) });
  }
  return [...found.values()];
}

function everyDay(dates: readonly string[]): string[] {
  const sorted = [...dates].sort();
  const last = sorted.at(-1) ?? '';
  const days: string[] = [];
  for (let day = sorted[0]; day !== undefined && day <= last; day = nextDay(day)) days.push(day);
  return days;
}

function nextDay(date: string): string {
  return new Date(boundsOf(date).to / 1000).toISOString().slice(0, 10);
}

function checkCursor({ after }: ReadRequest, streams: readonly StreamId[]): void {
  if (after === undefined || streams.some(({ key }) => key === after.stream)) return;
  const listed = streams.slice(0, LISTED_MAX).map(({ key }) => key);
  throw new ReadRequestError([
    { field: 'after.stream', value: after.stream, expected: `a stream of this request: ${listed.join(', ')}` },
  ]);
}
