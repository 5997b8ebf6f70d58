import type { VenueCounters } from '../state/counters.ts';
import type { ApiKey, KeyRing } from '../state/key-ring.ts';
import type { Market } from '../state/market.ts';
import type { PreventionMode } from '../state/order.ts';
import { Refusal } from '../state/refusal.ts';
import type { RequestBudgets } from '../state/request-budgets.ts';
import type { VenueEngine } from '../state/venue-engine.ts';
import type { Parameters } from './parameters.ts';

/** What the handlers of requests work on. */
export interface Dialect {
  readonly engine: VenueEngine;
  readonly markets: ReadonlyMap<string, Market>;
  readonly keys: KeyRing;
  readonly budgets: RequestBudgets;
  readonly counters: VenueCounters;
  readonly prevention: PreventionMode;
  readonly fees: { readonly makerBps: number; readonly takerBps: number };
}

/** A request as its handler sees it, whichever door it came through. */
export interface VenueRequest {
  readonly parameters: Parameters;
  readonly via: 'rest' | 'ws-api';
  /** Headers that the answer carries beside the usual ones. */
  readonly headers: Map<string, string>;
}

export interface SignedRequest extends VenueRequest {
  readonly key: ApiKey;
}

interface Doors {
  /** For example `GET /api/v3/order`. */
  readonly rest?: string;
  /** For example `order.status`. */
  readonly ws?: string;
  readonly weight: number | ((parameters: Parameters) => number);
  /** Whether it changes orders: what faults mean when they name no path. */
  readonly changesOrders?: true;
}

/** One call of the dialect: who may make it, what it weighs, what answers it. */
export type Call = Doors &
  (
    | { readonly security: 'none'; readonly answer: (dialect: Dialect, request: VenueRequest) => unknown }
    | { readonly security: 'read' | 'trade'; readonly answer: (dialect: Dialect, request: SignedRequest) => unknown }
  );

export function marketOf(dialect: Dialect, parameters: Parameters): Market {
  const market = dialect.markets.get(parameters.text('symbol'));
  if (market === undefined) throw new Refusal('invalidSymbol');
  return market;
}

/** The markets that `symbol` or `symbols` name, or all. */
export function marketsOf(dialect: Dialect, parameters: Parameters): Market[] {
  if (parameters.find('symbol') !== undefined) return [marketOf(dialect, parameters)];
  const list = parameters.find('symbols');
  if (list === undefined) return [...dialect.markets.values()];
  let names: unknown;
  try {
    names = JSON.parse(list);
  } catch {
    throw new Refusal('missing', 'symbols');
  }
  if (!Array.isArray(names)) throw new Refusal('missing', 'symbols');
  return names.map((name) => {
    const market = dialect.markets.get(String(name));
    if (market === undefined) throw new Refusal('invalidSymbol');
    return market;
  });
}

/** The most rows to answer: `limit`, or its default, within what the venue allows. */
export function limitOf(parameters: Parameters, fallback: number, max: number): number {
  const limit = parameters.integer('limit') ?? fallback;
  return Math.min(Math.max(limit, 1), max);
}
