import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ScaledEvent } from '@portcullis/market';
import { krakenDialect } from './dialect.ts';

const RECEIVED = 1_700_000_000_000_000;
type Level = readonly [price: number, quantity: number];

/** How the subscription's depth is known. */
type Source = 'answer' | 'channel' | 'levels';

function frameOf(
  source: Source,
  type: 'snapshot' | 'update',
  { bids, asks }: { bids: readonly Level[]; asks: readonly Level[] },
) {
  if (source === 'channel') {
    const rows = (side: readonly Level[]) => side.map(([p, q]) => [`${p}.0`, `${q}.00`, '1700000000.000000']);
    const names = type === 'snapshot' ? (['as', 'bs'] as const) : (['a', 'b'] as const);
    return JSON.stringify([1, { [names[0]]: rows(asks), [names[1]]: rows(bids) }, 'book-10', 'A/B']);
  }
  const rows = (side: readonly Level[]) => side.map(([price, qty]) => ({ price, qty }));
  return JSON.stringify({ channel: 'book', type, data: [{ symbol: 'A/B', bids: rows(bids), asks: rows(asks) }] });
}

class TruncatedBook {
  sides: Record<'bids' | 'asks', Map<number, number>> = { bids: new Map(), asks: new Map() };
  readonly #depth: number;

  constructor(depth: number) {
    this.#depth = depth;
  }

  take(levels: { readonly bids: readonly Level[]; readonly asks: readonly Level[] }): void {
    for (const side of ['bids', 'asks'] as const) {
      for (const [price, quantity] of levels[side]) {
        if (quantity === 0) this.sides[side].delete(price);
        else this.sides[side].set(price, quantity);
      }
      this.sides[side] = new Map(this.best(side).slice(0, this.#depth));
    }
  }

  best(side: 'bids' | 'asks'): [number, number][] {
    const sign = side === 'bids' ? -1 : 1;
    return [...this.sides[side]].sort(([a], [b]) => (a - b) * sign);
  }
}

function pairs(flat: readonly number[]): Level[] {
  return flat.flatMap((price, at) => (at % 2 === 0 ? [[price, flat[at + 1] as number] as const] : []));
}

const quantity = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9 }));
const bids = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), quantity), { minLength: 1, maxLength: 6 });
const asks = fc.array(fc.tuple(fc.integer({ min: 100, max: 160 }), quantity), { minLength: 1, maxLength: 6 });

describe('levels that are pushed out of the subscribed depth', () => {
  test.each(['answer', 'channel', 'levels'] as const)('are removed by the delta (depth known by %s)', (source) => {
    // Where only the snapshot shows the depth it has as many levels as that.
    const atFirst = source === 'levels' ? 10 : 7;
    const whole = (from: number, step: number) =>
      Array.from({ length: atFirst }, (_, n) => [from + n * step, 5] as const);
    fc.assert(
      fc.property(fc.array(fc.record({ bids, asks }), { minLength: 1, maxLength: 40 }), (changes) => {
        const parser = krakenDialect.parser();
        const feed = (text: string): ScaledEvent[] => {
          const out: ScaledEvent[] = [];
          expect(parser.parse(Buffer.from(text), RECEIVED, out)).toBeUndefined();
          return out;
        };
        if (source === 'answer') {
          feed(
            '{"method":"subscribe","result":{"channel":"book","depth":10,"snapshot":true,"symbol":"A/B"},"success":true}',
          );
        }
        const theirs = new TruncatedBook(10);
        // Nothing is forgotten here: the events have to say it.
        const ours = new TruncatedBook(Infinity);
        const first = { bids: whole(50, -2), asks: whole(110, 2) };
        for (const [at, levels] of [first, ...changes].entries()) {
          theirs.take(levels);
          const [event] = feed(frameOf(source, at === 0 ? 'snapshot' : 'update', levels));
          if (event?.kind !== 'delta' && event?.kind !== 'snapshot') throw new Error('no book');
          expect([event.priceScale, event.quantityScale]).toEqual([0, 0]);
          ours.take({ bids: pairs(event.bids), asks: pairs(event.asks) });
          for (const side of ['bids', 'asks'] as const) expect(ours.best(side)).toEqual(theirs.best(side));
        }
      }),
      { numRuns: 50 },
    );
  });

  test('with a thin book and no word of the depth, the deepest is taken', () => {
    const parser = krakenDialect.parser();
    const out: ScaledEvent[] = [];
    const frames = [
      frameOf('levels', 'snapshot', { bids: [[50, 1]], asks: [[100, 1]] }),
      frameOf('levels', 'update', { bids: Array.from({ length: 30 }, (_, n) => [n + 1, 1] as const), asks: [] }),
    ];
    for (const frame of frames) parser.parse(Buffer.from(frame), RECEIVED, out);
    expect(out[1]?.kind === 'delta' && out[1].bids).toHaveLength(60);
  });
});
