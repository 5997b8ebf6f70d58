import { describe, expect, test } from '@jest/globals';
import { strategies } from '@portcullis/strategy';
import { type ReplayConfig, prepareReplay } from '../src/index.ts';
import { configOf, definition, instrument, prepared } from './language.ts';
import { scripted } from './scripted.ts';

const digests = { data: 'd'.repeat(64), code: 'c'.repeat(64) };

function error(over: Partial<ReplayConfig>): { field: string; expected: string } | undefined {
  const made = prepareReplay(configOf(over), digests, strategies);
  return made.ok ? undefined : { field: made.error.field, expected: made.error.expected };
}

describe('the id of a run', () => {
  test('comes from data, code, configuration and seed alone', () => {
    const { runId, digests: all } = prepared();
    expect(runId).toMatch(/^rp-[0-9a-z]{20}$/);
    expect(prepared().runId).toBe(runId);
    expect(all).toMatchObject(digests);
    expect(all.config).toMatch(/^[0-9a-f]{64}$/);
    const others = [
      prepared(configOf({ seed: '2' })).runId,
      prepared(configOf({ parameters: { fast: 5, slow: 21, quantity: '1' } })).runId,
      ...(['data', 'code'] as const).map((name) => {
        const made = prepareReplay(configOf(), { ...digests, [name]: 'e'.repeat(64) }, strategies);
        return made.ok ? made.value.runId : '';
      }),
    ];
    expect(new Set([runId, ...others]).size).toBe(5);
  });
});

describe('a configuration that cannot be run is refused with its field', () => {
  test.each<readonly [string, Partial<ReplayConfig>]>([
    ['strategy', { strategy: 'nobody' }],
    ['parameters.fast', { parameters: { fast: 30, slow: 20, quantity: '1' } }],
    ['parameters.fats', { parameters: { fats: 3, slow: 20, quantity: '1' } }],
    ['parameters.fast', { parameters: { fast: 2.5, slow: 20, quantity: '1' } }],
    ['instruments', { instruments: [] }],
    ['instruments.1', { instruments: [instrument(), instrument()] }],
    [
      'instruments.0.definition.tickSize',
      { instruments: [instrument({ definition: { ...definition(), tickSize: '0' } })] },
    ],
    ['instruments.0.fees', { instruments: [instrument({ fees: [] })] }],
    [
      'instruments.0.fees.0.maker',
      { instruments: [instrument({ fees: [{ volumeFrom: '0', maker: '1e-3', taker: '0' }] })] },
    ],
    [
      'instruments.0.fees.0.volumeFrom',
      { instruments: [instrument({ fees: [{ volumeFrom: '1', maker: '0', taker: '0' }] })] },
    ],
    ['instruments.0.initialMargin', { instruments: [instrument({ initialMargin: '0' })] }],
    [
      'instruments.0.maintenanceMargin',
      { instruments: [instrument({ initialMargin: '0.1', maintenanceMargin: '0.2' })] },
    ],
    ['account.capital', { account: { currency: 'USDT', balances: 'unlimited', capital: '-5' } }],
    ['account.capital', { account: { currency: 'USDT', balances: { USDT: '5' }, capital: '5' } }],
    ['account.balances', { account: { currency: 'USDT', balances: { EUR: '5' } } }],
    ['account.balances.USDT', { account: { currency: 'USDT', balances: { USDT: '-5' } } }],
    ['instruments.0.definition.quote', { account: { currency: 'EUR', balances: 'unlimited' } }],
    ['ordering', { ordering: 'LOOSE' as 'WARN' }],
    ['errorPolicy', { errorPolicy: 'IGNORE' as 'FAIL_FAST' }],
    ['expiryMicros', { expiryMicros: 0 }],
    ['errorsMax', { errorsMax: -1 }],
    ['errorsMax', { errorsMax: 0.5 }],
    [
      'execution.latency.feedMicros',
      { execution: { ...configOf().execution, latency: { ...configOf().execution.latency, feedMicros: -1 } } },
    ],
  ])('%s', (field, over) => {
    expect(error(over)?.field).toBe(field);
    expect(error(over)?.expected).not.toBe('');
  });

  test('a currency that nothing converts says to which it should', () => {
    expect(error({ account: { currency: 'USDT', balances: { EUR: '5' } } })?.expected).toContain('convert to USDT');
  });

  test('timers that outnumber any data', () => {
    const strategy = scripted({ timerMicros: 10, timer: () => undefined });
    const made = prepareReplay(configOf({ strategy: 'scripted', parameters: {} }), digests, [strategy]);
    expect(made.ok ? '' : made.error.field).toBe("the strategy's timerMicros");
  });
});
