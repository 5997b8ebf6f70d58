import { Refusal } from '../state/refusal.ts';
import { accountCalls } from './account-calls.ts';
import type { Call, Dialect, VenueRequest } from './dialect.ts';
import { marketCalls } from './market-calls.ts';
import { checkWindow } from './request-window.ts';
import { checkSignature } from './signature.ts';
import { tradingCalls } from './trading-calls.ts';

const calls: readonly Call[] = [...marketCalls, ...tradingCalls, ...accountCalls];

/** The calls by method and path. */
export const restCalls: ReadonlyMap<string, Call> = new Map(
  calls.flatMap((call) => (call.rest === undefined ? [] : [[call.rest, call]])),
);

/** The calls by method of the websocket API. */
export const wsCalls: ReadonlyMap<string, Call> = new Map(
  calls.flatMap((call) => (call.ws === undefined ? [] : [[call.ws, call]])),
);

/** Who says that a request is theirs. */
export interface Credentials {
  readonly apiKey: string | undefined;
  readonly signed: { readonly payload: string; readonly signature: string | undefined };
}

/** The key of a signed request, or a {@link Refusal}: the key, its permission, the signature, then the time. */
export function authenticated(
  dialect: Dialect,
  request: VenueRequest,
  credentials: Credentials,
  security: 'read' | 'trade',
) {
  const { apiKey } = credentials;
  if (apiKey === undefined || apiKey === '' || !/^[A-Za-z0-9_-]{1,128}$/.test(apiKey)) throw new Refusal('keyFormat');
  const key = dialect.keys.get(apiKey);
  if (key === undefined || (security === 'trade' && !key.mayTrade)) throw new Refusal('keyRejected');
  checkSignature(key, credentials.signed);
  checkWindow(request.parameters, dialect.engine.nowMillis());
  return key;
}

/** Checks and answers one call; every no is a thrown {@link Refusal}. */
export function perform(dialect: Dialect, call: Call, request: VenueRequest, credentials: Credentials): unknown {
  if (call.security === 'none') return call.answer(dialect, request);
  const key = authenticated(dialect, request, credentials, call.security);
  return call.answer(dialect, { ...request, key });
}

export function weightOf(call: Call, request: VenueRequest): number {
  return typeof call.weight === 'number' ? call.weight : call.weight(request.parameters);
}
