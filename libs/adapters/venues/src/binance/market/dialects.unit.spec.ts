import { describe, expect, test } from '@jest/globals';
import type { ScaledEvent } from '@portcullis/market';
import { binanceCoinmDialect, binanceSpotDialect, binanceUsdmDialect } from './dialects.ts';

const RECEIVED = 1_723_161_253_000_000;

function parsed(text: string, dialect = binanceSpotDialect) {
  const out: ScaledEvent[] = [];
  const error = dialect.parser().parse(Buffer.from(text), RECEIVED, out);
  return { error, out };
}

const depth =
  '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161254459,"s":"BTCUSDT","U":50093239189,"u":50093239202,"b":[["61659.74000000","1.22512000"],["61650.00000000","0.00000000"]],"a":[]}}';
const trade =
  '{"e":"trade","E":1723161254456,"s":"BTCUSDT","t":3722912841,"p":"61659.75000000","q":"0.00033000","T":1723161254455,"m":false,"M":true}';
const closed =
  '{"stream":"nknusdt@kline_1m","data":{"e":"kline","E":1633998540001,"s":"NKNUSDT","k":{"t":1633998480000,"T":1633998539999,"s":"NKNUSDT","i":"1m","f":19862761,"L":19862790,"o":"0.35270000","c":"0.35280000","h":"0.35280000","l":"0.35220000","v":"25877.50000000","n":30,"x":true,"q":"9116.04600000","V":"58.00000000","Q":"20.46240000","B":"0"}}}';
const mark =
  '{"stream":"btcusdt@markPrice@1s","data":{"e":"markPriceUpdate","E":1562305380000,"s":"BTCUSDT","p":"11794.15000000","i":"11784.62659091","P":"11784.25641265","r":"-0.00038167","T":1562306400000}}';

describe('frames of Binance', () => {
  test('a quote of spot has the time of its receipt, one of the futures the time of the match', () => {
    const spot =
      '{"u":400900217,"s":"BNBUSDT","b":"25.35190000","B":"31.21000000","a":"25.36520000","A":"40.66000000"}';
    expect(parsed(spot).out).toEqual([
      {
        kind: 'quote',
        symbol: 'BNBUSDT',
        tsEvent: RECEIVED,
        tsEventNanos: 0,
        priceScale: 4,
        quantityScale: 2,
        sequence: 400900217,
        bidPrice: 253519,
        bidQuantity: 3121,
        askPrice: 253652,
        askQuantity: 4066,
      },
    ]);
    const futures = spot.replace('}', ',"e":"bookTicker","T":1723161256313,"E":1723161256315}');
    expect(parsed(futures, binanceUsdmDialect).out).toMatchObject([{ tsEvent: 1_723_161_256_313_000 }]);
  });

  test('trades carry the side that took, in milliseconds or microseconds', () => {
    expect(parsed(trade).out).toMatchObject([
      {
        kind: 'trade',
        tsEvent: 1_723_161_254_455_000,
        tradeId: '3722912841',
        price: 6165975,
        quantity: 33,
        aggressor: 'buy',
      },
    ]);
    expect(parsed(trade.replace('1723161254455,', '1723161254455123,')).out).toMatchObject([
      { tsEvent: 1_723_161_254_455_123 },
    ]);
  });

  test('aggregates are trades, unless the single ones came', () => {
    const aggregate = trade.replace('"trade"', '"aggTrade"').replace('"t":3722912841', '"a":11,"f":1,"l":2');
    const parser = binanceSpotDialect.parser();
    const out: ScaledEvent[] = [];
    for (const text of [aggregate, trade, aggregate]) parser.parse(Buffer.from(text), RECEIVED, out);
    expect(out).toMatchObject([{ tradeId: '11' }, { tradeId: '3722912841' }]);
  });

  test('only finished bars of a minute are events', () => {
    expect(parsed(closed).out).toEqual([
      {
        kind: 'bar',
        symbol: 'NKNUSDT',
        tsEvent: 1_633_998_539_999_999,
        tsEventNanos: 0,
        priceScale: 4,
        quantityScale: 1,
        period: 60_000_000,
        start: 1_633_998_480_000_000,
        open: 3527,
        high: 3528,
        low: 3522,
        close: 3528,
        volume: 258_775,
        takerVolume: 580,
        quoteVolume: '9116.046',
        count: 30,
      },
    ]);
    expect(parsed(closed.replace('"x":true', '"x":false'))).toEqual({ error: undefined, out: [] });
    expect(parsed(closed.replace('"i":"1m"', '"i":"1h"'))).toEqual({ error: undefined, out: [] });
  });

  test('a mark price brings the funding rate, where there is one', () => {
    expect(parsed(mark, binanceUsdmDialect).out).toMatchObject([
      {
        kind: 'mark',
        priceScale: 8,
        price: 1_179_415_000_000,
        index: 1_178_462_659_091,
        tsEvent: 1_562_305_380_000_000,
      },
      { kind: 'funding', rateScale: 8, rate: -38_167, nextAt: 1_562_306_400_000_000 },
    ]);
    const delivery = mark
      .replace('"-0.00038167"', '""')
      .replace('"i":"11784.62659091",', '')
      .replace('1562306400000', '0');
    expect(parsed(delivery, binanceCoinmDialect).out).toMatchObject([{ kind: 'mark', index: -1 }]);
  });

  test('more digits than before make the scale finer, and it stays so', () => {
    const parser = binanceSpotDialect.parser();
    const out: ScaledEvent[] = [];
    for (const price of ['61659.70000000', '61659.70000000', '61659.75100000', '61659.70000000']) {
      parser.parse(Buffer.from(trade.replace('61659.75000000', price)), RECEIVED, out);
    }
    expect(out.map((event) => (event.kind === 'trade' ? [event.price, event.priceScale] : []))).toEqual([
      [616_597, 1],
      [616_597, 1],
      [61_659_751, 3],
      [61_659_700, 3],
    ]);
  });

  test('answers and streams that nobody asked for are nothing, a refusal is told', () => {
    expect(parsed('{"result":null,"id":1}')).toEqual({ error: undefined, out: [] });
    expect(parsed('{"e":"forceOrder","s":"BTCUSDT"}')).toEqual({ error: undefined, out: [] });
    expect(parsed('{"error":{"code":2,"msg":"Invalid request"},"id":1}').error).toMatchObject({ member: 'error' });
  });

  test.each([
    ['{"stream":"btcusdt@trade","data":{"e":"tra', 'frame', 'JSON in UTF-8'],
    ['[1]', 'frame', 'an object'],
    [trade.replace('"61659.75000000"', '"6e4"'), 'p', 'a plain decimal'],
    [trade.replace('"61659.75000000"', '"-5"'), 'p', 'a plain decimal'],
    [trade.replace('"61659.75000000"', '"0"'), 'p', 'above zero'],
    [trade.replace('"61659.75000000"', '"9007199254740992"'), 'p', 'safe integers'],
    [trade.replace('"0.00033000"', '"0.000000000001"'), 'q', 'at most 10 places'],
    [trade.replace('"m":false', '"m":0'), 'm', 'true or false'],
    [trade.replace('3722912841', '9007199254740993'), 't', 'safe integers'],
    [trade.replace('1723161254455', '17231612'), 'T', 'between 2001 and 2099'],
    [trade.replace('"BTCUSDT"', '"BTC USDT"'), 's', 'a symbol'],
    [depth.replace('50093239189', '"x"'), 'U', 'a whole number'],
    [depth.replace('50093239189', '50093239203'), 'U', 'at most u'],
    [depth.replace('"61650.00000000",', ''), 'b', 'a price and a quantity'],
    [depth.replace('"1.22512000"', '"900719925474.09"').replace('61659.74000000', '1.12345678'), 'b', undefined],
    [closed.replace('"9116.04600000"', '9116'), 'q', 'a plain decimal'],
    ['{"data":5,"stream":"x"}', 'data', 'an object'],
  ])('what is wrong is named: %s', (text, member, expected) => {
    const { error, out } = parsed(text);
    if (expected === undefined) return expect(error).toBeUndefined();
    expect(error).toMatchObject({ member });
    expect(error?.expected).toContain(expected);
    expect(error?.value.length).toBeLessThanOrEqual(100);
    expect(out).toEqual([]);
  });

  test('a frame that is refused leaves the scales as they were', () => {
    const parser = binanceSpotDialect.parser();
    const out: ScaledEvent[] = [];
    parser.parse(Buffer.from(depth), RECEIVED, out);
    const large = depth.replace('"1.22512000"', '"9007199254.00000001"');
    expect(parser.parse(Buffer.from(large), RECEIVED, out)).toMatchObject({ member: 'b' });
    parser.parse(Buffer.from(depth), RECEIVED, out);
    expect(out).toMatchObject([{ quantityScale: 5 }, { quantityScale: 5 }]);
  });

  test('a snapshot says its time and symbol where the market does', () => {
    const out: ScaledEvent[] = [];
    const body =
      '{"lastUpdateId":7,"E":1723161257838,"T":1723161257827,"symbol":"ETHUSD_PERP","pair":"ETHUSD","bids":[["2682.17","159"]],"asks":[]}';
    const parser = binanceCoinmDialect.parser();
    expect(parser.parseSnapshot?.(Buffer.from(body), 'ETHUSD_PERP', RECEIVED, out)).toBeUndefined();
    expect(parser.parseSnapshot?.(Buffer.from(body), 'BTCUSD_PERP', RECEIVED, out)).toMatchObject({ member: 'symbol' });
    expect(parser.parseSnapshot?.(Buffer.from('{"lastUpdateId":1}'), 'X', RECEIVED, out)).toMatchObject({
      member: 'bids',
    });
    expect(out).toMatchObject([
      { kind: 'snapshot', sequence: 7, tsEvent: 1_723_161_257_827_000, bids: [268_217, 159], asks: [], priceScale: 2 },
    ]);
  });
});

describe('requests to Binance', () => {
  test('subscriptions name each stream once, and no message has too many', () => {
    const streams = ['quote', 'trade', 'book', 'bar', 'mark', 'funding'] as const;
    expect(binanceSpotDialect.subscribe({ symbols: ['BTCUSDT'], streams })).toEqual([
      '{"method":"SUBSCRIBE","params":["btcusdt@bookTicker","btcusdt@trade","btcusdt@depth@100ms","btcusdt@kline_1m"],"id":1}',
    ]);
    expect(binanceUsdmDialect.unsubscribe({ symbols: ['BTCUSDT'], streams: ['mark', 'funding'] })).toEqual([
      '{"method":"UNSUBSCRIBE","params":["btcusdt@markPrice@1s"],"id":1}',
    ]);
    const symbols = Array.from({ length: 150 }, (_, n) => `S${n}`);
    const frames = binanceSpotDialect.subscribe({ symbols, streams: ['quote', 'trade'] });
    expect(frames.map((frame) => (JSON.parse(frame) as { params: unknown[] }).params.length)).toEqual([200, 100]);
  });

  test('each market has its own paths, and its clock', () => {
    const paths = [binanceSpotDialect, binanceUsdmDialect, binanceCoinmDialect].map(
      (dialect) => dialect.snapshotRequest?.('BTCUSDT').path,
    );
    expect(paths).toEqual(['/api/v3', '/fapi/v1', '/dapi/v1'].map((root) => `${root}/depth?symbol=BTCUSDT&limit=1000`));
    expect(binanceSpotDialect.clock?.read({ serverTime: 1_723_161_257_838 })).toBe(1_723_161_257_838_000);
    expect(binanceSpotDialect.clock?.read({ serverTime: 'x' })).toBeUndefined();
    expect(binanceSpotDialect.clock?.read(null)).toBeUndefined();
  });
});
