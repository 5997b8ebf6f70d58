import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly parameters: URLSearchParams;
  /** Distinguishes connections, to see that they are kept. */
  readonly connection: number;
}

export type Answer =
  | {
      readonly status?: number;
      readonly json?: unknown;
      readonly text?: string;
      readonly headers?: Record<string, string>;
    }
  | 'hang'
  | 'reset'
  | 'truncate';

/** A server on loopback that answers as a test says and remembers what it was asked. */
export class ScriptedVenue {
  readonly seen: SeenRequest[] = [];
  answer: (request: SeenRequest) => Answer = () => ({ json: {} });
  readonly #server: http.Server;
  #connections = 0;

  private constructor() {
    const numbers = new WeakMap<object, number>();
    this.#server = http.createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const url = new URL(request.url ?? '/', 'http://x');
        const seen: SeenRequest = {
          method: request.method ?? '',
          path: url.pathname,
          parameters: new URLSearchParams(url.search.slice(1) || Buffer.concat(chunks).toString()),
          connection: numbers.get(request.socket) ?? 0,
        };
        this.seen.push(seen);
        this.#reply(response, this.answer(seen));
      });
    });
    this.#server.on('connection', (socket) => numbers.set(socket, ++this.#connections));
  }

  static async start(): Promise<ScriptedVenue> {
    const venue = new ScriptedVenue();
    await new Promise<void>((resolve) => venue.#server.listen(0, '127.0.0.1', resolve));
    return venue;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  of(method: string, path: string): SeenRequest[] {
    return this.seen.filter((request) => request.method === method && request.path === path);
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #reply(response: http.ServerResponse, answer: Answer): void {
    if (answer === 'hang') return;
    if (answer === 'reset') return void response.socket?.destroy();
    if (answer === 'truncate') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
      response.write('{"sym');
      setTimeout(() => response.socket?.destroy(), 20);
      return;
    }
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
    response.end(answer.text ?? JSON.stringify(answer.json));
  }
}
