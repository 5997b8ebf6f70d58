import { type PartitionEntry, listPartitions } from '@portcullis/archive';
import { sha256Hex } from '@portcullis/kernel';
import { type Command, EXIT } from '../command.ts';
import { rangeOf, rangeOptions, rangeUsage, storeOptions, storeUsage, withFilledStore } from '../data/flags.ts';
import { partitionDigest } from '../data/partition-digest.ts';
import { shownBytes, shownCount, shownTime } from '../data/shown.ts';
import { columns, printResult } from '../print.ts';

interface Listed {
  readonly venue: string;
  readonly kind: string;
  readonly symbol: string;
  readonly date: string;
  readonly generation: number;
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
  readonly digest: string;
}

export const dataLs: Command = {
  name: 'data ls',
  summary: 'Lists what a store holds: partitions with rows, bytes, spans and digests',
  usage: [
    'usage: portcullis data ls [--store URL] [--venue V] [--kind K] [--symbol S] [--from T] [--to T] [--days]',
    '',
    '  --days             a line for each day; without it one for each venue, kind and symbol',
    ...storeUsage,
    ...rangeUsage,
    '',
    '  digests depend on the content alone: two stores with the same files print the same ones',
  ],
  options: { ...storeOptions, ...rangeOptions, days: { type: 'boolean' } },
  positionalsMax: 0,
  async run({ flags, lists }) {
    const range = rangeOf({ flags, lists });
    const listed: Listed[] = [];
    await withFilledStore(flags, async (store) => {
      for await (const entry of listPartitions(store, range)) listed.push(listedOf(entry));
    });
    const rows = listed.reduce((sum, one) => sum + one.rows, 0);
    const bytes = listed.reduce((sum, one) => sum + one.bytes, 0);
    const digest = sha256Hex(
      listed.map((one) => `${one.venue}/${one.kind}/${one.symbol}/${one.date} ${one.digest}\n`).join(''),
    );
    printResult(flags, { partitions: listed, rows, bytes, digest }, [
      ...linesOf(flags['days'] === true ? listed : streamsOf(listed)),
      `${shownCount(listed.length)} partitions, ${shownCount(rows)} rows, ${shownBytes(bytes)}, digest ${digest}`,
    ]);
    return EXIT.ok;
  },
};

function listedOf({ partition, manifest }: PartitionEntry): Listed {
  const { files } = manifest;
  return {
    ...partition,
    generation: manifest.generation,
    files: files.length,
    rows: files.reduce((sum, file) => sum + file.rows, 0),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    from: files.reduce((least, file) => Math.min(least, file.tsEventMin), files[0]?.tsEventMin ?? 0),
    to: files.reduce((most, file) => Math.max(most, file.tsEventMax), 0),
    digest: partitionDigest(manifest),
  };
}

/** Days of one stream as one line. */
function streamsOf(listed: readonly Listed[]): Listed[] {
  const streams = new Map<string, Listed[]>();
  for (const one of listed) {
    const key = `${one.venue} ${one.kind} ${one.symbol}`;
    streams.set(key, [...(streams.get(key) ?? []), one]);
  }
  return [...streams.values()].map((days) => ({
    ...(days[0] as Listed),
    date: days.length === 1 ? (days[0]?.date ?? '') : `${days.length} days`,
    files: days.reduce((sum, one) => sum + one.files, 0),
    rows: days.reduce((sum, one) => sum + one.rows, 0),
    bytes: days.reduce((sum, one) => sum + one.bytes, 0),
    from: Math.min(...days.map(({ from }) => from)),
    to: Math.max(...days.map(({ to }) => to)),
    digest: sha256Hex(days.map((one) => `${one.date} ${one.digest}\n`).join('')),
  }));
}

function linesOf(listed: readonly Listed[]): string[] {
  if (listed.length === 0) return ['nothing here'];
  return columns([
    ['venue', 'kind', 'symbol', 'days', 'files', 'rows', 'bytes', 'from', 'to', 'digest'],
    ...listed.map((one) => [
      one.venue,
      one.kind,
      one.symbol,
      one.date,
      String(one.files),
      shownCount(one.rows),
      shownBytes(one.bytes),
      shownTime(one.from).slice(0, 19),
      shownTime(one.to).slice(0, 19),
      one.digest.slice(0, 16),
    ]),
  ]);
}
