import { describe, expect, test } from '@jest/globals';
import { BTC, Gate, config } from './language.ts';

const sell = (quantity: string, more = {}) => ({ side: 'sell' as const, quantity, ...more });

describe('the way out', () => {
  test('flat, nothing is a reduction: neither side may open exposure', () => {
    const gate = Gate.ready(config({}, { tradingState: 'REDUCING' }));
    expect(gate.deny({ side: 'buy' }).code).toBe('TRADING_REDUCING');
    expect(gate.deny({ side: 'sell' }).code).toBe('TRADING_REDUCING');
  });

  test('an opposite order passes up to the position and never through it', () => {
    const gate = Gate.ready();
    gate.hold('2');
    gate.kill();
    expect(gate.deny(sell('2.001')).code).toBe('KILL_LATCHED');
    expect(gate.approve(sell('1.5')).reduces).toBe(true);
    expect(gate.deny(sell('0.501')).detail.reducible).toBe('0.5');
    expect(gate.approve(sell('0.5')).reduces).toBe(true);
    expect(gate.deny(sell('0.05')).detail.reducible).toBe('0');
  });

  test('working and unresolved orders of the side count against it', () => {
    const gate = Gate.ready();
    gate.hold('2');
    const ordinary = gate.approve(sell('1.5'));
    gate.event(ordinary, 'unresolved');
    gate.kill();
    expect(gate.deny(sell('1')).detail.reducible).toBe('0.5');
    gate.event(ordinary, 'canceled');
    expect(gate.approve(sell('2')).reduces).toBe(true);
  });

  test('a short is reduced by buying', () => {
    const gate = Gate.ready();
    gate.hold('2', 'sell');
    gate.kill();
    expect(gate.deny({ side: 'sell', quantity: '1' }).code).toBe('KILL_LATCHED');
    expect(gate.approve({ side: 'buy', quantity: '2' }).reduces).toBe(true);
  });

  test('the venue’s report bounds it too, and fills after the report move it', () => {
    const gate = Gate.ready();
    gate.hold('2');
    gate.recon({ reason: 'periodic', positions: [{ instrument: BTC, quantity: '1.4999' }] });
    gate.kill();
    expect(gate.deny(sell('1.5')).detail.reducible).toBe('1.499');
    gate.fill(gate.approve(sell('1')), '1');
    expect(gate.deny(sell('0.5')).detail.reducible).toBe('0.499');
    gate.recon({ reason: 'periodic', positions: [] });
    expect(gate.deny(sell('0.4')).detail.reducible).toBe('0');
    gate.recon({ reason: 'periodic', complete: false, positions: [{ instrument: BTC, quantity: '1' }] });
    expect(gate.deny(sell('0.4')).detail.reducible).toBe('0');
    gate.recon({ reason: 'periodic' });
    expect(gate.approve(sell('1')).reduces).toBe(true);
  });

  test('a snapshot that was taken before a fill does not undo it', () => {
    const gate = Gate.ready();
    gate.hold('1');
    const order = gate.approve({ quantity: '1' });
    const fill = gate.eventOf(order, 'fill', { quantity: '1', cumulativeQuantity: '1', state: 'filled' });
    gate.take({ type: 'order', at: gate.at, event: fill });
    gate.recon({
      reason: 'periodic',
      head: { seq: fill.head.seq - 1, hash: '0'.repeat(64) },
      positions: [{ instrument: BTC, quantity: '1' }],
    });
    gate.kill();
    expect(gate.approve(sell('2')).reduces).toBe(true);
  });

  test('a run sells what it holds itself; a person may sell what the account holds', () => {
    const gate = Gate.ready();
    gate.hold('2');
    gate.kill();
    const other = { runId: 'quote-1', strategy: 'quoter' };
    expect(gate.deny(sell('1', other)).detail.reducible).toBe('0');
    expect(gate.approve(sell('1', { ...other, origin: 'person' })).reduces).toBe(true);
  });

  test('a position above a tightened limit can be reduced', () => {
    const gate = Gate.ready();
    gate.hold('4');
    gate.start(config({ positionMax: '1' }));
    gate.kill();
    expect(gate.approve(sell('2')).reduces).toBe(true);
  });

  test('REDUCE_ONLY_NOT_REDUCING: kept by the gate in ordinary times too', () => {
    const gate = Gate.ready();
    gate.hold('1');
    expect(gate.deny(sell('1.5', { reduceOnly: true }))).toEqual({
      code: 'REDUCE_ONLY_NOT_REDUCING',
      detail: { quantity: '1.5', reducible: '1' },
    });
    expect(gate.deny({ reduceOnly: true }).code).toBe('REDUCE_ONLY_NOT_REDUCING');
    expect(gate.approve(sell('1', { reduceOnly: true })).reduces).toBe(true);
  });

  test('REDUCTION_OUTSTANDING: no ordinary order shrinks the position under a reduction that works', () => {
    const gate = Gate.ready();
    gate.hold('3');
    const exit = gate.approve(sell('2', { reduceOnly: true }));
    expect(gate.deny(sell('1.5'))).toEqual({ code: 'REDUCTION_OUTSTANDING', detail: { quantity: '1.5', room: '1' } });
    expect(gate.approve(sell('1')).reduces).toBe(false);
    expect(gate.approve({ side: 'buy' }).reduces).toBe(false);
    gate.event(exit, 'canceled');
    expect(gate.approve(sell('5')).reduces).toBe(false);
  });
});
