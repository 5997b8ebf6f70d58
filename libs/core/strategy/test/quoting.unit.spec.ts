import { describe, expect, test } from '@jest/globals';
import { quoting } from '../src/index.ts';
import { StrategyStage } from '../src/testing/index.ts';

describe('quoting', () => {
  const started = (extra: object = {}): StrategyStage =>
    new StrategyStage(quoting, {
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
    stage.quoteAt(1000, 1001);
    expect(stage.submitted).toHaveLength(2);
  });

  test('replaces a quote only when it is further off than allowed, once there is evidence, and asks once', () => {
    const stage = started();
    stage.quoteAt(1000, 1001);
    stage.quoteAt(1002, 1003);
    expect(stage.canceled).toEqual([]);
    stage.quoteAt(1003, 1004);
    expect(stage.canceled).toEqual([1, 2]);
    stage.quoteAt(1003, 1004);
    expect(stage.canceled).toEqual([1, 2]);
    expect(stage.submitted).toHaveLength(2);
    stage.answer(1, 'CANCELED');
    stage.quoteAt(1003, 1004);
    expect(stage.submitted.slice(2)).toMatchObject([{ side: 'buy', price: 998 }]);
  });

  test('leans against its inventory and stops at the most that it may hold', () => {
    const stage = started();
    stage.positions[0] = 200;
    stage.quoteAt(1000, 1001);
    expect(stage.submitted).toMatchObject([{ side: 'sell', price: 1002, quantity: 100 }]);
    const nearly = started();
    nearly.positions[0] = 150;
    nearly.quoteAt(1000, 1001);
    expect(nearly.submitted).toMatchObject([
      { side: 'buy', price: 992, quantity: 50 },
      { side: 'sell', price: 1003, quantity: 100 },
    ]);
  });

  test('takes its quotes away when the market is not known any more', () => {
    const stage = started();
    stage.quoteAt(1000, 1001);
    stage.gap('resync');
    expect(stage.canceled).toEqual([]);
    stage.gap('disconnect');
    expect(stage.canceled).toEqual([1, 2]);
  });
});
