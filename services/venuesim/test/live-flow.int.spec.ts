import { afterAll, describe, expect, test } from '@jest/globals';
import type { MarketEvent } from '@portcullis/contracts';
import type { MarketSource } from '../src/inbound/flow/market-source.ts';
import { startVenue } from '../src/venue.ts';
import { Scratch, account, client, instrument, state } from './fixture.ts';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const SYMBOL = 'BTC/USDT';
let seq = 0;
const head = () => ({ version: 1 as const, venue: 'binance', symbol: 'BTCUSDT', seq: ++seq, tsEvent: 1, tsInit: 1 });
const quote = (bidPrice: string, askPrice: string): MarketEvent => ({
  ...head(),
  kind: 'quote',
  bidPrice,
  bidQuantity: '1',
  askPrice,
  askQuantity: '1',
});
const trade = (price: string, quantity: string, aggressor: 'buy' | 'sell'): MarketEvent => ({
  ...head(),
  kind: 'trade',
  tradeId: String(seq),
  price,
  quantity,
  aggressor,
});
const gap = (reason: 'gap' | 'resync'): MarketEvent => ({ ...head(), kind: 'gap', reason, detail: 'test' });

describe('the paper venue on a live market', () => {
  test('takes orders from the first quote on, fills them by real trades, and closes in a gap', async () => {
    let tell: (event: MarketEvent) => void = () => undefined;
    const asked: unknown[] = [];
    const liveSource = (which: { venue: string; symbol: string }): MarketSource => {
      asked.push(which);
      return { start: async (receive) => void (tell = receive), stop: async () => undefined };
    };
    const venue = await startVenue(
      {
        ledgerDir: scratch.path('ledger'),
        accounts: [account('main')],
        bus: { servers: ['nats://127.0.0.1:1'], seedFile: 'unused' },
        markets: [{ instrument: instrument('BTCUSDT'), flow: { kind: 'live', venue: 'binance', symbol: 'BTCUSDT' } }],
      },
      { liveSource },
    );
    expect(asked).toEqual([{ venue: 'binance', symbol: 'BTCUSDT' }]);
    expect(venue.notReady()).toContain('BTCUSDT');
    const exchange = await client(venue, 'main');
    await exchange.loadMarkets();
    const buy = (price: number) => exchange.createOrder(SYMBOL, 'limit', 'buy', 0.5, price);
    await expect(buy(100)).rejects.toThrow('Market is closed');

    tell(quote('99.00', '101.00'));
    expect(venue.notReady()).toBeUndefined();
    const order = await buy(100);
    expect(order.status).toBe('open');
    tell(trade('99.00', '0.20', 'sell'));
    expect(await exchange.fetchOrder(order.id, SYMBOL)).toMatchObject({ filled: 0.2, average: 100 });
    tell({
      ...head(),
      kind: 'delta',
      firstSequence: 1,
      lastSequence: 2,
      bids: [['98.00', '3']],
      asks: [
        ['101.00', '0'],
        ['102.00', '5'],
      ],
    });
    const { bids, asks } = await exchange.fetchOrderBook(SYMBOL);
    expect([bids.map(([price]) => price), asks.map(([price]) => price)]).toEqual([[100, 99, 98], [102]]);
    tell(trade('99.00', '5', 'sell'));
    expect(await exchange.fetchOrder(order.id, SYMBOL)).toMatchObject({ status: 'closed', filled: 0.5 });

    tell(gap('gap'));
    await expect(buy(90)).rejects.toThrow('Market is closed');
    tell(gap('resync'));
    const last = await buy(90);
    // Cancels always work.
    tell(gap('gap'));
    expect(await exchange.cancelOrder(last.id, SYMBOL)).toMatchObject({ status: 'canceled' });
    expect((await state(venue)).totals.USDT).toBe('1000000');
    await exchange.close();
    await venue.stop();
  });
});
