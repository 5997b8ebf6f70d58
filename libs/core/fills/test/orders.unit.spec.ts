import { describe, expect, test } from '@jest/globals';
import { Stage, fees, linear, rulesOf, spot } from './stage.ts';

describe('terms of orders', () => {
  test('post-only: refused when it would take, rests otherwise', () => {
    const stage = new Stage().quote(10, [99, 5], [101, 5]);
    stage.order(10, '1 buy @101 post-only');
    stage.order(10, '1 buy @100 post-only');
    expect(stage.heard()).toEqual(['10: 1 REJECTED (post-only)', '10: 2 ACCEPTED']);
  });

  test('reduce-only: no more than the position, refused without one, over when it is gone', () => {
    const stage = new Stage({ instruments: [linear()] }).quote(10, [99, 50], [101, 50]);
    stage.order(10, '1 sell reduce-only');
    stage.order(10, '5 buy');
    stage.order(10, '9 sell @100 reduce-only');
    stage.order(10, '3 sell reduce-only');
    expect(stage.heard()).toEqual([
      '10: 1 REJECTED (reduce-only)',
      '10: 2 buy 5@101 taker',
      '10: 3 ACCEPTED',
      '10: 4 sell 3@99 taker',
    ]);
    stage.quote(20, [100, 50], [101, 50]);
    expect(stage.heard()).toEqual(['20: 3 sell 2@100 maker', '20: 3 EXPIRED (reduce-only)']);
  });

  test('reduce-only orders at rest end when another order closes the position', () => {
    const stage = new Stage({ instruments: [linear()] }).quote(10, [99, 50], [101, 50]);
    stage.order(10, '5 buy');
    stage.order(10, '5 sell @110 reduce-only');
    stage.order(10, '5 sell');
    expect(stage.heard().slice(2)).toEqual(['10: 3 sell 5@99 taker', '10: 2 EXPIRED (reduce-only)']);
  });

  test.each([
    ['0 buy', 'quantity'],
    ['1.5 buy', 'quantity'],
    ['NaN buy', 'quantity'],
    ['2000000 buy', 'quantity'],
    ['1 buy @0', 'price'],
    ['1 buy @NaN', 'price'],
    ['1 buy @2000000', 'price'],
    ['1 buy post-only', 'post-only'],
    ['1 buy @100 IOC post-only', 'post-only'],
  ])('%s is refused by the venue', (text, reason) => {
    const stage = new Stage().quote(10, [99, 5], [101, 5]);
    stage.order(10, text);
    expect(stage.heard()).toEqual([`10: 1 REJECTED (${reason})`]);
    expect(stage.engine.counters.rejected).toBe(1);
  });
});

describe('latency', () => {
  const latency = { orderMicros: 10, cancelMicros: 10, answerMicros: 5 };

  test('an order arrives after its latency and its news after that of the answer', () => {
    const stage = new Stage({ latency }).quote(10, [99, 5], [101, 5]);
    stage.order(10, '1 buy @100');
    expect([stage.engine.nextDueAt, stage.engine.nextNewsAt]).toEqual([20, Infinity]);
    stage.engine.advance(20);
    expect([stage.engine.nextDueAt, stage.engine.nextNewsAt]).toEqual([Infinity, 25]);
    expect(stage.heard(24)).toEqual([]);
    expect(stage.heard(25)).toEqual(['25: 1 ACCEPTED']);
  });

  test('a cancel that arrives after the fill has lost; the fill may be news later than the cancel was sent', () => {
    const stage = new Stage({ latency }).quote(10, [99, 5], [101, 5]);
    const order = stage.order(10, '1 buy @100');
    stage.quote(30, [98, 5], [99, 5]).cancel(32, order);
    expect(stage.heard(100)).toEqual(['25: 1 ACCEPTED', '35: 1 buy 1@100 maker']);
  });

  test('a cancel that arrives first wins, and never arrives before its order', () => {
    const stage = new Stage({ latency: { orderMicros: 50, cancelMicros: 1 } }).quote(10, [99, 5], [101, 5]);
    const order = stage.order(10, '1 buy @100');
    stage.cancel(11, order);
    expect(stage.heard(100)).toEqual(['60: 1 ACCEPTED', '60: 1 CANCELED']);
  });

  test('news never overtake each other, whatever the jitter', () => {
    const stage = new Stage({ latency: { orderMicros: 5, answerMicros: 5, jitterMicros: 100 } });
    for (let at = 0; at < 2000; at += 10) {
      stage.quote(at, [99, 5], [101, 5]);
      stage.order(at, '1 buy IOC');
    }
    const times = stage.heard(10_000).map((text) => Number(text.split(':')[0]));
    expect(times).toHaveLength(200);
    expect([...times].sort((a, b) => a - b)).toEqual(times);
    expect(new Set(times.map((at, index) => at - index * 10)).size).toBeGreaterThan(20);
  });
});

describe('spot balances', () => {
  const balances = { USD: '1000', BTC: '2' };

  test('what cannot be paid is refused; open limits block what they may need', () => {
    const stage = new Stage({ balances }).quote(10, [99, 50], [101, 50]);
    stage.order(10, '5 buy @100');
    stage.order(10, '6 buy @90');
    stage.order(10, '5 buy');
    stage.order(10, '3 sell');
    const first = stage.order(10, '2 sell @105');
    stage.order(10, '1 sell');
    expect(stage.heard()).toEqual([
      '10: 1 ACCEPTED',
      '10: 2 REJECTED (insufficient balance)',
      '10: 3 REJECTED (insufficient balance)',
      '10: 4 REJECTED (insufficient balance)',
      '10: 5 ACCEPTED',
      '10: 6 REJECTED (insufficient balance)',
    ]);
    stage.cancel(11, first).cancel(11, 1);
    stage.order(11, '9 buy');
    stage.order(11, '11 sell');
    expect(stage.heard().slice(2)).toEqual(['11: 7 buy 9@101 taker', '11: 8 sell 11@99 taker']);
    expect(stage.held).toEqual({ USD: '1180', BTC: '0' });
  });

  test('a fee in the quote currency has to be payable too', () => {
    const instruments = [spot({ fees: fees(0, 1) })];
    const stage = new Stage({ instruments, balances: { USD: '1010' } }).quote(10, [99, 50], [100, 50]);
    stage.order(10, '11 buy IOC');
    stage.order(10, '10 buy');
    expect(stage.heard()).toEqual(['10: 1 REJECTED (insufficient balance)', '10: 2 buy 10@100 taker fee 10 USD']);
    expect(stage.held).toEqual({ USD: '0', BTC: '10' });
  });

  test('a fee of what is received: base when buying, quote when selling', () => {
    const instruments = [spot({ fees: fees(-0.5, 1), feeCurrency: 'received' })];
    const stage = new Stage({ instruments, balances: { USD: '1000' } }).quote(10, [100, 50], [101, 50]);
    stage.order(10, '9 buy');
    stage.order(10, '8 sell');
    expect(stage.heard()).toEqual(['10: 1 buy 9@101 taker fee 0.09 BTC', '10: 2 sell 8@100 taker fee 8 USD']);
    stage.order(11, '1 buy @99');
    stage.quote(12, [97, 1], [98, 1]);
    expect(stage.heard().slice(1)).toEqual(['12: 3 buy 1@99 maker fee -0.005 BTC']);
    expect(stage.held).toEqual({ USD: '784', BTC: '1.915' });
  });

  test('several instruments draw on the same currency', () => {
    const eth = spot({ rules: rulesOf({ symbol: 'ETHUSD', base: 'ETH' }) });
    const stage = new Stage({ instruments: [spot(), eth], balances: { USD: '150' } });
    stage.quote(10, [99, 5], [100, 5]).quote(10, [9, 50], [10, 50], 1);
    stage.order(10, '1 buy');
    stage.order(10, '6 buy', { slot: 1 });
    stage.order(10, '5 buy', { slot: 1 });
    expect(stage.heard()).toEqual([
      '10: 1 buy 1@100 taker',
      '10: 2 REJECTED (insufficient balance)',
      '10: 3 buy 5@10 taker',
    ]);
    expect(stage.held).toEqual({ USD: '0', BTC: '1', ETH: '5' });
  });
});

describe('fee tiers', () => {
  const DAY = 86_400_000_000;
  const tiers = [
    { volumeFrom: 0n, makerRate: 1_000_000, takerRate: 2_000_000 },
    { volumeFrom: 1_000n * 10n ** 12n, makerRate: 0, takerRate: 1_000_000 },
  ] as unknown as ReturnType<typeof fees>;

  test('by what was traded in thirty days at the venue in that currency', () => {
    const eth = spot({ rules: rulesOf({ symbol: 'ETHUSD', base: 'ETH' }), fees: tiers });
    const stage = new Stage({ instruments: [spot(), eth] });
    const buy = (at: number, slot: number): void => {
      stage.quote(at, [99, 50], [100, 50], slot);
      stage.order(at, '10 buy', { slot });
    };
    buy(0, 0);
    buy(DAY, 1);
    buy(29 * DAY, 1);
    buy(60 * DAY, 1);
    expect(stage.heard()).toEqual([
      '0: 1 buy 10@100 taker',
      `${DAY}: 2 buy 10@100 taker fee 10 USD`,
      `${29 * DAY}: 3 buy 10@100 taker fee 10 USD`,
      `${60 * DAY}: 4 buy 10@100 taker fee 20 USD`,
    ]);
  });
});
