import { describe, expect, test } from '@jest/globals';
import { parseFrame, parseSnapshot } from './parse-frame.ts';
import { plainDecimal } from './plain-decimal.ts';

const RECEIVED = 1_723_161_253_000_000;

// Frames in the form in which they were recorded, shortened.
const recorded = {
  bookTicker:
    '{"stream":"btcusdt@bookTicker","data":{"u":50093239203,"s":"BTCUSDT","b":"61659.74000000","B":"1.22512000","a":"61659.75000000","A":"0.10000000"}}',
  trade:
    '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161254456,"s":"BTCUSDT","t":3722912841,"p":"61659.75000000","q":"0.00033000","T":1723161254455,"m":false,"M":true}}',
  aggTrade:
    '{"e":"aggTrade","E":1633998512999,"s":"NKNUSDT","a":11,"p":"0.35800000","q":"100.00000000","f":1,"l":2,"T":1633998512998,"m":true,"M":true}',
  depth:
    '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161254459,"s":"BTCUSDT","U":50093239189,"u":50093239202,"b":[["61659.74000000","1.22512000"],["61650.00000000","0.00000000"]],"a":[]}}',
  snapshot:
    '{"lastUpdateId":50093239218,"bids":[["61659.74000000","1.22512000"]],"asks":[["61659.75000000","0.10000000"]]}',
};
const parsed = (text: string) => parseFrame(JSON.parse(text), RECEIVED);

describe('frames of Binance spot', () => {
  test('a book ticker is a quote at the time of its receipt', () => {
    expect(parsed(recorded.bookTicker)).toEqual({
      ok: true,
      value: {
        kind: 'quote',
        symbol: 'BTCUSDT',
        tsEvent: RECEIVED,
        bidPrice: '61659.74',
        bidQuantity: '1.22512',
        askPrice: '61659.75',
        askQuantity: '0.1',
      },
    });
  });

  test('trades carry their own time in microseconds and the side that took', () => {
    expect(parsed(recorded.trade)).toEqual({
      ok: true,
      value: {
        kind: 'trade',
        symbol: 'BTCUSDT',
        tsEvent: 1_723_161_254_455_000,
        tradeId: '3722912841',
        price: '61659.75',
        quantity: '0.00033',
        aggressor: 'buy',
      },
    });
    expect(parsed(recorded.aggTrade)).toMatchObject({
      ok: true,
      value: { tradeId: '11', price: '0.358', quantity: '100', aggressor: 'sell' },
    });
    expect(parsed(recorded.trade.replace('1723161254455,', '1723161254455123,'))).toMatchObject({
      value: { tsEvent: 1_723_161_254_455_123 },
    });
  });

  test('a depth update is a delta, a depth answer a snapshot', () => {
    expect(parsed(recorded.depth)).toEqual({
      ok: true,
      value: {
        kind: 'delta',
        symbol: 'BTCUSDT',
        tsEvent: 1_723_161_254_459_000,
        firstSequence: 50093239189,
        lastSequence: 50093239202,
        bids: [
          ['61659.74', '1.22512'],
          ['61650', '0'],
        ],
        asks: [],
      },
    });
    expect(parseSnapshot(JSON.parse(recorded.snapshot), 'BTCUSDT', RECEIVED)).toMatchObject({
      ok: true,
      value: { kind: 'snapshot', symbol: 'BTCUSDT', sequence: 50093239218, bids: [['61659.74', '1.22512']] },
    });
  });

  test('answers and streams that nobody asked for are nothing', () => {
    expect(parsed('{"result":null,"id":1}')).toEqual({ ok: true, value: undefined });
    expect(parsed('{"e":"kline","s":"BTCUSDT"}')).toEqual({ ok: true, value: undefined });
  });

  test('a wrong member is named', () => {
    expect(parsed(recorded.trade.replace('"61659.75000000"', '"6e4"'))).toEqual({
      ok: false,
      error: { member: 'p', value: '"6e4"' },
    });
    expect(parsed(recorded.trade.replace('"m":false', '"m":0'))).toMatchObject({ error: { member: 'm' } });
    expect(parsed(recorded.depth.replace('50093239189', '"x"'))).toMatchObject({ error: { member: 'U' } });
    expect(parsed(recorded.depth.replace('"61650.00000000",', ''))).toMatchObject({ error: { member: 'b' } });
    expect(parsed('[1]')).toMatchObject({ error: { member: 'frame' } });
    expect(parseSnapshot({ lastUpdateId: 1 }, 'BTCUSDT', RECEIVED)).toMatchObject({ error: { member: 'bids' } });
  });

  test('numbers lose their trailing zeros and nothing else', () => {
    expect(['100', '100.0', '0.00000000', '10.500', '0.1'].map(plainDecimal)).toEqual([
      '100',
      '100',
      '0',
      '10.5',
      '0.1',
    ]);
    expect(['1e5', '-1', '01', '.5', '5.', '', 'NaN', 5].map(plainDecimal)).toEqual(
      Array.from({ length: 8 }, () => undefined),
    );
  });
});
