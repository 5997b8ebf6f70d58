import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SeededRandom, money, priceTicks, quantityLots } from '@portcullis/kernel';
import { defineStrategy, z } from '@portcullis/strategy';
import { type KernelInput, type KernelOutput, OrderingGuard, type RunKernel } from '../src/index.ts';
import { START, kernelOf } from './exact-language.ts';

/** Buys a lot at every third price and lets it rest. */
const busy = defineStrategy({
  name: 'busy',
  parameters: z.strictObject({}),
  state: () => ({ seen: 0, gaps: 0, timers: 0 }),
  onQuote(context, quote) {
    context.state.seen += 1;
    if (context.state.seen % 3 !== 0 || context.workingOrders.length > 20) return;
    context.submit({ side: 'buy', type: 'limit', quantity: quantityLots(1), price: priceTicks(quote.bidPrice) });
  },
  onBar(context, bar) {
    if (bar.count % 2 === 0) context.submit({ side: 'sell', type: 'market', quantity: quantityLots(bar.count + 1) });
  },
  onGap: (context) => void (context.state.gaps += 1),
  timerMicros: () => 5000,
  onTimer: (context) => void (context.state.timers += 1),
});

interface Timed {
  readonly at: number;
  readonly input: KernelInput;
}

/** One history with every kind of input in it. */
function history(length: number, seed: string): Timed[] {
  const random = new SeededRandom(seed);
  const inputs: Timed[] = [{ at: START, input: { kind: 'start' } }];
  for (let n = 1; n < length; n++) {
    const at = START + n * 1000;
    const slot = random.integer(0, 1);
    const placed = { slot, seq: n, tsEvent: at, tsInit: at + 1 };
    const price = random.integer(1000, 2000);
    const kinds: readonly KernelInput[] = [
      {
        ...{ kind: 'quote', ...placed, bidPrice: priceTicks(price), bidQuantity: quantityLots(5) },
        ...{ askPrice: priceTicks(price + 3), askQuantity: quantityLots(7) },
      },
      {
        ...{
          kind: 'bar',
          ...placed,
          start: at - 60,
          end: at + 1,
          open: priceTicks(price),
          high: priceTicks(price + 9),
        },
        ...{ low: priceTicks(price - 9), close: priceTicks(price + 1), volume: quantityLots(n), count: n },
      },
      {
        ...{ kind: 'trade', ...placed, tradeId: `t${n}`, price: priceTicks(price), quantity: quantityLots(2) },
        aggressor: random.pick(['buy', 'sell', 'unknown'] as const),
      },
      { kind: 'book', ...placed, snapshot: true, bids: [price, 3, price - 1, 4], asks: [price + 2, 5] },
      { kind: 'mark', ...placed, price: priceTicks(price) },
      { kind: 'funding', ...placed, rate: random.integer(-5, 5), rateScale: 4, nextAt: at + 5 },
      { kind: 'gap', ...placed, reason: 'resync', detail: `d${n}`, stream: 'book', from: at - 3, to: at },
      { kind: 'hole', slot, expected: n, got: n + 2 },
      { kind: 'verdict', order: random.integer(1, 20), approved: true },
      { kind: 'verdict', order: random.integer(1, 20), approved: false, code: 'NO' },
      { kind: 'order', order: random.integer(1, 20), status: 'ACCEPTED', reason: '' },
      {
        ...{
          kind: 'fill',
          order: random.integer(1, 20),
          slot,
          tradeId: `f${n}`,
          side: 'buy',
          price: priceTicks(price),
        },
        ...{ quantity: quantityLots(1), fee: money(BigInt(n)), feeCurrency: 'USDT', liquidity: 'maker' },
      },
      { kind: 'cash', slot, currency: 'USDT', amount: money(-5n), reason: 'funding' },
      {
        ...{ kind: 'adopt', order: 1000 + n, slot, side: 'sell' },
        ...{ price: random.chance(0.5) ? priceTicks(price) : undefined, quantity: quantityLots(n) },
      },
      {
        kind: 'advice',
        advice: {
          model: 'm',
          slot,
          tsEvent: at,
          direction: random.pick(['up', 'down', 'none'] as const),
          confidence: n,
        },
      },
      { kind: 'control', control: { kind: 'kill', scope: `run.${n}`, reason: 'r', streamSequence: n } },
      { kind: 'timer' },
      { kind: 'malformed', what: `field ${n}` },
    ];
    inputs.push({ at, input: random.pick(kinds) });
  }
  return inputs;
}

function run(
  inputs: readonly Timed[],
  kernel = kernelOf(busy),
): { hash: string; outputs: KernelOutput[]; kernel: RunKernel } {
  const outputs = inputs.flatMap(({ at, input }) => [...kernel.step(at, input)]);
  return { hash: kernel.decisionHash, outputs, kernel };
}

/** The input with one of its fields, chosen by `random`, changed to something else of its type. */
function mutated(input: KernelInput, random: SeededRandom): KernelInput {
  const fields = Object.keys(input).filter((field) => field !== 'kind');
  const field = random.pick(fields);
  const value = (input as unknown as Record<string, unknown>)[field];
  const changes: Readonly<Record<string, unknown>> = {
    buy: 'sell',
    sell: 'buy',
    unknown: 'buy',
    maker: 'taker',
    ACCEPTED: 'SUBMITTED',
  };
  const changed =
    typeof value === 'number'
      ? value + 1
      : typeof value === 'bigint'
        ? value + 1n
        : typeof value === 'boolean'
          ? !value
          : Array.isArray(value)
            ? [...(value as number[]), 1, 1]
            : typeof value === 'object' && value !== null
              ? mutated(value as KernelInput, random)
              : value === undefined
                ? 7
                : (changes[value as string] ?? `${value as string}x`);
  return { ...input, [field]: changed };
}

describe('the decision hash', () => {
  test('is another one after each of 1,000 mutations of one field of one input', () => {
    const random = new SeededRandom('mutations');
    const inputs = history(400, 'mutations');
    const { hash } = run(inputs);
    expect(run(inputs).hash).toBe(hash);
    const hashes = new Set<string>();
    for (let round = 0; round < 1000; round++) {
      const index = random.integer(1, inputs.length - 1);
      const { at, input } = inputs[index]!;
      const hasFields = Object.keys(input).length > 1;
      const change: Timed =
        hasFields && random.chance(0.9) ? { at, input: mutated(input, random) } : { at: at + 1, input };
      const changed = [...inputs.slice(0, index), change, ...inputs.slice(index + 1)];
      const kernel = kernelOf(busy);
      try {
        run(changed, kernel);
      } catch {
        // Some mutations are no inputs any more (slot 2): what was taken until then counts.
      }
      expect(kernel.decisionHash).not.toBe(hash);
      hashes.add(kernel.decisionHash);
    }
    expect(hashes.size).toBeGreaterThan(600);
  });

  test('is another one for another configuration, one input less, and two that change places', () => {
    const inputs = history(300, 'order');
    const { hash } = run(inputs);
    expect(run(inputs.slice(0, -1)).hash).not.toBe(hash);
    const at = inputs.findIndex(({ input }, index) => index > 0 && input.kind !== inputs[index + 1]?.input.kind);
    const swapped = [...inputs];
    [swapped[at], swapped[at + 1]] = [
      { ...inputs[at + 1]!, at: inputs[at]!.at },
      { ...inputs[at]!, at: inputs[at + 1]!.at },
    ];
    expect(run(swapped).hash).not.toBe(hash);
  });
});

test('a snapshot at any place, through JSON, goes on with the same outputs and hash', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 700 }), fc.nat(), fc.string({ maxLength: 5 }), (length, cut, seed) => {
      const inputs = history(length, seed);
      const whole = run(inputs);
      const place = 1 + (cut % (length - 1));
      const first = run(inputs.slice(0, place));
      const resumed = kernelOf(busy);
      resumed.restore(JSON.parse(JSON.stringify(first.kernel.snapshot())) as ReturnType<RunKernel['snapshot']>);
      const second = run(inputs.slice(place), resumed);
      expect([...first.outputs, ...second.outputs]).toEqual(whole.outputs);
      expect(second.hash).toBe(whole.hash);
      expect(resumed.snapshot()).toEqual(whole.kernel.snapshot());
    }),
    { numRuns: 40 },
  );
});

describe('orders', () => {
  const quote = (n: number, price = 1000): KernelInput => ({
    ...{ kind: 'quote', slot: 0, seq: n, tsEvent: START + n, tsInit: START + n, bidPrice: priceTicks(price) },
    ...{ bidQuantity: quantityLots(1), askPrice: priceTicks(price + 1), askQuantity: quantityLots(1) },
  });
  const intents = (outputs: readonly KernelOutput[]) => outputs.filter((output) => output.kind === 'intent');

  test('that are changed are cancelled first, and asked for anew for what is left', () => {
    const changer = defineStrategy({
      name: 'changer',
      parameters: z.strictObject({}),
      state: () => ({ order: 0 }),
      onQuote(context, { bidPrice }) {
        const { state } = context;
        if (state.order === 0) {
          state.order =
            context.submit({ side: 'buy', type: 'limit', quantity: quantityLots(10), price: bidPrice }) ?? 0;
        } else context.modify(state.order, { price: priceTicks(bidPrice + 5), quantity: quantityLots(12) });
      },
    });
    const kernel = kernelOf(changer);
    kernel.step(START, { kind: 'start' });
    expect(intents(kernel.step(START + 1, quote(1)))).toMatchObject([{ order: 1, quantity: 10, price: 1000 }]);
    kernel.step(START + 2, { kind: 'verdict', order: 1, approved: true });
    kernel.step(START + 3, { kind: 'order', order: 1, status: 'ACCEPTED', reason: '' });
    const fill = { price: priceTicks(1000), quantity: quantityLots(4), fee: money(0n), feeCurrency: 'USDT' };
    kernel.step(START + 4, { kind: 'fill', order: 1, slot: 0, tradeId: 'a', side: 'buy', ...fill, liquidity: 'maker' });
    const outputs = kernel.step(START + 5, quote(2));
    expect(outputs).toMatchObject([{ kind: 'cancel', order: 1 }]);
    const after = kernel.step(START + 6, { kind: 'order', order: 1, status: 'CANCELED', reason: '' });
    expect(intents(after)).toMatchObject([{ order: 2, quantity: 8, price: 1005 }]);
    expect(kernel.positionOf(0).quantity).toBe(4);
  });

  test('hear of advice, of their own instrument alone', () => {
    const advised = defineStrategy({
      name: 'advised',
      parameters: z.strictObject({}),
      onQuote(context) {
        const side = context.getMlAdvice()?.direction === 'up' ? 'buy' : 'sell';
        context.submit({ side, type: 'market', quantity: quantityLots(1) });
      },
    });
    const kernel = kernelOf(advised);
    kernel.step(START, { kind: 'start' });
    expect(intents(kernel.step(START + 1, quote(1)))).toMatchObject([{ side: 'sell' }]);
    const advice = { model: 'm', tsEvent: START, direction: 'up' as const, confidence: 900_000 };
    kernel.step(START + 2, { kind: 'advice', advice: { ...advice, slot: 1 } });
    expect(intents(kernel.step(START + 3, quote(2)))).toMatchObject([{ side: 'sell' }]);
    kernel.step(START + 4, { kind: 'advice', advice: { ...advice, slot: 0 } });
    expect(intents(kernel.step(START + 5, quote(3)))).toMatchObject([{ side: 'buy' }]);
  });

  test('a context that was kept is no good after the call', () => {
    let kept: { submit: (order: never) => unknown } | undefined;
    const keeper = defineStrategy({
      name: 'keeper',
      parameters: z.strictObject({}),
      onQuote: (context) => void (kept = context as never),
    });
    const kernel = kernelOf(keeper);
    kernel.step(START, { kind: 'start' });
    kernel.step(START + 1, quote(1));
    expect(() => kept?.submit({ side: 'buy', type: 'market', quantity: 1 } as never)).toThrow('during the call');
  });

  test('a state that grows without end is the error of its strategy', () => {
    const hoarder = defineStrategy({
      name: 'hoarder',
      parameters: z.strictObject({}),
      state: () => ({ all: [] as string[] }),
      onQuote: (context) => void context.state.all.push('x'.repeat(100)),
    });
    const kernel = kernelOf(hoarder);
    kernel.step(START, { kind: 'start' });
    for (let n = 1; n < 70_000 && kernel.failure === undefined; n++) kernel.step(START + n, quote(n));
    expect(kernel.failure).toContain('characters of JSON, expected at most');
  });
});

describe('the ordering guard', () => {
  const event = (slot: number, tsEvent: number, seq: number) =>
    ({ kind: 'mark', slot, seq, tsEvent, tsInit: tsEvent, price: priceTicks(1) }) as const;

  test('lets pass what rises, and tells twice from out of order', () => {
    const guard = new OrderingGuard(2);
    const told = [
      event(0, 5, 1),
      event(1, 5, 1),
      event(0, 5, 2),
      event(0, 5, 2),
      event(0, 5, 1),
      event(1, 4, 9),
      event(1, 6, 0),
    ];
    expect(told.map((one) => guard.admit(one))).toEqual([
      ...['ok', 'ok', 'ok', 'duplicate', 'out-of-order', 'out-of-order', 'ok'],
    ]);
    const again = new OrderingGuard(2);
    again.restore(JSON.parse(JSON.stringify(guard.snapshot())) as ReturnType<OrderingGuard['snapshot']>);
    expect([again.admit(event(1, 6, 0)), again.duplicates, again.outOfOrder]).toEqual(['duplicate', 2, 2]);
  });
});
