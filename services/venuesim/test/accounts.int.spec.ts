import { afterAll, describe, expect, test } from '@jest/globals';
import type { Venue } from '../src/venue.ts';
import { Scratch, client, market, openVenue, state } from './fixture.ts';

const SYMBOL = 'BTC/USDT';
const scratch = new Scratch();
const closing: (() => Promise<unknown>)[] = [];
let count = 0;

afterAll(async () => {
  for (const close of closing) await close();
  scratch.remove();
});

/** A page of the ledger. */
interface Page {
  readonly records: { readonly seq: number; readonly type: string }[];
  readonly next: number;
}

type Client = Awaited<ReturnType<typeof client>>;

async function traders(
  config: Parameters<typeof openVenue>[1] = {},
): Promise<{ venue: Venue; main: Client; other: Client }> {
  const venue = await openVenue(scratch, {
    ledgerDir: scratch.path(`ledger-${count++}`),
    markets: [market('BTCUSDT', { kind: 'none' })],
    ...config,
  });
  const [main, other] = [await client(venue, 'main'), await client(venue, 'other')];
  await main.loadMarkets();
  await other.loadMarkets();
  closing.push(
    () => main.close(),
    () => other.close(),
    () => venue.stop(),
  );
  return { venue, main, other };
}

const limit = (who: Client, side: 'buy' | 'sell', amount: number, price: number, params = {}) =>
  who.createOrder(SYMBOL, 'limit', side, amount, price, params);

describe('two accounts on an empty market', () => {
  test('trade with each other at the maker price, and what they pay is what others receive', async () => {
    const { venue, main, other } = await traders();
    const before = (await state(venue)).totals;
    await limit(main, 'sell', 0.3, 60_000);
    await limit(main, 'sell', 0.3, 60_001);
    expect((await main.fetchBalance()).BTC).toMatchObject({ free: 9.4, used: 0.6, total: 10 });
    const taken = await limit(other, 'buy', 0.5, 60_010);
    expect(taken).toMatchObject({ status: 'closed', filled: 0.5, cost: 0.3 * 60_000 + 0.2 * 60_001 });
    const { accounts, totals } = await state(venue);
    expect(totals).toEqual(before);
    // 10 basis points of what each receives: base for the buyer, quote for the seller.
    expect(accounts.other).toMatchObject({
      BTC: { free: '10.4995', locked: '0' },
      USDT: { free: '969999.8', locked: '0' },
    });
    expect(accounts.main?.BTC).toEqual({ free: '9.4', locked: '0.1' });
    expect(accounts.main?.USDT).toEqual({ free: '1029970.1998', locked: '0' });
    expect(accounts['*fees*']).toMatchObject({ BTC: { free: '0.0005' }, USDT: { free: '30.0002' } });
  });

  test('money that a better price saves is free again', async () => {
    const { venue, main, other } = await traders();
    await limit(main, 'sell', 0.1, 50_000);
    const buy = await limit(other, 'buy', 0.2, 60_000);
    expect(buy).toMatchObject({ status: 'open', filled: 0.1 });
    const usdt = async (): Promise<unknown> => (await state(venue)).accounts.other?.USDT;
    expect(await usdt()).toEqual({ free: '989000', locked: '6000' });
    await other.cancelOrder(buy.id, SYMBOL);
    expect(await usdt()).toEqual({ free: '995000', locked: '0' });
  });

  test('an account does not trade with itself: the resting order gives way', async () => {
    const { main } = await traders();
    const resting = await limit(main, 'sell', 0.1, 50_000);
    const crossing = await limit(main, 'buy', 0.1, 50_000);
    expect(crossing).toMatchObject({ status: 'open', filled: 0 });
    expect(await main.fetchOrder(resting.id, SYMBOL)).toMatchObject({
      status: 'expired',
      info: { status: 'EXPIRED_IN_MATCH' },
    });
    expect((await main.fetchBalance()).BTC).toMatchObject({ used: 0, total: 10 });
    // On request it may.
    await limit(main, 'sell', 0.1, 50_000, { selfTradePreventionMode: 'NONE' });
    expect(await main.fetchOrder(crossing.id, SYMBOL)).toMatchObject({ status: 'closed', filled: 0.1 });
  });

  test('a stop-loss runs when a trade reaches its trigger', async () => {
    const { main, other } = await traders();
    await limit(other, 'buy', 1, 49_000);
    await limit(other, 'buy', 0.1, 50_000);
    const stop = await main.createOrder(SYMBOL, 'limit', 'sell', 0.2, 48_000, { triggerPrice: 50_000 });
    expect(stop).toMatchObject({ status: 'open', filled: 0 });
    await main.createOrder(SYMBOL, 'market', 'sell', 0.1);
    expect(await main.fetchOrder(stop.id, SYMBOL)).toMatchObject({ status: 'closed', filled: 0.2, average: 49_000 });
  });

  test('fill-or-kill and market orders that find too little expire', async () => {
    const { main, other } = await traders();
    await limit(other, 'sell', 0.1, 50_000);
    expect(await limit(main, 'buy', 0.2, 50_000, { timeInForce: 'FOK' })).toMatchObject({
      status: 'expired',
      filled: 0,
    });
    expect(await main.createOrder(SYMBOL, 'market', 'buy', 0.2)).toMatchObject({ status: 'expired', filled: 0.1 });
  });

  test('a market buy that costs more than there is, is refused; by amount it spends at most the amount', async () => {
    const { venue, main, other } = await traders();
    await limit(other, 'sell', 5, 300_000);
    await expect(main.createOrder(SYMBOL, 'market', 'buy', 4)).rejects.toThrow('insufficient balance');
    const bought = await main.createMarketBuyOrderWithCost(SYMBOL, 1000);
    expect(bought).toMatchObject({ status: 'closed', filled: 0.00333 });
    expect((await state(venue)).accounts.main?.USDT).toEqual({ free: '999001', locked: '0' });
  });

  test('what each is told over the user stream is its own', async () => {
    const { venue, main, other } = await traders();
    const told: Record<string, string[]> = { main: [], other: [] };
    for (const [name, who] of [
      ['main', main],
      ['other', other],
    ] as const) {
      void who.watchOrders().then((orders) => told[name]!.push(...orders.map(({ id }) => id)));
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    const resting = await limit(main, 'sell', 0.1, 50_000);
    const crossing = await limit(other, 'buy', 0.1, 50_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(told.main).toEqual([resting.id]);
    expect(told.other).toEqual([crossing.id]);
    expect(venue.counters.fills).toBe(2);
  });
});

describe('the ledger', () => {
  test('holds every order as received, accepted or refused, and every fill, cancel and expiry', async () => {
    const { venue, main, other } = await traders();
    const resting = await limit(main, 'sell', 0.1, 50_000, { clientOrderId: 'resting' });
    await limit(other, 'buy', 0.05, 50_000);
    await main.cancelOrder(resting.id, SYMBOL);
    await limit(main, 'buy', 0.1, 40_000, { timeInForce: 'IOC' });
    await expect(limit(main, 'buy', 100, 60_000)).rejects.toThrow('insufficient');
    await expect(main.cancelOrder('999', SYMBOL)).rejects.toThrow('Unknown order');
    const page = (await (await fetch(`${venue.url}/sim/ledger?from=1`)).json()) as Page;
    expect(page.records).toEqual(venue.ledger());
    const types = page.records.map(({ type }) => type);
    expect(types.slice(4)).toEqual([
      'order-accepted',
      'order-accepted',
      'trade',
      'order-filled',
      'order-canceled',
      'order-accepted',
      'order-expired',
      'order-refused',
      'cancel-refused',
    ]);
    expect(page.records.map(({ seq }) => seq)).toEqual(types.map((_, index) => index + 1));
    expect(page.records[4]).toMatchObject({
      account: 'main',
      request: {
        keyId: 'main-key',
        via: 'rest',
        parameters: { newClientOrderId: 'resting', price: '50000', quantity: '0.1' },
      },
    });
    expect(page.records[11]).toMatchObject({
      code: -2010,
      account: 'main',
      request: { parameters: { quantity: '100' } },
    });
    expect(JSON.stringify(page)).not.toMatch(/signature|api-key-of|test-only/);
    const rest = (await (await fetch(`${venue.url}/sim/ledger?from=${page.next - 2}&limit=1`)).json()) as Page;
    expect(rest.records).toHaveLength(1);
  });
});

describe('a restart', () => {
  test('finds the same balances, orders, fills and numbers', async () => {
    const ledgerDir = scratch.path('restart');
    const first = await traders({ ledgerDir });
    const partly = await limit(first.main, 'sell', 0.5, 50_000, { clientOrderId: 'partly' });
    await limit(first.other, 'buy', 0.2, 50_000);
    const stop = await first.main.createOrder(SYMBOL, 'limit', 'sell', 0.2, 48_000, { triggerPrice: 49_000 });
    await limit(first.other, 'buy', 0.1, 40_000);
    const seen = await state(first.venue);
    const fills = await first.main.fetchMyTrades(SYMBOL);
    await first.venue.stop();

    const second = await traders({ ledgerDir });
    const again = await state(second.venue);
    expect({ accounts: again.accounts, totals: again.totals, openOrders: again.openOrders }).toEqual({
      accounts: seen.accounts,
      totals: seen.totals,
      openOrders: seen.openOrders,
    });
    expect(again.markets.BTCUSDT?.askQty).toBe('0.30000000');
    expect(again.markets.BTCUSDT?.sequence).toBeGreaterThan(seen.markets.BTCUSDT?.sequence ?? Infinity);
    expect((await second.main.fetchMyTrades(SYMBOL)).map(({ id, order }) => [id, order])).toEqual(
      fills.map(({ id, order }) => [id, order]),
    );
    await expect(limit(second.main, 'sell', 0.1, 51_000, { clientOrderId: 'partly' })).rejects.toThrow(
      'Duplicate order',
    );
    // The rest of the order trades on, and ids go on rising.
    const taken = await limit(second.other, 'buy', 0.3, 50_000);
    expect(Number(taken.id)).toBeGreaterThan(Number(stop.id));
    expect(await second.main.fetchOrder(partly.id, SYMBOL)).toMatchObject({ status: 'closed', filled: 0.5 });
    expect(await second.main.fetchOrder(stop.id, SYMBOL)).toMatchObject({ status: 'open' });
    const newest = (await second.main.fetchMyTrades(SYMBOL)).at(-1)?.id;
    expect(Number(newest)).toBeGreaterThan(Number(fills.at(-1)?.id));
  });

  test('with another instrument ends the orders of the old one and keeps the past', async () => {
    const ledgerDir = scratch.path('changed');
    const first = await traders({ ledgerDir });
    const order = await limit(first.main, 'sell', 0.5, 50_000);
    await limit(first.other, 'buy', 0.2, 50_000);
    await first.venue.stop();
    const coarse = { ...market('BTCUSDT', { kind: 'none' }).instrument!, tickSize: '0.1', priceMin: '0.1' };
    const second = await traders({ ledgerDir, markets: [{ instrument: coarse, flow: { kind: 'none' } }] });
    expect(await second.main.fetchOrder(order.id, SYMBOL)).toMatchObject({
      status: 'expired',
      filled: 0.2,
      price: 50_000,
    });
    expect((await second.main.fetchBalance()).BTC).toMatchObject({ used: 0, total: 9.8 });
    expect((await second.main.fetchMyTrades(SYMBOL))[0]).toMatchObject({ price: 50_000, amount: 0.2 });
  });
});
