import { eventually } from '@portcullis/testkit';
import { WebSocket } from 'ws';

interface DepthEvent {
  readonly U: number;
  readonly u: number;
  readonly b: [string, string][];
  readonly a: [string, string][];
}

interface QuoteEvent {
  readonly u: number;
  readonly b: string;
  readonly B: string;
  readonly a: string;
  readonly A: string;
}

/**
 * A local book kept by Binance's own instructions ("How to manage a local order book correctly"): nothing of the
 * venue's code is in it.
 */
export class LocalBook {
  readonly bids = new Map<string, string>();
  readonly asks = new Map<string, string>();
  /** Breaks of the sequence. */
  readonly gaps: string[] = [];
  /** Diffs after which the touch was not that of the last quote at or below their number. */
  readonly strayTouches: string[] = [];
  diffs = 0;
  quotes = 0;
  #sequence: number | undefined;
  #early: DepthEvent[] = [];
  #quotes: { u: number; touch: string }[] = [];
  readonly #url: string;
  readonly #symbol: string;
  readonly #socket: WebSocket;

  constructor(url: string, symbol: string) {
    this.#url = url;
    this.#symbol = symbol;
    const name = symbol.toLowerCase();
    this.#socket = new WebSocket(
      `${url.replace('http:', 'ws:')}/stream?streams=${name}@depth@100ms/${name}@bookTicker`,
    );
    this.#socket.on('message', (data: Buffer) => this.#receive(JSON.parse(data.toString('utf8'))));
  }

  get sequence(): number {
    return this.#sequence ?? 0;
  }

  /** Connects, buffers, reads the snapshot and begins. */
  async open(): Promise<this> {
    await eventually('a diff to begin with', () => this.#early.length > 0);
    const snapshot = await eventually('a snapshot that reaches the first diff', async () => {
      const depth = await this.depth();
      return depth.lastUpdateId + 1 >= (this.#early[0] as DepthEvent).U && depth;
    });
    for (const [price, quantity] of snapshot.bids) this.bids.set(price, quantity);
    for (const [price, quantity] of snapshot.asks) this.asks.set(price, quantity);
    this.#sequence = snapshot.lastUpdateId;
    const early = this.#early;
    this.#early = [];
    for (const event of early) this.#apply(event);
    return this;
  }

  async depth(): Promise<{ lastUpdateId: number; bids: [string, string][]; asks: [string, string][] }> {
    const response = await fetch(`${this.#url}/api/v3/depth?symbol=${this.#symbol}&limit=5000`);
    return response.json() as never;
  }

  /** The levels best first, as `/depth` has them. */
  levels(): { bids: [string, string][]; asks: [string, string][] } {
    const sorted = (side: Map<string, string>, sign: number): [string, string][] =>
      [...side].sort(([a], [b]) => sign * (Number(a) - Number(b)));
    return { bids: sorted(this.bids, -1), asks: sorted(this.asks, 1) };
  }

  close(): void {
    this.#socket.terminate();
  }

  #receive({ data }: { data: DepthEvent | QuoteEvent }): void {
    if ('B' in data) {
      this.quotes++;
      this.#quotes.push({ u: data.u, touch: `${data.b} ${data.B} ${data.a} ${data.A}` });
    } else if (this.#sequence === undefined) {
      this.#early.push(data);
    } else {
      this.#apply(data);
    }
  }

  #apply(event: DepthEvent): void {
    const before = this.#sequence as number;
    if (event.u <= before) return;
    if (event.U > before + 1) this.gaps.push(`U ${event.U} after ${before}`);
    for (const [side, levels] of [
      [this.bids, event.b],
      [this.asks, event.a],
    ] as const) {
      for (const [price, quantity] of levels) {
        if (Number(quantity) === 0) side.delete(price);
        else side.set(price, quantity);
      }
    }
    this.#sequence = event.u;
    this.diffs++;
    this.#checkTouch(event.u);
  }

  #checkTouch(u: number): void {
    const last = this.#quotes.findLast((quote) => quote.u <= u);
    this.#quotes = this.#quotes.filter((quote) => quote === last || quote.u > u);
    if (last === undefined || this.diffs % 10 !== 0) return;
    const { bids, asks } = this.levels();
    const touch = `${bids[0]?.join(' ')} ${asks[0]?.join(' ')}`;
    if (touch !== last.touch) this.strayTouches.push(`${u}: ${touch} is not ${last.touch}`);
  }
}
