import { describe, expect, test } from '@jest/globals';
import { BTC, ETH, Gate, SECOND, alerts, config } from './language.ts';

describe('the life of a reservation', () => {
  test('an approval reserves the whole quantity; fills turn it into position', () => {
    const gate = Gate.ready();
    const order = gate.approve({ quantity: '2' });
    expect(gate.exposure()).toBe('0 2 0');
    gate.event(order, 'submitted');
    gate.event(order, 'accepted');
    expect(gate.exposure()).toBe('0 2 0');
    gate.fill(order, '0.5', '0.5');
    expect(gate.exposure()).toBe('0.5 1.5 0');
    gate.fill(order, '1.5', '2');
    expect(gate.exposure()).toBe('2 0 0');
    expect(gate.core.openOrders.size).toBe(0);
  });

  test.each(['canceled', 'expired', 'rejected', 'lapsed'] as const)('%s releases what is not filled', (type) => {
    const gate = Gate.ready();
    const order = gate.approve({ quantity: '2' });
    gate.event(order, type);
    expect(gate.exposure()).toBe('0 0 0');
  });

  test('neither time, nor unresolved, nor a new bridge, nor a kill releases anything', () => {
    const gate = Gate.ready();
    const order = gate.approve({ quantity: '2' });
    gate.event(order, 'submitted');
    gate.event(order, 'unresolved');
    gate.kill();
    gate.pass(3600 * SECOND);
    gate.recon({ bridgeEpoch: 8 });
    expect(gate.exposure()).toBe('0 2 0');
  });

  test('an order that ended with more filled than was told keeps that part reserved until the fill comes', () => {
    const gate = Gate.ready();
    const order = gate.approve({ quantity: '2' });
    gate.event(order, 'canceled', { cumulativeQuantity: '0.8' });
    expect(gate.exposure()).toBe('0 0.8 0');
    gate.fill(order, '0.8', '0.8');
    expect(gate.exposure()).toBe('0.8 0 0');
  });

  test('S9: an event twice, or a fill under two event ids, counts once', () => {
    const gate = Gate.ready();
    const order = gate.approve({ quantity: '2' });
    const fill = gate.eventOf(order, 'fill', {
      quantity: '1',
      cumulativeQuantity: '1',
      state: 'partially-filled',
      tradeId: 'x',
    });
    for (const event of [fill, fill, { ...fill, eventId: 'e'.repeat(32) }]) {
      gate.take({ type: 'order', at: gate.at, event });
    }
    expect(gate.exposure()).toBe('1 1 0');
  });

  test('S9: a late fill of an ended order still counts, and a person is told', () => {
    const gate = Gate.ready();
    const order = gate.approve({ quantity: '2' });
    gate.event(order, 'lapsed');
    expect(alerts(gate.fill(order, '2'))).toEqual(['order-surprise']);
    expect(gate.exposure()).toBe('2 0 0');
  });

  test('more filled than approved counts in full, and a person is told', () => {
    const gate = Gate.ready();
    const order = gate.approve({ quantity: '1' });
    gate.fill(order, '1');
    expect(alerts(gate.fill(order, '0.5', '1.5'))).toEqual(['order-surprise']);
    expect(gate.exposure()).toBe('1.5 0 0');
  });

  test('an order that the gate does not know is reserved when it is about to be sent, and its fills count', () => {
    const other = Gate.ready().approve({ id: 'foreign', quantity: '2' });
    const gate = Gate.ready();
    gate.event(other, 'submitted');
    expect(gate.exposure()).toBe('0 2 0');
    gate.fill(other, '2');
    expect(gate.exposure()).toBe('2 0 0');
    const never = Gate.ready().approve({ id: 'never', quantity: '3' });
    expect(alerts(gate.fill(never, '3'))).toEqual(['order-surprise']);
    expect(gate.exposure()).toBe('5 0 0');
  });

  test('S19: an event that cannot be booked exactly latches the account instead of stopping the gate', () => {
    const gate = Gate.ready();
    const order = gate.approve({ quantity: '1' });
    expect(alerts(gate.fill(order, '0.0005'))).toEqual(['account-distrusted']);
    expect(gate.core.latches.map(({ scope }) => scope)).toEqual(['account.main']);
    expect(alerts(gate.fill(order, '0.0005'))).toEqual([]);
    gate.fill(order, '1');
    expect(gate.exposure()).toBe('1 0 0');
  });

  test('an instrument that was taken out of the configuration is still booked, but not traded', () => {
    const gate = Gate.ready();
    const order = gate.approve({ quantity: '1' });
    const settings = config();
    gate.start({ ...settings, instruments: settings.instruments.filter(({ symbol }) => symbol === 'ETHUSDT') });
    gate.fill(order, '1');
    expect(gate.exposure()).toBe('1 0 0');
    expect(gate.deny().code).toBe('INSTRUMENT_NOT_ALLOWED');
  });

  test('instruments and runs are counted apart, the account together', () => {
    const gate = Gate.ready();
    gate.mark('99.99', '100.01', { instrument: ETH });
    gate.hold('1');
    gate.hold('2', 'sell', { runId: 'quote-1', strategy: 'quoter' });
    gate.hold('3', 'buy', { instrument: ETH });
    expect(gate.exposure()).toBe('-1 0 0');
    expect(gate.exposure(ETH)).toBe('3 0 0');
    expect(gate.exposure(BTC, 'run.sma-1')).toBe('1 0 0');
    expect(gate.exposure(BTC, 'strategy.quoter')).toBe('-2 0 0');
  });
});
