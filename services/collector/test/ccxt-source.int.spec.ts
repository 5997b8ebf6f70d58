import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { wallMicros } from '@portcullis/config';
import type { NumberedEvent } from '@portcullis/market';
import { type RunningVenue, startVenue } from '@portcullis/testkit';
import { collectorConfigSchema } from '../src/collector.config.ts';
import { ccxtSource } from '../src/inbound/ccxt-source.ts';
import { MarketPipeline } from '../src/state/market-pipeline.ts';

let venue: RunningVenue;
let url = '';

beforeAll(async () => {
  venue = await startVenue();
  url = venue.url;
});

afterAll(async () => {
  await venue.stop();
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
