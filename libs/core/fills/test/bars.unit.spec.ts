import { describe, expect, test } from '@jest/globals';
import { Stage, engineOf, rulesOf, spot } from './stage.ts';

describe('next-open', () => {
  test('a market order fills at the open of the next bar, told at its start', () => {
    const stage = new Stage({ model: 'next-open' }).bar(0, [100, 110, 90, 105]);
    stage.order(59, '3 buy');
    expect(stage.engine.idle).toBe(false);
    stage.bar(1, [107, 120, 95, 99]);
    expect(stage.engine.nextNewsAt).toBe(60);
    expect(stage.heard()).toEqual(['60: 1 buy 3@107 taker']);
    expect(stage.engine.idle).toBe(true);
    expect(stage.held).toEqual({ BTC: '3', USD: '-321' });
  });

  test('a bar that began before an order arrived is none of its business', () => {
    const stage = new Stage({ model: 'next-open', latency: { orderMicros: 30 } }).bar(0, [100, 110, 90, 105]);
    stage.order(59, '3 buy');
    expect(stage.engine.nextDueAt).toBe(89);
    stage.bar(1, [107, 120, 95, 99]);
    expect(stage.heard()).toEqual([]);
    stage.bar(2, [98, 99, 97, 98]);
    expect(stage.heard()).toEqual(['120: 1 buy 3@98 taker']);
  });

  test('a limit that is marketable at the open takes there; one that is not rests, and fills at its own price at a later open', () => {
    const stage = new Stage({ model: 'next-open' }).bar(0, [100, 110, 90, 105]);
    stage.order(59, '1 buy @108');
    stage.order(59, '2 buy @100');
    expect(stage.heard()).toEqual(['59: 1 ACCEPTED', '59: 2 ACCEPTED']);
    // The low of the bar is below the limit, but next-open knows opens alone.
    stage.bar(1, [107, 120, 95, 99]);
    expect(stage.heard()).toEqual(['60: 1 buy 1@107 taker']);
    stage.bar(2, [98, 99, 97, 98]);
    expect(stage.heard()).toEqual(['120: 2 buy 2@100 maker']);
  });

  test('immediate orders expire at an open that does not suit them, post-only ones are refused at one that would', () => {
    const stage = new Stage({ model: 'next-open', participationMax: 500_000 }).bar(0, [100, 100, 100, 100]);
    stage.order(59, '1 buy @90 IOC');
    stage.order(59, '9 buy FOK');
    stage.order(59, '1 buy @101 post-only');
    stage.order(59, '1 buy @99 post-only');
    expect(stage.heard()).toEqual([]);
    stage.bar(1, [100, 100, 100, 100], { volume: 8 });
    expect(stage.heard()).toEqual([
      '60: 1 EXPIRED (immediate-or-cancel)',
      '60: 2 EXPIRED (fill-or-kill)',
      '60: 3 REJECTED (post-only)',
      '60: 4 ACCEPTED',
    ]);
  });

  test('participation bounds what all orders have of a bar; a market order waits for the next with the rest', () => {
    const stage = new Stage({ model: 'next-open', participationMax: 250_000 }).bar(0, [100, 100, 100, 100]);
    stage.order(59, '5 buy');
    stage.order(59, '4 sell IOC');
    stage.bar(1, [100, 100, 100, 100], { volume: 24 });
    expect(stage.heard()).toEqual([
      '60: 1 buy 5@100 taker',
      '60: 2 sell 1@100 taker',
      '60: 2 EXPIRED (immediate-or-cancel)',
    ]);
    stage.order(119, '9 buy');
    stage.bar(2, [101, 101, 101, 101], { volume: 16 }).bar(3, [102, 102, 102, 102], { volume: 0 });
    stage.bar(4, [103, 103, 103, 103], { volume: 400 });
    expect(stage.heard()).toEqual(['120: 3 buy 4@101 taker', '240: 3 buy 5@103 taker']);
  });

  test('a cancel before the open wins, one after it is late', () => {
    const stage = new Stage({ model: 'next-open' }).bar(0, [100, 100, 100, 100]);
    const first = stage.order(59, '1 buy');
    stage.cancel(59, first);
    const second = stage.order(59, '1 buy');
    stage.bar(1, [100, 100, 100, 100]);
    stage.cancel(119, second);
    expect(stage.heard()).toEqual(['59: 1 CANCELED', '60: 2 buy 1@100 taker']);
  });

  test('slippage goes against us and stops at the limit', () => {
    const stage = new Stage({ model: 'next-open', slippage: { kind: 'basis-points', basisPoints: 150 } });
    stage.order(0, '1 buy');
    stage.order(0, '1 sell');
    stage.order(0, '1 buy @101');
    stage.bar(1, [100, 100, 100, 100]);
    expect(stage.heard().slice(1)).toEqual(['60: 1 buy 1@102 taker', '60: 2 sell 1@98 taker', '60: 3 buy 1@101 taker']);
  });

  test('square-root slippage grows with the share of the volume', () => {
    const stage = new Stage({ model: 'next-open', slippage: { kind: 'square-root', coefficientBps: 100 } });
    stage.order(0, '1 buy');
    stage.order(0, '4 buy');
    stage.bar(1, [10_000, 10_000, 10_000, 10_000], { volume: 100 });
    expect(stage.heard()).toEqual(['60: 1 buy 1@10010 taker', '60: 2 buy 4@10020 taker']);
  });

  test('what is no bar is counted and fills nothing', () => {
    const stage = new Stage({ model: 'next-open' });
    stage.order(0, '1 buy');
    stage.bar(1, [0, 0, 0, 0]).bar(2, [100, 90, 110, 100]).bar(3, [Number.NaN, 100, 100, 100]);
    stage.bar(4, [100, 100, 100, 100], { volume: -1 }).bar(5, [100.5, 101, 100, 100]);
    expect(stage.heard()).toEqual([]);
    expect(stage.engine.counters.malformed).toBe(5);
    stage.bar(6, [100, 100, 100, 100]);
    expect(stage.heard()).toEqual(['360: 1 buy 1@100 taker']);
  });
});

describe('worst-of', () => {
  test('orders fill at the worst price of the bar for their side, told when it is over', () => {
    const stage = new Stage({ model: 'worst-of' }).bar(0, [100, 110, 90, 105]);
    stage.order(59, '1 buy');
    stage.order(59, '1 sell');
    stage.order(59, '1 buy @109 IOC');
    stage.bar(1, [100, 110, 90, 105]);
    expect(stage.engine.takeNews(118)).toEqual([]);
    expect(stage.heard()).toEqual([
      '119: 1 buy 1@110 taker',
      '119: 2 sell 1@90 taker',
      '119: 3 EXPIRED (immediate-or-cancel)',
    ]);
  });

  test('a resting limit fills when all of a bar is within its price', () => {
    const stage = new Stage({ model: 'worst-of' });
    stage.order(0, '1 sell @100');
    stage.bar(1, [105, 110, 99, 100]);
    expect(stage.heard()).toEqual(['0: 1 ACCEPTED']);
    stage.bar(2, [105, 110, 101, 105]);
    expect(stage.heard()).toEqual(['179: 1 sell 1@100 maker']);
  });
});

describe('limit-touch', () => {
  test('a resting limit fills at its price when a bar that began after it arrived comes to it, told at the end', () => {
    const stage = new Stage({ model: 'limit-touch' }).bar(0, [100, 110, 80, 105]);
    stage.order(59, '1 buy @95');
    stage.order(59, '2 sell @112');
    stage.order(59, '1 buy @94');
    stage.bar(1, [105, 112, 95, 100]);
    expect(stage.engine.nextDueAt).toBe(119);
    expect(stage.heard()).toEqual([
      '59: 1 ACCEPTED',
      '59: 2 ACCEPTED',
      '59: 3 ACCEPTED',
      '119: 1 buy 1@95 maker',
      '119: 2 sell 2@112 maker',
    ]);
  });

  test('an order that arrives within a bar is not touched by it', () => {
    const stage = new Stage({ model: 'limit-touch', latency: { orderMicros: 10 } }).bar(0, [100, 110, 80, 105]);
    stage.order(59, '1 buy @95');
    stage.bar(1, [105, 112, 90, 100]);
    expect(stage.heard()).toEqual(['69: 1 ACCEPTED']);
    stage.bar(2, [105, 112, 90, 100]);
    expect(stage.heard()).toEqual(['179: 1 buy 1@95 maker']);
  });

  test('a cancel in answer to the open comes before the touch', () => {
    const stage = new Stage({ model: 'limit-touch' });
    const rests = stage.order(0, '1 buy @95');
    stage.order(0, '1 buy');
    stage.bar(1, [100, 100, 90, 100]);
    expect(stage.engine.takeNews(60)).toHaveLength(2);
    stage.cancel(60, rests);
    expect(stage.heard()).toEqual(['60: 1 CANCELED']);
  });
});

describe('several instruments', () => {
  const instruments = [spot(), spot({ rules: rulesOf({ symbol: 'ETHUSD', base: 'ETH' }) })];

  test.each(['worst-of', 'limit-touch'] as const)('%s: each has its own share of its own bar', (model) => {
    const stage = new Stage({ model, instruments, participationMax: 100_000 }).bar(0, [100, 110, 90, 100]);
    stage.order(59, '5 buy @95');
    stage.order(59, '5 buy @10', { slot: 1 });
    stage.bar(1, [120, 120, 120, 120], { volume: 0 }).heard();
    // Both bars are open before one of them ends.
    const within = model === 'worst-of' ? ([95, 95, 95, 95] as const) : ([97, 97, 95, 95] as const);
    stage.bar(2, within, { volume: 30 }).bar(2, [100, 110, 90, 100], { slot: 1, volume: 0 });
    expect(stage.heard()).toEqual(['179: 1 buy 3@95 maker']);
  });

  test('a cancel in answer to the bar of one does not save an order from the bar of another that ended with it', () => {
    const stage = new Stage({ model: 'next-open', instruments }).bar(0, [100, 100, 100, 100], { slot: 1 });
    const filled = stage.order(59, '1 buy @100', { slot: 1 });
    const saved = stage.order(59, '1 buy @90', { slot: 1 });
    stage.bar(1, [100, 100, 100, 100]).heard();
    stage.cancel(119, filled).cancel(119, saved);
    stage.bar(1, [100, 100, 100, 100], { slot: 1 }).bar(2, [80, 80, 80, 80], { slot: 1 });
    expect(stage.heard()).toEqual(['119: 1 buy 1@100 taker', '120: 2 CANCELED']);
  });

  test('a cancel at the moment at which the next bar begins comes before its open, also where the one before ended then', () => {
    const stage = new Stage({ model: 'next-open', instruments });
    const prices = { open: 100, high: 100, low: 100, close: 100, volume: 1, count: 1 };
    const order = stage.order(60, '1 buy @100', { slot: 1 });
    stage.tell(120, { kind: 'bar', ...prices, start: 60, end: 120 }).cancel(120, order);
    expect(stage.heard()).toEqual(['60: 1 ACCEPTED']);
    stage.tell(180, { kind: 'bar', slot: 1, ...prices, start: 120, end: 180 });
    expect(stage.heard()).toEqual(['120: 1 CANCELED']);
  });
});

test.each(['worst-of', 'limit-touch'] as const)(
  '%s: a snapshot between the open of a bar and its end changes nothing',
  (model) => {
    const setup = { model, participationMax: 100_000 };
    const stage = new Stage(setup).bar(0, [100, 110, 90, 100]);
    stage.order(59, '5 buy @95');
    stage.bar(1, [120, 120, 120, 120]).heard();
    stage.bar(2, model === 'worst-of' ? [94, 95, 90, 95] : [97, 97, 90, 95], { volume: 30 });
    const other = engineOf(setup);
    other.restore(stage.engine.snapshot());
    expect(other.takeNews(200)).toEqual(stage.engine.takeNews(200));
    expect(stage.engine.counters.fills).toBe(1);
  },
);
