import 'reflect-metadata';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { ArchiveReader, QualityLedger } from '@portcullis/archive';
import { readStream } from '@portcullis/bus';
import { type Heartbeat, type MarketEvent, heartbeatSchema, marketEventSchema } from '@portcullis/contracts';
import type { NumberedEvent } from '@portcullis/market';
import { openObjectStore } from '@portcullis/objects';
import { type TestBus, startBus } from '@portcullis/testkit';
import { type WebSocket, WebSocketServer } from 'ws';
import { type RunningCollector, startCollector } from '../src/app.module.ts';
import { ConfigFile } from '../src/inbound/config-file.ts';

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

const sockets = new Set<WebSocket>();
const subscribed: string[] = [];
let dir = '';
let count = 0;
let port = 0;
let quotes = 0;
let running: RunningCollector | undefined;
const http = createServer((request, response) =>
  response.end(
    request.url?.startsWith('/api/v3/time') === true
      ? JSON.stringify({ serverTime: Date.now() })
      : '{"lastUpdateId":100,"bids":[["100.00","1.0"]],"asks":[["100.02","1.0"]]}',
  ),
);

const send = (frame: unknown): void => sockets.forEach((socket) => socket.send(JSON.stringify(frame)));
const quote = (bid: string): void => send({ u: ++quotes, s: 'BTCUSDT', b: bid, B: '1', a: '101', A: '1' });
const trade = (id: number): void =>
  send({ e: 'trade', E: Date.now(), s: 'BTCUSDT', t: id, p: '100', q: '1', T: Date.now(), m: true, M: true });

/** The patience only bounds a hang: no test depends on how long it takes. */
async function until(condition: () => boolean | Promise<boolean>, patienceMs = 20_000): Promise<void> {
  const end = Date.now() + patienceMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`nothing within ${patienceMs} ms: ${condition.toString()}`);
    await sleep(5);
  }
}

const config = (more: Record<string, unknown> = {}, instruments: unknown[] = ['BTCUSDT']): Record<string, unknown> => ({
  instance: 'c1',
  healthPort: 0,
  venues: [
    {
      venue: 'venuesim',
      dialect: 'binance-spot',
      restUrl: `http://127.0.0.1:${port}`,
      wsUrl: `ws://127.0.0.1:${port}/stream`,
      instruments,
    },
  ],
  ...more,
});

/** Starts a collector from a configuration file of its own. */
async function start(content: Record<string, unknown>): Promise<RunningCollector & { readonly path: string }> {
  const path = join(dir, `config-${count++}.json`);
  writeFileSync(path, JSON.stringify(content));
  const file = new ConfigFile(path);
  running = await startCollector(file.read(), file);
  return { ...running, path };
}

const counted = (kind: MarketEvent['kind'], symbol = 'BTCUSDT'): number =>
  running?.collector.pipeline.find('venuesim', symbol)?.events.get(kind) ?? 0;
const isWhole = (): boolean => running?.collector.broken.length === 0;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'portcullis-collector-'));
  new WebSocketServer({ server: http }).on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('message', (data) => subscribed.push((data as Buffer).toString()));
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  ({ port } = http.address() as AddressInfo);
});

afterEach(async () => {
  await running?.app.close();
  running = undefined;
  subscribed.length = 0;
});

afterAll(() => {
  for (const socket of sockets) socket.terminate();
  http.close();
  http.closeAllConnections();
  rmSync(dir, { recursive: true, force: true });
});

describe('on the bus', () => {
  let bus: TestBus;
  const beats: Heartbeat[] = [];
  beforeAll(async () => {
    bus = await startBus();
    const observer = await bus.connectAs('observer');
    observer.nats.subscribe('hb.>', {
      callback: (_error, message) => void beats.push(heartbeatSchema.parse(message.json())),
    });
    await observer.nats.flush();
  });
  afterAll(() => bus.stop());

  /** Everything that the stream holds. */
  async function storedEvents(): Promise<MarketEvent[]> {
    const stored: MarketEvent[] = [];
    await readStream(await bus.connectAs('provisioner'), 'MARKET', ({ data }) => {
      stored.push(marketEventSchema.parse(JSON.parse(new TextDecoder().decode(data))));
    });
    return stored;
  }

  test('publishes what the venue says, numbered without holes, through a restart of the bus, and drains at the end', async () => {
    const bussed = { bus: { servers: bus.servers, seedFile: bus.seedFile('collector') } };
    const { app, collector } = await start(config(bussed, [instrument]));
    const { feed } = collector;
    // Nothing known yet, and then whole.
    await until(() => feed?.published('gap') === 2);
    quote('100.00');
    trade(1);
    await until(() => feed?.published('trade') === 1 && feed.published('quote') === 1);
    expect((await app.inject({ method: 'GET', url: '/health/ready' })).statusCode).toBe(200);

    await bus.server.kill('SIGTERM');
    trade(2);
    for (let price = 0; price < 5; price++) quote(`100.0${price}`);
    await until(() => counted('quote') === 6);
    await bus.server.restart();
    trade(3);
    await until(() => feed?.published('trade') === 3);

    const metrics = await app.inject({ method: 'GET', url: '/metrics' });
    expect(metrics.body).toMatch(
      /portcullis_collector_events_total\{venue="venuesim",symbol="BTCUSDT",kind="trade",service="collector"\} 3/,
    );
    await until(() => beats.some(({ service, state }) => service === 'collector' && state === 'ready'));
    await app.close();
    const stored = await storedEvents();
    expect(stored.filter((event) => event.kind === 'trade').map(({ tradeId }) => tradeId)).toEqual(['1', '2', '3']);
    const told = stored.map((event) => (event.kind === 'gap' ? event.reason : event.kind));
    expect(told.slice(0, 3)).toEqual(['disconnect', 'snapshot', 'resync']);
    expect(told.at(-1)).toBe('disconnect');
    // Quotes that came while the bus was away were conflated, and the message after them says how many.
    const numbers = stored.flatMap(({ seq, skipped = 0 }) => [...Array.from({ length: skipped }, () => 0), seq]);
    expect(numbers.map((seq, at) => seq === 0 || seq - at === stored[0]!.seq)).not.toContain(false);
    expect(numbers.filter((seq) => seq === 0).length).toBe(feed?.counters.conflated);
  });
});

describe('without a bus', () => {
  test('keeps events, quality windows and raw frames, and has them in the store when it ends', async () => {
    const store = `file://${join(dir, 'archive')}`;
    const raw = join(dir, 'raw');
    const { app, path } = await start(
      config({ archive: { store, spoolDir: join(dir, 'spool') }, rawCapture: { dir: raw } }),
    );
    await until(isWhole);
    for (const id of [1, 2, 5]) trade(id);
    quote('100.00');
    await until(() => counted('trade') === 3 && counted('quote') === 1);
    const quality = await app.inject({ method: 'GET', url: '/v1/quality?venue=venuesim&symbol=BTCUSDT' });
    const { windows } = quality.json<{ windows: { stream: string; gaps: number; messages: number }[] }>();
    expect(windows.find(({ stream }) => stream === 'trade')).toMatchObject({ messages: 3 });
    expect((await app.inject({ method: 'GET', url: '/v1/uploader' })).statusCode).toBe(200);
    await app.close();

    const archive = openObjectStore(store);
    const reader = new ArchiveReader({ store: archive, cacheDir: join(dir, 'cache') });
    const events: NumberedEvent[] = [];
    for await (const event of reader.events({ venues: ['venuesim'] })) events.push(event);
    await reader.close();
    events.sort((a, b) => a.seq - b.seq);
    const told = events.map((event) => (event.kind === 'gap' ? `${event.reason} ${event.stream}` : event.kind));
    expect(told).toEqual([
      'disconnect all',
      'snapshot',
      'resync all',
      'trade',
      'trade',
      'gap trade',
      'trade',
      'quote',
      'disconnect all',
    ]);
    const kept = await new QualityLedger(archive).read({ venue: 'venuesim', symbol: 'BTCUSDT', from: 0, to: 4e15 });
    expect(kept.filter(({ stream }) => stream === 'trade').reduce((sum, { messages }) => sum + messages, 0)).toBe(3);
    await archive.close();

    const folder = join(raw, 'venuesim/BTCUSDT');
    const lines = readdirSync(folder).flatMap((name) =>
      gunzipSync(readFileSync(join(folder, name)))
        .toString()
        .trim()
        .split('\n'),
    );
    expect(lines.every((line) => /^\d{19} \{/.test(line))).toBe(true);
    expect(lines.filter((line) => line.includes('lastUpdateId'))).toHaveLength(1);
    expect(existsSync(path)).toBe(true);
  });

  test('takes instruments in and leaves them out while it runs, and writes that down', async () => {
    const { app, path } = await start(config());
    const url = '/v1/instruments/venuesim/ETHUSDT';
    const written = (): unknown =>
      (JSON.parse(readFileSync(path, 'utf8')) as { venues: [{ instruments: unknown }] }).venues[0].instruments;
    await until(isWhole);
    expect((await app.inject({ method: 'PUT', url })).json()).toEqual({
      venue: 'venuesim',
      symbol: 'ETHUSDT',
      collected: true,
    });
    await until(() => counted('snapshot', 'ETHUSDT') === 1);
    expect(written()).toEqual(['BTCUSDT', 'ETHUSDT']);
    const { instruments } = (await app.inject({ method: 'GET', url: '/v1/instruments' })).json<{
      instruments: { symbol: string; whole: boolean }[];
    }>();
    expect(instruments).toMatchObject([{ symbol: 'BTCUSDT' }, { symbol: 'ETHUSDT', whole: true }]);
    expect((await app.inject({ method: 'DELETE', url })).statusCode).toBe(200);
    expect(written()).toEqual(['BTCUSDT']);
    await until(() => subscribed.some((text) => text.includes('UNSUBSCRIBE') && text.includes('ethusdt@trade')));
    // What nobody collected before begins anew.
    writeFileSync(path, JSON.stringify(config({}, ['BTCUSDT', 'SOLUSDT'])));
    await until(() => counted('snapshot', 'SOLUSDT') === 1);
    expect(counted('snapshot')).toBe(1);
  });

  test.each([
    ['PUT', '/v1/instruments/other/X', {}, 404],
    ['PUT', '/v1/instruments/venuesim/a%20b', {}, 400],
    ['PUT', '/v1/instruments/venuesim/X', { origin: 'http://evil.example' }, 403],
    ['DELETE', '/v1/instruments/venuesim/X', {}, 404],
    ['GET', '/v1/quality?venue=venuesim', {}, 400],
    ['GET', '/v1/quality?venue=v&symbol=s&from=5&to=4', {}, 400],
    ['GET', '/v1/uploader', {}, 404],
  ] as const)('%s %s is refused (%j, %d)', async (method, url, headers, status) => {
    const { app } = running ?? (await start(config()));
    const answer = await app.inject({ method, url, headers });
    expect([answer.statusCode, typeof answer.json<{ error: unknown }>().error]).toEqual([status, 'string']);
  });

  test('a changed configuration that is wrong changes nothing', async () => {
    const { collector, path } = await start(config());
    await until(isWhole);
    writeFileSync(path, '{"venues": []}');
    collector.reload();
    expect(collector.symbols('venuesim')).toEqual(['BTCUSDT']);
  });
});

describe('a wrong configuration is refused with a sentence', () => {
  test.each([
    ['venues.0.instruments.0.venue is other, but venue is venuesim', config({}, [{ ...instrument, venue: 'other' }])],
    ['unknown field spool', config({ spool: 1 })],
    [
      'two venues are called v',
      { ...config(), venues: [1, 2].map(() => ({ venue: 'v', dialect: 'okx', instruments: [] })) },
    ],
    ['venues.0.dialect', { ...config(), venues: [{ venue: 'v', dialect: 'nasdaq', instruments: [] }] }],
    [
      'expected each stream once',
      { ...config(), venues: [{ venue: 'v', dialect: 'okx', streams: ['book', 'book'], instruments: [] }] },
    ],
  ])('%s', async (words, content) => {
    await expect(start(content)).rejects.toThrow(words);
  });
});
