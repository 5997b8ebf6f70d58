import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

interface Order {
  readonly symbol: string;
  readonly orderId: number;
  readonly clientOrderId: string;
  readonly side: string;
  readonly type: string;
  readonly price: string;
  readonly origQty: string;
  executedQty: string;
  status: string;
}

/** What becomes of the next orders: taken and answered, taken without an answer, or lost on the way. */
export type Mood = 'answers' | 'silent' | 'deaf';

const SYMBOL = {
  symbol: 'BTCUSDT',
  status: 'TRADING',
  baseAsset: 'BTC',
  quoteAsset: 'USDT',
  baseAssetPrecision: 8,
  quotePrecision: 8,
  quoteAssetPrecision: 8,
  isSpotTradingAllowed: true,
  permissions: ['SPOT'],
  permissionSets: [['SPOT']],
  orderTypes: ['LIMIT', 'MARKET'],
  filters: [
    { filterType: 'PRICE_FILTER', minPrice: '0.01', maxPrice: '1000000', tickSize: '0.01' },
    { filterType: 'LOT_SIZE', minQty: '0.00001', maxQty: '9000', stepSize: '0.00001' },
  ],
};

/** Just enough of Binance's spot dialect for one bridge: orders rest until a test fills them. Its list of orders is the oracle. */
export class FakeVenue {
  readonly orders: Order[] = [];
  readonly trades: Record<string, unknown>[] = [];
  mood: Mood = 'answers';
  posts = 0;
  balances = { BTC: 10, USDT: 100_000 };
  readonly #server: http.Server;
  readonly #sockets = new Set<WebSocket>();

  private constructor() {
    this.#server = http.createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const url = new URL(request.url ?? '/', 'http://x');
        const answer = this.#answer(
          `${request.method} ${url.pathname}`,
          new URLSearchParams(url.search.slice(1) || Buffer.concat(chunks).toString()),
        );
        if (answer === undefined) return;
        response.writeHead('code' in answer ? 400 : 200, { 'content-type': 'application/json' });
        response.end(JSON.stringify('list' in answer ? answer['list'] : answer));
      });
    });
    const streams = new WebSocketServer({ server: this.#server });
    streams.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('message', (data: Buffer) =>
        socket.send(
          JSON.stringify({
            id: (JSON.parse(data.toString()) as { id: string }).id,
            status: 200,
            result: { subscriptionId: 0 },
          }),
        ),
      );
    });
  }

  static async start(): Promise<FakeVenue> {
    const venue = new FakeVenue();
    await new Promise<void>((resolve) => venue.#server.listen(0, '127.0.0.1', resolve));
    return venue;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get listeners(): number {
    return this.#sockets.size;
  }

  /** Executes all of a resting order and says so on the private stream, unless it is told to keep quiet. */
  fill(clientOrderId: string, { quiet = false } = {}): void {
    const order = this.orders.find((one) => one.clientOrderId === clientOrderId);
    if (order === undefined) throw new Error(`no order ${clientOrderId}`);
    order.status = 'FILLED';
    order.executedQty = order.origQty;
    const id = this.trades.length + 1;
    this.trades.push({
      symbol: order.symbol,
      id,
      orderId: order.orderId,
      price: order.price,
      qty: order.origQty,
      commission: '0',
      commissionAsset: 'USDT',
      time: Date.now(),
      isBuyer: order.side === 'BUY',
      isMaker: true,
    });
    const sign = order.side === 'BUY' ? 1 : -1;
    this.balances.BTC += sign * Number(order.origQty);
    this.balances.USDT -= sign * Number(order.origQty) * Number(order.price);
    if (!quiet) {
      this.#say({
        e: 'executionReport',
        s: order.symbol,
        c: clientOrderId,
        C: '',
        S: order.side,
        x: 'TRADE',
        X: 'FILLED',
        i: order.orderId,
        z: order.executedQty,
        l: order.origQty,
        L: order.price,
        n: '0',
        N: null,
        t: id,
        m: true,
        T: Date.now(),
        r: 'NONE',
      });
    }
  }

  dropStreams(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  stop(): void {
    this.dropStreams();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #say(event: unknown): void {
    for (const socket of this.#sockets) socket.send(JSON.stringify({ subscriptionId: 0, event }));
  }

  #answer(line: string, parameters: URLSearchParams): Record<string, unknown> | undefined {
    const order = this.orders.find(
      (one) =>
        String(one.orderId) === parameters.get('orderId') || one.clientOrderId === parameters.get('origClientOrderId'),
    );
    switch (line) {
      case 'GET /api/v3/exchangeInfo':
        return { timezone: 'UTC', serverTime: Date.now(), rateLimits: [], exchangeFilters: [], symbols: [SYMBOL] };
      case 'GET /api/v3/account':
        return {
          balances: Object.entries(this.balances).map(([asset, free]) => ({
            asset,
            free: free.toFixed(8),
            locked: '0.00000000',
          })),
        };
      case 'GET /api/v3/openOrders':
        return { list: this.orders.filter(({ status }) => status === 'NEW').map(row) };
      case 'GET /api/v3/myTrades':
        return {
          list: this.trades.filter(
            ({ id, orderId }) =>
              Number(id) >= Number(parameters.get('fromId') ?? 0) &&
              (parameters.get('orderId') ?? String(orderId)) === String(orderId),
          ),
        };
      case 'POST /api/v3/order':
        return this.#place(parameters);
      case 'GET /api/v3/order':
        return order === undefined ? { code: -2013, msg: 'Order does not exist.' } : row(order);
      case 'DELETE /api/v3/order':
        if (order?.status !== 'NEW') return { code: -2011, msg: 'Unknown order sent.' };
        order.status = 'CANCELED';
        return { ...row(order), clientOrderId: 'cancel', origClientOrderId: order.clientOrderId };
      default:
        return { code: -1, msg: `not here: ${line}` };
    }
  }

  #place(parameters: URLSearchParams): Record<string, unknown> | undefined {
    this.posts += 1;
    if (this.mood === 'deaf') return undefined;
    const text = (name: string): string => parameters.get(name) ?? '';
    const order: Order = {
      symbol: text('symbol'),
      orderId: 1000 + this.orders.length,
      clientOrderId: text('newClientOrderId'),
      side: text('side'),
      type: text('type'),
      price: text('price'),
      origQty: text('quantity'),
      executedQty: '0',
      status: 'NEW',
    };
    this.orders.push(order);
    return this.mood === 'silent' ? undefined : { ...row(order), fills: [] };
  }
}

function row(order: Order): Record<string, unknown> {
  return { ...order, transactTime: Date.now(), time: Date.now() };
}
