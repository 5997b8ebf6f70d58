import { describe, expect, test } from '@jest/globals';
import { readKill } from './kills.ts';

describe('reading a kill', () => {
  test('the scope is in the subject, the rest in the body, all of it optional', () => {
    expect(readKill('ctl.kill.run.sma-1', '{"reason":"drill","by":"ann","more":1}')).toEqual({
      scope: 'run.sma-1',
      reason: 'drill',
      by: 'ann',
    });
    expect(readKill('ctl.kill.all', '{}')).toEqual({ scope: 'all', reason: 'no reason given', by: 'unknown' });
  });

  test.each(['', '{', 'stop!', '[]', '{"reason":5}', `{"by":"${'x'.repeat(129)}"}`])(
    'a body that does not parse kills everything: %s',
    (body) => {
      const kill = readKill('ctl.kill.run.sma-1', body);
      expect(kill).toMatchObject({ scope: 'all', by: 'unknown' });
      expect(kill.problem).toBeDefined();
    },
  );

  test('so does a scope that nobody knows', () => {
    expect(readKill('ctl.kill.runs.sma-1', '{}').scope).toBe('all');
  });
});
