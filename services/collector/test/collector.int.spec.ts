import 'reflect-metadata';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readStream } from '@portcullis/bus';
import { type Heartbeat, type MarketEvent, heartbeatSchema, marketEventSchema } from '@portcullis/contracts';
import { type TestBus, startBus } from '@portcullis/testkit';
import { type WebSocket, WebSocketServer } from 'ws';
import { startCollector } from '../src/app.module.ts';
import { type CollectorConfig, collectorConfigSchema } from '../src/collector.config.ts';
import { MarketFeed } from '../src/outbound/market-feed.ts';

const instrument = {
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
};

let bus: TestBus;
let sockets: WebSocket[];
let config: CollectorConfig;
const beats: Heartbeat[] = [];
const http = createServer((_request, response) =>
  response.end('{"lastUpdateId":100,"bids":[["100.00","1.0"]],"asks":[["100.02","1.0"]]}'),
);

const send = (frame: unknown): void => sockets.forEach((socket) => socket.send(JSON.stringify(frame)));
const quote = (bid: string): void => send({ u: 1, s: 'BTCUSDT', b: bid, B: '1', a: '101', A: '1' });
const trade = (id: number): void =>
  send({ e: 'trade', E: 1, s: 'BTCUSDT', t: id, p: '100', q: '1', T: Date.now(), m: true });

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

let app: Awaited<ReturnType<typeof startCollector>> | undefined;

/** Everything that the stream holds. */
async function storedEvents(): Promise<MarketEvent[]> {
  const stored: MarketEvent[] = [];
  await readStream(await bus.connectAs('provisioner'), 'MARKET', ({ data }) => {
    stored.push(marketEventSchema.parse(JSON.parse(new TextDecoder().decode(data))));
  });
  return stored;
}

beforeAll(async () => {
  bus = await startBus();
  sockets = [];
  new WebSocketServer({ server: http }).on('connection', (socket) => sockets.push(socket));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  config = collectorConfigSchema.parse({
    instance: 'c1',
    healthPort: 0,
    bus: { servers: bus.servers, seedFile: bus.seedFile('collector') },
    venue: 'venuesim',
    dialect: 'binance-spot',
    restUrl: `http://127.0.0.1:${port}`,
    wsUrl: `ws://127.0.0.1:${port}/stream`,
    instruments: [instrument],
  });
  const observer = await bus.connectAs('observer');
  observer.nats.subscribe('hb.>', {
    callback: (_error, message) => void beats.push(heartbeatSchema.parse(message.json())),
  });
  await observer.nats.flush();
});

afterAll(async () => {
  await app?.close();
  for (const socket of sockets) socket.terminate();
  http.close();
  http.closeAllConnections();
  await bus.stop();
});

test('publishes what the venue says, numbered without holes, through a restart of the bus, and drains at the end', async () => {
  const collector = (app = await startCollector(config));
  const feed = collector.get(MarketFeed);
  // Nothing known yet, and then whole.
  await until(() => feed.published('gap') === 2);
  quote('100.00');
  trade(1);
  await until(() => feed.published('trade') === 1 && feed.published('quote') === 1);
  const health = await collector.inject({ method: 'GET', url: '/health/ready' });
  expect(health.statusCode).toBe(200);

  await bus.server.kill('SIGTERM');
  trade(2);
  for (let price = 0; price < 5; price++) quote(`100.0${price}`);
  await bus.server.restart();
  trade(3);
  await until(() => feed.published('trade') === 3);

  const metrics = await collector.inject({ method: 'GET', url: '/metrics' });
  expect(metrics.body).toMatch(/portcullis_collector_events_total\{kind="trade",service="collector"\} 3/);
  await until(() => beats.some(({ state, service }) => service === 'collector' && state === 'ready'));
  await collector.close();
  const stored = await storedEvents();
  expect(stored.filter((event) => event.kind === 'trade').map(({ tradeId }) => tradeId)).toEqual(['1', '2', '3']);
  const told = stored.map((event) => (event.kind === 'gap' ? event.reason : event.kind));
  expect(told.slice(0, 3)).toEqual(['disconnect', 'snapshot', 'resync']);
  const sequences = stored.map(({ seq }) => seq);
  expect(sequences).toEqual(sequences.map((_, index) => (sequences[0] ?? 0) + index));
});

test('refuses a definition of another venue with a sentence', async () => {
  await expect(startCollector({ ...config, instruments: [{ ...instrument, venue: 'other' }] })).rejects.toThrow(
    'instruments.0.venue is other, but venue is venuesim',
  );
});
