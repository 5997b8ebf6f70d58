import type { FrameSocket, StreamHub, StreamSubscriber } from '../outbound/stream-hub.ts';
import type { SocketSession } from './sockets.ts';

/** Streams of one connection (Binance: 1024). */
const STREAMS_MAX = 1024;

/**
 * A market stream connection: `/ws`, `/ws/<stream>/<stream>` and `/stream/ws` send bare frames,
 * `/stream?streams=<stream>/<stream>` wraps them. Both take SUBSCRIBE, UNSUBSCRIBE and LIST_SUBSCRIPTIONS.
 */
export function marketSession(hub: StreamHub, socket: FrameSocket, url: URL): SocketSession {
  const combined = url.pathname === '/stream' || url.pathname === '/stream/';
  const subscriber: StreamSubscriber = { socket, combined };
  const streams = new Set<string>();

  const subscribe = (names: readonly string[]): void => {
    for (const name of names) {
      if (streams.has(name)) continue;
      streams.add(name);
      hub.subscribe(name, subscriber);
    }
  };
  const unsubscribe = (names: readonly string[]): void => {
    for (const name of names) {
      streams.delete(name);
      hub.unsubscribe(name, subscriber);
    }
  };

  const named = combined ? (url.searchParams.get('streams') ?? '').split('/') : url.pathname.split('/');
  subscribe(named.filter((name) => name.includes('@')).slice(0, STREAMS_MAX));

  return {
    message: (text) => {
      const answer = command(text, { streams, subscribe, unsubscribe });
      socket.send(JSON.stringify(answer));
    },
    closed: () => unsubscribe([...streams]),
  };
}

function command(
  text: string,
  session: {
    readonly streams: ReadonlySet<string>;
    subscribe(names: readonly string[]): void;
    unsubscribe(names: readonly string[]): void;
  },
): unknown {
  let message: { method?: unknown; params?: unknown; id?: unknown };
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) throw new SyntaxError('expected an object');
    message = parsed;
  } catch (error) {
    return { error: { code: 3, msg: `Invalid JSON: ${(error as Error).message}` }, id: null };
  }
  const { method, id = null } = message;
  if (method === 'LIST_SUBSCRIPTIONS') return { result: [...session.streams], id };
  const names = Array.isArray(message.params) ? message.params.filter((name) => typeof name === 'string') : [];
  if (method === 'SUBSCRIBE') {
    if (names.length === 0) return refusal(id, 'Invalid request: missing or empty params');
    if (session.streams.size + names.length > STREAMS_MAX) return refusal(id, 'Too many streams in one connection.');
    session.subscribe(names);
    return { result: null, id };
  }
  if (method === 'UNSUBSCRIBE') {
    session.unsubscribe(names);
    return { result: null, id };
  }
  return refusal(id, 'Invalid request: unknown method');
}

function refusal(id: unknown, msg: string): unknown {
  return { error: { code: 2, msg }, id };
}
