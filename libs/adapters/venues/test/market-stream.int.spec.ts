import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { instrumentRules } from '@portcullis/market';
import { BinanceMarketStream, type VenueMarketEvent } from '../src/index.ts';
import { PretendStream } from './pretend-stream.ts';

const made = instrumentRules({
  venue: 'venuesim',
  symbol: 'BTCUSDT',
  base: 'BTC',
  quote: 'USDT',
  tickSize: '0.01',
  lotSize: '0.001',
  quantityMin: '0.001',
  quantityMax: '9000',
  priceMin: '0.01',
  priceMax: '1000000',
  notionalMin: '5',
});
if (!made.ok) throw new Error('the definition is right');
const rules = made.value;

let venue: PretendStream;
let stream: BinanceMarketStream;
let events: VenueMarketEvent[];

const told = (): string[] => events.map((event) => (event.kind === 'gap' ? event.reason : event.kind));

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

/** Events until the next `resync`, and no more. */
async function whole(): Promise<string[]> {
  await until(() => told().includes('resync'));
  const all = told();
  events = [];
  return all;
}

function follow(staleMs = 60_000): void {
  stream = new BinanceMarketStream({
    restUrl: venue.restUrl,
    wsUrl: venue.wsUrl,
    instruments: [rules],
    onEvent: (event) => events.push(event),
    staleMs,
  });
  stream.start();
}

beforeEach(async () => {
  venue = await PretendStream.start();
  events = [];
});

afterEach(() => {
  stream.close();
  venue.stop();
});

describe('market stream', () => {
  test('says that nothing is known, subscribes, and builds the book from snapshot and deltas', async () => {
    venue.refusals = 1;
    follow();
    await until(() => venue.subscribed.length > 0);
    venue.quote('100.00', '100.02');
    venue.delta();
    venue.delta();
    expect(await whole()).toEqual(['disconnect', 'snapshot', 'resync']);
    expect(venue.subscribed).toEqual(['btcusdt@bookTicker', 'btcusdt@trade', 'btcusdt@depth@100ms']);
    venue.quote('100.00', '100.02');
    venue.delta();
    await until(() => events.length === 2);
    expect(told()).toEqual(['quote', 'delta']);
    expect(stream.snapshot('BTCUSDT', 5)).toMatchObject({
      sequence: 103,
      bids: [
        ['100', '1'],
        ['99.99', '2'],
      ],
      asks: [['100.02', '1']],
    });
  });

  test('a dropped frame is a gap; quotes wait until the book is whole again', async () => {
    follow();
    await whole();
    venue.delta();
    venue.delta({ lost: true });
    venue.delta();
    venue.quote('100.00', '100.02');
    expect(await whole()).toEqual(['delta', 'gap', 'snapshot', 'resync']);
    expect(stream.live).toBe(true);
  });

  test('deltas that are older than the snapshot are dropped, later ones applied', async () => {
    follow();
    await until(() => venue.subscribed.length > 0);
    venue.delta();
    await until(() => venue.snapshots === 1);
    venue.delta();
    const all = await whole();
    expect(all.slice(0, 2)).toEqual(['disconnect', 'snapshot']);
    await until(() => stream.snapshot('BTCUSDT', 1)?.sequence === 102);
  });

  test('a disconnect is told once and followed by a resync', async () => {
    follow();
    await whole();
    venue.cut();
    expect(await whole()).toEqual(['disconnect', 'snapshot', 'resync']);
    expect(stream.counters.connections).toBe(2);
  });

  test('silence is stale, and ends with another connection', async () => {
    follow(400);
    await whole();
    await until(() => told().includes('stale'));
    await until(() => stream.counters.connections >= 2);
  });

  test('a malformed frame is counted, and its neighbours go on', async () => {
    follow();
    await whole();
    venue.send('{"e":"trade","s":"BTCUSDT"}');
    venue.send('no json');
    venue.quote('100.00', '100.02');
    await until(() => events.length > 0);
    expect(told()).toEqual(['quote']);
    expect(stream.counters.malformed).toBe(2);
  });
});
