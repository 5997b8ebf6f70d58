import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** A venue's market side in a few lines: deltas of one instrument, numbered, and the snapshot that fits them. */
export class PretendStream {
  readonly #http: Server;
  readonly #sockets = new Set<WebSocket>();
  readonly subscribed: string[] = [];
  sequence = 100;
  /** Snapshot requests to refuse first. */
  refusals = 0;
  snapshots = 0;

  private constructor() {
    this.#http = createServer((request, response) => {
      if (request.url?.startsWith('/api/v3/depth') !== true || this.refusals-- > 0) {
        response.writeHead(503).end();
        return;
      }
      this.snapshots += 1;
      response.end(
        JSON.stringify({ lastUpdateId: this.sequence, bids: [['100.00', '1.000']], asks: [['100.02', '1.000']] }),
      );
    });
    new WebSocketServer({ server: this.#http }).on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('message', (data) => {
        this.subscribed.push(...(JSON.parse((data as Buffer).toString()) as { params: string[] }).params);
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

  /** One more update of the book; `lost`: it happens, but nobody is told. */
  delta(options: { readonly lost?: boolean } = {}): void {
    this.sequence += 1;
    const data = {
      e: 'depthUpdate',
      E: Date.now(),
      s: 'BTCUSDT',
      U: this.sequence,
      u: this.sequence,
      b: [['99.99', '2.000']],
      a: [],
    };
    if (options.lost !== true) this.send({ stream: 'btcusdt@depth@100ms', data });
  }

  quote(bid: string, ask: string): void {
    this.send({
      stream: 'btcusdt@bookTicker',
      data: { u: this.sequence, s: 'BTCUSDT', b: bid, B: '1', a: ask, A: '1' },
    });
  }

  send(frame: unknown): void {
    for (const socket of this.#sockets) socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  cut(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  stop(): void {
    this.cut();
    this.#http.close();
    this.#http.closeAllConnections();
  }
}
