import type { VenueOrder } from '@portcullis/contracts';
import type {
  BalanceReport,
  CancelOutcome,
  FillReport,
  FillsFrom,
  LookupOutcome,
  OrderReport,
  SendAnswer,
  SubmitOutcome,
} from '@portcullis/execution';
import { type OrderAddress, type PrivateStreamListener, VenueTrouble, type VenueTrading } from '../../trading-port.ts';
import { type CcxtBinance, type Revealable, makeCcxtBinance } from './ccxt-binance.ts';
import { listOf, parseBalances, parseOrder, parseOrderFills, parseTrade } from './parse-report.ts';
import { PrivateStream } from './private-stream.ts';
import { NotSent, classifyOrderError, isOrderNotFound, scrubbed } from './venue-errors.ts';
import { type Passage, PRODUCTION_ORIGIN, WireHttp } from './wire-http.ts';
import { parametersOf } from './wire-order.ts';

export interface BinanceSpotOptions {
  readonly apiKey: Revealable;
  readonly secret: Revealable;
  /** Where REST really goes; Binance itself when absent. ccxt keeps believing in Binance, so that errors keep their classes. */
  readonly restUrl?: string;
  /** The ws-api, for example `ws://127.0.0.1:1234/ws-api/v3`; Binance itself when absent. */
  readonly wsApiUrl?: string;
  /** How long the venue may accept a request after we signed it, milliseconds. */
  readonly recvWindowMs?: number;
  /** How long an answer is waited for, milliseconds. */
  readonly timeoutMs?: number;
}

const RECV_WINDOW_MS = 2_000;
const TIMEOUT_MS = 10_000;
const TRADES_PER_PAGE = 1_000;
/** Pages of executions that one call reads; more is a query that failed, never a list cut short. */
const TRADE_PAGES_MAX = 50;

type Clients = Readonly<Record<'submit' | 'cancel' | 'query' | 'stream', CcxtBinance>>;

/** Binance spot's private side. Submits, cancels and queries have a rate budget each, so that none waits behind another kind. */
export class BinanceSpotTrading implements VenueTrading {
  readonly #wire: WireHttp;
  readonly #secrets: readonly string[];
  readonly #clients: Clients;
  #stream: PrivateStream | undefined;

  private constructor(wire: WireHttp, secrets: readonly string[], clients: Clients) {
    this.#wire = wire;
    this.#secrets = secrets;
    this.#clients = clients;
  }

  static async open(options: BinanceSpotOptions): Promise<BinanceSpotTrading> {
    const wire = new WireHttp(options.restUrl ?? PRODUCTION_ORIGIN);
    const settings = {
      apiKey: options.apiKey,
      secret: options.secret,
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
      recvWindowMs: options.recvWindowMs ?? RECV_WINDOW_MS,
      fetch: wire.fetch,
    };
    const make = (): Promise<CcxtBinance> => makeCcxtBinance(settings);
    const [submit, cancel, query, stream] = await Promise.all([make(), make(), make(), make()]);
    if (options.wsApiUrl !== undefined) {
      (stream.urls.api.ws['ws-api'] as Record<string, string>)['spot'] = options.wsApiUrl;
      // ccxt refuses plain ws:// until this has run once.
      await stream.loadHttpProxyAgent();
    }
    return new BinanceSpotTrading(wire, [options.apiKey.reveal(), options.secret.reveal()], {
      submit,
      cancel,
      query,
      stream,
    });
  }

  async submit(order: VenueOrder, gate: () => SendAnswer): Promise<SubmitOutcome> {
    const parameters = parametersOf(order);
    if (!parameters.ok) return { kind: 'not-sent', reason: 'refused', detail: parameters.error };
    const passage: Passage = { approved: order, gate, written: false, httpStatus: undefined, code: undefined };
    this.#wire.open(passage);
    try {
      const answer = await this.#clients.submit.privatePostOrder(parameters.value);
      return { kind: 'accepted', report: parseOrder(answer), fills: parseOrderFills(answer) };
    } catch (error) {
      return this.#submitFailed(error, passage);
    } finally {
      this.#wire.close(passage);
    }
  }

  #submitFailed(error: unknown, passage: Passage): SubmitOutcome {
    const reason = scrubbed(error, this.#secrets);
    if (!passage.written) {
      return { kind: 'not-sent', reason: error instanceof NotSent ? error.reason : 'not-sent', detail: reason };
    }
    const verdict = classifyOrderError(error, passage);
    return verdict.kind === 'rejected' ? { kind: 'rejected', code: verdict.code, reason } : { kind: 'unknown', reason };
  }

  async cancel(order: OrderAddress): Promise<CancelOutcome> {
    try {
      const answer = await this.#clients.cancel.privateDeleteOrder(addressOf(order));
      return { kind: 'accepted', report: parseOrder(answer) };
    } catch (error) {
      return isOrderNotFound(error)
        ? { kind: 'unknown-order' }
        : { kind: 'failed', reason: scrubbed(error, this.#secrets) };
    }
  }

  async lookup(order: OrderAddress): Promise<LookupOutcome> {
    try {
      const report =
        (await this.#queryOrder(order)) ??
        (await this.openOrders(order.symbol)).find((open) => open.clientOrderId === order.clientOrderId);
      if (report === undefined) return { kind: 'not-found' };
      const fills = /^0(\.0+)?$/.test(report.executedQuantity) ? [] : await this.#tradesOf(report);
      return { kind: 'found', report, fills };
    } catch (error) {
      return { kind: 'failed', reason: scrubbed(error, this.#secrets) };
    }
  }

  async #queryOrder(order: OrderAddress): Promise<OrderReport | undefined> {
    try {
      return parseOrder(await this.#clients.query.privateGetOrder(addressOf(order)));
    } catch (error) {
      if (isOrderNotFound(error)) return undefined;
      throw error;
    }
  }

  async #tradesOf({ clientOrderId, symbol, venueOrderId }: OrderReport): Promise<readonly FillReport[]> {
    const answer = await this.#clients.query.privateGetMyTrades({
      symbol,
      orderId: venueOrderId,
      limit: String(TRADES_PER_PAGE),
    });
    return listOf(answer, 'trades').map((entry) => ({ ...parseTrade(entry), clientOrderId }));
  }

  async openOrders(symbol?: string): Promise<readonly OrderReport[]> {
    return this.#query('open orders', async (venue) => {
      const answer = await venue.privateGetOpenOrders(symbol === undefined ? {} : { symbol });
      return listOf(answer, 'open orders').map(parseOrder);
    });
  }

  async fills(from: FillsFrom): Promise<readonly FillReport[]> {
    return this.#query(`trades of ${from.symbol}`, async (venue) => {
      const fills: FillReport[] = [];
      let cursor: Readonly<Record<string, string>> =
        from.tradeId === undefined ? { startTime: String(Math.floor(from.since / 1000)) } : { fromId: from.tradeId };
      for (let page = 0; page < TRADE_PAGES_MAX; page++) {
        const answer = await venue.privateGetMyTrades({
          symbol: from.symbol,
          limit: String(TRADES_PER_PAGE),
          ...cursor,
        });
        const trades = listOf(answer, 'trades').map(parseTrade);
        fills.push(...trades);
        const last = trades.at(-1);
        if (last === undefined || trades.length < TRADES_PER_PAGE) return fills;
        cursor = { fromId: String(BigInt(last.tradeId) + 1n) };
      }
      throw new VenueTrouble(
        `more than ${TRADE_PAGES_MAX * TRADES_PER_PAGE} trades of ${from.symbol} since the last sweep`,
      );
    });
  }

  async balances(): Promise<readonly BalanceReport[]> {
    return this.#query('balances', async (venue) => parseBalances(await venue.privateGetAccount({})));
  }

  async #query<T>(what: string, ask: (venue: CcxtBinance) => Promise<T>): Promise<T> {
    try {
      return await ask(this.#clients.query);
    } catch (error) {
      throw new VenueTrouble(`${what}: ${scrubbed(error, this.#secrets)}`);
    }
  }

  watch(listener: PrivateStreamListener): void {
    this.#stream = new PrivateStream({
      venue: this.#clients.stream,
      listener,
      scrub: (error) => scrubbed(error, this.#secrets),
    });
    void this.#stream.run();
  }

  async close(): Promise<void> {
    await this.#stream?.stop();
    this.#wire.destroy();
  }
}

/** The venue's own id where it is known: a client id may be used again once its order has ended. */
function addressOf(order: OrderAddress): Readonly<Record<string, string>> {
  return order.venueOrderId === undefined
    ? { symbol: order.symbol, origClientOrderId: order.clientOrderId }
    : { symbol: order.symbol, orderId: order.venueOrderId };
}
