import { test } from '@jest/globals';
import fc from 'fast-check';
import { checkParser, damaged } from '../../../test/frame-fuzz.ts';
import { coinbaseDialect } from './index.ts';

const time = '2026-04-07T14:30:02.789012345Z';
const frame = (channel: string, event: unknown) => ({ channel, timestamp: time, sequence_num: 5, events: [event] });
const updates = [
  { side: 'bid', event_time: time, price_level: '68900.00', new_quantity: '2.00000000' },
  { side: 'offer', event_time: time, price_level: '68901.5', new_quantity: '0' },
];
const trade = { trade_id: '995098700', product_id: 'A-B', price: '68900.50', size: '0.0015', side: 'BUY', time };
const ticker = { product_id: 'A-B', best_bid: '1.5', best_bid_quantity: '2', best_ask: '1.6', best_ask_quantity: '3' };
const candle = {
  start: '1775521800',
  high: '3',
  low: '1',
  open: '2',
  close: '2.5',
  volume: '42.15',
  product_id: 'A-B',
};

const FRAMES = [
  frame('l2_data', { type: 'snapshot', product_id: 'A-B', updates }),
  frame('l2_data', { type: 'update', product_id: 'A-B', updates }),
  frame('market_trades', { type: 'update', trades: [trade, { ...trade, trade_id: '995098699' }] }),
  frame('ticker', { type: 'update', tickers: [ticker] }),
  frame('candles', { type: 'update', candles: [candle, { ...candle, start: '1775522100' }] }),
  { type: 'snapshot', product_id: 'A-B', bids: [['1', '2']], asks: [['3', '4']] },
  { type: 'l2update', product_id: 'A-B', changes: [['sell', '0.5762', '335.0']], time },
  { type: 'match', trade_id: 1, side: 'sell', size: '985', price: '0.00001305', product_id: 'A-B', time },
  { type: 'ticker', product_id: 'A-B', best_bid: '1', best_bid_size: '1', best_ask: '2', best_ask_size: '1', time },
];

test('whatever comes, nothing is thrown and every number is exact', () => {
  fc.assert(
    fc.property(fc.array(damaged(FRAMES), { minLength: 1, maxLength: 8 }), (frames) => {
      checkParser(coinbaseDialect, frames);
    }),
    { numRuns: 2000 },
  );
});
