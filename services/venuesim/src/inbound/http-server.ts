import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { AssertionFailure } from '@portcullis/kernel';
import type { Faults, RequestFault } from '../state/faults.ts';
import { Refusal } from '../state/refusal.ts';
import { perform, restCalls, weightOf } from './calls.ts';
import type { Call, Dialect, VenueRequest } from './dialect.ts';
import { Parameters } from './parameters.ts';
import { signedText } from './signature.ts';

/** Bytes of a request body: the largest order is far smaller. */
const BODY_BYTES_MAX = 64 * 1024;

export interface VenueLog {
  warn(message: string, detail?: Record<string, unknown>): void;
  log(message: string, detail?: Record<string, unknown>): void;
}

/** Routes outside the dialect (`/sim/…`). Returns whether the request was one of theirs. */
export type SideDoor = (request: IncomingMessage, response: ServerResponse, body: string) => boolean;

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers: Record<string, string>;
}

/** The REST half of the dialect. */
export function venueHttpServer(options: {
  readonly dialect: Dialect;
  readonly faults: Faults;
  readonly sideDoor: SideDoor;
  readonly log: VenueLog;
}): Server {
  const { dialect, faults, sideDoor, log } = options;
  return createServer((request, response) => {
    readBody(request)
      .then(async (body) => {
        if (sideDoor(request, response, body)) return;
        await answer({ dialect, faults, log }, request, response, body);
      })
      .catch((error: unknown) => {
        log.warn('request failed', { url: request.url?.split('?')[0], error: String(error) });
        if (!response.headersSent) send(response, internalError());
        else response.destroy();
      });
  });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new Error(`a body of more than ${BODY_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function answer(
  context: { readonly dialect: Dialect; readonly faults: Faults; readonly log: VenueLog },
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
): Promise<void> {
  const { dialect, faults, log } = context;
  dialect.counters.requests++;
  const url = request.url ?? '/';
  const at = url.indexOf('?');
  const path = at === -1 ? url : url.slice(0, at);
  const query = at === -1 ? '' : url.slice(at + 1);
  const method = request.method ?? 'GET';
  const call = restCalls.get(`${method} ${path}`);
  if (call === undefined) {
    send(response, json(404, { code: -1, msg: `This venue has no ${method} ${path}.` }));
    return;
  }
  const fault = faults.take(method, path, call.changesOrders === true);
  if (fault.delayMs > 0 || fault.dropReply || fault.answer !== undefined) dialect.counters.faultsApplied++;
  const processed = fault.answer === undefined || fault.answer.processed;
  const reply = processed ? respond(dialect, call, request, { query, body }, log) : internalError();
  if (fault.delayMs > 0) await sleep(fault.delayMs);
  if (fault.dropReply) request.socket.destroy();
  else send(response, fault.answer === undefined ? reply : faultReply(fault.answer));
}

function respond(
  dialect: Dialect,
  call: Call,
  request: IncomingMessage,
  sent: { readonly query: string; readonly body: string },
  log: VenueLog,
): Reply {
  const headers = new Map<string, string>();
  try {
    const parameters = Parameters.ofForm(sent.query, sent.body);
    const venueRequest: VenueRequest = { parameters, via: 'rest', headers };
    const address = request.socket.remoteAddress ?? '';
    const used = dialect.budgets.spend(address, weightOf(call, venueRequest), dialect.engine.nowMillis());
    headers.set('x-mbx-used-weight', String(used));
    headers.set('x-mbx-used-weight-1m', String(used));
    const apiKey = request.headers['x-mbx-apikey'];
    const credentials = {
      apiKey: typeof apiKey === 'string' ? apiKey : undefined,
      signed: signedText(sent.query, sent.body),
    };
    return json(200, perform(dialect, call, venueRequest, credentials), headers);
  } catch (error) {
    if (error instanceof Refusal) {
      if (error.retryAfterSeconds !== undefined) headers.set('retry-after', String(error.retryAfterSeconds));
      return json(error.http, error.body(), headers);
    }
    stopOnBug(error);
    log.warn('a call failed inside the venue', {
      call: call.rest,
      error: error instanceof Error ? error.stack : String(error),
    });
    return internalError();
  }
}

/** A broken assumption ends the process: the ledger rebuilds what this one may have got wrong. */
export function stopOnBug(error: unknown): void {
  if (!(error instanceof AssertionFailure)) return;
  setImmediate(() => {
    throw error;
  });
}

function faultReply(fault: NonNullable<RequestFault['answer']>): Reply {
  const body = fault.body ?? JSON.stringify({ code: fault.code ?? -1000, msg: fault.msg ?? '' });
  const headers = { 'content-type': fault.contentType ?? 'application/json;charset=UTF-8', ...fault.headers };
  return { status: fault.http, body, headers };
}

function json(status: number, value: unknown, headers: ReadonlyMap<string, string> = new Map()): Reply {
  return {
    status,
    body: JSON.stringify(value),
    headers: { 'content-type': 'application/json;charset=UTF-8', ...Object.fromEntries(headers) },
  };
}

function internalError(): Reply {
  const refusal = new Refusal('internal');
  return json(refusal.http, refusal.body());
}

function send(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, { ...reply.headers, 'content-length': String(Buffer.byteLength(reply.body)) });
  response.end(reply.body);
}
