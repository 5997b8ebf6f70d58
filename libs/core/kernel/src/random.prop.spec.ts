import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SeededRandom } from './random.ts';

describe('seeded random', () => {
  test('the same seed gives the same numbers, another seed others', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        fc.pre(a !== b);
        const take = (seed: string): number[] =>
          Array.from(
            { length: 8 },
            (
              (random) => () =>
                random.uint32()
            )(new SeededRandom(seed)),
          );
        expect(take(a)).toEqual(take(a));
        expect(take(a)).not.toEqual(take(b));
      }),
    );
  });

  test('restoring a snapshot goes on as if nothing had happened', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(50), (seed, skip) => {
        const random = new SeededRandom(seed);
        for (let i = 0; i < skip; i++) random.uint32();
        const copy = new SeededRandom('other');
        copy.restore(random.snapshot());
        expect([copy.uint32(), copy.unit()]).toEqual([random.uint32(), random.unit()]);
      }),
    );
  });

  test('integers reach both ends and stay inside', () => {
    const random = new SeededRandom(7);
    const seen = new Set(Array.from({ length: 1000 }, () => random.integer(-2, 3)));
    expect([...seen].sort((x, y) => x - y)).toEqual([-2, -1, 0, 1, 2, 3]);
  });

  test('streams of one seed are independent', () => {
    const net = SeededRandom.stream(1, 'net');
    const disk = SeededRandom.stream(1, 'disk');
    net.uint32();
    expect(SeededRandom.stream(1, 'disk').uint32()).toBe(disk.uint32());
    expect(SeededRandom.stream(1, 'net').uint32()).not.toBe(SeededRandom.stream(1, 'disk').uint32());
  });
});
