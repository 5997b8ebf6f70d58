import { describe, expect, test } from '@jest/globals';
import { type OrderEvent, type OrderIntent, type SignedVerdict, statusSchema } from '@portcullis/contracts';
import { btcusdt } from '@portcullis/testkit/instrument';
import fc from 'fast-check';
import { Projection } from '../src/state/projection.ts';
import type { Said } from './seed-orders.ts';
import { story } from './seed.ts';

const END = 1_790_000_000_000_000;
const told = story(END, 200).stored;

function hear(projection: Projection, { subject, body }: Said): void {
  if (subject.startsWith('intent.')) projection.intent(body as OrderIntent);
  if (subject.startsWith('verdict.')) projection.verdict((body as SignedVerdict).verdict);
  if (subject.startsWith('order.')) projection.orderEvent(body as OrderEvent);
}

/** Streams keep their own order and wait for nobody: any interleaving of them, with repetitions. */
const arrivals = fc
  .array(fc.record({ stream: fc.constantFrom('intent.', 'verdict.', 'order.'), again: fc.boolean() }), {
    minLength: 0,
    maxLength: 400,
  })
  .map((picks) => {
    const queues = new Map(
      ['intent.', 'verdict.', 'order.'].map((prefix) => [
        prefix,
        told.filter(({ subject }) => subject.startsWith(prefix)),
      ]),
    );
    const heard: Said[] = [];
    for (const { stream, again } of picks) {
      const next = queues.get(stream)?.shift();
      if (next !== undefined) heard.push(next, ...(again ? [next] : []));
    }
    return [...heard, ...[...queues.values()].flat()];
  });

function finalView(said: readonly Said[]): unknown {
  const projection = new Projection([btcusdt()], END);
  for (const one of said) hear(projection, one);
  const { counters, runs } = projection.status(END, 0);
  const orders = projection
    .orders(1000)
    .map(({ intentId, state, filledQuantity, averagePrice }) => [intentId, state, filledQuantity, averagePrice]);
  return { counters, runs: runs.sort((a, b) => (a.runId < b.runId ? -1 : 1)), orders: orders.sort() };
}

describe('the projection', () => {
  test('is the same for every interleaving of the streams, repetitions included', () => {
    const expected = finalView(told);
    fc.assert(
      fc.property(arrivals, (said) => expect(finalView(said)).toEqual(expected)),
      { numRuns: 100 },
    );
  });

  test('has the published shape from the start', () => {
    const status = new Projection([btcusdt()], END).status(END, 0);
    expect(statusSchema.parse(status)).toEqual(status);
    expect(status.tradingState).toBe('UNKNOWN');
  });
});
