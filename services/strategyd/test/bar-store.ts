import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addFiles, commitFiles, dateOf, EventColumns, fileKey, openDuck, writeSegment } from '@portcullis/archive';
import { SeededRandom } from '@portcullis/kernel';
import { openObjectStore } from '@portcullis/objects';

const MINUTE = 60_000_000;
const BARS_PER_DAY = 1440;
/** 2024-03-01T00:00:00Z in microseconds. */
export const FIRST = Date.parse('2024-03-01T00:00:00Z') * 1000;

/** A folder with an archive of generated minute bars, and room for what the lab keeps. */
export interface BarStore {
  readonly dir: string;
  /** Of the archive. */
  readonly url: string;
  remove(): void;
}

/** Days of a random walk: BTCUSDT of venue `lab`, prices in hundredths, volumes in thousandths. */
export async function barStore(days: number, seed = 'bars'): Promise<BarStore> {
  const dir = mkdtempSync(join(tmpdir(), 'portcullis-lab-'));
  const url = `file://${dir}/archive`;
  const store = openObjectStore(url);
  const duck = await openDuck({ memoryMb: 256, threads: 1, tmpDir: join(dir, 'spill') });
  const folder = join(dir, 'segments');
  mkdirSync(folder);
  const random = new SeededRandom(seed);
  let price = 2_000_000;
  for (let day = 0; day < days; day++) {
    const columns = new EventColumns('bar');
    const from = FIRST + day * BARS_PER_DAY * MINUTE;
    for (let minute = 0; minute < BARS_PER_DAY; minute++) {
      const start = from + minute * MINUTE;
      const open = price;
      price = Math.max(100_000, open + random.integer(0, 4000) - 2000);
      columns.append({
        venue: 'lab',
        kind: 'bar',
        symbol: 'BTCUSDT',
        tsEvent: start + MINUTE - 1,
        tsEventNanos: 0,
        seq: start,
        tsInit: start + MINUTE - 1,
        period: MINUTE,
        start,
        open,
        high: Math.max(open, price) + random.integer(0, 1000),
        low: Math.min(open, price) - random.integer(0, 1000),
        close: price,
        volume: random.integer(1, 100_000),
        takerVolume: -1,
        quoteVolume: '',
        count: -1,
        priceScale: 2,
        quantityScale: 3,
      } as Parameters<EventColumns['append']>[0]);
    }
    const partition = { venue: 'lab', kind: 'bar', symbol: 'BTCUSDT', date: dateOf(from + MINUTE) } as const;
    const { file, path } = await writeSegment(duck, columns, { partition, folder, code: 'test' });
    await store.putFile(fileKey(partition, file.name), path);
    await commitFiles(store, partition, addFiles([file]));
  }
  duck.close();
  await store.close();
  return { dir, url, remove: () => rmSync(dir, { recursive: true, force: true }) };
}
