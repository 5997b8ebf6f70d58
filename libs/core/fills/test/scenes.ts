import fc from 'fast-check';
import type { MarketInput } from '@portcullis/market';
import type { EngineNews, EngineOrder, ExecutionEngine, FillModel } from '../src/index.ts';

/** One thing that happens in a generated run. Times only rise. */
export type Scene =
  | { readonly kind: 'market'; readonly event: MarketInput }
  | { readonly kind: 'order'; readonly at: number; readonly order: EngineOrder }
  | { readonly kind: 'cancel'; readonly at: number; readonly order: number };

type Draw = { readonly pick: number; readonly gap: number; readonly numbers: readonly number[] };

const draw: fc.Arbitrary<Draw> = fc.record({
  pick: fc.integer({ min: 0, max: 99 }),
  gap: fc.integer({ min: 0, max: 40 }),
  numbers: fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 10, maxLength: 10 }),
});

/** Scenes that suit a model, on two instruments, with some nonsense and some gaps between them. */
export function scenes(model: FillModel): fc.Arbitrary<readonly Scene[]> {
  return fc.array(draw, { minLength: 20, maxLength: 160, size: 'max' }).map((draws) => {
    const author = new Author(model);
    return draws.map((one) => author.scene(one));
  });
}

class Author {
  readonly #model: FillModel;
  #at = 60;
  #seq = 0;
  #orders = 0;
  #price = 100;

  constructor(model: FillModel) {
    this.#model = model;
  }

  scene({ pick, gap, numbers }: Draw): Scene {
    this.#at += gap;
    const of = (at: number, low: number, high: number): number => low + ((numbers[at] as number) % (high - low + 1));
    if (pick < 35) return { kind: 'order', at: this.#at, order: this.#order(of) };
    if (pick < 42) return { kind: 'cancel', at: this.#at, order: of(0, 1, Math.max(1, this.#orders)) };
    this.#price = Math.max(20, this.#price + of(0, -6, 6));
    this.#seq += 1;
    const placed = { slot: of(1, 0, 1), seq: this.#seq, tsEvent: this.#at, tsInit: this.#at };
    return { kind: 'market', event: this.#event(pick, placed, of) };
  }

  #order(of: (at: number, low: number, high: number) => number): EngineOrder {
    this.#orders += 1;
    const limit = of(0, 0, 3) > 0;
    const terms = of(1, 0, 9);
    return {
      order: this.#orders,
      slot: of(2, 0, 1),
      side: of(3, 0, 1) === 0 ? 'buy' : 'sell',
      type: limit ? 'limit' : 'market',
      timeInForce: terms === 0 ? 'FOK' : terms === 1 ? 'IOC' : 'GTC',
      postOnly: limit && terms > 7,
      reduceOnly: of(4, 0, 5) === 0,
      quantity: of(5, 0, 15) as EngineOrder['quantity'],
      price: limit ? ((this.#price + of(6, -8, 8)) as NonNullable<EngineOrder['price']>) : undefined,
    };
  }

  #event(
    pick: number,
    placed: { slot: number; seq: number; tsEvent: number; tsInit: number },
    of: (at: number, low: number, high: number) => number,
  ): MarketInput {
    const price = this.#price;
    const bid = price - of(2, 0, 3);
    const ask = price + of(3, 0, 3) + (pick === 99 ? -4 : 1);
    const event = (rest: object): MarketInput => ({ ...placed, ...rest }) as unknown as MarketInput;
    if (pick === 42) return event({ kind: 'gap', reason: 'disconnected', detail: '', stream: 'all', from: 0, to: 0 });
    if (pick === 43) return event({ kind: 'mark', price: Math.max(1, price + of(2, -30, 30)) });
    if (pick === 44) {
      const nextAt = of(4, 0, 1) * (placed.tsEvent + of(5, 0, 50));
      return event({ kind: 'funding', rate: of(6, -300, 300), rateScale: 4, nextAt });
    }
    if (pick === 45) return event({ kind: 'trade', tradeId: '', price: 0, quantity: 5, aggressor: 'unknown' });
    if (this.#model === 'quotes' || (this.#model === 'trades' && pick < 55)) {
      if (pick > 60 || this.#model === 'trades') {
        return event({
          kind: 'quote',
          bidPrice: bid,
          bidQuantity: of(4, 0, 20),
          askPrice: ask,
          askQuantity: of(5, 0, 20),
        });
      }
    }
    if (this.#model === 'book' && pick > 55) {
      const snapshot = of(6, 0, 3) === 0;
      return event({ kind: 'book', snapshot, bids: levels(bid, -1, of), asks: levels(ask, 1, of) });
    }
    if (this.#model === 'quotes' || this.#model === 'trades' || this.#model === 'book') {
      const aggressor = (['buy', 'sell', 'unknown'] as const)[of(5, 0, 2)];
      return event({ kind: 'trade', tradeId: '', price: price + of(6, -3, 3), quantity: of(4, 0, 20), aggressor });
    }
    const start = placed.tsEvent;
    this.#at = start + 59;
    const prices = {
      open: price + of(2, -3, 3),
      close: price + of(3, -3, 3),
      high: price + 3 + of(4, 0, 3),
      low: price - 3 - of(5, 0, 3),
    };
    return event({
      kind: 'bar',
      start,
      end: start + 60,
      ...prices,
      volume: of(6, 0, 60),
      count: 1,
      tsEvent: this.#at,
      tsInit: this.#at,
    });
  }
}

function levels(best: number, step: number, of: (at: number, low: number, high: number) => number): number[] {
  const flat: number[] = [];
  for (let level = 0; level < of(7, 1, 4); level++) flat.push(best + step * (level + of(8, 0, 1)), of(level + 2, 0, 9));
  return flat;
}

export interface Played {
  readonly news: readonly EngineNews[];
}

/** Plays scenes to an engine as a replay does, and hears everything that comes of them. `between` is called before each scene. */
export function play(
  first: ExecutionEngine,
  run: readonly Scene[],
  between: (engine: ExecutionEngine, index: number) => ExecutionEngine = (engine) => engine,
): Played {
  let engine = first;
  const news: EngineNews[] = [];
  run.forEach((scene, index) => {
    engine = between(engine, index);
    if (scene.kind === 'market') {
      engine.market(scene.event);
      news.push(...engine.takeNews(scene.event.tsEvent));
    } else if (scene.kind === 'order') engine.submit(scene.order, scene.at);
    else engine.cancel(scene.order, scene.at);
  });
  engine = between(engine, run.length);
  engine.advance(1e12);
  news.push(...engine.takeNews(1e15));
  return { news };
}
