import type { FetchAnswer, FetchOptions } from '../binance/trading/wire-http.ts';

export type CcxtFetch = (address: string, options: FetchOptions) => Promise<FetchAnswer>;

/** The few members of a ccxt.pro class that are used. What they answer is read member by member, so it is unknown here. */
export interface CcxtVenue {
  fetchImplementation: CcxtFetch;
  readonly has: Readonly<Record<string, boolean | string | undefined>>;
  readonly urls: { readonly api: { ws: unknown } };
  loadHttpProxyAgent(): Promise<unknown>;
  loadMarkets(): Promise<unknown>;
  market(symbol: string): { readonly id: string };
  watchTrades(symbol: string): Promise<unknown>;
  watchBidsAsks(symbols: readonly string[]): Promise<unknown>;
  watchTicker(symbol: string): Promise<unknown>;
  watchOrderBook(symbol: string): Promise<unknown>;
  watchOHLCV(symbol: string, timeframe: string): Promise<unknown>;
  close(): Promise<unknown>;
}

/** Where a venue is, for one that is not at its production addresses. */
export interface CcxtConnection {
  /** ccxt's own configuration: `timeout`, `options` and the like. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly fetchImplementation?: CcxtFetch;
  /** Put over ccxt's `urls.api.ws`. */
  readonly wsUrls?: Readonly<Record<string, unknown>>;
}

const EXCHANGE_ID = /^[a-z][a-z0-9]{1,40}$/;
/** How long a stream may be silent towards ccxt's pings before it counts as lost: twice this. */
const PING_EVERY_MS = 10_000;

/**
 * One instance of ccxt.pro's class of a venue. ccxt exports only its whole self; one venue's file is reached by address,
 * next to the entry point, so that the other hundred are not loaded. Throws where ccxt.pro knows no such venue.
 */
export async function loadCcxtVenue(exchangeId: string, connection: CcxtConnection): Promise<CcxtVenue> {
  if (!EXCHANGE_ID.test(exchangeId)) throw new Error(`${JSON.stringify(exchangeId)} is no name of a venue in ccxt`);
  const address = new URL(`./src/pro/${exchangeId}.js`, import.meta.resolve('ccxt'));
  const { default: Venue } = (await import(address.href).catch((error: unknown) => {
    throw new Error(`ccxt.pro knows no venue ${exchangeId}`, { cause: error });
  })) as { default: new (config: Readonly<Record<string, unknown>>) => CcxtVenue };
  const venue = new Venue({
    enableRateLimit: true,
    // Each answer has what is new since the one before, instead of everything that ccxt remembers.
    newUpdates: true,
    streaming: { keepAlive: PING_EVERY_MS },
    ...connection.settings,
  });
  if (connection.fetchImplementation !== undefined) venue.fetchImplementation = connection.fetchImplementation;
  if (connection.wsUrls !== undefined) {
    venue.urls.api.ws = { ...(venue.urls.api.ws as object), ...connection.wsUrls };
    // Until it has run once, ccxt refuses plain ws://.
    await venue.loadHttpProxyAgent();
  }
  return venue;
}
