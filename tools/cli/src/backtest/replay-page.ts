import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, extname, join } from 'node:path';
import { UserError } from '@portcullis/config';
import type { ReplayView, ViewEvent } from './replay-view.ts';

const STATUS_MS = 250;
const WATCHERS_MAX = 16;
/** What may wait for one watcher's socket; beyond it the watcher is let go, and its browser reads everything anew. */
const BACKLOG_BYTES_MAX = 1024 * 1024;
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** The dashboard's own files, beside this package in the workspace. */
const observer = join(import.meta.dirname, '../../../../services/observer');

/**
 * The dashboard over one replay, on this machine alone: the page that observer serves, with the same addresses below
 * `/v1`, read only. A watcher that does not keep up is let go; it never holds up the replay.
 */
export class ReplayPage {
  readonly #view: ReplayView;
  readonly #files = new Map<string, { readonly type: string; readonly body: Buffer }>();
  readonly #watchers = new Set<ServerResponse>();
  readonly #server: Server;
  #timer: NodeJS.Timeout | undefined;

  constructor(view: ReplayView) {
    this.#view = view;
    this.#server = createServer((request, response) => this.#answer(request, response));
    for (const name of readdirSync(join(observer, 'web'))) {
      const type = TYPES[extname(name)];
      if (type !== undefined) this.#files.set(name, { type, body: readFileSync(join(observer, 'web', name)) });
    }
    const library = dirname(createRequire(join(observer, 'package.json')).resolve('lightweight-charts/package.json'));
    const body = readFileSync(join(library, 'dist/lightweight-charts.standalone.production.mjs'));
    this.#files.set('lightweight-charts.js', { type: TYPES['.js'] ?? '', body });
  }

  /** Resolves with the address. Port 0 takes a free one. */
  async listen(port: number): Promise<string> {
    await new Promise<void>((done, fail) => {
      this.#server.once('error', (cause) => {
        fail(
          new UserError(`port ${port} cannot be listened on: ${cause.message}`, 'choose another with --listen', {
            cause,
          }),
        );
      });
      this.#server.listen(port, '127.0.0.1', done);
    });
    this.#timer = setInterval(() => this.#send('status', this.#view.status()), STATUS_MS);
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  send(events: readonly ViewEvent[]): void {
    for (const { name, data } of events) this.#send(name, data);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const watcher of this.#watchers) watcher.end();
    this.#server.closeAllConnections();
    await new Promise<void>((done) => this.#server.close(() => done()));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    if (request.method !== 'GET') {
      reply(response, 405, { error: 'a replay is only looked at' });
      return;
    }
    if (path === '/v1/events') {
      this.#watch(response);
      return;
    }
    const json = this.#json(path);
    if (json !== undefined) {
      reply(response, 200, json);
      return;
    }
    const file = this.#files.get(path === '/' ? 'index.html' : path.replace(/^\/web\//, ''));
    if (file === undefined) {
      reply(response, 404, { error: 'there is no such file' });
      return;
    }
    response.writeHead(200, { 'content-type': file.type, 'cache-control': 'no-store' }).end(file.body);
  }

  #json(path: string): unknown {
    const view = this.#view;
    switch (path) {
      case '/v1/status':
        return view.status();
      case '/v1/market':
        return { markets: view.markets() };
      case '/v1/orders':
        return { orders: view.orders.toReversed() };
      case '/v1/verdicts':
        return { verdicts: view.verdicts.toReversed() };
      case '/v1/fills':
        return { fills: view.fills.toReversed() };
      case '/v1/control':
        return { tradingState: 'ACTIVE', controls: [], kills: [] };
      default:
        return undefined;
    }
  }

  #watch(response: ServerResponse): void {
    if (this.#watchers.size >= WATCHERS_MAX) {
      reply(response, 503, { error: 'as many watch as there is room for' });
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
    this.#watchers.add(response);
    response.once('close', () => this.#watchers.delete(response));
    response.write(`retry: 2000\n\nevent: status\ndata: ${JSON.stringify(this.#view.status())}\n\n`);
  }

  #send(name: string, data: unknown): void {
    if (this.#watchers.size === 0) return;
    const text = `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
    for (const watcher of this.#watchers) {
      if (watcher.writableLength <= BACKLOG_BYTES_MAX) watcher.write(text);
      else {
        this.#watchers.delete(watcher);
        watcher.destroy();
      }
    }
  }
}

function reply(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
