import { describe, expect, test } from '@jest/globals';
import { Stage } from './stage.ts';

describe('takers on quotes', () => {
  test('a market order gets what the other side shows, and the rest of the next quote', () => {
    const stage = new Stage().quote(10, [99, 5], [101, 5]);
    stage.order(10, '8 buy');
    expect(stage.heard()).toEqual(['10: 1 buy 5@101 taker']);
    stage.quote(20, [99, 4], [101, 5]);
    expect(stage.heard()).toEqual([]);
    stage.quote(30, [99, 4], [102, 9]);
    expect(stage.heard()).toEqual(['30: 1 buy 3@102 taker']);
  });

  test('what was taken stays taken while the price stands; what is added to it is new', () => {
    const stage = new Stage().quote(10, [99, 5], [101, 5]);
    stage.order(10, '5 buy IOC');
    stage.order(10, '1 buy IOC');
    stage.quote(20, [99, 5], [101, 7]);
    stage.order(20, '9 buy IOC');
    stage.quote(30, [99, 5], [101, 4]).quote(40, [99, 5], [101, 6]);
    stage.order(40, '9 buy IOC');
    expect(stage.heard()).toEqual([
      '10: 1 buy 5@101 taker',
      '10: 2 EXPIRED (immediate-or-cancel)',
      '20: 3 buy 2@101 taker',
      '20: 3 EXPIRED (immediate-or-cancel)',
      '40: 4 buy 2@101 taker',
      '40: 4 EXPIRED (immediate-or-cancel)',
    ]);
  });

  test('an order that comes before any quote, or after a hole in them, waits for one', () => {
    const stage = new Stage();
    stage.order(5, '1 buy IOC');
    stage.quote(10, [99, 5], [101, 5]).gap(20, 'quote');
    stage.order(21, '1 sell');
    expect(stage.heard()).toEqual(['10: 1 buy 1@101 taker']);
    stage.quote(30, [95, 5], [96, 5]);
    expect(stage.heard()).toEqual(['30: 2 sell 1@95 taker']);
  });

  test('a taker with latency meets the quote of its arrival, not the one that it was sent at', () => {
    const stage = new Stage({ latency: { orderMicros: 15 } }).quote(10, [99, 5], [101, 5]);
    stage.order(10, '1 buy');
    stage.quote(20, [102, 5], [104, 5]).quote(30, [109, 5], [110, 5]);
    expect(stage.heard()).toEqual(['25: 1 buy 1@104 taker']);
  });

  test('crossed quotes and those with a price of zero are counted and meet nothing', () => {
    const stage = new Stage();
    stage.order(0, '1 buy');
    stage.quote(10, [101, 5], [101, 5]).quote(11, [0, 5], [5, 5]).quote(12, [Number.NaN, 5], [101, 5]);
    stage.quote(13, [99, 5], [101, -1]);
    expect(stage.heard()).toEqual([]);
    expect(stage.engine.counters).toMatchObject({ crossed: 1, malformed: 3 });
    stage.quote(14, [99, 5], [101, 5]);
    expect(stage.heard()).toEqual(['14: 1 buy 1@101 taker']);
  });

  test('participation bounds what is had of a quote', () => {
    const stage = new Stage({ participationMax: 100_000 }).quote(10, [99, 50], [101, 59]);
    stage.order(10, '8 buy');
    stage.order(10, '8 sell FOK');
    expect(stage.heard()).toEqual(['10: 1 buy 5@101 taker', '10: 2 EXPIRED (fill-or-kill)']);
    stage.quote(20, [99, 50], [102, 59]);
    expect(stage.heard()).toEqual(['20: 1 buy 3@102 taker']);
  });
});

describe('resting limits on quotes', () => {
  test('fill at their own price when the other side comes to it, up to what that shows', () => {
    const stage = new Stage().quote(10, [99, 5], [101, 5]);
    stage.order(10, '8 buy @100');
    stage.order(10, '1 buy @99');
    stage.quote(20, [97, 5], [98, 6]);
    expect(stage.heard()).toEqual(['10: 1 ACCEPTED', '10: 2 ACCEPTED', '20: 1 buy 6@100 maker']);
    stage.quote(30, [97, 5], [99, 4]);
    expect(stage.heard()).toEqual(['30: 1 buy 2@100 maker', '30: 2 buy 1@99 maker']);
  });

  test('back: trades at the price come to us after all that was there', () => {
    const stage = new Stage({ queue: 'back' }).quote(10, [99, 5], [101, 5]);
    stage.order(10, '4 buy @99');
    stage.trade(20, 99, 3, 'sell').quote(21, [99, 2], [101, 5]).trade(30, 99, 3, 'sell');
    expect(stage.heard()).toEqual(['10: 1 ACCEPTED', '30: 1 buy 1@99 maker']);
    stage.trade(40, 98, 2, 'sell');
    expect(stage.heard()).toEqual(['40: 1 buy 2@99 maker']);
  });

  test('back: who cancels is taken to stand behind us, but no more can be before us than is shown', () => {
    const stage = new Stage({ queue: 'back' }).quote(10, [99, 10], [101, 5]);
    stage.order(10, '4 buy @99');
    stage.quote(20, [99, 30], [101, 5]).quote(21, [99, 12], [101, 5]).trade(22, 99, 10, 'sell');
    expect(stage.heard()).toEqual(['10: 1 ACCEPTED']);
    stage.quote(23, [99, 40], [101, 5]).trade(24, 99, 1, 'sell');
    expect(stage.heard()).toEqual(['24: 1 buy 1@99 maker']);
  });

  test('proportional: of what is cancelled, the share that stood before us brings us forward', () => {
    const stage = new Stage({ queue: 'proportional' }).quote(10, [99, 10], [101, 5]);
    stage.order(10, '4 buy @99');
    // 20 shown, 10 of them before us: of 10 cancelled, 5 were.
    stage.quote(20, [99, 20], [101, 5]).quote(21, [99, 10], [101, 5]).trade(22, 99, 7, 'sell');
    expect(stage.heard()).toEqual(['10: 1 ACCEPTED', '22: 1 buy 2@99 maker']);
  });

  test('proportional: what traded is not counted as cancelled once more', () => {
    const stage = new Stage({ queue: 'proportional' }).quote(10, [99, 10], [101, 5]);
    stage.order(10, '4 buy @99');
    stage.trade(20, 99, 4, 'sell').quote(21, [99, 6], [101, 5]).trade(22, 99, 6, 'sell');
    expect(stage.heard()).toEqual(['10: 1 ACCEPTED']);
    stage.trade(23, 99, 1, 'sell');
    expect(stage.heard()).toEqual(['23: 1 buy 1@99 maker']);
  });

  test('front: every trade at the price is ours first, but our orders share it', () => {
    const stage = new Stage({ queue: 'front' }).quote(10, [99, 10], [101, 5]);
    stage.order(10, '4 buy @99');
    stage.order(10, '4 buy @99');
    stage.trade(20, 99, 5, 'sell');
    expect(stage.heard().slice(2)).toEqual(['20: 1 buy 4@99 maker', '20: 2 buy 1@99 maker']);
  });

  test('a trade at the price whose aggressor was on our side says nothing of our queue', () => {
    const stage = new Stage({ queue: 'front' }).quote(10, [99, 10], [101, 5]);
    stage.order(10, '4 sell @101');
    stage.trade(20, 101, 5, 'sell');
    expect(stage.heard()).toEqual(['10: 1 ACCEPTED']);
    stage.trade(30, 101, 5, 'buy');
    expect(stage.heard()).toEqual(['30: 1 sell 4@101 maker']);
  });

  test('behind the best price nobody knows the queue until it is shown', () => {
    const stage = new Stage({ queue: 'back' }).quote(10, [99, 10], [101, 5]);
    stage.order(10, '4 buy @97');
    stage.quote(20, [97, 6], [101, 5]).trade(30, 97, 6, 'sell');
    expect(stage.heard()).toEqual(['10: 1 ACCEPTED']);
    stage.trade(31, 97, 3, 'sell');
    expect(stage.heard()).toEqual(['31: 1 buy 3@97 maker']);
  });
});
