import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FLAT, type Position, applyFill, balanceChanges } from '@portcullis/portfolio';
import { type EngineNews, type EngineOrder, type ExecutionEngine, FILL_MODELS, QUEUE_MODELS } from '../src/index.ts';
import { type Scene, play, scenes } from './scenes.ts';
import { type Setup, amount, engineOf, fees, linear, rulesOf, spot } from './stage.ts';

const eth = { rules: rulesOf({ symbol: 'ETHUSD', base: 'ETH' }) };
const START = { USD: '3000', BTC: '20', ETH: '20' } as const;

const setup: fc.Arbitrary<Setup> = fc.record({
  model: fc.constantFrom(...FILL_MODELS),
  queue: fc.constantFrom(...QUEUE_MODELS),
  slippage: fc.constantFrom(
    { kind: 'none' } as const,
    { kind: 'ticks', ticks: 3 } as const,
    { kind: 'basis-points', basisPoints: 70 } as const,
    { kind: 'square-root', coefficientBps: 50 } as const,
  ),
  participationMax: fc.constantFrom(0, 300_000),
  seed: fc.string(),
  latency: fc.constantFrom(
    {},
    { orderMicros: 7, cancelMicros: 3, answerMicros: 5, jitterMicros: 20 },
    { jitterMicros: 2 },
  ),
  instruments: fc.constantFrom(
    [spot({ fees: fees(0.013, 0.07) }), spot({ ...eth, fees: fees(-0.01, 0.1), feeCurrency: 'received' as const })],
    [linear({ fees: fees(-0.01, 0.05) }), linear({ ...eth, fees: fees(0.02, 0.04) })],
    [spot({ fees: fees(0, 0.1) }), linear({ ...eth })],
  ),
  balances: fc.constantFrom({ ...START }, undefined),
}) as fc.Arbitrary<Setup>;

interface Run {
  readonly setup: Setup;
  readonly run: readonly Scene[];
}
const runs: fc.Arbitrary<Run> = setup.chain((one) => scenes(one.model ?? 'quotes').map((run) => ({ setup: one, run })));

type Fill = Extract<EngineNews, { kind: 'fill' }>;
const isFill = (news: EngineNews): news is Fill => news.kind === 'fill';
const ordersOf = (run: readonly Scene[]): Map<number, EngineOrder> =>
  new Map(run.flatMap((scene) => (scene.kind === 'order' ? [[scene.order.order, scene.order]] : [])));
const sentAt = (run: readonly Scene[], order: number): number =>
  run.flatMap((scene) => (scene.kind === 'order' && scene.order.order === order ? [scene.at] : []))[0] ?? Number.NaN;

function check(property: (run: Run) => void, numRuns = 150): void {
  fc.assert(fc.property(runs, property), { numRuns });
}

describe('whatever happens', () => {
  test('balances change by the sum of fills, fees and payments, exactly, in each currency', () => {
    check(({ setup, run }) => {
      const engine = engineOf(setup);
      const { news } = play(engine, run);
      const instruments = setup.instruments ?? [];
      const positions = instruments.map((): Position => FLAT);
      const expected = new Map(
        Object.entries(setup.balances ?? {}).map(([currency, text]) => [currency, BigInt(amount(text))]),
      );
      const add = (currency: string, change: bigint): void =>
        void expected.set(currency, (expected.get(currency) ?? 0n) + change);
      for (const one of news) {
        if (one.kind === 'cash') add(one.currency, one.amount);
        if (!isFill(one)) continue;
        positions[one.slot] = applyFill(instruments[one.slot]!.rules, positions[one.slot]!, one);
      }
      instruments.forEach(({ rules, contract }, slot) => {
        const position = positions[slot]!;
        if (contract === 'spot') {
          for (const [currency, change] of balanceChanges(rules, position)) add(currency, change);
        } else add(rules.quote, position.realised - position.feesQuote);
      });
      for (const [currency, held] of engine.balances) {
        expect([currency, held]).toEqual([currency, expected.get(currency) ?? 0n]);
      }
    });
  });

  test('no order fills beyond its quantity, at a worse price than its limit, before it arrived or after it ended', () => {
    check(({ setup, run }) => {
      const { news } = play(engineOf(setup), run);
      const orders = ordersOf(run);
      const filled = new Map<number, number>();
      const ended = new Set<number>();
      for (const one of news) {
        if (one.kind === 'order') {
          expect(ended.has(one.order)).toBe(false);
          if (one.status !== 'ACCEPTED') ended.add(one.order);
        }
        if (!isFill(one) || one.order === 0) continue;
        const order = orders.get(one.order)!;
        expect(ended.has(one.order)).toBe(false);
        expect(one.price).toBeGreaterThan(0);
        expect(one.quantity).toBeGreaterThan(0);
        expect(one.side).toBe(order.side);
        filled.set(one.order, (filled.get(one.order) ?? 0) + one.quantity);
        expect(filled.get(one.order)).toBeLessThanOrEqual(order.quantity);
        if (order.price !== undefined) {
          expect((one.price - order.price) * (order.side === 'buy' ? 1 : -1)).toBeLessThanOrEqual(0);
        }
        expect(one.at).toBeGreaterThanOrEqual(
          sentAt(run, one.order) + (setup.latency?.orderMicros ?? 0) + (setup.latency?.answerMicros ?? 0),
        );
        if (order.postOnly) expect(one.liquidity).toBe('maker');
        if (one.quantity === order.quantity || filled.get(one.order) === order.quantity) ended.add(one.order);
      }
    });
  });

  test('times never fall and trade ids never repeat', () => {
    check(({ setup, run }) => {
      const { news } = play(engineOf(setup), run);
      const ids = news.filter(isFill).map((fill) => fill.tradeId);
      expect(new Set(ids).size).toBe(ids.length);
      news.forEach((one, index) => index > 0 && expect(one.at).toBeGreaterThanOrEqual(news[index - 1]!.at));
    });
  });

  test('a spot account never owes', () => {
    check(({ setup, run }) => {
      const engine = engineOf({
        ...setup,
        instruments: [
          spot({ fees: fees(-0.01, 0.07) }),
          spot({ ...eth, feeCurrency: 'received', fees: fees(0.03, 0.1) }),
        ],
        balances: START,
      });
      play(engine, run, (one) => {
        for (const held of one.balances.values()) expect(held).toBeGreaterThanOrEqual(0n);
        return one;
      });
    });
  });

  test('the same seed gives the same news, and a snapshot taken anywhere goes on to them too', () => {
    fc.assert(
      fc.property(runs, fc.nat(), ({ setup, run }, cut) => {
        const whole = play(engineOf(setup), run).news;
        expect(play(engineOf(setup), run).news).toEqual(whole);
        const at = cut % (run.length + 1);
        const moved = play(engineOf(setup), run, (engine, index) => (index === at ? restored(setup, engine) : engine));
        expect(moved.news).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });

  test('engines that take turns know nothing of each other', () => {
    fc.assert(
      fc.property(runs, runs, (one, other) => {
        const second = engineOf(other.setup);
        const alone = play(engineOf(one.setup), one.run).news;
        let turn = 0;
        const between = play(engineOf(one.setup), one.run, (engine) => {
          const scene = other.run[turn];
          turn += 1;
          if (scene?.kind === 'market') second.market(scene.event);
          else if (scene?.kind === 'order') second.submit(scene.order, scene.at);
          else if (scene?.kind === 'cancel') second.cancel(scene.order, scene.at);
          return engine;
        }).news;
        expect(between).toEqual(alone);
      }),
      { numRuns: 60 },
    );
  });

  test('an engine keeps the orders that are open and no others', () => {
    check(({ setup, run }) => {
      const engine = engineOf({ ...setup, instruments: [spot(), spot(eth)] });
      const { news } = play(engine, run);
      const open = new Set(ordersOf(run).keys());
      const filled = new Map<number, number>();
      for (const one of news) {
        if (one.kind === 'order' && one.status !== 'ACCEPTED') open.delete(one.order);
        if (isFill(one)) filled.set(one.order, (filled.get(one.order) ?? 0) + one.quantity);
      }
      for (const [order, { quantity }] of ordersOf(run)) if (filled.get(order) === quantity) open.delete(order);
      const kept = (JSON.parse(engine.snapshot()) as { orders: { order: number }[] }).orders.map(({ order }) => order);
      expect(kept).toEqual([...open]);
      const bars = setup.model === 'next-open' || setup.model === 'worst-of' || setup.model === 'limit-touch';
      expect(engine.idle).toBe(bars && open.size === 0);
    });
  });
});

function restored(setup: Setup, engine: ExecutionEngine): ExecutionEngine {
  const fresh = engineOf(setup);
  fresh.restore(engine.snapshot());
  expect(fresh.snapshot()).toBe(engine.snapshot());
  expect([fresh.nextNewsAt, fresh.nextDueAt, fresh.idle]).toEqual([engine.nextNewsAt, engine.nextDueAt, engine.idle]);
  expect([...fresh.balances]).toEqual([...engine.balances]);
  return fresh;
}
