import { setTimeout as sleep } from 'node:timers/promises';
import type { FrameSocket } from '../outbound/stream-hub.ts';
import type { UserStreams, UserSubscriber } from '../outbound/user-streams.ts';
import type { Faults } from '../state/faults.ts';
import { Refusal } from '../state/refusal.ts';
import { authenticated, perform, weightOf, wsCalls } from './calls.ts';
import type { Dialect, VenueRequest } from './dialect.ts';
import { type VenueLog, stopOnBug } from './http-server.ts';
import { Parameters } from './parameters.ts';
import { signedParams } from './signature.ts';
import type { SocketSession } from './sockets.ts';

/** User data subscriptions of one connection. */
const SUBSCRIPTIONS_MAX = 100;
const SUBSCRIPTION_WEIGHT = 2;
const SUBSCRIPTION_LIFE_MS = 24 * 3600 * 1000;

interface ApiMessage {
  readonly id: unknown;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

interface ApiContext {
  readonly dialect: Dialect;
  readonly users: UserStreams;
  readonly faults: Faults;
  readonly log: VenueLog;
}

/** A connection of the websocket API (`/ws-api/v3`): the same calls as over REST, and the user data stream. */
export class ApiSession implements SocketSession {
  readonly #context: ApiContext;
  readonly #socket: FrameSocket;
  readonly #address: string;
  readonly #subscriptions = new Map<number, { readonly account: string; readonly subscriber: UserSubscriber }>();
  #subscriptionNext = 0;

  constructor(context: ApiContext, socket: FrameSocket, address: string) {
    this.#context = context;
    this.#socket = socket;
    this.#address = address;
  }

  message(text: string): void {
    const { log } = this.#context;
    this.#handle(text).catch((error: unknown) => log.warn('a websocket request failed', { error: String(error) }));
  }

  closed(): void {
    this.#unsubscribe(undefined);
  }

  async #handle(text: string): Promise<void> {
    const { dialect, faults } = this.#context;
    const message = parsed(text);
    dialect.counters.requests++;
    const changesOrders = wsCalls.get(message.method)?.changesOrders === true;
    const fault = faults.take('WS', message.method, changesOrders);
    if (fault.delayMs > 0 || fault.dropReply || fault.answer !== undefined) dialect.counters.faultsApplied++;
    const processed = fault.answer === undefined || fault.answer.processed;
    const reply = processed ? this.#respond(message) : {};
    if (fault.delayMs > 0) await sleep(fault.delayMs);
    if (fault.dropReply) {
      this.#socket.close();
    } else if (fault.answer === undefined) {
      this.#socket.send(JSON.stringify(reply));
    } else {
      const { http, code = -1000, msg = '' } = fault.answer;
      this.#socket.send(JSON.stringify({ id: message.id, status: http, error: { code, msg } }));
    }
  }

  #respond(message: ApiMessage): Record<string, unknown> {
    const { dialect, log } = this.#context;
    const limits = message.params.returnRateLimits === false ? {} : { rateLimits: dialect.budgets.list() };
    try {
      return { id: message.id, status: 200, result: this.#result(message), ...limits };
    } catch (error) {
      if (error instanceof Refusal) return { id: message.id, status: error.http, error: error.body(), ...limits };
      stopOnBug(error);
      const detail = error instanceof Error ? error.stack : String(error);
      log.warn('a call failed inside the venue', { call: message.method, error: detail });
      return { id: message.id, status: 500, error: new Refusal('internal').body() };
    }
  }

  #result(message: ApiMessage): unknown {
    const { dialect } = this.#context;
    const request: VenueRequest = { parameters: Parameters.ofJson(message.params), via: 'ws-api', headers: new Map() };
    const credentials = {
      apiKey: typeof message.params.apiKey === 'string' ? message.params.apiKey : undefined,
      signed: signedParams(message.params),
    };
    const call = wsCalls.get(message.method);
    const weight = call === undefined ? SUBSCRIPTION_WEIGHT : weightOf(call, request);
    dialect.budgets.spend(this.#address, weight, dialect.engine.nowMillis());
    if (call !== undefined) return perform(dialect, call, request, credentials);
    switch (message.method) {
      case 'userDataStream.subscribe.signature':
        return this.#subscribe(authenticated(dialect, request, credentials, 'read').account);
      case 'userDataStream.unsubscribe':
        return this.#unsubscribe(message.params.subscriptionId);
      case 'session.logon':
        throw new Refusal('hmacLogon');
      default:
        throw new Refusal('unsupported');
    }
  }

  #subscribe(account: string): unknown {
    if (this.#subscriptions.size >= SUBSCRIPTIONS_MAX) throw new Refusal('unsupported');
    const { dialect, users } = this.#context;
    const subscriptionId = this.#subscriptionNext++;
    const subscriber = { socket: this.#socket, subscriptionId };
    this.#subscriptions.set(subscriptionId, { account, subscriber });
    users.subscribe(account, subscriber);
    return { subscriptionId, expirationTime: dialect.engine.nowMillis() + SUBSCRIPTION_LIFE_MS };
  }

  #unsubscribe(only: unknown): unknown {
    for (const [subscriptionId, { account, subscriber }] of [...this.#subscriptions]) {
      if (only !== undefined && only !== subscriptionId) continue;
      this.#context.users.unsubscribe(account, subscriber);
      this.#subscriptions.delete(subscriptionId);
    }
    return {};
  }
}

function parsed(text: string): ApiMessage {
  try {
    const { id = null, method, params } = JSON.parse(text) as Partial<ApiMessage>;
    return { id, method: String(method), params: typeof params === 'object' && params !== null ? params : {} };
  } catch {
    return { id: null, method: '', params: {} };
  }
}
