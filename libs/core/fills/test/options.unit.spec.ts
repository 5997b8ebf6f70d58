import { describe, expect, test } from '@jest/globals';
import { type ExecutionOptions, executionEngine } from '../src/index.ts';
import { PLAIN, Stage, engineOf, linear, spot } from './stage.ts';

const options: ExecutionOptions = { config: PLAIN, instruments: [spot()], balances: 'unlimited' };
const rung = (volumeFrom: bigint, makerRate = 0): object => ({ volumeFrom, makerRate, takerRate: 0 });
const withConfig = (changes: object): object => ({ config: { ...PLAIN, ...changes } });

describe('options', () => {
  test.each([
    ['model', withConfig({ model: 'magic' })],
    ['queue', withConfig({ queue: 'middle' })],
    ['latency.orderMicros', withConfig({ latency: { ...PLAIN.latency, orderMicros: -1 } })],
    ['latency.jitterMicros', withConfig({ latency: { ...PLAIN.latency, jitterMicros: 0.5 } })],
    ['participationMax', withConfig({ participationMax: 1_000_001 })],
    ['seed', withConfig({ seed: 7 })],
    ['slippage.kind', withConfig({ slippage: { kind: 'luck' } })],
    ['slippage.ticks', withConfig({ slippage: { kind: 'ticks', ticks: Number.NaN } })],
    ['slippage.basisPoints', withConfig({ slippage: { kind: 'basis-points', basisPoints: -1 } })],
    ['slippage.coefficientBps', withConfig({ slippage: { kind: 'square-root', coefficientBps: Infinity } })],
    ['instruments', { instruments: [] }],
    ['instruments[1]', { instruments: [spot(), spot()] }],
    ['instruments[0].contract', { instruments: [spot({ contract: 'inverse' as 'linear' })] }],
    ['instruments[0].feeCurrency', { instruments: [spot({ feeCurrency: 'BNB' as 'quote' })] }],
    ['instruments[0].fees', { instruments: [{ ...spot(), fees: [] }] }],
    ['instruments[0].fees[0].volumeFrom', { instruments: [{ ...spot(), fees: [rung(1n)] }] }],
    ['instruments[0].fees[1].volumeFrom', { instruments: [{ ...spot(), fees: [rung(0n), rung(0n)] }] }],
    ['instruments[0].fees[0].makerRate', { instruments: [{ ...spot(), fees: [rung(0n, 0.1)] }] }],
    ['instruments[0].initialMargin', { instruments: [linear({ initialMargin: 0 })] }],
    ['instruments[0].maintenanceMargin', { instruments: [linear({ maintenanceMargin: 200_000 })] }],
    ['instruments[0].liquidationFee', { instruments: [linear({ liquidationFee: -1 })] }],
    ['balances.USD', { balances: new Map([['USD', -1n]]) }],
  ])('%s is refused by its name', (field, wrong) => {
    const made = executionEngine({ ...options, ...wrong });
    expect(made.ok ? 'made' : made.error.field).toBe(field);
  });

  test('a snapshot of other options is refused', () => {
    const snapshot = engineOf({ model: 'book' }).snapshot();
    expect(() => engineOf({ model: 'quotes' }).restore(snapshot)).toThrow('other options');
    expect(() => engineOf({ model: 'book' }).restore(snapshot)).not.toThrow();
  });
});

describe('limits', () => {
  test('a venue has room for so many open orders', () => {
    const stage = new Stage().quote(0, [99, 5], [101, 5]);
    for (let order = 0; order < 10_000; order++) stage.order(1, '1 buy @50');
    expect(new Set(stage.heard().map((text) => text.split(' ')[2]))).toEqual(new Set(['ACCEPTED']));
    stage.order(1, '1 buy @50');
    expect(stage.heard()).toEqual(['1: 10001 REJECTED (more than 10000 open orders)']);
  });

  test.each(['next-open', 'limit-touch', 'quotes', 'trades', 'book'] as const)(
    '%s: what is over leaves nothing behind',
    (model) => {
      const stage = new Stage({ model, instruments: [linear()], latency: { orderMicros: 3, jitterMicros: 5 } });
      const scene = (minute: number): number => {
        const at = minute * 60;
        stage
          .bar(minute, [100, 101, 99, 100])
          .quote(at + 59, [99, 5], [101, 5])
          .trade(at + 59, 100, 5, 'buy');
        stage.book(at + 59, [99, minute % 7], [101, minute % 5], true);
        stage.tell(at + 59, { kind: 'funding', rate: 1, rateScale: 4, nextAt: at + 70 });
        stage.order(at + 59, minute % 2 === 0 ? '1 buy IOC' : '1 sell IOC');
        stage.cancel(at + 59, stage.order(at + 59, '1 buy @90'));
        stage.heard();
        return stage.engine.snapshot().length;
      };
      let largest = 0;
      for (let minute = 0; minute < 200; minute++) largest = Math.max(largest, scene(minute));
      for (let minute = 200; minute < 2_000; minute++) expect(scene(minute)).toBeLessThan(largest + 200);
    },
  );

  test('a recorded book keeps so many levels a side', () => {
    const stage = new Stage({ model: 'book' }).book(0, [], [900_000, 1], true);
    for (let level = 1; level <= 12_000; level++) stage.book(level, [level, 1], []);
    expect(stage.engine.snapshot().length).toBeLessThan(60_000);
  });
});
