import { required } from '@portcullis/kernel';
import { type FillState, type OrderState, isOpen } from './order.ts';

/** Ended orders that an account can still ask for; the oldest are forgotten, as a venue archives them. */
const ENDED_ORDERS_MAX = 20_000;
/** Fills that an account can still ask for. */
const FILLS_MAX = 50_000;

interface AccountOrders {
  /** In the order of acceptance. */
  readonly orders: Map<number, OrderState>;
  readonly open: Set<number>;
  /** The newest order of each client id, by symbol and id. */
  readonly byClientId: Map<string, number>;
  fills: FillState[];
}

/** The orders and fills of all accounts, bounded per account. */
export class OrderStore {
  readonly #accounts = new Map<string, AccountOrders>();
  #openCount = 0;

  /** Open orders of all accounts. */
  get openCount(): number {
    return this.#openCount;
  }

  add(order: OrderState): void {
    const own = this.#own(order.account);
    own.orders.set(order.orderId, order);
    own.open.add(order.orderId);
    own.byClientId.set(clientKey(order.symbol, order.clientOrderId), order.orderId);
    this.#openCount++;
  }

  /** Takes an order that ended off the open ones, and forgets the oldest ended ones beyond the limit. */
  settle(order: OrderState): void {
    const own = this.#own(order.account);
    if (own.open.delete(order.orderId)) this.#openCount--;
    if (own.orders.size - own.open.size <= ENDED_ORDERS_MAX) return;
    for (const old of own.orders.values()) {
      if (isOpen(old)) continue;
      own.orders.delete(old.orderId);
      const key = clientKey(old.symbol, old.clientOrderId);
      if (own.byClientId.get(key) === old.orderId) own.byClientId.delete(key);
      return;
    }
  }

  addFill(account: string, fill: FillState): void {
    const own = this.#own(account);
    own.fills.push(fill);
    if (own.fills.length > FILLS_MAX * 1.1) own.fills = own.fills.slice(-FILLS_MAX);
  }

  find(account: string, orderId: number): OrderState | undefined {
    return this.#accounts.get(account)?.orders.get(orderId);
  }

  /** The open order with this client id, or the newest that had it: the id is unique among open orders only. */
  findByClientId(account: string, symbol: string, clientOrderId: string): OrderState | undefined {
    const orderId = this.#accounts.get(account)?.byClientId.get(clientKey(symbol, clientOrderId));
    return orderId === undefined ? undefined : this.find(account, orderId);
  }

  open(account: string, symbol?: string): OrderState[] {
    const own = this.#accounts.get(account);
    if (own === undefined) return [];
    return [...own.open]
      .map((orderId) => required(own.orders.get(orderId), 'open order'))
      .filter((order) => symbol === undefined || order.symbol === symbol);
  }

  /** All open orders, in the order of acceptance. */
  allOpen(): OrderState[] {
    return [...this.#accounts.keys()].flatMap((account) => this.open(account)).sort((a, b) => a.orderId - b.orderId);
  }

  all(account: string, symbol: string): OrderState[] {
    return [...(this.#accounts.get(account)?.orders.values() ?? [])].filter((order) => order.symbol === symbol);
  }

  /** The fill of an order in a trade that has just been added. */
  newestFill(account: string, orderId: number, tradeId: number): FillState | undefined {
    return this.#own(account).fills.findLast((fill) => fill.tradeId === tradeId && fill.orderId === orderId);
  }

  fills(account: string, symbol: string): FillState[] {
    return (this.#accounts.get(account)?.fills ?? []).filter((fill) => fill.symbol === symbol);
  }

  #own(account: string): AccountOrders {
    let own = this.#accounts.get(account);
    if (own === undefined) {
      own = { orders: new Map(), open: new Set(), byClientId: new Map(), fills: [] };
      this.#accounts.set(account, own);
    }
    return own;
  }
}

function clientKey(symbol: string, clientOrderId: string): string {
  return `${symbol}|${clientOrderId}`;
}
