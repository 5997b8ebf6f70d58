import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { SeededRandom } from '@portcullis/kernel';

const START_NS = 1_723_161_253_000_000_000n;
const STEP_NS = 100_000_000n;

type Side = Map<number, number>;

/** A small capture in the hftbacktest format: snapshot first unless said otherwise, then a walk of the price. */
export class CaptureBuilder {
  readonly lines: string[] = [];
  readonly bids: Side = new Map();
  readonly asks: Side = new Map();
  #u = 1000;
  #step = 0n;
  #mid = 10_000;
  readonly #random: SeededRandom;

  constructor(seed = 1, withSnapshot = true) {
    this.#random = new SeededRandom(seed);
    for (let level = 1; level <= 150; level++) {
      this.bids.set(this.#mid - level, this.#random.integer(1, 500));
      this.asks.set(this.#mid + level, this.#random.integer(1, 500));
    }
    if (withSnapshot) this.#push({ lastUpdateId: this.#u, bids: pairs(this.bids), asks: pairs(this.asks) });
  }

  /** One diff with what changed, the quote after it, and a print at the touch. */
  step(): this {
    this.#step++;
    this.#mid += this.#random.integer(-2, 2);
    const changed: Record<'b' | 'a', [string, string][]> = { b: [], a: [] };
    for (const [key, side, sign] of [
      ['b', this.bids, -1],
      ['a', this.asks, 1],
    ] as const) {
      for (const price of side.keys()) {
        if ((price - this.#mid) * sign < 1) {
          side.delete(price);
          changed[key].push(pair(price, 0));
        }
      }
      for (let i = 0; i < 4; i++) {
        const price = this.#mid + sign * (i === 0 ? 1 : this.#random.integer(1, 20));
        side.set(price, this.#random.integer(1, 500));
        changed[key].push(pair(price, side.get(price) as number));
      }
    }
    const U = this.#u + 1;
    this.#u += 5;
    const E = Number((START_NS + this.#step * STEP_NS) / 1_000_000n);
    this.#push({
      stream: 'xyzusdt@depth@100ms',
      data: { e: 'depthUpdate', E, s: 'XYZUSDT', U, u: this.#u, ...changed },
    });
    const [bid, ask] = [Math.max(...this.bids.keys()), Math.min(...this.asks.keys())];
    const [b, B] = pair(bid, this.bids.get(bid) as number);
    const [a, A] = pair(ask, this.asks.get(ask) as number);
    this.#push({ stream: 'xyzusdt@bookTicker', data: { u: this.#u, s: 'XYZUSDT', b, B, a, A } });
    return this;
  }

  print(price: number, quantity: number, buyerIsMaker: boolean): this {
    const [p, q] = pair(price, quantity);
    const T = Number((START_NS + this.#step * STEP_NS) / 1_000_000n);
    this.#push({
      stream: 'xyzusdt@trade',
      data: { e: 'trade', E: T, s: 'XYZUSDT', t: 1, p, q, T, m: buyerIsMaker, M: true },
    });
    return this;
  }

  raw(line: string): this {
    this.lines.push(line);
    return this;
  }

  touch(): { bid: number; ask: number } {
    return { bid: Math.max(...this.bids.keys()), ask: Math.min(...this.asks.keys()) };
  }

  /** Levels best first, as `/depth` has them. */
  levels(): { bids: [string, string][]; asks: [string, string][] } {
    const eight = ([price, quantity]: [string, string]): [string, string] => [`${price}000000`, `${quantity}00000`];
    return {
      bids: [...this.bids].sort(([x], [y]) => y - x).map(([price, quantity]) => eight(pair(price, quantity))),
      asks: [...this.asks].sort(([x], [y]) => x - y).map(([price, quantity]) => eight(pair(price, quantity))),
    };
  }

  write(path: string): string {
    writeFileSync(path, gzipSync(`${this.lines.join('\n')}\n`));
    return path;
  }

  #push(frame: unknown): void {
    this.lines.push(`${START_NS + this.#step * STEP_NS} ${JSON.stringify(frame)}`);
  }
}

/** A tick of 0.01 and a lot of 0.001. */
function pair(price: number, quantity: number): [string, string] {
  return [(price / 100).toFixed(2), (quantity / 1000).toFixed(3)];
}

function pairs(side: Side): [string, string][] {
  return [...side].map(([price, quantity]) => pair(price, quantity));
}
