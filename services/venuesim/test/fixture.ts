import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { btcusdt } from '@portcullis/testkit';
import ccxt from 'ccxt';
import { type Venue, startVenue } from '../src/venue.ts';
import type { VenuesimConfigInput } from '../src/venuesim.config.ts';

type Market = VenuesimConfigInput['markets'][number];
type Flow = Market['flow'];

export const instrument = (symbol: 'BTCUSDT' | 'ETHUSDT'): NonNullable<Market['instrument']> =>
  btcusdt({ symbol, base: symbol.slice(0, 3) });

export function account(name: string, balances: Record<string, string> = { BTC: '10', ETH: '100', USDT: '1000000' }) {
  return { name, balances, keys: [{ id: `${name}-key`, apiKey: `api-key-of-${name}`, secret: `test-only-${name}` }] };
}

export const market = (symbol: 'BTCUSDT' | 'ETHUSDT', flow: Flow): Market => ({ instrument: instrument(symbol), flow });

/** A folder that goes away with the tests. */
export class Scratch {
  readonly dir = mkdtempSync(join(tmpdir(), 'portcullis-venuesim-'));

  path(name: string): string {
    return join(this.dir, name);
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** A venue in this process with the accounts `main` and `other`; what `config` says replaces the rest. */
export function openVenue(scratch: Scratch, config: Partial<VenuesimConfigInput> = {}): Promise<Venue> {
  return startVenue({
    ledgerDir: scratch.path('ledger'),
    accounts: [account('main'), account('other')],
    markets: [market('BTCUSDT', { kind: 'generated', seed: 7 })],
    faults: true,
    ...config,
  });
}

const SPOT_ONLY = {
  fetchMarkets: { types: ['spot'] },
  fetchCurrencies: false,
  fetchMargins: false,
  defaultType: 'spot',
  warnOnFetchOpenOrdersWithoutSymbol: false,
};

type Binance = InstanceType<typeof ccxt.pro.binance>;

/** ccxt types every field of its answers as possibly missing; a test fails anyway where one is. */
type Whole<T> = T extends readonly (infer E)[]
  ? Whole<E>[]
  : T extends object
    ? { [K in keyof T]-?: Whole<NonNullable<T[K]>> }
    : T;
type Calls<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => Promise<infer R> ? (...args: A) => Promise<Whole<R>> : T[K];
};
export type SpotClient = Calls<Binance>;

/**
 * An unmodified ccxt client. REST keeps its production addresses, so that ccxt's own error table applies, and only
 * its sockets lead to the venue.
 */
export async function client(
  venue: Pick<Venue, 'url'>,
  name: string,
  options: Record<string, unknown> = SPOT_ONLY,
): Promise<SpotClient> {
  const { apiKey, secret } = account(name).keys[0]!;
  const exchange = new ccxt.pro.binance({ apiKey, secret, enableRateLimit: false, timeout: 3000, options });
  exchange.fetchImplementation = (url: string, init: Record<string, unknown>) => {
    const { agent: _agent, dispatcher: _dispatcher, ...rest } = init;
    const { pathname, search } = new URL(url);
    return fetch(venue.url + pathname + search, rest);
  };
  const sockets = venue.url.replace('http:', 'ws:');
  const urls = exchange.urls as unknown as { api: { ws: Record<string, unknown> } };
  urls.api.ws.spot = `${sockets}/stream/ws`;
  urls.api.ws['ws-api'] = { spot: `${sockets}/ws-api/v3` };
  // Until it has run once, ccxt refuses plain ws://.
  await exchange.loadHttpProxyAgent();
  return exchange as unknown as SpotClient;
}

export async function fault(venue: Pick<Venue, 'url'>, request: Record<string, unknown>): Promise<void> {
  const response = await fetch(`${venue.url}/sim/faults`, { method: 'POST', body: JSON.stringify(request) });
  if (!response.ok) throw new Error(await response.text());
}

interface BalanceText {
  readonly free: string;
  readonly locked: string;
}

/** What `/sim/state` tells. */
export interface VenueState {
  readonly accounts: Record<string, Record<string, BalanceText>>;
  readonly totals: Record<string, string>;
  readonly openOrders: unknown[];
  readonly markets: Record<
    string,
    { bidPrice: string; askPrice: string; askQty: string; sequence: number; bookOrders: number }
  >;
}

export async function state(venue: Pick<Venue, 'url'>): Promise<VenueState> {
  return (await fetch(`${venue.url}/sim/state`)).json() as Promise<VenueState>;
}
