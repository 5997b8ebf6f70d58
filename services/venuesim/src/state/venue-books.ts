import {
  type Money,
  type Result,
  ZERO_MONEY,
  assert,
  money,
  parseMoney,
  required,
  unreachable,
} from '@portcullis/kernel';
import {
  type InstrumentRules,
  baseAmount,
  instrumentRules,
  notional,
  parsePrice,
  parseQuantity,
} from '@portcullis/market';
import { Accounts, FEES_ACCOUNT, MARKET_ACCOUNT } from './accounts.ts';
import type { LedgerRecord, TradeParty } from './ledger-record.ts';
import { OrderStore } from './order-store.ts';
import { type FillState, type OrderState, isOpen, isStop } from './order.ts';

type Accepted = Extract<LedgerRecord, { type: 'order-accepted' }>;
type Traded = Extract<LedgerRecord, { type: 'trade' }>;

/**
 * Balances, orders and fills as a function of the ledger: the running venue and a restart go through the same door,
 * so that a restart finds the same accounts to the last digit.
 */
export class VenueBooks {
  readonly accounts = new Accounts();
  readonly orders = new OrderStore();
  /** Rules of every instrument that was ever traded here, as of its last opening. */
  readonly rules = new Map<string, InstrumentRules>();
  orderIdNext = 1;
  tradeIdLast = 0;
  /** Definition texts by symbol, to see whether an instrument changed. */
  readonly definitions = new Map<string, string>();

  apply(record: LedgerRecord): void {
    switch (record.type) {
      case 'venue-started':
      case 'venue-stopped':
      case 'order-refused':
      case 'cancel-refused':
        return;
      case 'market-opened':
        this.rules.set(record.definition.symbol, parsed(instrumentRules(record.definition)));
        this.definitions.set(record.definition.symbol, JSON.stringify(record.definition));
        return;
      case 'account-funded':
        for (const [asset, amount] of Object.entries(record.balances)) {
          this.accounts.fund(record.account, asset, parsed(parseMoney(amount)));
        }
        return;
      case 'order-accepted':
        this.#accept(record);
        return;
      case 'trade':
        this.#trade(record);
        return;
      case 'order-triggered': {
        const order = this.order(record.account, record.orderId);
        order.working = true;
        order.workingAt = order.updatedAt = millis(record.at);
        return;
      }
      case 'order-filled':
      case 'order-canceled':
      case 'order-expired':
        this.#end(record);
        return;
      default:
        unreachable(record);
    }
  }

  order(account: string, orderId: number): OrderState {
    return required(this.orders.find(account, orderId), 'order of a ledger record');
  }

  rulesOf(symbol: string): InstrumentRules {
    return required(this.rules.get(symbol), 'rules of an instrument');
  }

  #accept(record: Accepted): void {
    const rules = this.rulesOf(record.symbol);
    const at = millis(record.at);
    const order: OrderState = {
      rules,
      orderId: record.orderId,
      account: record.account,
      symbol: record.symbol,
      clientOrderId: record.clientOrderId,
      side: record.side,
      type: record.orderType,
      timeInForce: record.timeInForce,
      price: parsed(parsePrice(rules, record.price)),
      stopPrice: parsed(parsePrice(rules, record.stopPrice)),
      quantity: parsed(parseQuantity(rules, record.quantity)),
      quoteQuantity: parsed(parseMoney(record.quoteQuantity)),
      prevention: record.prevention,
      status: 'NEW',
      executed: 0,
      executedQuote: ZERO_MONEY,
      locked: ZERO_MONEY,
      working: !isStop(record.orderType),
      createdAt: at,
      updatedAt: at,
      workingAt: at,
    };
    // Orders at the market pay as they trade; a limit bounds what the others can cost.
    if (order.type !== 'MARKET') order.locked = reservation(rules, order, order.quantity);
    this.accounts.lock(order.account, lockedAsset(rules, order), order.locked);
    this.orders.add(order);
    this.orderIdNext = Math.max(this.orderIdNext, order.orderId + 1);
  }

  #trade(record: Traded): void {
    const rules = this.rulesOf(record.symbol);
    const price = parsed(parsePrice(rules, record.price));
    const quantity = parsed(parseQuantity(rules, record.quantity));
    const quote = notional(rules, price, quantity);
    const base = baseAmount(rules, quantity);
    const takerBuys = record.takerSide === 'BUY';
    const buyer = takerBuys ? record.taker : record.maker;
    const seller = takerBuys ? record.maker : record.taker;
    for (const party of [record.taker, record.maker]) {
      if (party !== null) this.#release(rules, this.order(party.account, party.orderId), quantity);
    }
    const buyerAccount = buyer?.account ?? MARKET_ACCOUNT;
    const sellerAccount = seller?.account ?? MARKET_ACCOUNT;
    this.accounts.pay(sellerAccount, buyerAccount, rules.base, base);
    this.accounts.pay(buyerAccount, sellerAccount, rules.quote, quote);
    for (const party of [record.taker, record.maker]) {
      if (party === null) continue;
      const commission = parsed(parseMoney(party.commission));
      this.accounts.pay(party.account, FEES_ACCOUNT, party.commissionAsset, commission);
      const isMaker = party === record.maker;
      const order = this.order(party.account, party.orderId);
      order.executed += quantity;
      order.executedQuote = money(order.executedQuote + quote);
      order.status = order.quantity > 0 && order.executed === order.quantity ? 'FILLED' : 'PARTIALLY_FILLED';
      order.updatedAt = millis(record.at);
      this.orders.addFill(party.account, fillOf(record, party, { order, price, quantity, quote, commission, isMaker }));
    }
    this.tradeIdLast = Math.max(this.tradeIdLast, record.tradeId);
  }

  /** Frees what was set aside for the lots that trade now. */
  #release(rules: InstrumentRules, order: OrderState, quantity: number): void {
    if (order.locked === 0n) return;
    const part = reservation(rules, order, quantity);
    order.locked = money(order.locked - part);
    this.accounts.unlock(order.account, lockedAsset(rules, order), part);
  }

  #end(record: Extract<LedgerRecord, { type: 'order-filled' | 'order-canceled' | 'order-expired' }>): void {
    const order = this.order(record.account, record.orderId);
    assert(isOpen(order) || record.type === 'order-filled', 'an order ends once');
    this.accounts.unlock(order.account, lockedAsset(order.rules, order), order.locked);
    order.locked = ZERO_MONEY;
    order.updatedAt = millis(record.at);
    if (record.type === 'order-filled') order.status = 'FILLED';
    else if (record.type === 'order-canceled') order.status = 'CANCELED';
    else order.status = record.reason === 'self-trade' ? 'EXPIRED_IN_MATCH' : 'EXPIRED';
    this.orders.settle(order);
  }
}

/** What `lots` of an order need set aside: their value at its limit for buys, themselves for sells. */
export function reservation(rules: InstrumentRules, order: Pick<OrderState, 'side' | 'price'>, lots: number): Money {
  return order.side === 'BUY' ? notional(rules, order.price as never, lots as never) : baseAmount(rules, lots as never);
}

function lockedAsset(rules: InstrumentRules, order: Pick<OrderState, 'side'>): string {
  return order.side === 'BUY' ? rules.quote : rules.base;
}

function fillOf(
  record: Traded,
  party: TradeParty,
  facts: {
    readonly order: OrderState;
    readonly price: number;
    readonly quantity: number;
    readonly quote: Money;
    readonly commission: Money;
    readonly isMaker: boolean;
  },
): FillState {
  const { order, ...rest } = facts;
  return {
    ...rest,
    rules: order.rules,
    tradeId: record.tradeId,
    orderId: order.orderId,
    symbol: record.symbol,
    commissionAsset: party.commissionAsset,
    isBuyer: order.side === 'BUY',
    at: millis(record.at),
  };
}

function millis(atMicros: number): number {
  return Math.floor(atMicros / 1000);
}

/** A value of the ledger: what does not parse was not written by this code. */
function parsed<T>(result: Result<T, { readonly expected: string }>): T {
  assert(result.ok, 'a ledger record has a value that does not parse');
  return result.value;
}
