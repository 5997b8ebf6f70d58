import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@portcullis/config';
import { QUALITY_WINDOW_MICROS as WINDOW, type QualityWindow } from '@portcullis/contracts';
import { judged, type WindowFacts } from '@portcullis/market';
import { type ObjectStore, openObjectStore } from '@portcullis/objects';
import { hasMoto, type Moto, startMoto } from '@portcullis/testkit';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { qualityKey } from './partition.ts';
import { QualityLedger, QualityLedgerError, windowOrBad } from './quality-ledger.ts';

const DAY = 86_400_000_000;
const MIDNIGHT = Date.parse('2024-03-05T00:00:00Z') * 1000;

function window(change: Partial<WindowFacts> = {}): QualityWindow {
  const start = change.start ?? MIDNIGHT;
  return judged({
    start,
    stream: 'trade',
    messages: 10,
    gaps: 0,
    duplicates: 0,
    outOfOrder: 0,
    staleMicros: 0,
    reconnects: 0,
    drops: 0,
    observedFrom: start,
    observedTo: start + WINDOW,
    ...change,
  });
}

interface Kind {
  start(): Promise<void>;
  open(name: string): ObjectStore;
  stop(): Promise<void>;
}

function folderKind(): Kind {
  const dir = mkdtempSync(join(tmpdir(), 'portcullis-ledger-'));
  return {
    start: async () => undefined,
    open: (name) => openObjectStore(`file://${dir}/${name}`),
    stop: async () => {
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function bucketKind(): Kind {
  let moto: Moto;
  return {
    start: async () => {
      moto = await startMoto();
      await fetch(`${moto.endpoint}/ledger`, { method: 'PUT' });
    },
    open: (name) =>
      openObjectStore(`s3://ledger/${name}`, {
        endpoint: moto.endpoint,
        credentials: { accessKeyId: 'key', secretAccessKey: new Secret('secret') },
      }),
    stop: async () => {
      await moto.stop();
    },
  };
}

const kinds: [string, () => Kind][] = [['file', folderKind]];
if (hasMoto()) kinds.push(['s3', bucketKind]);

describe.each(kinds)('the quality ledger, %s', (_name, kindOf) => {
  const kind = kindOf();
  const what = { venue: 'binance-spot', symbol: 'BTC/USDT' };
  const everything = { ...what, from: 0, to: 4e15 };

  beforeAll(() => kind.start());
  afterAll(() => kind.stop());

  test('gives back what was recorded, in order, by time and stream', async () => {
    const ledger = new QualityLedger(kind.open('basic'));
    const windows = [-WINDOW, 0, WINDOW, DAY, 40 * DAY].flatMap((offset) => [
      window({ start: MIDNIGHT + offset, stream: 'trade' }),
      window({ start: MIDNIGHT + offset, stream: 'book' }),
    ]);
    await ledger.record(what.venue, what.symbol, windows);
    const sorted = [...windows].sort((a, b) => a.start - b.start || (a.stream < b.stream ? -1 : 1));
    expect(await ledger.read(everything)).toEqual(sorted);
    const part = { ...what, from: MIDNIGHT, to: MIDNIGHT + WINDOW };
    expect((await ledger.read(part)).map(({ stream }) => stream)).toEqual(['book', 'trade']);
    expect(await ledger.read({ ...part, streams: ['trade'] })).toEqual([window()]);
    expect(await ledger.read({ ...part, symbol: 'ETH/USDT' })).toEqual([]);
    expect(await ledger.read({ ...part, to: part.from })).toEqual([]);
  });

  test('lists its days', async () => {
    const ledger = new QualityLedger(kind.open('days'));
    for (const [venue, symbol] of [
      ['okx', 'A-B'],
      ['okx', 'A-B-SWAP'],
      ['kraken', 'XBT/USD'],
    ] as const) {
      await ledger.record(venue, symbol, [window(), window({ start: MIDNIGHT + DAY })]);
    }
    const days = async (filter = {}): Promise<string[]> => {
      const found: string[] = [];
      for await (const { venue, symbol, date } of ledger.list(filter)) found.push(`${venue} ${symbol} ${date}`);
      return found;
    };
    const ofBoth = (name: string): string[] => [`${name} 2024-03-05`, `${name} 2024-03-06`];
    // In the order of the keys, in which - comes before /.
    expect(await days()).toEqual(['kraken XBT/USD', 'okx A-B-SWAP', 'okx A-B'].flatMap(ofBoth));
    expect(await days({ venue: 'okx', symbol: 'A-B' })).toEqual(['okx A-B 2024-03-05', 'okx A-B 2024-03-06']);
    expect(await days({ symbol: 'XBT/USD' })).toHaveLength(2);
    expect(await days({ venue: 'nobody' })).toEqual([]);
  });

  test('recording again changes nothing, not even the object', async () => {
    const store = kind.open('again');
    const ledger = new QualityLedger(store);
    await ledger.record(what.venue, what.symbol, [window(), window({ stream: 'book' })]);
    const before = await store.head(qualityKey({ ...what, date: '2024-03-05' }));
    await ledger.record(what.venue, what.symbol, [window()]);
    expect(await store.head(qualityKey({ ...what, date: '2024-03-05' }))).toEqual(before);
  });

  test('joins two accounts of a window: the worse counts, and what was seen by either', async () => {
    const ledger = new QualityLedger(kind.open('join'));
    const half = MIDNIGHT + WINDOW / 2;
    await ledger.record(what.venue, what.symbol, [window({ observedTo: half, drops: 2 })]);
    await ledger.record(what.venue, what.symbol, [window({ observedFrom: half - 5, gaps: 1 })]);
    expect(await ledger.read(everything)).toMatchObject([
      { drops: 2, gaps: 1, observedFrom: MIDNIGHT, observedTo: MIDNIGHT + WINDOW, state: 'BAD' },
    ]);
    // An open window that was recorded early becomes GOOD once it is seen to its end without a fault.
    const later = MIDNIGHT + WINDOW;
    await ledger.record(what.venue, what.symbol, [window({ start: later, observedTo: later + 1000 })]);
    await ledger.record(what.venue, what.symbol, [window({ start: later })]);
    expect(await ledger.read({ ...everything, from: later })).toMatchObject([{ state: 'GOOD' }]);
  });

  test('keeps what many writers record at once', async () => {
    const store = kind.open('race');
    const writers = Array.from({ length: 12 }, (_, index) =>
      new QualityLedger(store).record(what.venue, what.symbol, [
        window({ start: MIDNIGHT + index * WINDOW }),
        window({ start: MIDNIGHT + 50 * WINDOW, messages: index + 1 }),
      ]),
    );
    await Promise.all(writers);
    const windows = await new QualityLedger(store).read(everything);
    expect(windows).toHaveLength(13);
    expect(windows.at(-1)).toMatchObject({ messages: 12 });
  });

  test('a window that is not there counts as BAD', async () => {
    const windows = await new QualityLedger(kind.open('none')).read(everything);
    expect(windowOrBad(windows, MIDNIGHT, 'trade')).toMatchObject({ start: MIDNIGHT, state: 'BAD' });
    expect(windowOrBad([window()], MIDNIGHT, 'trade')).toEqual(window());
    expect(windowOrBad([window()], MIDNIGHT, 'book').state).toBe('BAD');
  });

  const day = { version: 1, ...what, date: '2024-03-05' };
  test.each([
    ['no JSON', '{"version": 1', 'is no quality record: it is not JSON'],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'it is not JSON'],
    ['another version', { ...day, version: 2, windows: [] }, 'version: '],
    ['a field of another kind', { ...day, windows: [{ ...window(), drops: '3' }] }, 'windows.0.drops: '],
    ['an unknown state', { ...day, windows: [{ ...window(), state: 'FINE' }] }, 'windows.0.state: '],
    ['another instrument', { ...day, symbol: 'ETH/USDT', windows: [] }, 'symbol is ETH/USDT, not BTC/USDT'],
    ['another day', { ...day, windows: [window({ start: MIDNIGHT + DAY })] }, 'windows.0.start: '],
    ['a window twice', { ...day, windows: [window(), window()] }, 'windows.1: not in the order'],
  ])('refuses %s in the store, naming key and field', async (_what, content, complaint) => {
    const store = kind.open('bad');
    const key = qualityKey(day);
    await store.put(
      key,
      Buffer.isBuffer(content) || typeof content === 'string'
        ? Buffer.from(content)
        : Buffer.from(JSON.stringify(content)),
    );
    const ledger = new QualityLedger(store);
    const error: unknown = await ledger.read(everything).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(QualityLedgerError);
    expect((error as Error).message).toContain(key);
    expect((error as Error).message).toContain(complaint);
    // What cannot be read is not written over either.
    await expect(ledger.record(what.venue, what.symbol, [window()])).rejects.toThrow(complaint);
  });

  test('refuses to record what is no window', async () => {
    const ledger = new QualityLedger(kind.open('refused'));
    const wrong = [{ ...window(), gaps: -1 }, window({ start: MIDNIGHT + 1 }), { ...window(), state: 'FINE' as never }];
    for (const one of wrong) {
      await expect(ledger.record(what.venue, what.symbol, [one])).rejects.toThrow(QualityLedgerError);
    }
    expect(await ledger.read(everything)).toEqual([]);
  });
});
