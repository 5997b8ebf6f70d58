import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { BarInput, BookInput, MarketInput, TradeInput } from '@portcullis/market';
import { type EngineNews, type FillModel, FILL_MODELS, QUEUE_MODELS, type QueueModel } from '../src/index.ts';
import { type Scene, scenes } from './scenes.ts';
import { engineOf, rulesOf, spot } from './stage.ts';

type Fill = Extract<EngineNews, { kind: 'fill' }>;

/** What a market showed last, kept as simply as can be: to tell whether a fill was to be had. */
class Witness {
  readonly bids = new Map<number, number>();
  readonly asks = new Map<number, number>();
  lastTrade: TradeInput | undefined;
  event: MarketInput | undefined;

  see(event: MarketInput): void {
    this.event = event;
    if (event.kind === 'quote' && event.bidPrice < event.askPrice) {
      this.#replace([event.bidPrice, event.bidQuantity], [event.askPrice, event.askQuantity]);
    }
    if (event.kind === 'trade' && event.price > 0) this.lastTrade = event;
    if (event.kind === 'book') this.#book(event);
  }

  /** The best price that a taker of a side could have had, and how many lots the market showed within a price. */
  best(side: 'buy' | 'sell'): number {
    const prices = [...(side === 'buy' ? this.asks : this.bids).keys()];
    return side === 'buy' ? Math.min(...prices) : Math.max(...prices);
  }

  shown(side: 'buy' | 'sell', price: number): number {
    let lots = 0;
    for (const [level, quantity] of side === 'buy' ? this.asks : this.bids) {
      if (side === 'buy' ? level <= price : level >= price) lots += quantity;
    }
    return lots;
  }

  #replace(bids: readonly number[], asks: readonly number[]): void {
    this.bids.clear();
    this.asks.clear();
    this.#change(bids, asks);
  }

  #book({ snapshot, bids, asks }: BookInput): void {
    if (snapshot) this.#replace(bids, asks);
    else this.#change(bids, asks);
  }

  #change(bids: readonly number[], asks: readonly number[]): void {
    for (const [levels, side] of [
      [bids, this.bids],
      [asks, this.asks],
    ] as const) {
      for (let at = 0; at < levels.length; at += 2) {
        if (levels[at + 1] === 0) side.delete(levels[at]!);
        else side.set(levels[at]!, levels[at + 1]!);
      }
    }
  }
}

/** Fills of each scene with what the market showed then. Without latency they come of the scene itself. */
function witnessed(
  run: readonly Scene[],
  config: Setup,
  judge: (fills: readonly Fill[], witness: Witness) => void,
): void {
  const engine = engineOf({
    ...config,
    instruments: [spot(), spot({ rules: rulesOf({ symbol: 'ETHUSD', base: 'ETH' }) })],
  });
  const witnesses = [new Witness(), new Witness()] as const;
  for (const scene of run) {
    let at = 0;
    if (scene.kind === 'market') {
      at = scene.event.tsEvent;
      engine.market(scene.event);
      witnesses[scene.event.slot as 0 | 1].see(scene.event);
    } else {
      at = scene.at;
      if (scene.kind === 'order') engine.submit(scene.order, at);
      else engine.cancel(scene.order, at);
    }
    const fills = engine.takeNews(at).filter((news): news is Fill => news.kind === 'fill');
    for (const slot of [0, 1] as const) {
      const own = fills.filter((fill) => fill.slot === slot);
      if (scene.kind !== 'market') witnesses[slot].event = undefined;
      if (own.length > 0) judge(own, witnesses[slot]);
    }
  }
}

interface Setup {
  readonly model: FillModel;
  readonly queue: QueueModel;
  readonly participationMax: number;
}

function bounded(
  models: readonly FillModel[],
  judge: (fills: readonly Fill[], witness: Witness, setup: Setup) => void,
): number {
  let seen = 0;
  const setup = fc.record({
    model: fc.constantFrom(...models),
    queue: fc.constantFrom(...QUEUE_MODELS),
    participationMax: fc.constantFrom(0, 250_000),
  });
  fc.assert(
    fc.property(
      setup.chain((one) => fc.tuple(fc.constant(one), scenes(one.model))),
      ([one, run]) => {
        witnessed(run, one, (fills, witness) => {
          seen += fills.length;
          judge(fills, witness, one);
        });
      },
    ),
    { numRuns: 200 },
  );
  return seen;
}

const sum = (fills: readonly Fill[]): number => fills.reduce((lots, fill) => lots + fill.quantity, 0);
const worse = (fill: Fill, price: number): number => (fill.side === 'buy' ? fill.price - price : price - fill.price);
const sides = ['buy', 'sell'] as const;

describe('never better than the market allowed', () => {
  test('bars: takers at the open or the worst, limits at prices that the bar had, no more than the share of the volume', () => {
    const seen = bounded(['next-open', 'worst-of', 'limit-touch'], (fills, { event }, { model, participationMax }) => {
      const bar = event as BarInput;
      expect(bar.kind).toBe('bar');
      if (participationMax > 0) expect(sum(fills)).toBeLessThanOrEqual((bar.volume * participationMax) / 1e6);
      for (const fill of fills) {
        const extreme = fill.side === 'buy' ? bar.high : bar.low;
        if (fill.liquidity === 'taker') expect(fill.price).toBe(model === 'worst-of' ? extreme : bar.open);
        else if (model === 'worst-of') expect(worse(fill, extreme)).toBeGreaterThanOrEqual(0);
        else if (model === 'next-open') expect(worse(fill, bar.open)).toBeGreaterThanOrEqual(0);
        else expect(worse(fill, fill.side === 'buy' ? bar.low : bar.high)).toBeGreaterThanOrEqual(0);
      }
    });
    expect(seen).toBeGreaterThan(500);
  });

  test('quotes and books: takers at the other side, limits at what came to them, no more than was shown or traded', () => {
    const seen = bounded(['quotes', 'book'], (fills, witness, { participationMax }) => {
      const { event } = witness;
      for (const side of sides) {
        const own = fills.filter((fill) => fill.side === side);
        if (own.length === 0) continue;
        if (event?.kind === 'trade') {
          expect(sum(own)).toBeLessThanOrEqual(event.quantity * (participationMax === 0 ? 1 : participationMax / 1e6));
          for (const fill of own) {
            expect(fill.liquidity).toBe('maker');
            expect(worse(fill, event.price)).toBeGreaterThanOrEqual(0);
          }
          continue;
        }
        const deepest = own.reduce((worst, fill) => (worse(fill, worst) > 0 ? fill.price : worst), own[0]!.price);
        expect(sum(own)).toBeLessThanOrEqual(
          witness.shown(side, deepest) * (participationMax === 0 ? 1 : participationMax / 1e6),
        );
        for (const fill of own) expect(worse(fill, witness.best(side))).toBeGreaterThanOrEqual(0);
      }
    });
    expect(seen).toBeGreaterThan(500);
  });

  test('the tape: takers at the last trade, limits by trades at or beyond their price, no more than was traded', () => {
    const seen = bounded(['trades'], (fills, { event, lastTrade }, { participationMax }) => {
      const part = participationMax === 0 ? 1 : participationMax / 1e6;
      for (const side of sides) {
        const own = fills.filter((fill) => fill.side === side);
        const makers = own.filter((fill) => fill.liquidity === 'maker');
        if (makers.length > 0) expect(event?.kind).toBe('trade');
        expect(sum(makers)).toBeLessThanOrEqual(lastTrade!.quantity * part);
        for (const fill of own) {
          if (fill.liquidity === 'taker') expect(fill.price).toBe(lastTrade!.price);
          else expect(worse(fill, lastTrade!.price)).toBeGreaterThanOrEqual(0);
        }
      }
    });
    expect(seen).toBeGreaterThan(500);
  });

  test('all models are among those', () => {
    expect(FILL_MODELS).toEqual(['next-open', 'worst-of', 'limit-touch', 'quotes', 'trades', 'book']);
  });
});
