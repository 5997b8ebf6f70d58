import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addFiles,
  commitFiles,
  dateOf,
  type Duck,
  EventColumns,
  fileKey,
  openDuck,
  type Partition,
  writeSegment,
} from '@portcullis/archive';
import { SeededRandom } from '@portcullis/kernel';
import type { NumberedEvent } from '@portcullis/market';
import { type ObjectStore, openObjectStore } from '@portcullis/objects';

export type VenueEvent = NumberedEvent & { readonly venue: string };

/** 2024-03-01T00:00:00Z in microseconds. */
export const DAY = Date.parse('2024-03-01T00:00:00Z') * 1000;
export const MINUTE = 60_000_000;

/** An archive in a folder of its own, of events that a test makes up. */
export class GeneratedStore {
  readonly dir = mkdtempSync(join(tmpdir(), 'portcullis-backtests-'));
  readonly url = `file://${this.dir}/store`;
  readonly store: ObjectStore = openObjectStore(this.url);
  #duck: Duck | undefined;

  /** Each partition as one segment. */
  async write(events: readonly VenueEvent[]): Promise<void> {
    this.#duck ??= await openDuck({ memoryMb: 256, threads: 1, tmpDir: join(this.dir, 'spill') });
    const partitions = new Map<string, { partition: Partition; columns: EventColumns }>();
    for (const event of events) {
      const partition = { venue: event.venue, kind: event.kind, symbol: event.symbol, date: dateOf(event.tsEvent) };
      const key = fileKey(partition, '');
      let entry = partitions.get(key);
      if (entry === undefined) partitions.set(key, (entry = { partition, columns: new EventColumns(event.kind) }));
      entry.columns.append(event);
    }
    const folder = join(this.dir, 'segments');
    mkdirSync(folder, { recursive: true });
    for (const { partition, columns } of partitions.values()) {
      const { file, path } = await writeSegment(this.#duck, columns, { partition, folder, code: 'test' });
      await this.store.putFile(fileKey(partition, file.name), path);
      await commitFiles(this.store, partition, addFiles([file]));
    }
  }

  async close(): Promise<void> {
    this.#duck?.close();
    await this.store.close();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export interface GeneratedBar {
  readonly start: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** Minute bars of a random walk from one seed: prices in hundredths, volumes in thousandths. */
export function walk(seed: string, count: number, from = DAY): GeneratedBar[] {
  const random = new SeededRandom(seed);
  let price = 2_000_000;
  return Array.from({ length: count }, (_, index) => {
    const open = price;
    const step = () => random.integer(0, 4_000) - 2_000;
    const close = Math.max(100_000, open + step());
    const high = Math.max(open, close) + random.integer(0, 1_000);
    const low = Math.min(open, close) - random.integer(0, 1_000);
    price = Math.max(100_000, close + random.integer(0, 200) - 100);
    return { start: from + index * MINUTE, open, high, low, close, volume: random.integer(0, 90_000) };
  });
}

export function barEvents(bars: readonly GeneratedBar[], symbol = 'BTCUSDT'): VenueEvent[] {
  return bars.map(({ start, ...bar }) => ({
    ...{ venue: 'binance-spot', kind: 'bar', symbol, tsEvent: start + MINUTE - 1, tsEventNanos: 0, seq: start },
    ...{ tsInit: start + MINUTE - 1, period: MINUTE, start, ...bar },
    ...{ takerVolume: -1, quoteVolume: '', count: -1, priceScale: 2, quantityScale: 3 },
  }));
}

export function quoteEvent(tsEvent: number, seq: number, bid: number, more: Partial<VenueEvent> = {}): VenueEvent {
  return {
    ...{ venue: 'binance-spot', kind: 'quote', symbol: 'BTCUSDT', tsEvent, tsEventNanos: 0, seq, tsInit: tsEvent + 5 },
    ...{ sequence: seq, bidPrice: bid, bidQuantity: 1_500, askPrice: bid + 1, askQuantity: 2_500 },
    ...{ priceScale: 2, quantityScale: 3, ...more },
  } as VenueEvent;
}

export function tradeEvent(tsEvent: number, seq: number, price: number, more: Partial<VenueEvent> = {}): VenueEvent {
  return {
    ...{ venue: 'binance-spot', kind: 'trade', symbol: 'BTCUSDT', tsEvent, tsEventNanos: 0, seq, tsInit: tsEvent + 5 },
    ...{ tradeId: String(seq), price, quantity: 1_234, aggressor: 'sell', priceScale: 2, quantityScale: 3, ...more },
  } as VenueEvent;
}
