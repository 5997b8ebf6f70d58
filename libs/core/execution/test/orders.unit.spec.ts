import { describe, expect, test } from '@jest/globals';
import { SECOND, World, fill, idOf, only, refusals, report } from './bridge-language.ts';

const types = (world: World, name: string): string[] => world.events(name).map((event) => event.type);
/** Recv window plus margin of the default timing. */
const WINDOW = 7 * SECOND;

describe('the outcome of a submit', () => {
  test('accepted with fills: each fill once, whatever way it comes', () => {
    const world = new World().ready();
    world.approve('a');
    const partial = { status: 'partially-filled', executedQuantity: '0.04' } as const;
    world.outcome('a', { kind: 'accepted', report: report('a', partial), fills: [fill('a', '1', '0.04')] });
    world.feed({ type: 'report', report: report('a', partial), fills: [fill('a', '1', '0.04')] });
    world.feed({ type: 'fill-report', fill: fill('a', '1', '0.04') });
    world.feed({ type: 'fill-report', fill: fill('a', '2', '0.06') });
    expect(world.events('a')).toMatchObject([
      { type: 'submitted' },
      { type: 'accepted', venueOrderId: 'v-a' },
      { type: 'fill', tradeId: '1', state: 'partially-filled', cumulativeQuantity: '0.04' },
      { type: 'fill', tradeId: '2', state: 'filled', cumulativeQuantity: '0.1' },
    ]);
    expect(world.core.books.position('BTCUSDT.venuesim').quantity).toBe(10_000);
  });

  test('rejected ends it; not sent lapses it', () => {
    const world = new World().ready();
    world.approve('a');
    world.approve('b');
    world.outcome('a', { kind: 'rejected', code: '-2010', reason: 'no money' });
    world.outcome('b', { kind: 'not-sent', reason: 'no-permit', detail: 'ended' });
    expect([world.status('a'), world.status('b')]).toEqual(['REJECTED', 'LAPSED']);
  });

  test('F9: a fill before the answer is booked, and an answer of "rejected" is then not believed', () => {
    const world = new World().ready();
    world.approve('a');
    world.feed({ type: 'fill-report', fill: fill('a', '1', '0.04') });
    expect(types(world, 'a')).toEqual(['submitted', 'accepted', 'fill']);
    const effects = world.outcome('a', { kind: 'rejected', code: '-1', reason: 'no' });
    expect([world.status('a'), only(effects, 'alert').length, only(effects, 'lookup').length]).toEqual([
      'PARTIALLY_FILLED',
      1,
      1,
    ]);
  });

  test('S10: a report that executed more than our fills asks for them, and the end waits for them', () => {
    const world = new World().ready();
    world.approve('a');
    world.accepted('a');
    const effects = world.feed({
      type: 'report',
      report: report('a', { status: 'canceled', executedQuantity: '0.05' }),
      fills: [],
    });
    expect([only(effects, 'lookup').length, types(world, 'a')]).toEqual([1, ['submitted', 'accepted']]);
    world.lookedUp('a', {
      kind: 'found',
      report: report('a', { status: 'canceled', executedQuantity: '0.05' }),
      fills: [fill('a', '1', '0.05')],
    });
    expect(world.events('a').slice(2)).toMatchObject([
      { type: 'fill' },
      { type: 'canceled', cumulativeQuantity: '0.05' },
    ]);
  });

  test('S9: late fills of an ended order still count', () => {
    const world = new World().ready();
    world.approve('a');
    world.accepted('a');
    world.feed({ type: 'report', report: report('a', { status: 'canceled' }), fills: [] });
    world.feed({ type: 'fill-report', fill: fill('a', '9', '0.03') });
    expect(types(world, 'a')).toEqual(['submitted', 'accepted', 'canceled', 'fill']);
    expect([world.status('a'), world.core.books.position('BTCUSDT.venuesim').quantity]).toEqual(['CANCELED', 3000]);
  });

  test('an execution listed by venue id alone waits until the order is known by it', () => {
    const world = new World().ready();
    world.approve('a');
    const { clientOrderId: _id, ...listed } = fill('a', '1', '0.1');
    world.feed({ type: 'fill-report', fill: listed });
    expect(types(world, 'a')).toEqual(['submitted']);
    world.accepted('a');
    expect(types(world, 'a')).toEqual(['submitted', 'accepted', 'fill']);
  });
});

describe('an unresolved order (S8)', () => {
  function unresolved(): World {
    const world = new World().ready();
    world.approve('a');
    world.outcome('a', { kind: 'unknown', reason: 'timeout' });
    return world;
  }

  test('is asked for at once and resolved by what is found', () => {
    const world = unresolved();
    expect(only(world.effects, 'lookup')).toMatchObject([{ clientOrderId: idOf('a'), symbol: 'BTCUSDT' }]);
    world.lookedUp('a', { kind: 'found', report: report('a'), fills: [] });
    expect([types(world, 'a'), world.status('a')]).toEqual([['submitted', 'unresolved', 'accepted'], 'ACCEPTED']);
  });

  test('does not end by look-ups asked before the window closed, however many', () => {
    const world = unresolved();
    for (let i = 0; i < 5; i++) {
      world.lookedUp('a', { kind: 'not-found' });
      world.pass(SECOND).feed({ type: 'timer' });
    }
    expect(world.status('a')).toBe('UNRESOLVED');
    expect(only(world.effects, 'lookup').length).toBeGreaterThan(1);
  });

  test('ends after two negative look-ups that were asked after the window', () => {
    const world = unresolved();
    world.lookedUp('a', { kind: 'not-found' });
    world.pass(WINDOW).feed({ type: 'timer' });
    world.lookedUp('a', { kind: 'not-found' });
    expect(world.status('a')).toBe('UNRESOLVED');
    world.pass(SECOND).feed({ type: 'timer' });
    world.lookedUp('a', { kind: 'not-found' });
    expect(world.events('a').at(-1)).toMatchObject({
      type: 'expired',
      cumulativeQuantity: '0',
      reason: expect.stringContaining('never reached'),
    });
    expect(only(world.effects, 'submit')).toHaveLength(1);
  });

  test('does not end while an execution has no owner, nor by failed look-ups', () => {
    const world = unresolved();
    const { clientOrderId: _id, ...orphan } = fill('other', '5', '0.1');
    world.feed({ type: 'fill-report', fill: orphan });
    world.pass(WINDOW);
    for (let i = 0; i < 8; i++) {
      world.feed({ type: 'timer' });
      world.lookedUp('a', i % 2 === 0 ? { kind: 'not-found' } : { kind: 'failed', reason: 'timeout' });
      world.pass(40 * SECOND);
    }
    expect(world.status('a')).toBe('UNRESOLVED');
    expect(only(world.effects, 'alert').filter((alert) => alert.name === 'order-unresolved')).toHaveLength(1);
  });

  test('that comes alive after it was taken for dead is cancelled, booked and told', () => {
    const world = unresolved();
    world.lookedUp('a', { kind: 'not-found' });
    for (let i = 0; i < 2; i++) {
      world.pass(WINDOW).permitted();
      world.lookedUp('a', { kind: 'not-found' });
    }
    expect(world.status('a')).toBe('EXPIRED');
    const effects = world.feed({
      type: 'report',
      report: report('a', { status: 'partially-filled', executedQuantity: '0.01' }),
      fills: [fill('a', '1', '0.01')],
    });
    expect([
      only(effects, 'alert').map(({ name }) => name),
      only(effects, 'cancel').length,
      only(effects, 'order-event').length,
    ]).toEqual([['order-alive'], 1, 1]);
  });
});

describe('cancels', () => {
  const cancel = (world: World, change: object) =>
    world.feed({
      type: 'cancel',
      request: {
        version: 1,
        cancelId: 'c'.repeat(32),
        account: 'main',
        runId: 'sma-1',
        origin: 'run',
        reason: 'r',
        tsEvent: 1,
        ...change,
      },
    });

  test('need no permit, only ownership', () => {
    const world = new World().ready();
    world.approve('a');
    world.accepted('a');
    world.pass(5 * SECOND);
    expect(refusals(cancel(world, { clientOrderId: idOf('a'), runId: 'other' }))).toEqual(['cancel-not-owner']);
    expect(refusals(cancel(world, { clientOrderId: idOf('b') }))).toEqual(['cancel-unknown-order']);
    expect(refusals(cancel(world, { account: 'other' }))).toEqual(['cancel-wrong-account']);
    expect(only(cancel(world, { clientOrderId: idOf('a') }), 'cancel')).toMatchObject([
      { clientOrderId: idOf('a'), venueOrderId: 'v-a' },
    ]);
  });

  test('without an order id take every working order of the run', () => {
    const world = new World().ready();
    for (const name of ['a', 'b', 'c']) world.approve(name);
    for (const name of ['a', 'b']) world.accepted(name);
    world.outcome('c', { kind: 'rejected', code: '1', reason: 'no' });
    expect(only(cancel(world, {}), 'cancel').map(({ clientOrderId }) => clientOrderId)).toEqual([idOf('a'), idOf('b')]);
  });

  test('F10: "unknown order" is a question, not an answer', () => {
    const world = new World().ready();
    world.approve('a');
    world.accepted('a');
    cancel(world, { clientOrderId: idOf('a') });
    const effects = world.feed({
      type: 'cancel-outcome',
      clientOrderId: idOf('a'),
      outcome: { kind: 'unknown-order' },
    });
    expect([only(effects, 'lookup').length, world.status('a')]).toEqual([1, 'ACCEPTED']);
    world.lookedUp('a', {
      kind: 'found',
      report: report('a', { status: 'filled', executedQuantity: '0.1' }),
      fills: [fill('a', '1', '0.1')],
    });
    expect(world.status('a')).toBe('FILLED');
  });

  test('that failed are sent again until the order ends', () => {
    const world = new World().ready();
    world.approve('a');
    world.accepted('a');
    cancel(world, { clientOrderId: idOf('a') });
    for (let i = 0; i < 3; i++) {
      world.feed({ type: 'cancel-outcome', clientOrderId: idOf('a'), outcome: { kind: 'failed', reason: 'timeout' } });
      world.pass(5 * SECOND).permitted();
    }
    expect(only(world.effects, 'cancel')).toHaveLength(4);
    world.feed({
      type: 'cancel-outcome',
      clientOrderId: idOf('a'),
      outcome: { kind: 'accepted', report: report('a', { status: 'canceled' }) },
    });
    world.pass(60 * SECOND).permitted();
    expect([only(world.effects, 'cancel').length, world.status('a')]).toEqual([4, 'CANCELED']);
  });

  test('before the write keep the order from being written', () => {
    const world = new World().ready();
    world.approve('a');
    cancel(world, {});
    expect(world.core.maySend(idOf('a'), world)).toMatchObject({ ok: false, reason: 'not-sent' });
  });
});
