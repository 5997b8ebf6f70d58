import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SeededRandom, priceTicks, quantityLots } from '@portcullis/kernel';
import { DecisionChain, type DecisionChainSnapshot } from '../src/decision-chain.ts';
import type { IntentOutput, KernelInput, KernelOutput } from '../src/index.ts';
import { START, quote } from './exact-language.ts';

const intent: IntentOutput = {
  ...{ kind: 'intent', order: 7, slot: 0, side: 'buy', type: 'limit', timeInForce: 'GTC', postOnly: false },
  ...{ reduceOnly: false, quantity: quantityLots(5), price: priceTicks(100), reference: priceTicks(101), expiry: 9 },
};

/** The hash of a few hundred inputs with their decisions. */
function hashOf(decisions: readonly (readonly [number, KernelOutput])[]): string {
  const chain = new DecisionChain('genesis');
  for (let n = 1; n <= 600; n++) {
    chain.input(START + n, quote(n));
    for (const [index, output] of decisions) if (index === n) chain.output(n, output);
  }
  return chain.hash;
}

/** The decision with one of its fields, chosen by `random`, changed to something else. */
function mutated(output: KernelOutput, random: SeededRandom): KernelOutput {
  const field = random.pick(Object.keys(output).filter((name) => name !== 'kind'));
  const value = (output as unknown as Record<string, unknown>)[field];
  const others: Readonly<Record<string, string>> = {
    buy: 'sell',
    sell: 'buy',
    limit: 'market',
    GTC: 'IOC',
    IOC: 'FOK',
  };
  const changed =
    typeof value === 'number'
      ? random.pick([value + 1, value - 1, value + 1000])
      : typeof value === 'boolean'
        ? !value
        : value === undefined
          ? 1
          : (others[value as string] ?? `${value as string}\n${random.integer(0, 9)}`);
  return { ...output, [field]: changed };
}

describe('the decision chain', () => {
  test('has another hash after each of 1,000 mutations of one decision, its input, or whether there is one', () => {
    const random = new SeededRandom('decisions');
    const decisions = Array.from({ length: 40 }, (_, n): readonly [number, KernelOutput] => {
      const index = random.integer(1, 600);
      return random.chance(0.3)
        ? [index, { kind: 'cancel', order: n, reason: 'the strategy asked' }]
        : [index, { ...intent, order: n, price: random.chance(0.2) ? undefined : priceTicks(n + 50) }];
    });
    const hash = hashOf(decisions);
    expect(hashOf(decisions)).toBe(hash);
    for (let round = 0; round < 1000; round++) {
      const at = random.integer(0, decisions.length - 1);
      const [index, output] = decisions[at]!;
      const changed =
        round % 10 === 0
          ? decisions.toSpliced(at, 1)
          : round % 10 === 1
            ? decisions.with(at, [(index % 600) + 1, output])
            : decisions.with(at, [index, mutated(output, random)]);
      expect(hashOf(changed)).not.toBe(hash);
    }
  });

  test('leaves logs out', () => {
    expect(hashOf([[5, { kind: 'log', level: 'info', message: 'm' }]])).toBe(hashOf([]));
  });

  test('tells texts apart that have the same bytes, and where one text ends and the next begins', () => {
    const hashed = (...inputs: KernelInput[]): string => {
      const chain = new DecisionChain('genesis');
      for (const input of inputs) chain.input(1, input);
      return chain.hash;
    };
    const told = (what: string): KernelInput => ({ kind: 'malformed', what });
    expect(hashed(told('\ud800'))).not.toBe(hashed(told('\udbff')));
    expect(hashed(told('\ud800'))).not.toBe(hashed(told(JSON.stringify('\ud800'))));
    expect(hashed(told('a'), told('bc'))).not.toBe(hashed(told('ab'), told('c')));
  });

  test('goes on from a snapshot at any input, whatever numbers and texts were in the block', () => {
    const numbers = fc.oneof(fc.constantFrom(NaN, Infinity, -Infinity, -0, 0), fc.double(), fc.integer());
    const inputs = fc.array(
      fc.oneof(
        numbers.map((price): KernelInput => ({ ...quote(1), bidPrice: price as never })),
        fc.string({ unit: 'binary' }).map((what): KernelInput => ({ kind: 'malformed', what })),
        fc.array(numbers).map((levels): KernelInput => {
          return { kind: 'book', slot: 0, seq: 1, tsEvent: 1, tsInit: 1, snapshot: false, bids: levels, asks: [] };
        }),
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(inputs, fc.nat(), fc.integer({ min: 1, max: 40 }), (some, cut, times) => {
        const all = Array.from({ length: times }, () => some).flat();
        const place = cut % (all.length + 1);
        const whole = new DecisionChain('genesis');
        for (const input of all) whole.input(1, input);
        const first = new DecisionChain('genesis');
        for (const input of all.slice(0, place)) first.input(1, input);
        const second = new DecisionChain('genesis');
        second.restore(JSON.parse(JSON.stringify(first.snapshot())) as DecisionChainSnapshot);
        for (const input of all.slice(place)) second.input(1, input);
        expect(second.hash).toBe(whole.hash);
      }),
    );
  });
});
