import http from 'node:http';
import https from 'node:https';
import type { VenueOrder } from '@portcullis/contracts';
import type { SendAnswer } from '@portcullis/execution';
import { NotSent, venueCode } from './venue-errors.ts';
import { type WireRequest, kindOfRequest, wireMismatch } from './wire-order.ts';

/** The address that ccxt believes to talk to, which decides its table of errors. */
export const PRODUCTION_ORIGIN = 'https://api.binance.com';
/** The largest answer that is read: the list of all instruments is a few MiB. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
const SOCKETS_MAX = 16;

/** One order on its way: taken out of the list by the request that carries it, so that no second request can. */
export interface Passage {
  readonly approved: VenueOrder;
  readonly gate: () => SendAnswer;
  /** Whether bytes may have been written. */
  written: boolean;
  httpStatus: number | undefined;
  /** The venue's own error code, which ccxt drops from the errors that it knows by their text. */
  code: string | undefined;
}

/** What ccxt hands to a `fetchImplementation`. */
export interface FetchOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** What ccxt reads of an answer. */
export interface FetchAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  text(): Promise<string>;
}

/**
 * The last hop: the HTTP function that ccxt calls. Nothing leaves but what is allowed; an order leaves only when its bytes, parsed
 * back, are the approved order, and when the gate still says yes with the connection standing and nothing written yet.
 */
export class WireHttp {
  readonly #base: URL;
  readonly #agent: http.Agent;
  readonly #request: typeof http.request;
  readonly #passages = new Map<string, Passage>();

  /** `baseUrl` takes the place of Binance's own address: a venue that speaks its dialect. */
  constructor(baseUrl: string) {
    this.#base = new URL(baseUrl);
    const secure = this.#base.protocol === 'https:';
    const Agent = secure ? https.Agent : http.Agent;
    this.#agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX, scheduling: 'lifo' });
    this.#request = secure ? https.request : http.request;
  }

  open(passage: Passage): void {
    this.#passages.set(passage.approved.clientOrderId, passage);
  }

  close(passage: Passage): void {
    this.#passages.delete(passage.approved.clientOrderId);
  }

  destroy(): void {
    this.#agent.destroy();
  }

  /** ccxt's `fetchImplementation`. */
  readonly fetch = async (address: string, options: FetchOptions = {}): Promise<FetchAnswer> => {
    const url = new URL(address);
    if (url.origin !== PRODUCTION_ORIGIN) throw new NotSent('refused', `the bridge does not talk to ${url.origin}`);
    const wire: WireRequest = {
      method: options.method ?? 'GET',
      path: url.pathname,
      query: url.search.slice(1),
      body: options.body ?? '',
    };
    const kind = kindOfRequest(wire);
    if (!kind.ok) throw new NotSent('refused', kind.error);
    return this.#send(wire, options, kind.value === 'order' ? this.#passageOf(wire) : undefined);
  };

  #passageOf(wire: WireRequest): Passage {
    const id = new URLSearchParams(wire.body).get('newClientOrderId') ?? '';
    const passage = this.#passages.get(id);
    if (passage === undefined) {
      throw new NotSent('refused', 'no approved order is waiting to be sent under this client order id');
    }
    this.#passages.delete(id);
    const mismatch = wireMismatch(wire, passage.approved);
    if (mismatch !== undefined) throw new NotSent('refused', mismatch);
    return passage;
  }

  #send(wire: WireRequest, options: FetchOptions, passage: Passage | undefined): Promise<FetchAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<FetchAnswer>();
    const { 'Accept-Encoding': _coding, ...headers } = options.headers ?? {};
    const request = this.#request({
      protocol: this.#base.protocol,
      hostname: this.#base.hostname,
      port: this.#base.port,
      method: wire.method,
      path: `${this.#base.pathname.replace(/\/$/, '')}${wire.path}${wire.query === '' ? '' : `?${wire.query}`}`,
      headers: {
        ...headers,
        'Accept-Encoding': 'identity',
        ...(wire.body === '' ? {} : { 'Content-Length': String(Buffer.byteLength(wire.body)) }),
      },
      agent: this.#agent,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    request.on('error', (error) => {
      reject(
        passage !== undefined && !passage.written && !(error instanceof NotSent)
          ? new NotSent('not-sent', `no connection to the venue: ${error.message}`)
          : error,
      );
    });
    request.on('response', (answer) => {
      if (passage !== undefined) passage.httpStatus = answer.statusCode;
      readAnswer(answer).then((read) => {
        if (passage !== undefined) passage.code = venueCode(read.body);
        resolve(read);
      }, reject);
    });
    request.on('socket', (socket) => {
      const write = (): void => writeThrough(request, wire, passage);
      // The gate is asked only when the bytes can leave at once, so a slow handshake cannot outlive a permit.
      if (socket.connecting) socket.once(this.#base.protocol === 'https:' ? 'secureConnect' : 'connect', write);
      else write();
    });
    return promise;
  }
}

function writeThrough(request: http.ClientRequest, wire: WireRequest, passage: Passage | undefined): void {
  if (passage !== undefined) {
    const answer = passage.gate();
    if (!answer.ok) {
      request.destroy(new NotSent(answer.reason, answer.detail));
      return;
    }
    passage.written = true;
  }
  request.end(wire.body === '' ? undefined : wire.body);
}

async function readAnswer(answer: http.IncomingMessage): Promise<FetchAnswer & { readonly body: string }> {
  const status = answer.statusCode ?? 0;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error(`the answer is larger than ${ANSWER_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  if (status >= 300 && status < 400) throw new Error(`the venue redirects (${status}), which is not followed`);
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const body = Buffer.concat(chunks).toString('utf8');
  return { status, statusText: answer.statusMessage ?? '', headers, body, text: () => Promise.resolve(body) };
}
