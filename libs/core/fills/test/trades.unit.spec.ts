import { describe, expect, test } from '@jest/globals';
import { Stage } from './stage.ts';

describe('the tape', () => {
  test('a taker deals at the last trade with slippage', () => {
    const stage = new Stage({ model: 'trades', slippage: { kind: 'ticks', ticks: 2 } }).trade(10, 100, 3);
    stage.order(10, '50 buy');
    stage.order(10, '1 sell');
    stage.order(10, '1 buy @101');
    expect(stage.heard()).toEqual(['10: 1 buy 50@102 taker', '10: 2 sell 1@98 taker', '10: 3 buy 1@101 taker']);
  });

  test('with a participation it has no more of a trade than that', () => {
    const stage = new Stage({ model: 'trades', participationMax: 500_000 }).trade(10, 100, 6);
    stage.order(10, '5 buy');
    stage.trade(20, 101, 1).trade(30, 102, 20);
    expect(stage.heard()).toEqual(['10: 1 buy 3@100 taker', '30: 1 buy 2@102 taker']);
  });

  test('with a participation those who rest and those who take share it', () => {
    const stage = new Stage({ model: 'trades', queue: 'front', participationMax: 500_000 }).trade(10, 100, 6);
    stage.order(11, '5 buy @99');
    stage.order(11, '9 buy');
    stage.trade(20, 99, 8, 'sell').trade(30, 99, 8, 'sell');
    expect(stage.heard()).toEqual([
      '11: 1 ACCEPTED',
      '11: 2 buy 3@100 taker',
      '20: 1 buy 4@99 maker',
      '30: 1 buy 1@99 maker',
      '30: 2 buy 3@99 taker',
    ]);
  });

  test('a limit at the last price takes only when the last aggressor was on its side', () => {
    const stage = new Stage({ model: 'trades' }).trade(10, 100, 3, 'buy');
    stage.order(10, '1 buy @100');
    stage.order(10, '1 sell @100');
    expect(stage.heard()).toEqual(['10: 1 buy 1@100 taker', '10: 2 ACCEPTED']);
  });

  test.each([
    ['back', ['40: 1 buy 4@99 maker']],
    ['proportional', ['30: 1 buy 2@99 maker', '40: 1 buy 2@99 maker']],
    ['front', ['30: 1 buy 4@99 maker']],
  ] as const)('%s: an unknown queue', (queue, fills) => {
    const stage = new Stage({ model: 'trades', queue }).trade(10, 100, 3);
    stage.order(10, '4 buy @99');
    stage.trade(30, 99, 5, 'sell').trade(40, 98, 5, 'sell');
    expect(stage.heard().slice(1)).toEqual(fills);
  });

  test('quotes tell what stands before us', () => {
    const stage = new Stage({ model: 'trades', queue: 'back' }).trade(10, 100, 3).quote(11, [99, 2], [101, 1]);
    stage.order(12, '4 buy @99');
    stage.trade(30, 99, 5, 'sell');
    expect(stage.heard().slice(1)).toEqual(['30: 1 buy 3@99 maker']);
  });

  test('after a hole takers wait for the next trade; a price of zero is none', () => {
    const stage = new Stage({ model: 'trades' }).trade(10, 100, 3).gap(20, 'all');
    stage.order(21, '1 buy');
    stage.trade(22, 0, 1).trade(23, Number.NaN, 1).trade(24, 90, Number.POSITIVE_INFINITY);
    expect(stage.heard()).toEqual([]);
    stage.trade(25, 105, 1);
    expect(stage.heard()).toEqual(['25: 1 buy 1@105 taker']);
    expect(stage.engine.counters.malformed).toBe(3);
  });
});
