import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { OrderEvent } from '@portcullis/contracts';
import { BridgeCore, type BridgeInput, isTerminal } from '../src/index.ts';
import { SECOND, START, World, config, fill, headAt, idOf, only, report } from './bridge-language.ts';

const NAMES = ['a', 'b', 'c'] as const;
type Name = (typeof NAMES)[number];
const QUANTITY = 10_000;

type Act =
  | {
      kind:
        | 'approve'
        | 'unknown'
        | 'rejected'
        | 'accept'
        | 'cancel'
        | 'cancel-unknown'
        | 'cancel-failed'
        | 'lookup-none'
        | 'lookup-failed'
        | 'not-sent';
      name: Name;
    }
  | { kind: 'fill' | 'listed-fill' | 'report' | 'lookup-found'; name: Name; trade: number }
  | { kind: 'end'; name: Name; trade: number; status: 'canceled' | 'expired' }
  | { kind: 'pass'; seconds: number }
  | { kind: 'restart' | 'kill' | 'permit' };

const name = fc.constantFrom(...NAMES);
const trade = fc.integer({ min: 1, max: 4 });
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'approve',
        'unknown',
        'rejected',
        'accept',
        'cancel',
        'cancel-unknown',
        'cancel-failed',
        'lookup-none',
        'lookup-failed',
        'not-sent',
      ),
      name,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constantFrom('fill', 'listed-fill', 'report', 'lookup-found'), name, trade }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      name,
      trade,
      status: fc.constantFrom('canceled', 'expired'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), seconds: fc.integer({ min: 0, max: 8 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('restart', 'kill', 'permit') }) },
);

/** Trade n of an order fills n tenths of it, so that the first n trades together can overlap but never exceed it. */
const tradeFill = (of: Name, n: number) => fill(of, `${of}${n}`, `0.0${n}`);
const executedAfter = (n: number): string => `0.${String((n * (n + 1)) / 2).padStart(2, '0')}`;
const fillsUpTo = (of: Name, n: number) => Array.from({ length: n }, (_, i) => tradeFill(of, i + 1));

function perform(world: World, step: Act): void {
  switch (step.kind) {
    case 'approve':
      return void world.approve(step.name);
    case 'unknown':
      return void world.outcome(step.name, { kind: 'unknown', reason: 'timeout' });
    case 'rejected':
      return void world.outcome(step.name, { kind: 'rejected', code: '-1', reason: 'no' });
    case 'not-sent':
      return void world.outcome(step.name, { kind: 'not-sent', reason: 'no-permit', detail: 'd' });
    case 'accept':
      return void world.accepted(step.name);
    case 'cancel':
      return void world.feed({
        type: 'cancel',
        request: {
          version: 1,
          cancelId: 'c'.repeat(32),
          account: 'main',
          runId: 'sma-1',
          origin: 'run',
          clientOrderId: idOf(step.name),
          reason: '',
          tsEvent: 1,
        },
      });
    case 'cancel-unknown':
    case 'cancel-failed':
      return void world.feed({
        type: 'cancel-outcome',
        clientOrderId: idOf(step.name),
        outcome: step.kind === 'cancel-failed' ? { kind: 'failed', reason: 'r' } : { kind: 'unknown-order' },
      });
    case 'lookup-none':
    case 'lookup-failed':
      return void world.lookedUp(
        step.name,
        step.kind === 'lookup-failed' ? { kind: 'failed', reason: 'r' } : { kind: 'not-found' },
      );
    case 'fill':
      return void world.feed({ type: 'fill-report', fill: tradeFill(step.name, step.trade) });
    case 'listed-fill': {
      const { clientOrderId: _id, ...listed } = tradeFill(step.name, step.trade);
      return void world.feed({ type: 'fill-report', fill: listed });
    }
    case 'report':
      return void world.feed({
        type: 'report',
        report: report(step.name, { status: 'partially-filled', executedQuantity: executedAfter(step.trade) }),
        fills: [],
      });
    case 'lookup-found':
      return void world.lookedUp(step.name, {
        kind: 'found',
        report: report(step.name, {
          status: step.trade === 4 ? 'filled' : 'partially-filled',
          executedQuantity: executedAfter(step.trade),
        }),
        fills: fillsUpTo(step.name, step.trade),
      });
    case 'end':
      return void world.feed({
        type: 'report',
        report: report(step.name, { status: step.status, executedQuantity: executedAfter(step.trade) }),
        fills: [],
      });
    case 'pass':
      return void world.pass(step.seconds * SECOND).feed({ type: 'timer' });
    case 'restart':
      return void world.started();
    case 'kill':
      return void world.feed({ type: 'kill', scope: 'run.other', reason: 'r', by: 'b' });
    case 'permit':
      return void world.permitted();
  }
}

const cumulative = (event: OrderEvent): string => ('cumulativeQuantity' in event ? event.cumulativeQuantity : '0');

function checkStory(events: readonly OrderEvent[]): void {
  const fills = events.filter((event) => event.type === 'fill');
  expect(new Set(fills.map((event) => event.tradeId)).size).toBe(fills.length);
  expect(new Set(events.map((event) => event.eventId)).size).toBe(events.length);
  const cumulatives = fills.map((event) => Number(cumulative(event)));
  expect(cumulatives).toEqual([...cumulatives].sort((x, y) => x - y));
  const ends = events.filter((event) => ['canceled', 'expired', 'rejected', 'lapsed'].includes(event.type));
  expect(ends.length).toBeLessThanOrEqual(1);
  const end = ends[0];
  if (end !== undefined) {
    const before = events.slice(0, events.indexOf(end)).filter((event) => event.type === 'fill');
    const told = before.map(cumulative).at(-1) ?? '0';
    if (end.type === 'canceled' || end.type === 'expired') expect(end.cumulativeQuantity).toBe(told);
    // Only fills come after the end.
    expect(events.slice(events.indexOf(end) + 1).every((event) => event.type === 'fill')).toBe(true);
  }
}

describe('any interleaving of what can happen', () => {
  test('S2, S8, S9: one submit, each fill once, one end, nothing but fills after it', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const world = new World().ready();
        for (const step of acts) perform(world, step);
        const submits = only(world.effects, 'submit').map(({ venueOrder }) => venueOrder.clientOrderId);
        expect(new Set(submits).size).toBe(submits.length);
        let booked = 0;
        for (const of of NAMES) {
          const events = world.events(of);
          checkStory(events);
          const status = world.status(of);
          const filled = world.core.orders().find((order) => order.clientOrderId === idOf(of))?.filled ?? 0;
          booked += filled;
          expect(filled).toBeLessThanOrEqual(QUANTITY);
          // Released only by the venue's word, by "not sent", or by proved absence.
          if (status === 'EXPIRED' && events.at(-1)?.type === 'expired') {
            const reason = events.find((event) => event.type === 'expired')?.reason;
            const named = acts.some((step) => step.kind === 'end' && step.name === of);
            expect(named || reason?.includes('never reached')).toBe(true);
          }
        }
        expect(world.core.books.position('BTCUSDT.venuesim').quantity).toBe(booked);
      }),
      { numRuns: 300 },
    );
  });

  test('S2, S14: replayed up to any input and restarted, no order goes out twice and none is forgotten', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
        const world = new World().ready();
        for (const step of acts) perform(world, step);
        for (let cut = 0; cut <= world.journal.length; cut++) {
          const again = replayed(world.journal.slice(0, cut));
          const out = again.core.step(
            { type: 'started', at: START + 900 * SECOND, monotonicAt: 0, bridgeEpoch: 1000 },
            headAt(cut + 1),
          );
          expect(only(out, 'submit')).toEqual([]);
          for (const order of again.core.orders()) {
            expect(order.status).not.toBe('SUBMITTED');
            if (order.status === 'UNRESOLVED') {
              expect(only(out, 'lookup').map(({ clientOrderId }) => clientOrderId)).toContain(order.clientOrderId);
            }
          }
          // The bus delivers everything again to the new incarnation.
          for (const input of world.journal) {
            if (input.type !== 'verdict' || !again.sent.has(input.signed.verdict.intentId)) continue;
            expect(only(again.core.step({ ...input, at: START + 901 * SECOND }, headAt(cut + 2)), 'submit')).toEqual(
              [],
            );
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test('a replay tells the same story, byte for byte', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const world = new World().ready();
        for (const step of acts) perform(world, step);
        expect(replayed(world.journal).effects).toEqual(world.effects);
      }),
    );
  });

  test('every open story can end: evidence closes all of them', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const world = new World().ready();
        for (const step of acts) perform(world, step);
        for (const of of NAMES) {
          world.feed({
            type: 'report',
            report: report(of, { status: 'filled', executedQuantity: '0.1' }),
            fills: fillsUpTo(of, 4),
          });
        }
        expect(world.core.orders().every((order) => isTerminal(order.status))).toBe(true);
      }),
    );
  });
});

function replayed(journal: readonly BridgeInput[]): { core: BridgeCore; effects: unknown[]; sent: Set<string> } {
  const core = new BridgeCore(config);
  const effects: unknown[] = [];
  const sent = new Set<string>();
  journal.forEach((input, index) => {
    const out = core.step(input, headAt(index + 1));
    if (input.type === 'verdict' && only(out, 'submit').length > 0) sent.add(input.signed.verdict.intentId);
    effects.push(...out);
  });
  return { core, effects, sent };
}
