import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { movingSumsCross, smaCross } from '../src/index.ts';
import { StrategyStage } from '../src/testing/index.ts';

interface Trip {
  readonly bar: number;
  readonly side: 'buy' | 'sell';
}

/** The plain loop: orders of the bars at whose close they are made, long only. */
function plainLoop(closes: readonly number[], fast: number, slow: number): Trip[] {
  const trips: Trip[] = [];
  const sum = (from: number, to: number): number => closes.slice(from, to).reduce((total, close) => total + close, 0);
  let sign = 0;
  let long = false;
  for (let bar = slow - 1; bar < closes.length; bar += 1) {
    const difference = sum(bar + 1 - fast, bar + 1) * slow - sum(bar + 1 - slow, bar + 1) * fast;
    const next = difference > 0 ? 1 : difference < 0 ? -1 : sign;
    if (sign !== 0 && next !== sign && long !== next > 0) {
      long = next > 0;
      trips.push({ bar, side: long ? 'buy' : 'sell' });
    }
    sign = next;
  }
  return trips;
}

const lengths = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 8 }))
  .map(([fast, more]) => ({ fast, slow: fast + more }));
const closes = fc.array(fc.integer({ min: 95, max: 105 }), { maxLength: 120 });

describe('sma-cross on bars', () => {
  test('makes exactly the orders of a plain loop, also when it is taken up again in the middle', () => {
    fc.assert(
      fc.property(lengths, closes, fc.nat(120), ({ fast, slow }, prices, reborn) => {
        const stage = new StrategyStage(smaCross, { quantity: '1', fast, slow });
        const trips: Trip[] = [];
        prices.forEach((close, bar) => {
          if (bar === reborn) stage.reborn();
          stage.barAt(close);
          trips.push(...stage.submitted.splice(0).map(({ side }) => ({ bar, side })));
          stage.fillAll(close);
        });
        expect(trips).toEqual(plainLoop(prices, fast, slow));
      }),
    );
  });
});

describe('moving sums', () => {
  test('compare exactly where the products leave the safe integers', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 12, maxLength: 40 }),
        fc.integer({ min: 1e12, max: 1e14 }),
        (steps, base) => {
          const crossing = movingSumsCross(4, 9);
          const prices = steps.map((step) => base + step);
          prices.forEach((price, at) => {
            const value = crossing.update(price);
            if (at < 8) return;
            const sum = (length: number): bigint =>
              prices.slice(at + 1 - length, at + 1).reduce((total, each) => total + BigInt(each), 0n);
            const difference = sum(4) * 9n - sum(9) * 4n;
            expect(crossing.equal).toBe(difference === 0n);
            if (difference !== 0n) expect(value).toBe(difference > 0n ? 1 : -1);
          });
        },
      ),
    );
  });

  test('refuse what is no whole number, and sums beyond the safe integers', () => {
    const crossing = movingSumsCross(1, 2);
    for (const wrong of [NaN, 1.5, Infinity]) expect(() => crossing.update(wrong)).toThrow(RangeError);
    crossing.update(Number.MAX_SAFE_INTEGER);
    expect(() => crossing.update(Number.MAX_SAFE_INTEGER)).toThrow('safe integers');
    expect(() => movingSumsCross(3, 3)).toThrow(RangeError);
    expect(() => movingSumsCross(0, 3)).toThrow(RangeError);
  });
});
