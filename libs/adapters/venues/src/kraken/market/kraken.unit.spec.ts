import { describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ScaledEvent } from '@portcullis/market';
import { krakenDialect } from './dialect.ts';

const RECEIVED = 1_700_000_000_000_000;
const shared = resolve(process.env['PORTCULLIS_SHARED'] ?? join(import.meta.dirname, '../../../../../../../shared'));
const samples = join(shared, 'data/rest-ws-samples/nautilus/kraken');

function parsedAll(texts: readonly string[], parser = krakenDialect.parser()) {
  const out: ScaledEvent[] = [];
  const errors = texts.flatMap((text) => parser.parse(Buffer.from(text), RECEIVED, out) ?? []);
  return { errors, out, parser };
}

function parsed(text: string) {
  const { errors, out } = parsedAll([text]);
  return { error: errors[0], out };
}

/** The example of "Spot Websockets (v2) Book Checksum", whose checksum is 3310070434. */
const bids =
  '45283.5 0.10000000,45283.4 1.54582015,45282.1 0.10000000,45281.0 0.10000000,45280.3 1.54592586,45279.0 0.07990000,45277.6 0.03310103,45277.5 0.30000000,45277.3 1.54602737,45276.6 0.15445238';
const asks =
  '45285.2 0.00100000,45286.4 1.54571953,45286.6 1.54571109,45289.6 1.54560911,45290.2 0.15890660,45291.8 1.54553491,45294.7 0.04454749,45296.1 0.35380000,45297.5 0.09945542,45299.5 0.18772827';
const levels = (side: string, mark = '') =>
  side
    .split(',')
    .map((level) => level.split(' '))
    .map(([price, qty]) => `{"price":${mark}${price}${mark},"qty":${mark}${qty}${mark}}`)
    .join(',');
const bookFrame = (type: string, [b, a]: readonly [string, string], rest = '') =>
  `{"channel":"book","type":"${type}","data":[{"symbol":"BTC/USD","bids":[${b}],"asks":[${a}]${rest}}]}`;
const documented = bookFrame('snapshot', [levels(bids), levels(asks)], ',"checksum":3310070434');
const update = bookFrame(
  'update',
  ['{"price":45283.5,"qty":0.20000000}', ''],
  ',"checksum":7,"timestamp":"2023-10-06T17:35:55.440295Z"',
);
const trade =
  '{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":105944.20,"qty":0.00027625,"ord_type":"limit","trade_id":10218208,"timestamp":"2023-10-06T17:35:55.440295123Z"}]}';
const ticker =
  '{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":105944.20,"bid_qty":2.5,"ask":105944.30,"ask_qty":1e-8,"last":1}]}';
const ohlc = (minute: string, close = '106040.1') =>
  `{"channel":"ohlc","type":"update","data":[{"symbol":"BTC/USD","interval":1,"interval_begin":"2023-10-04T16:${minute}:00.000000000Z","open":106038.2,"high":106044.3,"low":106038.1,"close":${close},"volume":30927.68066226,"vwap":106039.6,"trades":12}]}`;
const instrument =
  '{"channel":"instrument","type":"snapshot","data":{"assets":[],"pairs":[{"symbol":"BTC/USD","qty_precision":8,"qty_increment":1e-08,"price_precision":1,"tick_size":0.1}]}}';

function checksumAfter(texts: readonly string[]): number | undefined {
  const { errors, out, parser } = parsedAll(texts);
  expect(errors).toEqual([]);
  const book = out.at(-1);
  if (book?.kind !== 'snapshot') throw new Error('no snapshot');
  return parser.checksum?.of('BTC/USD', book.bids, book.asks);
}

describe('frames of WebSocket v2', () => {
  test("the venue's own example of a checksum holds, with numbers as numbers or as texts", () => {
    expect(checksumAfter([documented])).toBe(3_310_070_434);
    expect(checksumAfter([bookFrame('snapshot', [levels(bids, '"'), levels(asks, '"')])])).toBe(3_310_070_434);
    expect(parsed(documented).out).toMatchObject([
      { kind: 'snapshot', sequence: 0, tsEvent: RECEIVED, priceScale: 1, quantityScale: 8, checksum: 3_310_070_434 },
    ]);
  });

  test('it does not hold when one level is altered in its last digit or left out', () => {
    for (const level of [...bids.split(','), ...asks.split(',')]) {
      for (const other of [level.replace(/.$/, '5'), level.replace(/\d /, '6 ')]) {
        if (other === level) continue;
        const [b, a] = [bids, asks].map((side) => levels(side.replace(level, other))) as [string, string];
        expect(checksumAfter([bookFrame('snapshot', [b, a])])).not.toBe(3_310_070_434);
      }
    }
    const shorter = levels(asks.split(',').slice(1).join(','));
    expect(checksumAfter([bookFrame('snapshot', [levels(bids), shorter])])).not.toBe(3_310_070_434);
  });

  test('zeros that a frame leaves out are known from its other levels, or from the instrument channel', () => {
    const trimmed = (side: string) =>
      levels(side)
        .replaceAll(/0+([,}])/g, '$1')
        .replaceAll('.,', ',');
    const frame = bookFrame('snapshot', [trimmed(bids), trimmed(asks)]);
    expect(frame).not.toContain('0}');
    expect(checksumAfter([frame])).toBe(3_310_070_434);
    // All levels with fewer digits than the instrument's.
    const coarse = bookFrame('snapshot', ['{"price":5,"qty":0.1}', '{"price":6,"qty":0.25}']);
    const fine = bookFrame('snapshot', ['{"price":5.0,"qty":0.10000000}', '{"price":6.0,"qty":0.25000000}']);
    expect(checksumAfter([coarse])).not.toBe(checksumAfter([fine]));
    expect(checksumAfter([instrument, coarse])).toBe(checksumAfter([fine]));
  });

  test('numbers of other channels do not change what the checksum is over', () => {
    const finer = trade.replace('105944.20', '45283.123').replace('0.00027625', '0.0000000001');
    expect(checksumAfter([finer, ticker, documented])).toBe(3_310_070_434);
  });

  test('an update has only what changed, and its time is not before that of the snapshot', () => {
    const { errors, out } = parsedAll([documented, update, update.replace('"asks":[],', '')]);
    expect(errors).toEqual([]);
    expect(out.slice(1)).toMatchObject([
      {
        kind: 'delta',
        firstSequence: 0,
        lastSequence: 0,
        previousSequence: -1,
        tsEvent: 1_696_613_755_440_295,
        priceScale: 1,
        quantityScale: 8,
        bids: [452_835, 20_000_000],
        asks: [],
        checksum: 7,
      },
      { asks: [] },
    ]);
    const near = update.replace('2023-10-06T17:35:55.440295Z', '2023-11-14T22:13:19.5Z');
    expect(parsedAll([documented, near]).out[1]).toMatchObject({ tsEvent: RECEIVED, tsEventNanos: 0 });
  });

  test('of several updates of one book in a frame only the last has the checksum', () => {
    const row = /\[(\{"symbol".*\})\]/.exec(update)?.[1] ?? '';
    const { out } = parsedAll([documented, update.replace(row, `${row},${row.replaceAll('0.20000000', '0')}`)]);
    expect(out.map((event) => 'checksum' in event)).toEqual([true, false, true]);
  });

  test('trades, with the nanoseconds of their times', () => {
    expect(parsed(trade).out).toEqual([
      {
        kind: 'trade',
        symbol: 'BTC/USD',
        tsEvent: 1_696_613_755_440_295,
        tsEventNanos: 123,
        priceScale: 1,
        quantityScale: 8,
        tradeId: '10218208',
        price: 1_059_442,
        quantity: 27_625,
        aggressor: 'buy',
      },
    ]);
  });

  test('the ticker is quotes, also in exponents', () => {
    expect(parsed(ticker).out).toMatchObject([
      {
        kind: 'quote',
        tsEvent: RECEIVED,
        priceScale: 1,
        quantityScale: 8,
        bidPrice: 1_059_442,
        bidQuantity: 250_000_000,
        askPrice: 1_059_443,
        askQuantity: 1,
      },
    ]);
    const timed = ticker.replace('"last":1', '"timestamp":"2022-12-25T09:30:59.123456Z"');
    expect(parsed(timed).out).toMatchObject([{ tsEvent: 1_671_960_659_123_456 }]);
  });

  test('a bar is told when the next begins, as it was last; late ones and other periods are nothing', () => {
    const hourly = ohlc('30').replace('"interval":1', '"interval":60');
    const { errors, out } = parsedAll([
      ohlc('25', '1'),
      ohlc('25'),
      hourly,
      ohlc('27'),
      ohlc('26'),
      ohlc('25'),
      ohlc('28'),
    ]);
    expect(errors).toEqual([]);
    expect(out).toMatchObject([
      {
        kind: 'bar',
        start: 1_696_436_700_000_000,
        tsEvent: 1_696_436_759_999_999,
        period: 60_000_000,
        priceScale: 1,
        quantityScale: 8,
        open: 1_060_382,
        high: 1_060_443,
        low: 1_060_381,
        close: 1_060_401,
        volume: 3_092_768_066_226,
        takerVolume: -1,
        quoteVolume: '',
        count: 12,
      },
      { kind: 'bar', start: 1_696_436_820_000_000 },
    ]);
  });

  test('answers, heartbeats and other channels are nothing, a refusal is told', () => {
    const nothing = [
      '{"channel":"heartbeat"}',
      '{"channel":"status","type":"update","data":[{"system":"online","connection_id":15113583034416118705}]}',
      '{"method":"pong","req_id":42,"time_in":"2023-09-25T09:05:00.123456Z"}',
      '{"method":"subscribe","result":{"channel":"book","depth":1000,"snapshot":true,"symbol":"BTC/USD"},"success":true}',
      '{"channel":"instrument","type":"update","data":{"assets":[]}}',
      '{"channel":"executions","data":[{"x":1}]}',
    ];
    expect(parsedAll(nothing)).toMatchObject({ errors: [], out: [] });
    const refused = '{"error":"Currency pair not supported X/Y","method":"subscribe","success":false,"symbol":"X/Y"}';
    expect(parsed(refused).error).toEqual({
      member: 'error',
      value: 'Currency pair not supported X/Y (X/Y)',
      expected: 'an accepted request',
    });
  });

  test.each([
    ['{"channel":"boo', 'frame', 'JSON in UTF-8'],
    ['{"channel":"book","x":01x}', 'frame', 'JSON in UTF-8'],
    ['5', 'frame', 'an object'],
    [documented.replace('"snapshot"', '"else"'), 'type', 'snapshot or update'],
    [documented.replace('"data":[', '"data":{"x":[').replace(/\]\}$/, ']}}'), 'data', 'a list'],
    [documented.replace('BTC/USD', 'BTC USD'), 'symbol', 'a symbol'],
    [documented.replace('"BTC/USD"', '5'), 'symbol', 'a symbol'],
    [documented.replace('45283.5', '-45283.5'), 'bids', 'an unsigned decimal'],
    [documented.replace('45285.2', 'null'), 'asks', 'an unsigned decimal'],
    [documented.replace('0.00100000', '0.0000000000000000001'), 'asks', 'safe integers'],
    [documented.replace('45283.5', '9007199254740992'), 'bids', 'safe integers'],
    [documented.replace('45283.5', '900719925474.5').replace('45283.4', '45283.123456'), 'price', 'safe integers'],
    [documented.replace(/"asks":\[.*\],/, ''), 'asks', 'a list'],
    [documented.replace('{"price":45283.5', '{"other":1'), 'bids', 'an unsigned decimal'],
    [documented.replace('3310070434', '4294967296'), 'checksum', '32 bits'],
    [documented.replace('3310070434', '-1'), 'checksum', 'a whole number'],
    [update.replace('2023-10-06T17', '2023-10-06T25'), 'timestamp', 'RFC 3339'],
    [update.replace('2023-10-06', '2023-02-31'), 'timestamp', 'RFC 3339'],
    [update.replace('"2023-10-06T17:35:55.440295Z"', '1696613755'), 'timestamp', 'RFC 3339'],
    [trade.replace('105944.20', '0'), 'price', 'above zero'],
    [trade.replace('0.00027625', '"x"'), 'qty', 'an unsigned decimal'],
    [trade.replace('"buy"', '"b"'), 'side', 'buy or sell'],
    [trade.replace('10218208', '10218208.5'), 'trade_id', 'a whole number'],
    [trade.replace('10218208', '9007199254740993'), 'trade_id', 'safe integers'],
    [trade.replace(/,"timestamp":[^}]*/, ''), 'timestamp', 'RFC 3339'],
    [ticker.replace('"bid":105944.20', '"bid":null'), 'bid', 'an unsigned decimal'],
    [ticker.replace('"ask_qty":1e-8', '"ask_qty":true'), 'ask_qty', 'an unsigned decimal'],
    [ohlc('25').replace(':00.000000000Z', ':30.000000000Z'), 'interval_begin', 'a minute'],
    [ohlc('25').replace('"trades":12', '"trades":1.5'), 'trades', 'a whole number'],
    [ohlc('25').replace('"volume":30927.68066226', '"volume":"?"'), 'volume', 'an unsigned decimal'],
    [ohlc('25').replace('106038.2', '9007199254740991'), 'price', 'safe integers'],
    [instrument.replace('"price_precision":1', '"price_precision":40'), 'price_precision', 'places'],
    [instrument.replace('"pairs":[', '"pairs":[5,'), 'pairs', 'an object'],
  ])('what is wrong is named, and nothing of it told: %s', (text, member, expected) => {
    const { error, out } = parsed(text);
    expect(error).toMatchObject({ member });
    expect(error?.expected).toContain(expected);
    expect(error?.value.length).toBeLessThanOrEqual(100);
    expect(out).toEqual([]);
  });

  test('bytes that are no UTF-8 are malformed', () => {
    const bytes = Buffer.from(trade);
    bytes[bytes.indexOf('BTC')] = 0xff;
    expect(krakenDialect.parser().parse(bytes, RECEIVED, [])).toMatchObject({ member: 'frame' });
  });

  test('what is nested deeply is malformed, not an accident', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(parsed(documented.replace(/\[\{.*\]/, deep))).toMatchObject({ error: { member: 'data' }, out: [] });
  });

  test('one odd number does not spoil those after it', () => {
    const odd = documented.replace('45283.5', '0.000000000000000001').replaceAll(/\{"price":4[^}]*\},?/g, '');
    const { errors, out } = parsedAll([odd.replace(',]', ']'), documented, update]);
    expect(errors).toEqual([]);
    expect(out).toMatchObject([{ priceScale: 18 }, { priceScale: 1 }, { priceScale: 1 }]);
    const fine = trade.replace('105944.20', '0.000000000000001');
    expect(parsedAll([fine, trade]).out).toMatchObject([{ priceScale: 15 }, { priceScale: 1, price: 1_059_442 }]);
  });

  test('the samples of another client read', () => {
    if (!existsSync(samples)) {
      process.stderr.write(`kraken: no samples at ${samples} (set PORTCULLIS_SHARED); nothing was checked\n`);
      return;
    }
    const names = [
      'book_snapshot',
      'book_update',
      'ohlc_update',
      'ticker_snapshot',
      'trade_update',
      'pong',
      'subscribe_response',
    ];
    const texts = names.map((name) => readFileSync(join(samples, `ws_${name}.json`), 'utf8'));
    const { errors, out } = parsedAll(texts);
    expect(errors).toEqual([]);
    expect(out.map(({ kind }) => kind)).toEqual(['snapshot', 'delta', 'quote', 'trade', 'trade']);
    expect(out[0]).toMatchObject({ bids: [1_059_442, 136, 1_059_354, 24, 1_059_201, 52], quantityScale: 3 });
    const time = JSON.parse(readFileSync(join(samples, 'http_server_time.json'), 'utf8')) as unknown;
    expect(krakenDialect.clock?.read(time)).toBe(1_762_820_224_500_000);
  });
});

describe('requests to Kraken', () => {
  test('each stream has its channel, in parts of a hundred symbols', () => {
    const streams = ['quote', 'trade', 'book', 'bar', 'mark', 'funding'] as const;
    expect(krakenDialect.subscribe({ symbols: ['BTC/USD'], streams })).toEqual([
      '{"method":"subscribe","params":{"channel":"ticker","event_trigger":"bbo","symbol":["BTC/USD"],"snapshot":true}}',
      '{"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD"],"snapshot":false}}',
      '{"method":"subscribe","params":{"channel":"book","depth":1000,"symbol":["BTC/USD"],"snapshot":true}}',
      '{"method":"subscribe","params":{"channel":"ohlc","interval":1,"symbol":["BTC/USD"],"snapshot":false}}',
    ]);
    const symbols = Array.from({ length: 150 }, (_, n) => `S${n}/USD`);
    expect(krakenDialect.unsubscribe({ symbols, streams: ['book'] })).toHaveLength(2);
    expect(krakenDialect.unsubscribe({ symbols: ['A/B'], streams: ['book'] })).toEqual([
      '{"method":"unsubscribe","params":{"channel":"book","depth":1000,"symbol":["A/B"]}}',
    ]);
    expect(krakenDialect.streams).toEqual(['quote', 'trade', 'book', 'bar']);
  });

  test('the clock is read, or not', () => {
    expect(krakenDialect.clock?.request.path).toBe('/0/public/Time');
    for (const body of [
      null,
      {},
      { result: null },
      { result: { unixtime: '1' } },
      { result: { unixtime: 1.5e9 + 0.5 } },
    ]) {
      expect(krakenDialect.clock?.read(body)).toBeUndefined();
    }
  });
});
