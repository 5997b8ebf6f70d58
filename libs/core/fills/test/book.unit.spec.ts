import { describe, expect, test } from '@jest/globals';
import { Stage } from './stage.ts';

function open(setup: ConstructorParameters<typeof Stage>[0] = {}): Stage {
  return new Stage({ model: 'book', ...setup }).book(10, [99, 5, 98, 7, 97, 9], [101, 2, 102, 3, 104, 4], true);
}

describe('takers on a book', () => {
  test('walk the levels up to their price, one fill each', () => {
    const stage = open();
    stage.order(10, '4 buy');
    stage.order(10, '9 buy @102 IOC');
    stage.order(10, '6 sell @98');
    expect(stage.heard()).toEqual([
      '10: 1 buy 2@101 taker',
      '10: 1 buy 2@102 taker',
      '10: 2 buy 1@102 taker',
      '10: 2 EXPIRED (immediate-or-cancel)',
      '10: 3 sell 5@99 taker',
      '10: 3 sell 1@98 taker',
    ]);
  });

  test('what was taken of a level is gone while it lives, also through a snapshot; a new level is new', () => {
    const stage = open();
    stage.order(10, '2 buy');
    stage.book(20, [99, 5], [101, 2, 102, 3], true);
    stage.order(20, '1 buy');
    stage.book(30, [], [101, 0]).book(31, [], [101, 1]);
    stage.order(31, '1 buy');
    expect(stage.heard()).toEqual(['10: 1 buy 2@101 taker', '20: 2 buy 1@102 taker', '31: 3 buy 1@101 taker']);
  });

  test('all or nothing', () => {
    const stage = open();
    stage.order(10, '10 buy FOK');
    stage.order(10, '9 buy FOK');
    expect(stage.heard()).toEqual([
      '10: 1 EXPIRED (fill-or-kill)',
      '10: 2 buy 2@101 taker',
      '10: 2 buy 3@102 taker',
      '10: 2 buy 4@104 taker',
    ]);
  });

  test('what the book cannot fill waits for more of it, at the price and the fee of a taker', () => {
    const stage = open();
    stage.order(10, '4 buy @101');
    stage.book(20, [], [101, 3]);
    stage.book(30, [], [101, 0]);
    stage.book(40, [], [100, 9]);
    expect(stage.heard()).toEqual([
      '10: 1 buy 2@101 taker',
      '10: 1 ACCEPTED',
      '20: 1 buy 1@101 taker',
      '40: 1 buy 1@101 maker',
    ]);
  });
});

describe('resting limits on a book', () => {
  test('stand behind what their level shows, and come forward by trades and by what leaves', () => {
    const stage = open({ queue: 'back' });
    stage.order(10, '3 buy @98');
    stage.book(20, [99, 0], []).trade(30, 98, 6, 'sell').book(31, [98, 4], []).trade(40, 98, 3, 'sell');
    expect(stage.heard()).toEqual(['10: 1 ACCEPTED', '40: 1 buy 2@98 maker']);
    stage.book(41, [98, 0], []).trade(50, 98, 3, 'sell');
    expect(stage.heard()).toEqual(['50: 1 buy 1@98 maker']);
  });

  test('proportional: a shrinking level brings forward', () => {
    const stage = open({ queue: 'proportional' });
    stage.order(10, '3 buy @98');
    stage.book(20, [99, 0, 98, 14], []).book(21, [98, 6], []).trade(30, 98, 4, 'sell');
    // 7 before us of 14; 8 cancelled, 4 of them before us.
    expect(stage.heard()).toEqual(['10: 1 ACCEPTED', '30: 1 buy 1@98 maker']);
  });

  test('fill when the other side comes to them, up to what it shows', () => {
    const stage = open();
    stage.order(10, '5 buy @100');
    stage.order(10, '5 buy @99');
    stage.book(20, [99, 0, 98, 0, 97, 0], [99, 4, 100, 3]);
    expect(stage.heard().slice(2)).toEqual(['20: 1 buy 5@100 maker']);
    stage.book(30, [], [99, 5]);
    expect(stage.heard()).toEqual(['30: 2 buy 1@99 maker']);
  });

  test('beyond the deepest level the queue is unknown', () => {
    const stage = open({ queue: 'back' });
    stage.order(10, '5 buy @90');
    stage.trade(20, 90, 50, 'sell');
    expect(stage.heard()).toEqual(['10: 1 ACCEPTED']);
    stage.book(30, [90, 3], []).trade(31, 90, 4, 'sell');
    expect(stage.heard()).toEqual(['31: 1 buy 1@90 maker']);
  });
});

describe('trust in a book', () => {
  test('after a gap nothing deals with it until a snapshot, and orders rest on', () => {
    const stage = open();
    stage.order(10, '1 buy @100');
    stage.gap(20, 'book').book(21, [], [100, 5]);
    stage.order(22, '1 buy');
    expect(stage.heard()).toEqual(['10: 1 ACCEPTED']);
    expect(stage.engine.counters.untrusted).toBe(1);
    stage.book(30, [95, 1], [100, 5], true);
    expect(stage.heard()).toEqual(['30: 1 buy 1@100 maker', '30: 2 buy 1@100 taker']);
  });

  test('a resync after the snapshot takes nothing from it', () => {
    const stage = open();
    stage.gap(20, 'all').book(21, [95, 1], [100, 5], true).gap(22, 'all', 'resync');
    stage.order(23, '1 buy');
    expect(stage.heard()).toEqual(['23: 1 buy 1@100 taker']);
  });

  test('nothing deals with a crossed book, nor with one that lost a change', () => {
    const stage = open().book(20, [101, 5], []);
    stage.order(20, '1 buy');
    expect(stage.heard()).toEqual([]);
    stage.book(21, [101, 0], []);
    expect(stage.heard()).toEqual(['21: 1 buy 1@101 taker']);
    stage.book(30, [0, 5], []).book(31, [], [101, Number.NaN]);
    stage.order(31, '1 buy');
    expect(stage.heard()).toEqual([]);
    expect(stage.engine.counters).toMatchObject({ crossed: 1, malformed: 2 });
  });
});
