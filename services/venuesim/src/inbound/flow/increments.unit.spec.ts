import { describe, expect, test } from '@jest/globals';
import { IncrementGuess } from './increments.ts';

function guess(texts: readonly string[]): IncrementGuess {
  const increments = new IncrementGuess();
  for (const text of texts) increments.add(text);
  return increments;
}

const multiples = (step: number, digits: number): string[] =>
  Array.from({ length: 300 }, (_, index) => ((index + 1) * step).toFixed(digits));

describe('the increment of a market', () => {
  test.each([
    [multiples(0.01, 8), '0.01'],
    [multiples(0.5, 2), '0.5'],
    [multiples(25, 0), '25'],
    [multiples(0.00000001, 8), '0.00000001'],
  ])('is what all values are multiples of', (texts, expected) => {
    expect(guess(texts).increment('none')).toBe(expected);
  });

  test('is guessed by digits alone from few values', () => {
    expect(guess(['10.50', '20.00']).increment('none')).toBe('0.1');
  });

  test('a few stray quantities do not count, if they may', () => {
    const texts = [...multiples(0.001, 8), '25.426189'];
    expect(guess(texts).increment('few')).toBe('0.001');
    expect(guess(texts).increment('none')).toBe('0.000001');
  });

  test('zeros and the empty guess say nothing', () => {
    expect(guess(['0.00000000']).count).toBe(0);
    expect(guess([]).increment('few')).toBe('1');
  });
});
