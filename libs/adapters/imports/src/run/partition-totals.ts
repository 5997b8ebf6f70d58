import { type Partition, dateOf, partitionPath, readManifest } from '@portcullis/archive';
import { UserError } from '@portcullis/config';
import type { PartitionManifest } from '@portcullis/contracts';
import type { NumberedEvent } from '@portcullis/market';
import type { ObjectStore } from '@portcullis/objects';

/** What is going to be written into one partition, or stands in it. */
export interface Totals {
  rows: number;
  tsEventMin: number;
  tsEventMax: number;
  seqMin: number;
  seqMax: number;
}

/** Partitions of one import: ten years of daily partitions of fifty instruments. */
const PARTITIONS_MAX = 200_000;

/** Rows of the archive that an event becomes: book events have one for each level. */
export function rowsOf(event: NumberedEvent): number {
  if (event.kind !== 'delta' && event.kind !== 'snapshot') return 1;
  return Math.max(1, (event.bids.length + event.asks.length) / 2);
}

/** Sums up an import by partition, without keeping its events. */
export class TotalsByPartition {
  readonly #venue: string;
  readonly #found = new Map<string, { readonly partition: Partition; readonly totals: Totals }>();
  /** The partition before, because the next event is nearly always of one of few. */
  readonly #latest = new Map<string, { readonly until: number; readonly from: number; readonly totals: Totals }>();

  constructor(venue: string) {
    this.#venue = venue;
  }

  add(event: NumberedEvent): void {
    const key = `${event.kind} ${event.symbol}`;
    let latest = this.#latest.get(key);
    if (latest === undefined || event.tsEvent >= latest.until || event.tsEvent < latest.from) {
      latest = this.#open(key, event);
    }
    const { totals } = latest;
    totals.rows += rowsOf(event);
    if (event.tsEvent < totals.tsEventMin) totals.tsEventMin = event.tsEvent;
    if (event.tsEvent > totals.tsEventMax) totals.tsEventMax = event.tsEvent;
    if (event.seq < totals.seqMin) totals.seqMin = event.seq;
    if (event.seq > totals.seqMax) totals.seqMax = event.seq;
  }

  #open(key: string, event: NumberedEvent): { until: number; from: number; totals: Totals } {
    const partition: Partition = {
      venue: this.#venue,
      kind: event.kind,
      symbol: event.symbol,
      date: dateOf(event.tsEvent),
    };
    const path = partitionPath(partition);
    let entry = this.#found.get(path);
    if (entry === undefined) {
      entry = {
        partition,
        totals: { rows: 0, tsEventMin: event.tsEvent, tsEventMax: event.tsEvent, seqMin: event.seq, seqMax: event.seq },
      };
      this.#found.set(path, entry);
      if (this.#found.size > PARTITIONS_MAX) {
        throw new UserError(`more than ${PARTITIONS_MAX} partitions in one import`, 'import fewer files at a time');
      }
    }
    const from = Date.parse(`${partition.date}T00:00:00Z`) * 1000;
    const latest = { from, until: from + 86_400_000_000, totals: entry.totals };
    this.#latest.set(key, latest);
    return latest;
  }

  get entries(): readonly { readonly partition: Partition; readonly totals: Totals }[] {
    return [...this.#found.values()];
  }
}

function totalsOf({ files }: PartitionManifest): Totals | undefined {
  const [first, ...others] = files;
  if (first === undefined) return undefined;
  const totals = { ...first, rows: first.rows };
  for (const file of others) {
    totals.rows += file.rows;
    totals.tsEventMin = Math.min(totals.tsEventMin, file.tsEventMin);
    totals.tsEventMax = Math.max(totals.tsEventMax, file.tsEventMax);
    totals.seqMin = Math.min(totals.seqMin, file.seqMin);
    totals.seqMax = Math.max(totals.seqMax, file.seqMax);
  }
  return totals;
}

/**
 * How an import meets a partition of the store. `new`: nothing is there. `beside`: other rows, before or after. `same`:
 * these rows. `begun`: some of the files that these rows become, of an import that was broken off. `overlap`: other
 * rows in the same range of numbers.
 */
export type Meeting = 'new' | 'beside' | 'same' | 'begun' | 'overlap';

/** By the ranges alone: `overlap` is to be looked at, because it may be the same rows. */
export async function rangeMeetingOf(
  store: ObjectStore,
  partition: Partition,
  totals: Totals,
): Promise<'new' | 'beside' | 'overlap'> {
  const manifest = await readManifest(store, partition);
  const there = manifest === undefined ? undefined : totalsOf(manifest);
  if (there === undefined) return 'new';
  return totals.seqMin > there.seqMax || totals.seqMax < there.seqMin ? 'beside' : 'overlap';
}
