import type { FetchAnswer, FetchOptions } from './wire-http.ts';

/** A value that prints as stars and shows itself only on request. */
export interface Revealable {
  reveal(): string;
}

/** The few members of ccxt's Binance class that are used: raw endpoints, so that no number passes through a float. */
export interface CcxtBinance {
  fetchImplementation: (address: string, options: FetchOptions) => Promise<FetchAnswer>;
  readonly urls: { readonly api: { ws: Record<string, string | Record<string, string>> } };
  handleOrderUpdate: (client: unknown, message: unknown) => void;
  loadHttpProxyAgent(): Promise<unknown>;
  loadMarkets(): Promise<unknown>;
  authenticate(params: Readonly<Record<string, unknown>>): Promise<void>;
  watchOrders(symbol?: string): Promise<unknown>;
  close(): Promise<unknown>;
  privatePostOrder(params: Readonly<Record<string, string>>): Promise<unknown>;
  privateDeleteOrder(params: Readonly<Record<string, string>>): Promise<unknown>;
  privateGetOrder(params: Readonly<Record<string, string>>): Promise<unknown>;
  privateGetOpenOrders(params: Readonly<Record<string, string>>): Promise<unknown>;
  privateGetMyTrades(params: Readonly<Record<string, string>>): Promise<unknown>;
  privateGetAccount(params: Readonly<Record<string, string>>): Promise<unknown>;
}

export interface CcxtSettings {
  readonly apiKey: Revealable;
  readonly secret: Revealable;
  readonly timeoutMs: number;
  readonly recvWindowMs: number;
  readonly fetch: CcxtBinance['fetchImplementation'];
}

/** How long the private stream may be silent towards our pings before it counts as lost: twice this. */
const PING_EVERY_MS = 5_000;

/**
 * One instance of ccxt's Binance, spot only, never retrying. ccxt exports only its whole self; one venue's file is reached by
 * address, next to the entry point, so that the other hundred are not loaded.
 */
export async function makeCcxtBinance(settings: CcxtSettings): Promise<CcxtBinance> {
  const address = new URL('./src/pro/binance.js', import.meta.resolve('ccxt'));
  const { default: Binance } = (await import(address.href)) as {
    default: new (config: Readonly<Record<string, unknown>>) => CcxtBinance;
  };
  const venue = new Binance({
    apiKey: settings.apiKey.reveal(),
    secret: settings.secret.reveal(),
    timeout: settings.timeoutMs,
    enableRateLimit: true,
    // The other algorithm forgets idle time, and so makes a lone order wait for a budget that is there.
    rateLimiterAlgorithm: 'rollingWindow',
    newUpdates: true,
    streaming: { keepAlive: PING_EVERY_MS },
    options: {
      defaultType: 'spot',
      fetchMarkets: { types: ['spot'] },
      fetchCurrencies: false,
      fetchMargins: false,
      recvWindow: settings.recvWindowMs,
      maxRetriesOnFailure: 0,
      warnOnFetchOpenOrdersWithoutSymbol: false,
    },
  });
  venue.fetchImplementation = settings.fetch;
  return venue;
}
