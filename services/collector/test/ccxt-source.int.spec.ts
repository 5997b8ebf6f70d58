import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { wallMicros } from '@portcullis/config';
import type { NumberedEvent } from '@portcullis/market';
import { collectorConfigSchema } from '../src/collector.config.ts';
import { ccxtSource } from '../src/inbound/ccxt-source.ts';
import { MarketPipeline } from '../src/state/market-pipeline.ts';

const dir = mkdtempSync(join(tmpdir(), 'portcullis-collector-ccxt-'));
let venue: ChildProcess;
let url = '';

beforeAll(async () => {
  const instrument = {
    ...{ venue: 'venuesim', symbol: 'BTCUSDT', base: 'BTC', quote: 'USDT', tickSize: '0.01', lotSize: '0.00001' },
    ...{ quantityMin: '0.00001', quantityMax: '9000', priceMin: '0.01', priceMax: '1000000', notionalMin: '5' },
  };
  const config = {
    ledgerDir: join(dir, 'ledger'),
    accounts: [{ name: 'main', balances: {}, keys: [{ id: 'main-key', apiKey: 'api-key', secret: 'test-only' }] }],
    markets: [{ instrument, flow: { kind: 'generated', seed: 7 } }],
  };
  const file = join(dir, 'config.json');
  writeFileSync(file, JSON.stringify(config));
  const main = join(import.meta.dirname, '../../venuesim/src/main.ts');
  venue = spawn(process.execPath, ['--conditions=@portcullis/source', main, '--config', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (venue.stdout === null) throw new Error('no output');
  for await (const line of createInterface({ input: venue.stdout })) {
    if (!line.startsWith('{"ready"')) continue;
    url = (JSON.parse(line) as { url: string }).url;
    break;
  }
  venue.stdout.resume();
});

afterAll(async () => {
  venue.kill('SIGKILL');
  await once(venue, 'exit');
  rmSync(dir, { recursive: true, force: true });
});

test('a venue that only ccxt speaks: events under the configured symbol, a live book, and windows that are DEGRADED at best', async () => {
  const config = collectorConfigSchema.parse({
    instance: 'collector-1',
    healthPort: 0,
    venues: [{ venue: 'elsewhere', dialect: { ccxt: 'binance' }, instruments: ['BTC/USDT'] }],
  }).venues[0];
  if (config === undefined) throw new Error('one venue is configured');
  const kept: NumberedEvent[] = [];
  const pipeline = new MarketPipeline({
    firstSequence: 1,
    archive: { append: (_venue, event) => kept.push(event) > 0 },
    bus: undefined,
    bookOf: () => undefined,
    isWhole: () => true,
  });
  const place = {
    exchangeId: 'binance',
    settings: {
      options: { defaultType: 'spot', fetchMarkets: { types: ['spot'] }, fetchCurrencies: false, fetchMargins: false },
    },
    fetchImplementation: (address: string, { method = 'GET', headers = {} }: { method?: string; headers?: object }) => {
      const { pathname, search } = new URL(address);
      return fetch(url + pathname + search, { method, headers: headers as Record<string, string> });
    },
    wsUrls: { spot: `${url.replace('http:', 'ws:')}/stream/ws` },
  };
  const source = ccxtSource(config, place, { pipeline, rawCapture: undefined }, new Logger('test'));
  pipeline.begin('elsewhere', 'BTC/USDT', config.streams, wallMicros());
  source.start(['BTC/USDT']);
  try {
    const count = (kind: NumberedEvent['kind']): number => kept.filter((event) => event.kind === kind).length;
    const end = Date.now() + 30_000;
    while (count('delta') < 5 || count('trade') < 2 || count('quote') < 2) {
      if (Date.now() > end) throw new Error('no events of every kind within 30 s');
      await sleep(20);
    }
    expect(source.whole('BTC/USDT')).toBe(true);
    expect(source.book('BTC/USDT')?.top()).toBeDefined();
    expect(new Set(kept.map(({ symbol }) => symbol))).toEqual(new Set(['BTC/USDT']));
    expect(kept[0]).toMatchObject({ kind: 'gap', reason: 'disconnect' });
    const window = pipeline
      .find('elsewhere', 'BTC/USDT')
      ?.partial(wallMicros())
      .find(({ stream }) => stream === 'book');
    expect(window?.state).not.toBe('GOOD');
  } finally {
    source.unfollow(['BTC/USDT']);
  }
  expect(source.symbols).toEqual([]);
  const after = kept.length;
  await sleep(300);
  expect(kept).toHaveLength(after);
});
