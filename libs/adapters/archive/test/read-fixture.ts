import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ArchiveFile, QualityState, QualityWindow } from '@portcullis/contracts';
import type { NumberedEvent } from '@portcullis/market';
import { type ObjectStore, openObjectStore } from '@portcullis/objects';
import { type Duck, openDuck } from '../src/duck.ts';
import { addFiles, commitFiles } from '../src/manifest/commit-files.ts';
import { dateOf, fileKey, type Partition } from '../src/partition.ts';
import { ArchiveReader, type ArchiveReaderOptions } from '../src/read/archive-reader.ts';
import type { ArchivedEvent } from '../src/read/event-rows.ts';
import type { MergedBatch } from '../src/read/merge.ts';
import { EventColumns } from '../src/write/event-columns.ts';
import { writeSegment } from '../src/write/write-segment.ts';

/** 2024-03-01T00:00:00Z in microseconds. */
export const DAY = Date.parse('2024-03-01T00:00:00Z') * 1000;
export const DAY_MICROS = 86_400_000_000;

export type VenueEvent = NumberedEvent & { readonly venue: string };

/** A store in a folder of its own, with what writes into it and reads it. */
export class ReadFixture {
  readonly dir = mkdtempSync(join(tmpdir(), 'portcullis-read-'));
  readonly store: ObjectStore = openObjectStore(`file://${this.dir}/store`);
  readonly #readers: ArchiveReader[] = [];
  #duck: Duck | undefined;

  async duck(): Promise<Duck> {
    this.#duck ??= await openDuck({ memoryMb: 256, threads: 2, tmpDir: join(this.dir, 'spill') });
    return this.#duck;
  }

  /** Writes events, each partition as one segment. */
  async write(
    events: readonly VenueEvent[],
    store: ObjectStore = this.store,
  ): Promise<{ key: string; file: ArchiveFile }[]> {
    const partitions = new Map<string, { partition: Partition; events: VenueEvent[] }>();
    for (const event of events) {
      const partition = { venue: event.venue, kind: event.kind, symbol: event.symbol, date: dateOf(event.tsEvent) };
      const key = JSON.stringify(partition);
      const entry = partitions.get(key) ?? { partition, events: [] };
      partitions.set(key, entry);
      entry.events.push(event);
    }
    const written: { key: string; file: ArchiveFile }[] = [];
    for (const { partition, events: own } of partitions.values()) {
      const columns = new EventColumns(partition.kind);
      for (const event of own) columns.append(event);
      const folder = join(this.dir, 'segments');
      mkdirSync(folder, { recursive: true });
      const { file, path } = await writeSegment(await this.duck(), columns, { partition, folder, code: 'test' });
      await store.putFile(fileKey(partition, file.name), path);
      await commitFiles(store, partition, addFiles([file]));
      written.push({ key: fileKey(partition, file.name), file });
    }
    return written;
  }

  /** Puts the rows of a query as a file of a partition, with a manifest that says what `facts` say. */
  async writeRows(partition: Partition, sql: string, facts: Partial<ArchiveFile>): Promise<string> {
    const path = join(this.dir, 'rows.parquet');
    await (await this.duck()).run(`COPY (${sql}) TO '${path}' (FORMAT parquet)`);
    const name = 'rows.parquet';
    const key = fileKey(partition, name);
    await this.store.putFile(key, path);
    const [bytes, sha256] = [(await this.store.head(key))?.size ?? 0, await this.store.sha256(key)];
    const common = { name, type: 'segment', bytes, sha256, rows: 1, rowsHash: '0', schemaVersion: 1 } as const;
    const span = { tsEventMin: DAY, tsEventMax: DAY + DAY_MICROS - 1, seqMin: 0, seqMax: 1_000_000 };
    const file = { ...common, ...span, code: 'test', duplicatesRemoved: 0, ...facts };
    await commitFiles(this.store, partition, addFiles([file]));
    return key;
  }

  reader(options: Partial<ArchiveReaderOptions> = {}): ArchiveReader {
    const reader = new ArchiveReader({
      store: this.store,
      cacheDir: join(this.dir, 'cache'),
      memoryMb: 256,
      threads: 2,
      ...options,
    });
    this.#readers.push(reader);
    return reader;
  }

  async close(): Promise<void> {
    for (const reader of this.#readers) await reader.close();
    this.#duck?.close();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** The rows of batches as [tsEvent, seq, stream key, price or undefined], in their order. */
export function rowsOf(batches: readonly MergedBatch[]): (string | number | undefined)[][] {
  return batches.flatMap(({ streams, stream, row, length }) =>
    Array.from({ length }, (_, at) => {
      const { stream: id, columns } = streams[stream[at] as number]!;
      const cell = (name: string) => columns[name]?.[row[at] as number];
      return [cell('tsEvent'), cell('seq'), id.key, cell('price') ?? cell('bidPrice')];
    }),
  );
}

export function trade(symbol: string, tsEvent: number, seq: number, price = 100): VenueEvent {
  return {
    ...{ venue: 'kraken', kind: 'trade', symbol, tsEvent, tsEventNanos: seq % 1000, seq, tsInit: tsEvent + 5 },
    ...{ tradeId: `t${seq}`, price, quantity: 7, aggressor: 'sell', priceScale: 2, quantityScale: 3 },
  };
}

export function quote(symbol: string, tsEvent: number, seq: number, price = 100): VenueEvent {
  return {
    ...{ venue: 'kraken', kind: 'quote', symbol, tsEvent, tsEventNanos: 0, seq, tsInit: tsEvent + 5, sequence: seq },
    ...{ bidPrice: price, bidQuantity: 1, askPrice: price + 1, askQuantity: 2, priceScale: 2, quantityScale: 3 },
  };
}

export function book(
  kind: 'delta' | 'snapshot',
  symbol: string,
  at: { readonly tsEvent: number; readonly seq: number },
  levels: { readonly bids: readonly number[]; readonly asks: readonly number[] },
): VenueEvent {
  const sequences =
    kind === 'snapshot'
      ? { sequence: at.seq }
      : { firstSequence: at.seq, lastSequence: at.seq + 1, previousSequence: -1 };
  const common = {
    venue: 'kraken',
    symbol,
    ...at,
    tsEventNanos: 9,
    tsInit: at.tsEvent + 3,
    priceScale: 1,
    quantityScale: 4,
  };
  return { ...common, kind, ...sequences, ...levels } as VenueEvent;
}

export function gap(symbol: string, tsEvent: number, seq: number): VenueEvent {
  return {
    ...{ venue: 'kraken', kind: 'gap', symbol, tsEvent, tsEventNanos: 0, seq, tsInit: tsEvent },
    ...{ reason: 'disconnect', detail: 'the line broke', stream: 'all', from: tsEvent - 10, to: 0 },
  };
}

/** In the order of replay. */
export function sorted(events: readonly VenueEvent[]): ArchivedEvent[] {
  const key = ({ venue, kind, symbol }: VenueEvent): string =>
    `venue=${venue}/kind=${kind}/symbol=${encodeURIComponent(symbol)}`;
  return [...events].sort(
    (a, b) => a.tsEvent - b.tsEvent || a.seq - b.seq || (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0),
  );
}

export function qualityWindow(
  stream: QualityWindow['stream'],
  start: number,
  state: QualityState,
  reasons: string[] = [],
): QualityWindow {
  const counts = { messages: 1, gaps: 0, duplicates: 0, outOfOrder: 0, staleMicros: 0, reconnects: 0, drops: 0 };
  const observed = { observedFrom: start, observedTo: start + 900_000_000 };
  return { version: 1, start, stream, state, reasons, ...counts, ...observed };
}
