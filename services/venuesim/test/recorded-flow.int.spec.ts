import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@portcullis/testkit';
import { inspectCapture } from '../src/inbound/flow/inspect-capture.ts';
import type { Venue } from '../src/venue.ts';
import { CaptureBuilder } from './capture-builder.ts';
import { Scratch, account, client, fault, openVenue, state } from './fixture.ts';
import { LocalBook } from './local-book.ts';

const scratch = new Scratch();
const venues: Venue[] = [];
let count = 0;

afterAll(async () => {
  await Promise.all(venues.map((venue) => venue.stop()));
  scratch.remove();
});

async function play(file: string, speed: number): Promise<Venue> {
  const venue = await openVenue(scratch, {
    ledgerDir: scratch.path(`ledger-${count++}`),
    accounts: [account('main', { XYZ: '1000', USDT: '1000000', BTC: '10', ETH: '1000', USD: '1000000' })],
    markets: [{ flow: { kind: 'recorded', file, speed } }],
    limits: { weightPerMinute: 1_000_000 },
  });
  venues.push(venue);
  return venue;
}

const capture = (name: string, builder: CaptureBuilder): string => builder.write(scratch.path(`${name}.gz`));

describe('a recorded market', () => {
  test('a naive client ends with the book of the recording', async () => {
    const builder = new CaptureBuilder();
    for (let i = 0; i < 300; i++) builder.step();
    const venue = await play(capture('whole', builder), 20);
    const book = await new LocalBook(venue.url, 'XYZUSDT').open();
    await eventually('the end of the recording', () => venue.counters.flowFrames === builder.lines.length);
    const end = await book.depth();
    await eventually('the book at its end', () => book.sequence >= end.lastUpdateId);
    expect(book.gaps).toEqual([]);
    expect(book.strayTouches).toEqual([]);
    expect(book.diffs).toBeGreaterThan(5);
    expect(book.levels()).toEqual(builder.levels());
    expect({ bids: end.bids, asks: end.asks }).toEqual(builder.levels());
    // Nothing of ours was in the book, so that the numbers are the recording's own.
    expect(book.sequence - end.lastUpdateId).toBe(0);
    book.close();
  });

  test('an order that a print reaches is traded through at its own price, one beyond it is not', async () => {
    const builder = new CaptureBuilder(4);
    for (let i = 0; i < 30; i++) builder.step();
    const { bid } = builder.touch();
    builder.print(bid - 50, 100_000, true);
    const file = capture('through', builder);
    const venue = await openVenue(scratch, {
      ledgerDir: scratch.path('through'),
      accounts: [account('main', { XYZ: '1000', USDT: '1000000' })],
      markets: [{ flow: { kind: 'recorded', file, speed: 2, atEnd: 'stop' } }],
      faults: true,
    });
    venues.push(venue);
    await fault(venue, { freezeMarket: true });
    const exchange = await client(venue, 'main');
    await exchange.loadMarkets();
    const order = await exchange.createOrder('XYZ/USDT', 'limit', 'buy', 1, (bid - 40) / 100);
    const beyond = await exchange.createOrder('XYZ/USDT', 'limit', 'buy', 1, (bid - 120) / 100);
    await fault(venue, { freezeMarket: false });
    const filled = await eventually('the order to be closed', async () => {
      const now = await exchange.fetchOrder(order.id, 'XYZ/USDT');
      return now.status === 'closed' && now;
    });
    expect(filled).toMatchObject({ filled: 1, average: (bid - 40) / 100 });
    expect(await exchange.fetchOrder(beyond.id, 'XYZ/USDT')).toMatchObject({ status: 'open', filled: 0 });
    const trades = venue.ledger().filter((record) => record.type === 'trade');
    expect(trades).toHaveLength(1);
    expect(trades[0]).toMatchObject({ symbol: 'XYZUSDT', quantity: '1', taker: null, maker: { account: 'main' } });
    await exchange.close();
  });

  test('the snapshot is found wherever it stands, so that orders can be taken at once', async () => {
    const plain = new CaptureBuilder(5);
    const snapshot = plain.lines.shift() as string;
    for (let i = 0; i < 20; i++) plain.step();
    plain.lines.splice(15, 0, snapshot);
    const venue = await play(capture('late-snapshot', plain), 0.01);
    const { markets } = await state(venue);
    expect(Number(markets.XYZUSDT?.bidPrice)).toBeGreaterThan(0);
  });

  test('begins again at its end, if it is told to, with numbers that go on rising', async () => {
    const builder = new CaptureBuilder(8);
    for (let i = 0; i < 40; i++) builder.step();
    const flow = { kind: 'recorded', file: capture('loop', builder), speed: 10, atEnd: 'loop' } as const;
    const venue = await openVenue(scratch, { ledgerDir: scratch.path('loop'), markets: [{ flow }] });
    venues.push(venue);
    const book = await new LocalBook(venue.url, 'XYZUSDT').open();
    await eventually('three rounds of the recording', () => venue.counters.flowFrames > 3 * builder.lines.length);
    expect([...book.gaps, ...book.strayTouches]).toEqual([]);
    expect(book.diffs).toBeGreaterThan(10);
    book.close();
  });

  test('without a snapshot the book grows from its updates', async () => {
    const builder = new CaptureBuilder(6, false);
    for (let i = 0; i < 50; i++) builder.step();
    const venue = await play(capture('no-snapshot', builder), 1000);
    await eventually('the end of the recording', () => venue.counters.flowFrames === builder.lines.length);
    const { markets } = await state(venue);
    const { bid, ask } = builder.touch();
    expect([Number(markets.XYZUSDT?.bidPrice), Number(markets.XYZUSDT?.askPrice)]).toEqual([bid / 100, ask / 100]);
  });
});

describe('a capture that cannot be used', () => {
  const failed = async (file: string): Promise<string> =>
    play(file, 1).then(
      () => 'started',
      (error: Error) => error.message,
    );

  test('is missing, empty, not gzip', async () => {
    expect(await failed(scratch.path('none.gz'))).toMatch(/none\.gz cannot be read \(ENOENT\)/);
    writeFileSync(scratch.path('empty.gz'), '');
    expect(await failed(scratch.path('empty.gz'))).toMatch(/empty\.gz is empty/);
    writeFileSync(scratch.path('plain.gz'), 'hello');
    expect(await failed(scratch.path('plain.gz'))).toMatch(/plain\.gz is not gzip/);
    writeFileSync(scratch.path('blank.gz'), gzipSync('\n\n'));
    expect(await failed(scratch.path('blank.gz'))).toMatch(/blank\.gz holds no market data/);
  });

  test('is corrupt: the file and the line are named', async () => {
    const damaged = (line: string): Promise<string> =>
      failed(capture(`damaged-${count}`, new CaptureBuilder().step().raw(line).step()));
    expect(await damaged('1723161253000000000 {"stream":"xyzusdt@dep')).toMatch(
      /damaged-\d+\.gz is corrupt at line 4: its frame is not whole JSON/,
    );
    expect(await damaged('yesterday {}')).toMatch(/at line 4: it does not begin with a receive time/);
    const future =
      '2723161253000000000 {"stream":"xyzusdt@depth","data":{"e":"depthUpdate","E":1723161253000,"s":"XYZUSDT","U":1,"u":2,"b":[],"a":[]}}';
    expect(await damaged(future)).toMatch(/more than an hour away/);
    expect(
      await damaged('1723161253000000000 {"stream":"xyzusdt@depth","data":{"e":"depthUpdate","s":"XYZUSDT","U":1}}'),
    ).toMatch(/no levels/);
  });

  test('ends too soon: the place is named', async () => {
    const builder = new CaptureBuilder();
    for (let i = 0; i < 500; i++) builder.step();
    const whole = gzipSync(builder.lines.join('\n'));
    writeFileSync(scratch.path('cut.gz'), whole.subarray(0, whole.length / 2));
    expect(await failed(scratch.path('cut.gz'))).toMatch(/cut\.gz is corrupt at line \d+: the gzip data end/);
  });

  test('beyond what is read at the start, corrupt lines are counted and passed over', async () => {
    const builder = new CaptureBuilder();
    builder.step();
    const repeated = builder.lines.at(-1) as string;
    for (let i = 0; i < 20_000; i++) builder.raw(repeated);
    builder.raw('1723161253000000000 {"half').step();
    const venue = await play(capture('long', builder), 10_000);
    await eventually('the last whole line', () => venue.counters.flowFrames === builder.lines.length - 1);
    expect(venue.counters.corruptLines).toBe(1);
  });
});

describe('the recordings of real markets', () => {
  const shared = process.env.PORTCULLIS_SHARED ?? resolve(import.meta.dirname, '../../../../shared/data');
  const folder = `${shared}/ws-raw/hftbacktest`;
  if (!existsSync(folder)) {
    test('are not here: set PORTCULLIS_SHARED to the folder of the shared data to check them', () => {
      expect(existsSync(folder)).toBe(false);
    });
    return;
  }

  test.each([
    ['binance-spot/btcusdt_20240808.gz', 'BTCUSDT', '0.01', '0.00001'],
    ['binance-usdm/btcusdt_20240808.gz', 'BTCUSDT', '0.1', '0.001'],
    ['binance-cm/ethusd_perp_20240808.gz', 'ETHUSD_PERP', '0.01', '1'],
  ])('%s plays with whole sequences and the touch of its quotes', async (path, symbol, tickSize, lotSize) => {
    const file = `${folder}/${path}`;
    const scan = await inspectCapture(file, { linesMax: 20_000 });
    expect(scan).toMatchObject({ symbol, definition: { tickSize, lotSize }, corruptLines: 0 });
    const venue = await play(file, 20);
    const book = await new LocalBook(venue.url, symbol).open();
    await eventually('500 diffs and 1000 quotes', () => book.diffs >= 500 && book.quotes >= 1000, { msMax: 40_000 });
    await fault(venue, { freezeMarket: true });
    const end = await eventually('the book at the sequence of /depth', async () => {
      const depth = await book.depth();
      return depth.lastUpdateId === book.sequence && depth;
    });
    expect(book.gaps).toEqual([]);
    expect(book.strayTouches).toEqual([]);
    const { bids, asks } = book.levels();
    expect({ bids: bids.slice(0, 500), asks: asks.slice(0, 500) }).toEqual({
      bids: end.bids.slice(0, 500),
      asks: end.asks.slice(0, 500),
    });
    book.close();
    await venue.stop();
  });
});
