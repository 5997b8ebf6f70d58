import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { FrameSocket } from '../outbound/stream-hub.ts';
import type { VenueCounters } from '../state/counters.ts';
import type { VenueLimits } from '../venuesim.config.ts';
import type { VenueLog } from './http-server.ts';

const PING_INTERVAL_MS = 20_000;
const MESSAGE_BYTES_MAX = 64 * 1024;

/** What a kind of websocket does with its messages. */
export interface SocketSession {
  message(text: string): void;
  closed(): void;
}

export type SocketKind = 'market' | 'user';
export type OpenSession = (socket: FrameSocket, url: URL, request: IncomingMessage) => SocketSession;

/** All websockets of the venue: pings, limits, and the end of those that do not keep up. */
export class Sockets {
  readonly #server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MESSAGE_BYTES_MAX });
  readonly #live = new Map<WebSocket, { readonly kind: SocketKind; answered: boolean }>();
  readonly #limits: VenueLimits;
  readonly #counters: VenueCounters;
  readonly #log: VenueLog;
  readonly #timer: NodeJS.Timeout;

  constructor(limits: VenueLimits, counters: VenueCounters, log: VenueLog) {
    this.#limits = limits;
    this.#counters = counters;
    this.#log = log;
    this.#timer = setInterval(() => this.#ping(), PING_INTERVAL_MS);
  }

  /** Serves the websockets of an HTTP server. */
  attach(http: Server, open: Readonly<Record<SocketKind, OpenSession>>): void {
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const url = new URL(request.url ?? '/', 'http://venue');
      const kind = kindOf(url.pathname);
      if (kind === undefined || this.#live.size >= this.#limits.socketsMax) {
        socket.end(
          `HTTP/1.1 ${kind === undefined ? '404 Not Found' : '503 Service Unavailable'}\r\nconnection: close\r\n\r\n`,
        );
        return;
      }
      this.#server.handleUpgrade(request, socket, head, (ws) => this.#opened(ws, kind, open[kind], url, request));
    });
  }

  /** Cuts websockets without a word, as a failing network would. */
  cut(kind: SocketKind | 'all'): number {
    let count = 0;
    for (const [ws, live] of this.#live) {
      if (kind !== 'all' && live.kind !== kind) continue;
      ws.terminate();
      count++;
    }
    return count;
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const ws of this.#live.keys()) ws.close(1001, 'the venue stops');
    this.#server.close();
  }

  #opened(ws: WebSocket, kind: SocketKind, open: OpenSession, url: URL, request: IncomingMessage): void {
    const live = { kind, answered: true };
    this.#live.set(ws, live);
    this.#counters.sockets = this.#live.size;
    const socket: FrameSocket = { send: (text) => this.#send(ws, text), close: () => ws.close(1001, 'resynchronise') };
    const session = open(socket, url, request);
    ws.on('message', (data: Buffer) => session.message(data.toString('utf8')));
    ws.on('pong', () => (live.answered = true));
    ws.on('error', () => ws.terminate());
    ws.on('close', () => {
      this.#live.delete(ws);
      this.#counters.sockets = this.#live.size;
      session.closed();
    });
  }

  #send(ws: WebSocket, text: string): void {
    if (ws.readyState !== ws.OPEN) return;
    if (ws.bufferedAmount > this.#limits.socketBufferBytesMax) {
      this.#counters.slowSocketsDropped++;
      this.#log.warn('a websocket that does not keep up is dropped', { bufferedBytes: ws.bufferedAmount });
      ws.terminate();
      return;
    }
    ws.send(text);
  }

  #ping(): void {
    for (const [ws, live] of this.#live) {
      if (!live.answered) {
        ws.terminate();
        continue;
      }
      live.answered = false;
      ws.ping(String(Date.now()));
    }
  }
}

function kindOf(path: string): SocketKind | undefined {
  if (path.startsWith('/ws-api/')) return 'user';
  return path === '/ws' || path.startsWith('/ws/') || path === '/stream' || path.startsWith('/stream/')
    ? 'market'
    : undefined;
}
