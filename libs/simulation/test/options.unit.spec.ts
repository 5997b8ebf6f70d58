import { describe, expect, test } from '@jest/globals';
import { NO_FAULTS, swarmFaults } from '../src/index.ts';
import { UsageError, parseCommandLine } from '../src/options.ts';

const only = (...args: string[]) => parseCommandLine(args).simulations[0];

describe('the command line', () => {
  test('says what to simulate', () => {
    expect(only('--seed', '42', '--hours', '0.5')).toMatchObject({ seed: '42', hours: 0.5, faults: swarmFaults('42') });
    expect(only('--no-faults')?.faults).toEqual(NO_FAULTS);
    expect(only('--no-faults', '--fault', 'replyLoss=0.25')?.faults).toEqual({ ...NO_FAULTS, replyLoss: 0.25 });
    expect(only('--limit', 'positionMax=0.02', '--limit', 'orderRate=5/1000')?.limits).toMatchObject({
      positionMax: '0.02',
      orderRate: { count: 5, windowMillis: 1000 },
    });
    expect(parseCommandLine(['--seeds', '7..9']).simulations.map(({ seed }) => seed)).toEqual(['7', '8', '9']);
  });

  test.each([
    [['--speed', '2'], '--speed'],
    [['now'], 'now'],
    [['--hours', 'many'], '--hours'],
    [['--hours', '0'], '--hours'],
    [['--seeds', '9..7'], '--seeds'],
    [['--fault', 'gremlins=1'], 'gremlins'],
    [['--fault', 'replyLoss=2'], 'replyLoss'],
    [['--fault', 'replyLoss'], 'NAME=VALUE'],
    [['--limit', 'positionMax=-1'], 'positionMax'],
    [['--limit', 'orderRate=5'], 'orderRate'],
    [['--limit', 'luck=1'], 'luck'],
  ])('%j is refused by name', (args, name) => {
    expect(() => parseCommandLine(args)).toThrow(UsageError);
    expect(() => parseCommandLine(args)).toThrow(name);
  });
});

describe('the swarm', () => {
  test('leaves about a quarter of the seeds in peace and draws any fault for some seed', () => {
    const drawn = Array.from({ length: 200 }, (_, seed) => swarmFaults(String(seed)));
    const calm = drawn.filter((faults) => JSON.stringify(faults) === JSON.stringify(NO_FAULTS)).length;
    expect(calm).toBeGreaterThan(25);
    expect(calm).toBeLessThan(80);
    for (const name of Object.keys(NO_FAULTS) as (keyof typeof NO_FAULTS)[]) {
      expect(drawn.some((faults) => faults[name] > NO_FAULTS[name])).toBe(true);
    }
  });
});
