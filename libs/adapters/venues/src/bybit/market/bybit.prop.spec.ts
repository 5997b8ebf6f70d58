import { test } from '@jest/globals';
import fc from 'fast-check';
import { checkParser, damaged } from '../../../test/frame-fuzz.ts';
import { bybitDialect } from './index.ts';

const ts = 1_672_304_484_978;
const sides = { s: 'BTCUSDT', b: [['16493.50', '0.006']], a: [['16611.00', '0.029']], u: 18, seq: 79 };
const trade = { T: ts, s: 'BTCUSDT', S: 'Buy', v: '0.001', p: '16578.50', i: '20f43950-d8dd' };
const ticker = { symbol: 'BTCUSDT', markPrice: '17217.33', indexPrice: '17227.36', nextFundingTime: '1673280000000' };
const bar = { start: ts, open: '16649.5', close: '16677', high: '16677', low: '16608', volume: '2.081' };
const row = { price: '1053.05', symbol: 'BCHUSDT', id: '10530500', side: 'Buy', size: 2.63 };
const old = { cross_seq: '864131773', timestamp_e6: '1618677786389362' };
const instrument = { mark_price_e4: 81_178_500, index_price_e4: 81_172_800, funding_rate_e6: -127_347 };

const FRAMES = [
  { topic: 'orderbook.200.BTCUSDT', type: 'snapshot', ts, data: sides, cts: ts },
  { topic: 'orderbook.200.BTCUSDT', type: 'delta', ts, data: sides, cts: ts },
  { topic: 'orderbook.1.BTCUSDT', type: 'snapshot', ts, data: sides },
  { topic: 'orderbook.1.BTCUSDT', type: 'delta', ts, data: { ...sides, b: [], u: 19 } },
  { topic: 'publicTrade.BTCUSDT', type: 'snapshot', ts, data: [trade] },
  { topic: 'tickers.BTCUSDT', type: 'snapshot', ts, data: { ...ticker, fundingRate: '-0.000212' } },
  { topic: 'tickers.BTCUSDT', type: 'delta', ts, data: { symbol: 'BTCUSDT', markPrice: '17217.4' } },
  { topic: 'kline.1.BTCUSDT', type: 'snapshot', ts, data: [{ ...bar, turnover: '34666.4005', confirm: true }] },
  { topic: 'orderBookL2_25.BCHUSDT', type: 'snapshot', data: { order_book: [row] }, ...old },
  { topic: 'orderBook_200.100ms.BCHUSDT', type: 'delta', data: { delete: [row], update: [row], insert: [] }, ...old },
  { topic: 'trade.BCHUSDT', data: [{ ...row, trade_time_ms: String(ts), trade_id: '01cacfe9' }] },
  { topic: 'instrument_info.100ms.BTCUSD', type: 'snapshot', data: instrument, ...old },
  { topic: 'instrument_info.100ms.BTCUSD', type: 'delta', data: { update: [instrument] }, ...old },
];

test('whatever comes, nothing is thrown and every number is exact', () => {
  fc.assert(
    fc.property(fc.array(damaged(FRAMES), { minLength: 1, maxLength: 8 }), (frames) => {
      checkParser(bybitDialect, frames);
    }),
    { numRuns: 2000 },
  );
});
