import { describe, expect, test } from '@jest/globals';
import { smaCross } from '../src/index.ts';
import { StrategyStage } from '../src/testing/index.ts';

describe('sma-cross on quotes', () => {
  const started = (extra: object = {}): StrategyStage =>
    new StrategyStage(smaCross, { quantity: '0.5', fast: 1, slow: 3, sampleMs: 1, slippageBps: 10, ...extra });

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
    for (const mid of [10_000, 10_000, 10_050]) stage.quoteAt(mid - 1, mid + 1);
    expect(stage.submitted).toHaveLength(1);
    stage.quoteAt(10_099, 10_101);
    expect(stage.submitted).toHaveLength(1);
    stage.fill(1, 10_050, 200);
    stage.answer(1, 'EXPIRED');
    stage.quoteAt(10_199, 10_201);
    expect(stage.submitted.map(({ quantity }) => quantity)).toEqual([500, 300]);
  });

  test('goes flat without shorts, and turns in two steps with them', () => {
    const flat = started();
    flat.positions[0] = 500;
    for (const mid of [10_100, 10_000, 9_900]) flat.quoteAt(mid - 1, mid + 1);
    expect(flat.submitted).toMatchObject([{ side: 'sell', quantity: 500, price: 9_899 - 9 }]);
    const short = started({ allowShort: true });
    short.positions[0] = 200;
    for (const mid of [10_100, 10_000, 9_900]) short.quoteAt(mid - 1, mid + 1);
    expect(short.submitted).toMatchObject([{ side: 'sell', quantity: 200 }]);
    short.fillAll(9_890);
    short.quoteAt(9_799, 9_801);
    expect(short.submitted.at(-1)).toMatchObject({ side: 'sell', quantity: 500 });
  });

  test('is flat while the averages are equal', () => {
    const stage = started({ fast: 1, slow: 2 });
    for (const mid of [10_000, 10_100]) stage.quoteAt(mid - 1, mid + 1);
    stage.fillAll(10_101);
    stage.quoteAt(10_099, 10_101);
    expect(stage.submitted.at(-1)).toMatchObject({ side: 'sell', quantity: 500 });
  });

  test('samples at its own pace, forgets its averages over a hole, and keeps its state through JSON', () => {
    const stage = started({ sampleMs: 2 });
    for (const mid of [10_000, 10_000, 10_000, 10_100]) stage.quoteAt(mid - 1, mid + 1);
    expect(stage.submitted).toEqual([]);
    stage.reborn();
    stage.quoteAt(10_199, 10_201);
    expect(stage.submitted).toHaveLength(1);
    stage.answer(1, 'EXPIRED');
    stage.gap('resync');
    stage.gap('gap');
    stage.now += 10_000;
    stage.quoteAt(10_299, 10_301);
    expect(stage.submitted).toHaveLength(1);
  });
});

describe('sma-cross on bars', () => {
  const started = (extra: object = {}): StrategyStage =>
    new StrategyStage(smaCross, { quantity: '0.5', fast: 1, slow: 2, ...extra });

  test('buys on the first strict crossing after the first side is known, and sells all on the way back', () => {
    const stage = started();
    // Above from the start is no crossing.
    for (const close of [100, 101, 102]) stage.barAt(close);
    expect(stage.submitted).toEqual([]);
    stage.barAt(101);
    // Down, but nothing is held.
    expect(stage.submitted).toEqual([]);
    stage.barAt(101);
    // Equal averages keep the side.
    expect(stage.submitted).toEqual([]);
    stage.barAt(105);
    expect(stage.submitted).toEqual([{ side: 'buy', type: 'market', quantity: 500 }]);
    stage.fillAll(105);
    stage.barAt(104);
    expect(stage.submitted.at(-1)).toEqual({ side: 'sell', type: 'market', quantity: 500 });
    stage.fillAll(104);
    expect(stage.positions).toEqual([0]);
  });

  test('counts across gaps', () => {
    const stage = started();
    for (const close of [100, 99]) stage.barAt(close);
    stage.gap('gap');
    stage.barAt(105);
    expect(stage.submitted).toHaveLength(1);
  });

  test('does not ask again for what was denied, before the next crossing', () => {
    const stage = started();
    for (const close of [100, 99, 105]) stage.barAt(close);
    stage.answer(1, 'DENIED', 'MAX_POSITION');
    for (const close of [106, 107]) stage.barAt(close);
    expect(stage.submitted).toHaveLength(1);
    for (const close of [100, 105]) stage.barAt(close);
    expect(stage.submitted).toHaveLength(2);
  });

  test('acts on a crossing later, where an order still works or the run may not submit', () => {
    const stage = started();
    for (const close of [100, 99, 105]) stage.barAt(close);
    stage.fill(1, 105, 300);
    stage.barAt(100);
    expect(stage.submitted).toHaveLength(1);
    stage.answer(1, 'CANCELED');
    stage.maySubmit = false;
    stage.barAt(100);
    stage.reborn();
    stage.maySubmit = true;
    stage.barAt(100);
    expect(stage.submitted.at(-1)).toEqual({ side: 'sell', type: 'market', quantity: 300 });
  });

  test('with shorts closes and opens with an order each', () => {
    const stage = started({ allowShort: true });
    for (const close of [100, 99, 105]) stage.barAt(close);
    stage.fillAll(105);
    stage.barAt(100);
    expect(stage.submitted.slice(1)).toEqual([
      { side: 'sell', type: 'market', quantity: 500 },
      { side: 'sell', type: 'market', quantity: 500 },
    ]);
    stage.fillAll(100);
    expect(stage.positions).toEqual([-500]);
  });

  test('the first of quotes and bars decides, or a parameter', () => {
    const quotesFirst = started({ sampleMs: 1 });
    quotesFirst.quoteAt(99, 101);
    for (const close of [100, 99, 105]) quotesFirst.barAt(close);
    expect(quotesFirst.submitted).toEqual([]);
    const bars = started({ on: 'bars', sampleMs: 1 });
    for (const mid of [100, 90, 120, 130]) bars.quoteAt(mid - 1, mid + 1);
    expect(bars.submitted).toEqual([]);
    bars.reborn();
    for (const close of [100, 99, 105]) bars.barAt(close);
    expect(bars.submitted).toHaveLength(1);
    const barsFirst = started({ sampleMs: 1 });
    barsFirst.barAt(100);
    barsFirst.reborn();
    for (const mid of [100, 90, 120, 130]) barsFirst.quoteAt(mid - 1, mid + 1);
    expect(barsFirst.submitted).toEqual([]);
  });
});
