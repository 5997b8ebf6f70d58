import { type Money, assert, required } from '@portcullis/kernel';
import { baseAmount, formatPrice, formatQuantity, notional } from '@portcullis/market';
import type { BookEvent, TradeExecuted } from '@portcullis/matching';
import { formatMoney } from '@portcullis/kernel';
import { commissionOf } from './amounts.ts';
import { bookOrder } from './book-order.ts';
import { checkFilters } from './filters.ts';
import { checkFunds } from './funds.ts';
import type { Ledger } from './ledger.ts';
import type { LedgerEntry, RequestOrigin, TradeParty } from './ledger-record.ts';
import type { Market } from './market.ts';
import { type AcceptedOrder, type FillState, type OrderState, isOpen, isStop } from './order.ts';
import { Refusal } from './refusal.ts';
import type { VenueBooks } from './venue-books.ts';

/** What an account is told of its own orders, while it happens. */
export interface AccountListener {
  executed(report: ExecutionReport): void;
  /** Balances of these assets may have changed. */
  balancesChanged(account: string, assets: readonly string[], at: number): void;
}

export interface ExecutionReport {
  readonly kind: 'NEW' | 'TRADE' | 'CANCELED' | 'EXPIRED' | 'TRADE_PREVENTION';
  readonly order: OrderState;
  readonly fill?: FillState;
  /** The client id of the cancel request. */
  readonly cancelId?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A print of the recording that is being replayed. */
export interface RecordedPrint {
  readonly price: number;
  readonly quantity: number;
  readonly takerSide: 'BUY' | 'SELL';
}

export type OrderDraft = Omit<AcceptedOrder, 'orderId'>;

interface Cause {
  readonly order?: AcceptedOrder;
  readonly request?: RequestOrigin;
  readonly cancelId?: string;
}

/**
 * The venue's one door for everything that changes an order. Each effect is in the ledger before it is told, and
 * balances, orders and fills follow from the ledger alone.
 */
export class VenueEngine {
  readonly books: VenueBooks;
  readonly markets: ReadonlyMap<string, Market>;
  readonly #ledger: Ledger;
  readonly #listener: AccountListener;
  readonly #fees: { readonly makerBps: number; readonly takerBps: number };
  readonly #wallMicros: () => number;

  constructor(options: {
    readonly books: VenueBooks;
    readonly markets: ReadonlyMap<string, Market>;
    readonly ledger: Ledger;
    readonly listener: AccountListener;
    readonly fees: { readonly makerBps: number; readonly takerBps: number };
    readonly wallMicros: () => number;
  }) {
    this.books = options.books;
    this.markets = options.markets;
    this.#ledger = options.ledger;
    this.#listener = options.listener;
    this.#fees = options.fees;
    this.#wallMicros = options.wallMicros;
  }

  nowMillis(): number {
    return Math.floor(this.#wallMicros() / 1000);
  }

  /** Refuses what {@link place} would refuse before the book sees it. */
  check(draft: OrderDraft): void {
    const market = this.#market(draft.symbol);
    const order = { ...draft, orderId: 0 };
    if (!market.open) throw new Refusal('marketClosed');
    const open = this.books.orders.open(order.account, order.symbol);
    const twin = this.books.orders.findByClientId(order.account, order.symbol, order.clientOrderId);
    if (twin !== undefined && isOpen(twin)) throw new Refusal('duplicateOrder');
    checkFilters(market, order, open, this.nowMillis());
    checkFunds(market, order, open, this.books.accounts);
  }

  /** Takes an order in, or throws a {@link Refusal}. Returns the order with the fills that it had at once. */
  place(
    draft: OrderDraft,
    request: RequestOrigin,
  ): { readonly order: OrderState; readonly fills: readonly FillState[] } {
    this.check(draft);
    const market = this.#market(draft.symbol);
    const orderId = this.books.orderIdNext;
    const clientOrderId = draft.clientOrderId === '' ? `sim${orderId}` : draft.clientOrderId;
    const order = { ...draft, orderId, clientOrderId };
    const events = market.book.submit(bookOrder(market, order, order.quantity));
    const [first] = events;
    if (first?.kind === 'rejected') throw refusalOf(first.reason);
    const fills = this.absorb(market, events, { order, request }).filter((fill) => fill.orderId === orderId);
    return { order: this.books.order(order.account, orderId), fills };
  }

  cancel(order: OrderState, cancelId: string, request: RequestOrigin): OrderState {
    if (!isOpen(order)) throw new Refusal('unknownOrder');
    const market = this.#market(order.symbol);
    this.absorb(market, market.book.cancel(String(order.orderId)), { request, cancelId });
    return order;
  }

  /** Writes a refused request down. */
  refused(type: 'order-refused' | 'cancel-refused', account: string, refusal: Refusal, request: RequestOrigin): void {
    this.#record({ type, account, code: refusal.code, msg: refusal.message, request });
  }

  /** Puts the open orders of the ledger back into the books of a fresh process, in the order of their acceptance. */
  restoreOpenOrders(): { readonly restored: number; readonly expired: number } {
    let restored = 0;
    let expired = 0;
    for (const order of this.books.orders.allOpen()) {
      const market = this.markets.get(order.symbol);
      const same =
        market !== undefined && this.books.definitions.get(order.symbol) === JSON.stringify(market.definition);
      if (same) {
        const waiting = isStop(order.type) && !order.working;
        const resting = waiting ? order : { ...order, type: 'LIMIT' as const };
        const events = market.book.submit(bookOrder(market, resting, order.quantity - order.executed));
        assert(events.length === 1 && events[0]?.kind === 'accepted', 'restored orders do not meet');
        restored++;
      } else {
        const { account, orderId } = order;
        this.#record({ type: 'order-expired', account, orderId, reason: 'market-closed' });
        expired++;
      }
    }
    return { restored, expired };
  }

  /**
   * Takes in what a command to a market's book did: ledger, balances, reports, public trades. With `print`, the
   * public sees the recorded print, less what of it went to orders of parties. Returns the fills of accounts.
   */
  absorb(market: Market, events: readonly BookEvent[], cause: Cause = {}, print?: RecordedPrint): FillState[] {
    const at = this.nowMillis();
    const fills: FillState[] = [];
    const trades = [];
    const touched = new Set<string>();
    for (const [index, event] of events.entries()) {
      if (event.kind === 'trade') {
        const tradeId = market.nextTradeId();
        fills.push(...this.#trade(market, tradeId, events, index));
        const takerSide = sideText(event.takerSide);
        trades.push({ id: tradeId, price: event.price, quantity: event.quantity, takerSide });
        if (isAccount(event.takerParty)) touched.add(event.takerParty);
        if (isAccount(event.makerParty)) touched.add(event.makerParty);
      } else if (event.kind !== 'cancel-rejected' && event.kind !== 'rejected') {
        const party = event.kind === 'accepted' ? event.order.party : event.party;
        if (!isAccount(party)) continue;
        this.#lifecycle(event, cause, at);
        touched.add(party);
      }
    }
    if (print !== undefined) {
      const own = trades.reduce((sum, trade) => sum + trade.quantity, 0);
      if (print.quantity > own) trades.push({ ...print, id: market.nextTradeId(), quantity: print.quantity - own });
    }
    market.publish(trades, at);
    for (const account of touched) {
      this.#listener.balancesChanged(account, [market.rules.base, market.rules.quote], at);
    }
    return fills;
  }

  #trade(market: Market, tradeId: number, events: readonly BookEvent[], index: number): FillState[] {
    const event = events[index] as TradeExecuted;
    const taker = this.#tradeParty(market, event, 'taker');
    const maker = this.#tradeParty(market, event, 'maker');
    if (taker === null && maker === null) return [];
    this.#record({
      type: 'trade',
      symbol: market.symbol,
      tradeId,
      price: formatPrice(market.rules, event.price),
      quantity: formatQuantity(market.rules, event.quantity),
      takerSide: sideText(event.takerSide),
      taker,
      maker,
    });
    const fills: FillState[] = [];
    for (const party of [taker, maker]) {
      if (party === null) continue;
      const { account, orderId } = party;
      const order = this.books.order(account, orderId);
      if (isFilledNext(events, index, String(orderId))) this.#record({ type: 'order-filled', account, orderId });
      const fill = required(this.books.orders.newestFill(account, orderId, tradeId), 'fill of a trade');
      fills.push(fill);
      this.#listener.executed({ kind: 'TRADE', order, fill, at: fill.at });
    }
    return fills;
  }

  #tradeParty(market: Market, event: TradeExecuted, role: 'taker' | 'maker'): TradeParty | null {
    const party = role === 'taker' ? event.takerParty : event.makerParty;
    const orderId = role === 'taker' ? event.takerOrderId : event.makerOrderId;
    if (orderId === null || !isAccount(party)) return null;
    const buys = (event.takerSide === 'buy') === (role === 'taker');
    const { rules } = market;
    const received: Money = buys ? baseAmount(rules, event.quantity) : notional(rules, event.price, event.quantity);
    const rate = role === 'taker' ? this.#fees.takerBps : this.#fees.makerBps;
    return {
      account: party,
      orderId: Number(orderId),
      commission: formatMoney(commissionOf(received, rate)),
      commissionAsset: buys ? rules.base : rules.quote,
    };
  }

  #lifecycle(
    event: Exclude<BookEvent, { kind: 'trade' | 'rejected' | 'cancel-rejected' }>,
    cause: Cause,
    at: number,
  ): void {
    if (event.kind === 'accepted') {
      const accepted = required(cause.order, 'order that was accepted');
      const market = this.#market(accepted.symbol);
      this.#record(acceptedEntry(market, accepted, required(cause.request, 'request of an order')));
      const order = this.books.order(accepted.account, accepted.orderId);
      this.#listener.executed({ kind: 'NEW', order, at });
      return;
    }
    const order = this.books.order(event.party, Number(event.orderId));
    const { account, orderId } = order;
    switch (event.kind) {
      case 'triggered':
        this.#record({ type: 'order-triggered', account, orderId });
        this.#listener.executed({ kind: 'NEW', order, at });
        return;
      case 'canceled': {
        const cancelId = cause.cancelId === undefined || cause.cancelId === '' ? `cancel${orderId}` : cause.cancelId;
        const request = required(cause.request, 'request of a cancel');
        this.#record({ type: 'order-canceled', account, orderId, cancelId, request });
        this.#listener.executed({ kind: 'CANCELED', order, cancelId, at });
        return;
      }
      case 'expired': {
        // Already told as filled with its last trade.
        if (!isOpen(order)) return;
        this.#record({ type: 'order-expired', account, orderId, reason: event.reason });
        this.#listener.executed({ kind: event.reason === 'self-trade' ? 'TRADE_PREVENTION' : 'EXPIRED', order, at });
        return;
      }
      case 'filled':
    }
  }

  #record(entry: LedgerEntry): void {
    this.books.apply(this.#ledger.append(entry));
  }

  #market(symbol: string): Market {
    return required(this.markets.get(symbol), 'market of an order');
  }
}

/** Whether a party is an account, rather than the flow or one of the generated crowd. */
function isAccount(party: string): boolean {
  return !party.startsWith('~') && !party.startsWith('*');
}

function sideText(side: 'buy' | 'sell'): 'BUY' | 'SELL' {
  return side === 'buy' ? 'BUY' : 'SELL';
}

/** Whether the trade at `index` is the last of an order that then has all it wanted (or all its amount pays for). */
function isFilledNext(events: readonly BookEvent[], index: number, orderId: string): boolean {
  for (const event of events.slice(index + 1)) {
    if (event.kind === 'trade' && (event.takerOrderId === orderId || event.makerOrderId === orderId)) return false;
    if (event.kind === 'filled' && event.orderId === orderId) return true;
    if (event.kind === 'expired' && event.orderId === orderId) return event.reason === 'notional-below-lot';
  }
  return false;
}

function acceptedEntry(market: Market, order: AcceptedOrder, request: RequestOrigin): LedgerEntry {
  const { rules } = market;
  const { orderId, account, symbol, clientOrderId, side, timeInForce, prevention } = order;
  return {
    type: 'order-accepted',
    orderId,
    account,
    symbol,
    clientOrderId,
    side,
    orderType: order.type,
    timeInForce,
    price: formatPrice(rules, order.price as never),
    stopPrice: formatPrice(rules, order.stopPrice as never),
    quantity: formatQuantity(rules, order.quantity as never),
    quoteQuantity: formatMoney(order.quoteQuantity),
    prevention,
    request,
  };
}

function refusalOf(reason: Extract<BookEvent, { kind: 'rejected' }>['reason']): Refusal {
  switch (reason) {
    case 'would-take':
      return new Refusal('wouldTake');
    case 'would-trigger':
      return new Refusal('wouldTrigger');
    case 'invalid-price':
      return new Refusal('filter', 'PRICE_FILTER');
    case 'invalid-quantity':
      return new Refusal('invalidQuantity');
    case 'order-count-max':
    case 'level-quantity-max':
      return new Refusal('filter', 'EXCHANGE_MAX_NUM_ORDERS');
    case 'duplicate-order-id':
    case 'reserved-party':
      return assert(false, `the venue sent an order that its book refuses: ${reason}`) as never;
  }
}
