import { describe, expect, test } from '@jest/globals';
import { eventually } from './eventually.ts';

describe('eventually', () => {
  test.each([
    ['undefined', undefined],
    ['null', null],
    ['false', false],
  ])('%s means not yet', async (_name, absent) => {
    let asked = 0;
    expect(await eventually('the third answer', () => (++asked < 3 ? absent : asked), { pollMs: 1 })).toBe(3);
    expect(asked).toBe(3);
  });

  test.each([0, '', 0n, true])('%p is an answer', async (answer) => {
    expect(await eventually('an answer', async () => answer)).toBe(answer);
  });

  test('in vain it says what was awaited, also when that is known only at the end', async () => {
    await expect(eventually('a price', () => undefined, { msMax: 5, pollMs: 1 })).rejects.toThrow(
      /^waited 5 ms for a price in vain$/,
    );
    let asked = 0;
    const what = (): string => `look ${asked > 1 ? 'two' : 'one'} or later`;
    await expect(eventually(what, () => void asked++, { msMax: 50, pollMs: 1 })).rejects.toThrow('for look two');
  });

  test('a look that hangs is bounded too', async () => {
    const hanging = new Promise<never>(() => undefined);
    await expect(eventually('the silent one', () => hanging, { msMax: 5 })).rejects.toThrow('the silent one');
  });

  test('looks at least once, however short the patience', async () => {
    expect(await eventually('what is there', () => 'here', { msMax: 0 })).toBe('here');
  });

  test('what a look throws ends the wait', async () => {
    const broken = (): never => {
      throw new Error('broken');
    };
    await expect(eventually('a price', broken)).rejects.toThrow(/^broken$/);
    await expect(eventually('a price', async () => broken())).rejects.toThrow(/^broken$/);
  });
});
