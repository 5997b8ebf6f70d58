import { describe, expect, test } from '@jest/globals';
import { type PriceTicks, type QuantityLots, quantityLots } from '@portcullis/kernel';
import { CURVE_POINTS_MAX, EquityCurve, STEP_MICROS_FIRST } from '../src/equity-curve.ts';
import type { BarInput, FundingInput } from '@portcullis/market';
import type { ReplayConfig } from '../src/index.ts';
import { DAY_START, MINUTE, configOf, definition, instrument, prepared, replayed } from './language.ts';
import { type Script, scripted } from './scripted.ts';

/** Flat bars at these prices (in quote currency), one a minute. */
function barsAt(prices: readonly number[], slot = 0, first = 1): BarInput[] {
  return prices.map((price, i) => {
    const ticks = Math.round(price * 100) as PriceTicks;
    const start = DAY_START + i * MINUTE;
    return {
      kind: 'bar',
      slot,
      seq: first + i,
      tsEvent: start + MINUTE - 1,
      tsInit: start + MINUTE,
      start,
      end: start + MINUTE,
      open: ticks,
      high: ticks,
      low: ticks,
      close: ticks,
      volume: 1_000_000_000 as QuantityLots,
      count: 1,
    };
  });
}

/** Market orders (quantity in base currency, below zero to sell) after the n-th bar, from 1. */
function trading(orders: Readonly<Record<number, number>>): Script {
  return {
    event(context, n) {
      const size = orders[n];
      if (size === undefined) return;
      const quantity = quantityLots(Math.round(Math.abs(size) * 100_000));
      context.submit({ side: size > 0 ? 'buy' : 'sell', type: 'market', quantity });
    },
  };
}

function outcome(over: Partial<ReplayConfig>, script: Script, events: readonly (BarInput | FundingInput)[]) {
  return replayed(prepared(configOf({ strategy: 'scripted', parameters: {}, ...over }), [scripted(script)]), events);
}

describe('round trips', () => {
  test('go from flat to flat, with average prices and the largest position', () => {
    const { records, summary } = outcome(
      {},
      trading({ 1: 1, 2: 2, 3: -2, 4: -1 }),
      barsAt([100, 100, 130, 150, 160, 170]),
    );
    expect(records.roundTrips).toEqual([
      {
        instrument: 'BTCUSDT.binance-spot',
        side: 'long',
        entryAt: records.fills[0]?.at,
        exitAt: records.fills[3]?.at,
        quantity: '3',
        entryPrice: '120',
        exitPrice: '153.33333333',
        profit: '100',
        fees: '0',
      },
    ]);
    expect(summary).toMatchObject({ roundTrips: 1, pnl: '100', unrealised: '0', positions: {}, fills: 4 });
  });

  test('a fill through zero ends one and begins the next, its fee shared by lots', () => {
    const fees = [{ volumeFrom: '0', maker: '0', taker: '0.01' }];
    const { records, summary } = outcome(
      { instruments: [instrument({ fees })] },
      trading({ 1: 1, 2: -3, 3: 2 }),
      barsAt([100, 100, 110, 120, 120]),
    );
    expect(records.roundTrips).toMatchObject([
      { side: 'long', quantity: '1', entryPrice: '100', exitPrice: '110', profit: '10', fees: '2.1' },
      { side: 'short', quantity: '2', entryPrice: '110', exitPrice: '120', profit: '-20', fees: '4.6' },
    ]);
    expect(summary).toMatchObject({ pnl: '-16.7', fees: '6.7', roundTrips: 2, endEquity: '-16.7', startEquity: '0' });
    expect(records.fills.map(({ position }) => position)).toEqual(['1', '-2', '0']);
  });

  test('an open position at the end is unrealised and no round trip', () => {
    const { records, summary } = outcome({}, trading({ 1: 2 }), barsAt([100, 100, 90]));
    expect(records.roundTrips).toEqual([]);
    expect(summary).toMatchObject({
      roundTrips: 0,
      pnl: '0',
      unrealised: '-20',
      endEquity: '-20',
      positions: { 'BTCUSDT.binance-spot': '2' },
    });
  });
});

describe('money', () => {
  test('fees taken in the base currency count at the last price, and against the balance', () => {
    const fees = [{ volumeFrom: '0', maker: '0', taker: '0.001' }];
    const { records, summary } = outcome(
      {
        instruments: [instrument({ fees, feeCurrency: 'received' })],
        account: { currency: 'USDT', balances: { USDT: '1000' } },
      },
      trading({ 1: 1 }),
      barsAt([100, 100, 200]),
    );
    expect(records.fills).toMatchObject([{ fee: '0.001', feeCurrency: 'BTC', price: '100' }]);
    expect(summary).toMatchObject({
      fees: '0.2',
      pnl: '-0.2',
      unrealised: '100',
      startEquity: '1000',
      endEquity: '1099.8',
    });
  });

  test('several currencies are converted through the instruments of the run', () => {
    const instruments = [
      instrument(),
      instrument({ definition: { ...definition('ETHBTC', 'ETH', 'BTC'), tickSize: '0.01' } }),
      instrument({ definition: definition('USDTTRY', 'USDT', 'TRY') }),
    ];
    const script: Script = {
      event(context, n) {
        if (n === 6) context.submit({ slot: 1, side: 'buy', type: 'market', quantity: quantityLots(200_000) });
      },
    };
    const events = [
      ...barsAt([100, 100, 200, 400]),
      ...barsAt([0.1, 0.1, 0.1, 0.2], 1),
      ...barsAt([30, 30, 30, 40], 2),
    ];
    events.sort((a, b) => a.tsEvent - b.tsEvent || a.slot - b.slot);
    const account = { currency: 'TRY', balances: { BTC: '1', USDT: '50' } };
    const { summary, run } = outcome({ instruments, account }, script, events);
    // At the start 1 BTC = 100 USDT = 3000 TRY; at the end 400 USDT = 16000 TRY.
    expect(summary.startEquity).toBe('4500');
    // 2 ETH bought at 0.1 BTC are worth 0.2 more.
    expect(summary).toMatchObject({ unrealised: '3200', pnl: '0', endEquity: String(16_000 + 2000 + 3200) });
    expect(run.equity()[0]).toMatchObject({ equity: '4500', exposure: '0' });
    expect(run.equity().at(-1)).toMatchObject({ equity: '21200', exposure: '6400' });
  });

  test('funding and its record', () => {
    const instruments = [instrument({ contract: 'linear', initialMargin: '0.1', maintenanceMargin: '0.05' })];
    const funding: FundingInput = {
      kind: 'funding',
      slot: 0,
      seq: 100,
      tsEvent: DAY_START + 4 * MINUTE,
      tsInit: DAY_START + 4 * MINUTE,
      rate: 1,
      rateScale: 2,
      nextAt: 0,
    };
    const events = [
      ...barsAt([100, 100, 100, 100]),
      funding,
      ...barsAt([100, 100, 100, 100, 100, 100], 0, 200).slice(4),
    ];
    const account = { currency: 'USDT', balances: { USDT: '1000' } };
    const { records, summary } = outcome({ instruments, account }, trading({ 1: 2, 5: -2 }), events);
    expect(records.cashes).toMatchObject([
      { amount: '-2', currency: 'USDT', reason: 'funding', instrument: 'BTCUSDT.binance-spot' },
    ]);
    expect(summary).toMatchObject({ funding: '-2', pnl: '-2', fees: '0', endEquity: '998', roundTrips: 1 });
  });

  test('funding that falls due after the data is not paid, and the run ends with its data', () => {
    const instruments = [instrument({ contract: 'linear', initialMargin: '0.1', maintenanceMargin: '0.05' })];
    const at = DAY_START + 4 * MINUTE;
    const terms = { kind: 'funding', slot: 0, seq: 100, tsEvent: at, tsInit: at, rate: 1, rateScale: 2 } as const;
    const events = [...barsAt([100, 100, 100, 100]), { ...terms, nextAt: at + 30 * MINUTE }];
    const account = { currency: 'USDT', balances: { USDT: '1000' } };
    const { records, summary, run } = outcome({ instruments, account }, trading({ 1: 2 }), events);
    expect(records.cashes).toEqual([]);
    expect(summary).toMatchObject({ funding: '0', endEquity: '1000', state: 'completed' });
    expect(run.equity().at(-1)?.at).toBe(at);
  });

  test('a position that its margin does not carry is liquidated', () => {
    const instruments = [instrument({ contract: 'linear', initialMargin: '0.1', maintenanceMargin: '0.05' })];
    const account = { currency: 'USDT', balances: { USDT: '10' } };
    const { records, summary } = outcome(
      { instruments, account },
      trading({ 1: 0.9 }),
      barsAt([100, 100, 100, 85, 80, 80]),
    );
    expect(summary.liquidations).toBeGreaterThan(0);
    expect(summary.positions).toEqual({});
    expect(summary.roundTrips).toBe(1);
    expect(records.fills.at(-1)).toMatchObject({ order: 0, clientOrderId: '', side: 'sell' });
  });
});

describe('what a run shows of itself', () => {
  test('a bounded equity curve and price chart that span the run', () => {
    const prices = Array.from({ length: 20_000 }, (_, i) => 100 + (i % 50));
    const { run } = outcome({}, trading({ 1: 1 }), barsAt(prices));
    const [equity, candles] = [run.equity(), run.candles(0)];
    for (const points of [equity, candles]) {
      expect(points.length).toBeGreaterThan(900);
      expect(points.length).toBeLessThanOrEqual(2000);
      expect(points[0]?.at).toBeLessThanOrEqual(DAY_START + MINUTE);
      expect(points.every(({ at }, i) => i === 0 || at > (points[i - 1]?.at ?? 0))).toBe(true);
    }
    expect(equity.at(-1)).toMatchObject({ at: DAY_START + 20_000 * MINUTE - 1 });
    expect(candles.every(({ high, low }) => Number(high) >= Number(low) && Number(low) >= 100)).toBe(true);
    expect(candles.at(-1)?.close).toBe(String(prices.at(-1)));
  });

  test('a curve that is full has room for its end', () => {
    const curve = new EquityCurve();
    for (let i = 0; i < CURVE_POINTS_MAX; i++) curve.add(i * STEP_MICROS_FIRST, i, 0);
    expect(curve.points()).toHaveLength(CURVE_POINTS_MAX);
    const end = CURVE_POINTS_MAX * STEP_MICROS_FIRST - 1;
    curve.end(end, 7, 0);
    expect(curve.points().length).toBeLessThanOrEqual(CURVE_POINTS_MAX);
    expect(curve.points().at(-1)).toEqual({ at: end, equity: '7', exposure: '0' });
    const other = new EquityCurve();
    other.restore(curve.snapshot());
    expect(other.points()).toEqual(curve.points());
  });

  test('a client order id has the form of ours', () => {
    const { records } = outcome({}, trading({ 1: 1, 2: -1 }), barsAt([100, 100, 100, 100]));
    const ids = records.fills.map(({ clientOrderId }) => clientOrderId);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^p[0-9a-z]{27}$/);
  });
});
