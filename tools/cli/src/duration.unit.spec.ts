import { describe, expect, test } from '@jest/globals';
import { UsageError } from './command.ts';
import { parseDuration } from './duration.ts';

describe('durations', () => {
  test.each([
    ['250ms', 250],
    ['60s', 60_000],
    ['1.5m', 90_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
  ])('%s is %d milliseconds', (text, millis) => {
    expect(parseDuration(text, '--for')).toBe(millis);
  });

  test.each(['', '60', 's', '-5s', '0s', '1d', '60 s', '1e3s', '9999h', 'Infinitys'])(
    '%j is refused by name',
    (text) => {
      expect(() => parseDuration(text, '--for')).toThrow(UsageError);
      expect(() => parseDuration(text, '--for')).toThrow(`--for is ${JSON.stringify(text)}: expected a time`);
    },
  );
});
