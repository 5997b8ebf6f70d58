import { describe, expect, test } from '@jest/globals';
import type { ScaledEvent } from '@portcullis/market';
import { krakenDialect } from './dialect.ts';

const RECEIVED = 1_700_000_000_000_000;

function parsedAll(texts: readonly string[]) {
  const parser = krakenDialect.parser();
  const out: ScaledEvent[] = [];
  const errors = texts.flatMap((text) => parser.parse(Buffer.from(text), RECEIVED, out) ?? []);
  return { errors, out, parser };
}

function parsed(text: string) {
  const { errors, out } = parsedAll([text]);
  return { error: errors[0], out };
}

describe('frames of WebSocket v1', () => {
  const both =
    '[0,{"a":[["0.05120","0.00000500","1582905486.493008"],["0.05275","0.00000500","1582905486.493034","r"]]},{"b":[["0.04765","0.00000500","1582905487.5"]],"c":"974947235"},"book-1000","BTC/USD"]';
  const whole =
    '[0,{"as":[["5541.30000","2.50700000","1534614248.123678"]],"bs":[["5541.20000","1.52900000","1534614248.765567"]]},"book-100","XBT/USD"]';
  const trades =
    '[0,[["5541.20000","0.15850568","1534614057.321597","s","l",""],["6060.00000","0.02455000","1534614057.324998","b","l",""],["6060.00000","0.02455000","1534614057.324998","b","l",""]],"trade","XBT/USD"]';
  const spread = '[0,["5698.40000","5700.00000","1542057299.545897","1.01234567","0.98765432"],"spread","XBT/USD"]';
  const candle = (end: number) =>
    `[42,["1542057314.748456","${end}.000000","3586.70000","3586.70000","3586.60000","3586.60000","3586.68894","0.03373000",2],"ohlc-1","XBT/USD"]`;

  test('both sides of an update in two members, at the latest time of their levels', () => {
    expect(parsed(both).out).toEqual([
      {
        kind: 'delta',
        symbol: 'BTC/USD',
        tsEvent: 1_582_905_487_500_000,
        tsEventNanos: 0,
        firstSequence: 0,
        lastSequence: 0,
        previousSequence: -1,
        priceScale: 5,
        quantityScale: 6,
        bids: [4765, 5],
        asks: [5120, 5, 5275, 5],
        checksum: 974_947_235,
      },
    ]);
  });

  test("the venue's own example of a checksum holds", () => {
    // "Spot Websockets (v1) Book Checksum"
    const time = '"1582905487.684110"';
    const side = (prices: readonly string[]) => prices.map((price) => `["${price}","0.00000500",${time}]`).join(',');
    const askPrices = [
      '0.05005',
      '0.05010',
      '0.05015',
      '0.05020',
      '0.05025',
      '0.05030',
      '0.05035',
      '0.05040',
      '0.05045',
      '0.05050',
    ];
    const bidPrices = [
      '0.05000',
      '0.04995',
      '0.04990',
      '0.04980',
      '0.04975',
      '0.04970',
      '0.04965',
      '0.04960',
      '0.04955',
      '0.04950',
    ];
    const frame = `[0,{"as":[${side(askPrices)}],"bs":[${side(bidPrices)}]},"book-10","BTC/USD"]`;
    const { out, parser } = parsedAll([frame]);
    const [book] = out;
    if (book?.kind !== 'snapshot') throw new Error('no snapshot');
    expect(parser.checksum?.of('BTC/USD', book.bids, book.asks)).toBe(974_947_235);
  });

  test('a whole book is as old as its receipt, a trade has an id of what it is', () => {
    expect(parsed(whole).out).toMatchObject([
      { kind: 'snapshot', tsEvent: RECEIVED, symbol: 'XBT/USD', priceScale: 1 },
    ]);
    expect(parsed(trades).out).toMatchObject([
      { tradeId: '1534614057321597-5541.2-0.15850568-s', aggressor: 'sell' },
      { tradeId: '1534614057324998-6060-0.02455-b', aggressor: 'buy' },
      { tradeId: '1534614057324998-6060-0.02455-b-1', price: 60_600 },
    ]);
  });

  test('spreads are quotes, and bars come with the next', () => {
    expect(parsed(spread).out).toMatchObject([
      { kind: 'quote', tsEvent: 1_542_057_299_545_897, bidPrice: 56_984, askPrice: 57_000, askQuantity: 98_765_432 },
    ]);
    const { out } = parsedAll([candle(1_542_057_360), candle(1_542_057_420)]);
    expect(out).toMatchObject([{ kind: 'bar', start: 1_542_057_300_000_000, open: 35_867, volume: 3373, count: 2 }]);
  });

  test('events and other channels are nothing, a refusal is told', () => {
    const nothing = [
      '{"event":"heartbeat"}',
      '{"connectionID":18239578009413566319,"event":"systemStatus","status":"online","version":"1.8.3"}',
      '[42,["1"],"ohlc-5","XBT/USD"]',
    ];
    expect(parsedAll(nothing)).toMatchObject({ errors: [], out: [] });
    const refused = '{"errorMessage":"Subscription depth not supported","event":"subscriptionStatus","status":"error"}';
    expect(parsed(refused).error).toMatchObject({ member: 'errorMessage', value: 'Subscription depth not supported' });
  });

  test.each([
    ['[1,2]', 'frame'],
    ['[0,{},"book-1000","X/Y"', 'frame'],
    [both.replace('"book-1000"', '7'), 'channelName'],
    [both.replace('"BTC/USD"', 'null'), 'pair'],
    [both.replace('"0.04765"', '"-1"'), 'b'],
    [both.replace('"0.05120"', '0.05120'), 'a'],
    [both.replace('"1582905486.493008"', '"yesterday"'), 'a'],
    [both.replace('974947235', '97494723599'), 'c'],
    ['[0,{"c":"1"},"book-10","X/Y"]', 'data'],
    ['[0,5,"book-10","X/Y"]', 'data'],
    [whole.replace('["5541.30000"', '["5541.30000"],["1"'), 'as'],
    [trades.replace('"s"', '"x"'), 'side'],
    [trades.replace('"0.15850568"', '"0"'), 'volume'],
    [trades.replace('"5541.20000"', '"1e400"'), 'price'],
    [spread.replace('"5698.40000"', '""'), 'bid'],
    ['[1,{"a":["1",1,"2"]},"ticker","X/Y"]', 'b'],
    [candle(1_542_057_361), 'etime'],
    [candle(1_542_057_360).replace(',2]', ',{"toString":1}]'), 'count'],
  ])('what is wrong is named: %s', (text, member) => {
    expect(parsed(text)).toMatchObject({ error: { member }, out: [] });
  });
});
