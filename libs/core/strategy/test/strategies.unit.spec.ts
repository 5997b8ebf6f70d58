import { describe, expect, test } from '@jest/globals';
import { priceTicks, quantityLots } from '@portcullis/kernel';
import { quoting, smaCross, strategies } from '../src/index.ts';
import { Stage, complaint } from './recording-context.ts';

describe('catalogue', () => {
  test('every strategy is found by one name, a token of a subject', () => {
    const names = strategies.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9-]+$/);
  });

  test('wrong parameters are named with their value and what is expected', () => {
    expect(complaint(smaCross, { quantity: '1', fast: 20, slow: 20 })).toMatchObject({
      field: 'parameters.fast',
      value: '20',
    });
    expect(complaint(smaCross, { quantity: '0.0001' })).toMatchObject({
      field: 'parameters.quantity',
      value: '0.0001',
    });
    expect(complaint(smaCross, { quantity: '1', fats: 3 })?.expected).toContain('fats');
    expect(complaint(smaCross, { quantity: 1 })).toMatchObject({ field: 'parameters.quantity', value: '1' });
    expect(complaint(quoting, { quantity: '2', inventoryMax: '1' })).toMatchObject({
      field: 'parameters.inventoryMax',
    });
  });
});

describe('sma-cross', () => {
  const started = (extra: object = {}): Stage =>
    new Stage(smaCross, { quantity: '0.5', fast: 1, slow: 3, sampleMs: 1, slippageBps: 10, ...extra });

  test('buys once the fast average is above the slow one, at the ask plus the slippage, never more than its quantity', () => {
    const stage = started();
    stage.quoteAt(9_999, 10_001);
    stage.quoteAt(9_999, 10_001);
    expect(stage.submitted).toEqual([]);
    stage.quoteAt(10_099, 10_101);
    expect(stage.submitted).toEqual([{ side: 'buy', type: 'limit', timeInForce: 'IOC', quantity: 500, price: 10_111 }]);
  });

  test('waits while an order works, and completes a partly filled target', () => {
    const stage = started();
    for (const mid of [10_000, 10_000]) stage.quoteAt(mid - 1, mid + 1);
    stage.works('buy', priceTicks(10_000), quantityLots(500), { status: 'UNRESOLVED' });
    stage.quoteAt(10_099, 10_101);
    expect(stage.submitted).toEqual([]);
    stage.workingOrders = [];
    stage.position = quantityLots(200);
    stage.quoteAt(10_199, 10_201);
    expect(stage.submitted.map(({ quantity }) => quantity)).toEqual([300]);
  });

  test('goes flat without shorts, and turns in two steps with them', () => {
    const flat = started();
    flat.position = quantityLots(500);
    for (const mid of [10_100, 10_000, 9_900]) flat.quoteAt(mid - 1, mid + 1);
    expect(flat.submitted).toMatchObject([{ side: 'sell', quantity: 500, price: 9_899 - 9 }]);
    const short = started({ allowShort: true });
    short.position = quantityLots(200);
    for (const mid of [10_100, 10_000, 9_900]) short.quoteAt(mid - 1, mid + 1);
    expect(short.submitted).toMatchObject([{ side: 'sell', quantity: 200 }]);
    short.position = quantityLots(0);
    short.quoteAt(9_799, 9_801);
    expect(short.submitted.at(-1)).toMatchObject({ side: 'sell', quantity: 500 });
  });

  test('samples at its own pace, forgets its averages over a hole, and keeps its state through JSON', () => {
    const stage = started({ sampleMs: 2 });
    for (const mid of [10_000, 10_000, 10_000, 10_100]) stage.quoteAt(mid - 1, mid + 1);
    expect(stage.submitted).toEqual([]);
    stage.reborn();
    stage.quoteAt(10_199, 10_201);
    expect(stage.submitted).toHaveLength(1);
    stage.tell({ type: 'gap', gap: { reason: 'gap', detail: '' } });
    stage.now += 10_000;
    stage.quoteAt(10_299, 10_301);
    expect(stage.submitted).toHaveLength(1);
  });
});

describe('quoting', () => {
  const started = (extra: object = {}): Stage =>
    new Stage(quoting, {
      quantity: '0.1',
      inventoryMax: '0.2',
      halfSpreadTicks: 5,
      skewTicks: 4,
      requoteTicks: 2,
      intervalMs: 1,
      ...extra,
    });

  test('quotes both sides around the mid price with orders that never take', () => {
    const stage = started();
    stage.quoteAt(1000, 1001);
    expect(stage.submitted).toEqual([
      { side: 'buy', type: 'limit', postOnly: true, quantity: 100, price: 995 },
      { side: 'sell', type: 'limit', postOnly: true, quantity: 100, price: 1006 },
    ]);
    stage.works('buy', priceTicks(995), quantityLots(100));
    stage.works('sell', priceTicks(1006), quantityLots(100));
    stage.quoteAt(1000, 1001);
    expect(stage.submitted).toHaveLength(2);
  });

  test('replaces a quote only when it is further off than allowed, and asks once', () => {
    const stage = started();
    stage.works('buy', priceTicks(995), quantityLots(100));
    stage.works('sell', priceTicks(1006), quantityLots(100));
    stage.quoteAt(1002, 1003);
    expect(stage.canceled).toEqual([]);
    stage.quoteAt(1003, 1004);
    expect(stage.canceled).toEqual(['order-1', 'order-2']);
    const asked = started();
    asked.works('buy', priceTicks(900), quantityLots(100), { cancelRequested: true });
    asked.works('sell', priceTicks(1006), quantityLots(100));
    asked.quoteAt(1000, 1001);
    expect(asked.canceled).toEqual([]);
  });

  test('leans against its inventory and stops at the most that it may hold', () => {
    const stage = started();
    stage.position = quantityLots(200);
    stage.quoteAt(1000, 1001);
    expect(stage.submitted).toMatchObject([{ side: 'sell', price: 1002, quantity: 100 }]);
    const nearly = started();
    nearly.position = quantityLots(150);
    nearly.quoteAt(1000, 1001);
    expect(nearly.submitted).toMatchObject([
      { side: 'buy', price: 992, quantity: 50 },
      { side: 'sell', price: 1003, quantity: 100 },
    ]);
  });

  test('takes its quotes away when the market is not known any more', () => {
    const stage = started();
    stage.works('buy', priceTicks(995), quantityLots(100));
    stage.tell({ type: 'gap', gap: { reason: 'resync', detail: '' } });
    expect(stage.canceled).toEqual([]);
    stage.tell({ type: 'gap', gap: { reason: 'disconnect', detail: '' } });
    expect(stage.canceled).toEqual(['order-1']);
  });
});
