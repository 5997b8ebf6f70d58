import { describe, expect, test } from '@jest/globals';
import { Stage, fees, linear, rulesOf, spot } from './stage.ts';

const instruments = [linear()];

describe('initial margin', () => {
  test('bounds what may be opened, open orders counted as if filled; what reduces needs none', () => {
    const stage = new Stage({ instruments, balances: { USD: '100' } }).quote(10, [99, 50], [100, 50]);
    stage.order(10, '11 buy');
    stage.order(10, '6 buy @99');
    stage.order(10, '5 buy @99');
    stage.order(10, '3 buy');
    stage.order(10, '12 sell @101');
    expect(stage.heard()).toEqual([
      '10: 1 REJECTED (insufficient margin)',
      '10: 2 ACCEPTED',
      '10: 3 REJECTED (insufficient margin)',
      '10: 4 buy 3@100 taker',
      '10: 5 ACCEPTED',
    ]);
  });

  test('one money is margin, or buys spot, or is blocked for that, once', () => {
    const eth = spot({ rules: rulesOf({ symbol: 'ETHUSD', base: 'ETH' }) });
    const stage = new Stage({ instruments: [linear(), eth], balances: { USD: '100' } });
    stage.quote(10, [99, 50], [100, 50]).quote(10, [9, 50], [10, 50], 1).mark(10, 100);
    stage.order(10, '5 buy');
    stage.order(10, '6 buy', { slot: 1 });
    stage.order(10, '5 buy @9', { slot: 1 });
    stage.order(10, '1 buy @9', { slot: 1 });
    stage.order(10, '1 buy');
    stage.mark(20, 97);
    stage.order(20, '1 buy', { slot: 1 });
    expect(stage.heard()).toEqual([
      '10: 1 buy 5@100 taker',
      '10: 2 REJECTED (insufficient balance)',
      '10: 3 ACCEPTED',
      '10: 4 REJECTED (insufficient balance)',
      '10: 5 REJECTED (insufficient margin)',
      '20: 6 REJECTED (insufficient balance)',
    ]);
  });

  test('a position may always be closed, and turned as far as the margin goes', () => {
    const stage = new Stage({ instruments, balances: { USD: '100' } }).quote(10, [100, 90], [101, 90]);
    stage.order(10, '9 buy');
    stage.quote(20, [95, 90], [96, 90]);
    stage.order(20, '9 sell');
    stage.order(20, '9 sell');
    expect(stage.heard()).toEqual([
      '10: 1 buy 9@101 taker',
      '20: 2 sell 9@95 taker',
      '20: 3 REJECTED (insufficient margin)',
    ]);
    expect(stage.held).toEqual({ USD: '46' });
  });
});

describe('funding', () => {
  const rate = { kind: 'funding', rate: 1, rateScale: 2 } as const;

  test('longs pay the rate on the value at the mark when it falls due, once', () => {
    const stage = new Stage({ instruments, balances: { USD: '1000' } }).quote(10, [99, 50], [101, 50]).mark(11, 100);
    stage.order(11, '3 buy');
    stage.tell(20, { ...rate, rate: 5, nextAt: 100 }).tell(30, { ...rate, nextAt: 100 });
    expect(stage.engine.nextDueAt).toBe(100);
    stage.mark(90, 110);
    expect(stage.heard()).toEqual(['11: 1 buy 3@101 taker']);
    stage.quote(130, [99, 50], [101, 50]).tell(131, { ...rate, nextAt: 100 });
    expect(stage.heard()).toEqual(['100: funding -3.3 USD']);
    expect(stage.held).toEqual({ USD: '996.7' });
  });

  test('shorts receive it; a rate without a moment falls due with its event; flat, nothing is paid', () => {
    const stage = new Stage({ instruments }).quote(10, [99, 50], [101, 50]).tell(12, { ...rate, nextAt: 0 });
    stage.order(13, '3 sell');
    stage.tell(14, { ...rate, nextAt: 0 });
    expect(stage.heard()).toEqual(['13: 1 sell 3@99 taker', '14: funding 3 USD']);
  });

  test('a rate that is none is counted', () => {
    const stage = new Stage({ instruments }).tell(1, { ...rate, rate: Number.NaN, nextAt: 0 });
    stage.tell(2, { ...rate, rateScale: 40, nextAt: 0 }).tell(3, { ...rate, nextAt: -1 });
    expect(stage.engine.counters.malformed).toBe(3);
  });
});

describe('liquidation', () => {
  test('below maintenance margin our orders are cancelled and the position is closed at the mark, with its fee', () => {
    const stage = new Stage({ instruments, balances: { USD: '100' }, slippage: { kind: 'ticks', ticks: 1 } });
    stage.quote(10, [99, 50], [99, 0]).quote(10, [99, 50], [100, 50]).mark(10, 100);
    stage.order(10, '5 buy @102');
    stage.order(10, '1 sell @150');
    stage.mark(20, 86);
    expect(stage.heard()).toEqual(['10: 1 buy 5@101 taker', '10: 2 ACCEPTED']);
    // Equity 100 - 5 × 16 = 20 of the 21.25 that are needed. Of the fee of 21, 15 are there.
    stage.mark(21, 85);
    expect(stage.heard()).toEqual([
      '21: 2 CANCELED (liquidation)',
      '21: 0 sell 5@84 taker',
      '21: liquidation-fee -15 USD',
    ]);
    expect(stage.held).toEqual({ USD: '0' });
    expect(stage.engine.counters.liquidations).toBe(1);
  });

  test('on bars: at the first price on the way to the worst that fails', () => {
    const stage = new Stage({ model: 'next-open', instruments, balances: { USD: '100' } });
    stage.order(0, '9 sell');
    stage.bar(1, [100, 100, 90, 95]).bar(2, [96, 130, 96, 100]);
    // Equity 100 - 9 × (p - 100) falls below 0.45 p at 106.
    expect(stage.heard()).toEqual(['60: 1 sell 9@100 taker', '179: 0 buy 9@106 taker', '179: liquidation-fee -46 USD']);
  });

  test('the largest position goes first, and the others stay when that is enough', () => {
    const eth = linear({ rules: rulesOf({ symbol: 'ETHUSD', base: 'ETH' }), liquidationFee: 0 });
    const stage = new Stage({ instruments: [linear({ liquidationFee: 0 }), eth], balances: { USD: '100' } });
    stage.quote(10, [99, 50], [100, 50], 0).quote(10, [99, 50], [100, 50], 1);
    stage.order(10, '2 buy');
    stage.order(10, '6 buy', { slot: 1 });
    stage.quote(20, [88, 50], [89, 50], 1).quote(21, [98, 50], [99, 50], 0);
    expect(stage.heard().slice(2)).toEqual(['20: 0 sell 6@88 taker']);
  });

  test('with unlimited balances nothing is refused and nothing liquidated', () => {
    const stage = new Stage({ instruments: [linear({ fees: fees(0, 1) })] }).quote(10, [99, 50], [100, 50]);
    stage.order(10, '50 buy');
    stage.quote(20, [1, 50], [2, 50]);
    expect(stage.heard()).toEqual(['10: 1 buy 50@100 taker fee 50 USD']);
  });
});
