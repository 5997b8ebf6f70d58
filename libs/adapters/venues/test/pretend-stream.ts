import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** The market side of a venue in a few lines: numbered deltas, and the snapshots that fit them. */
export class PretendStream {
  readonly #http: Server;
  /** Streams that each connection follows. */
  readonly #sockets = new Map<WebSocket, Set<string>>();
  /** Everything that was ever subscribed to. */
  readonly subscribed: string[] = [];
  sequence = 100;
  #quotes = 0;
  tradeId = 0;
  /** Snapshot requests to refuse first, and how. */
  refusals = 0;
  refuseWith: { readonly status: number; readonly headers?: Record<string, string> } = { status: 503 };
  snapshots = 0;
  /** How far the venue's clock is ahead, milliseconds. */
  clockAheadMs = 0;

  private constructor() {
    this.#http = createServer((request, response) => {
      const url = request.url ?? '';
      if (url.startsWith('/api/v3/time')) {
        response.end(JSON.stringify({ serverTime: Date.now() + this.clockAheadMs }));
        return;
      }
      if (!url.startsWith('/api/v3/depth') || this.refusals-- > 0) {
        response.writeHead(this.refuseWith.status, this.refuseWith.headers).end();
        return;
      }
      this.snapshots += 1;
      response.end(
        JSON.stringify({ lastUpdateId: this.sequence, bids: [['100.00', '1.000']], asks: [['100.02', '1.000']] }),
      );
    });
    new WebSocketServer({ server: this.#http }).on('connection', (socket) => {
      const streams = new Set<string>();
      this.#sockets.set(socket, streams);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('message', (data) => {
        const { method, params } = JSON.parse((data as Buffer).toString()) as { method: string; params: string[] };
        for (const name of params) {
          if (method === 'SUBSCRIBE') streams.add(name);
          else streams.delete(name);
        }
        if (method === 'SUBSCRIBE') this.subscribed.push(...params);
        socket.send('{"result":null,"id":1}');
      });
    });
  }

  static async start(): Promise<PretendStream> {
    const stream = new PretendStream();
    stream.#http.listen(0, '127.0.0.1');
    await once(stream.#http, 'listening');
    return stream;
  }

  get restUrl(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  get wsUrl(): string {
    return `ws://127.0.0.1:${(this.#http.address() as AddressInfo).port}/stream`;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** What each connection follows now. */
  get following(): string[][] {
    return [...this.#sockets.values()].map((streams) => [...streams]);
  }

  /** One more update of a book; `lost`: it happens, but nobody is told. */
  delta(options: { readonly lost?: boolean; readonly symbol?: string } = {}): void {
    this.sequence += 1;
    const { symbol = 'BTCUSDT' } = options;
    const data = {
      e: 'depthUpdate',
      E: Date.now(),
      s: symbol,
      U: this.sequence,
      u: this.sequence,
      b: [['99.99', '2.000']],
      a: [],
    };
    if (options.lost !== true) this.send({ stream: `${symbol.toLowerCase()}@depth@100ms`, data });
  }

  quote(bid: string, ask: string): void {
    this.#quotes += 1;
    this.send({
      stream: 'btcusdt@bookTicker',
      data: { u: this.#quotes, s: 'BTCUSDT', b: bid, B: '1', a: ask, A: '1' },
    });
  }

  trade(options: { readonly lost?: boolean } = {}): void {
    this.tradeId += 1;
    const at = Date.now();
    const data = { e: 'trade', E: at, s: 'BTCUSDT', t: this.tradeId, p: '100.00', q: '1', T: at, m: true, M: true };
    if (options.lost !== true) this.send({ stream: 'btcusdt@trade', data });
  }

  send(frame: unknown): void {
    for (const socket of this.#sockets.keys()) socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  cut(): void {
    for (const socket of this.#sockets.keys()) socket.terminate();
  }

  stop(): void {
    this.cut();
    this.#http.close();
    this.#http.closeAllConnections();
  }
}
