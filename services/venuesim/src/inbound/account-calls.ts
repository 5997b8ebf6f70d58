import { ZERO_MONEY } from '@portcullis/kernel';
import { type Answer, fillRow, orderRow } from '../outbound/order-answers.ts';
import { amountText } from '../state/amounts.ts';
import type { ApiKey } from '../state/key-ring.ts';
import { type Call, type Dialect, type SignedRequest, limitOf, marketOf } from './dialect.ts';
import type { Parameters } from './parameters.ts';

function account(dialect: Dialect, { key, parameters }: SignedRequest): Answer {
  const { makerBps, takerBps } = dialect.fees;
  const rate = (basisPoints: number): string => (basisPoints / 10_000).toFixed(8);
  const balances = dialect.engine.books.accounts
    .list(key.account)
    .filter(([, { free, locked }]) => parameters.find('omitZeroBalances') !== 'true' || free + locked > ZERO_MONEY)
    .map(([asset, { free, locked }]) => ({ asset, free: amountText(free), locked: amountText(locked) }));
  return {
    makerCommission: makerBps,
    takerCommission: takerBps,
    buyerCommission: 0,
    sellerCommission: 0,
    commissionRates: { maker: rate(makerBps), taker: rate(takerBps), buyer: rate(0), seller: rate(0) },
    canTrade: key.mayTrade,
    canWithdraw: false,
    canDeposit: false,
    brokered: false,
    requireSelfTradePrevention: false,
    preventSor: false,
    updateTime: dialect.engine.nowMillis(),
    accountType: 'SPOT',
    balances,
    permissions: ['SPOT'],
    uid: uidOf(key),
  };
}

/** A number for an account name: only equality means anything. */
function uidOf({ account: name }: ApiKey): number {
  return [...name].reduce((uid, letter) => (uid * 31 + letter.charCodeAt(0)) % 1_000_000_007, 7);
}

/** The newest rows, or from a time or an id on the first ones. */
function page<T>(
  rows: readonly T[],
  parameters: Parameters,
  reads: { id: (row: T) => number; at: (row: T) => number },
): T[] {
  const limit = limitOf(parameters, 500, 1000);
  const from = parameters.integer('startTime');
  const to = parameters.integer('endTime') ?? Number.MAX_SAFE_INTEGER;
  const fromId = parameters.integer('fromId');
  const inside = rows.filter(
    (row) => reads.at(row) >= (from ?? 0) && reads.at(row) <= to && reads.id(row) >= (fromId ?? 0),
  );
  return from === undefined && fromId === undefined ? inside.slice(-limit) : inside.slice(0, limit);
}

function allOrders(dialect: Dialect, { key, parameters }: SignedRequest): Answer[] {
  const { symbol } = marketOf(dialect, parameters);
  const fromOrder = parameters.integer('orderId') ?? 0;
  const orders = dialect.engine.books.orders.all(key.account, symbol).filter((order) => order.orderId >= fromOrder);
  const limit = limitOf(parameters, 500, 1000);
  if (fromOrder > 0) return orders.slice(0, limit).map(orderRow);
  return page(orders, parameters, { id: (order) => order.orderId, at: (order) => order.createdAt }).map(orderRow);
}

function myTrades(dialect: Dialect, { key, parameters }: SignedRequest): Answer[] {
  const { symbol } = marketOf(dialect, parameters);
  const ofOrder = parameters.integer('orderId');
  const fills = dialect.engine.books.orders
    .fills(key.account, symbol)
    .filter((fill) => ofOrder === undefined || fill.orderId === ofOrder);
  return page(fills, parameters, { id: (fill) => fill.tradeId, at: (fill) => fill.at }).map(fillRow);
}

/** The currencies, as the wallet product lists them for ccxt's default start-up. */
function wallet(dialect: Dialect, { key }: SignedRequest): Answer[] {
  const { accounts } = dialect.engine.books;
  return accounts.assets().map((coin) => {
    const { free, locked } = accounts.of(key.account, coin);
    return {
      coin,
      name: coin,
      depositAllEnable: false,
      withdrawAllEnable: false,
      free: amountText(free),
      locked: amountText(locked),
      freeze: '0',
      withdrawing: '0',
      ipoing: '0',
      ipoable: '0',
      storage: '0',
      isLegalMoney: false,
      trading: true,
      networkList: [],
    };
  });
}

/** What the key may do, as the wallet product tells it: never withdraw. */
function apiRestrictions(_dialect: Dialect, { key }: SignedRequest): Answer {
  return {
    ipRestrict: false,
    createTime: 0,
    enableReading: true,
    enableSpotAndMarginTrading: key.mayTrade,
    enableWithdrawals: false,
    enableInternalTransfer: false,
    permitsUniversalTransfer: false,
    enableMargin: false,
    enableFutures: false,
    enableVanillaOptions: false,
  };
}

/** The calls about an account's balances and past. */
export const accountCalls: readonly Call[] = [
  { rest: 'GET /api/v3/account', ws: 'account.status', weight: 20, security: 'read', answer: account },
  { rest: 'GET /api/v3/allOrders', ws: 'allOrders', weight: 20, security: 'read', answer: allOrders },
  { rest: 'GET /api/v3/myTrades', ws: 'myTrades', weight: 20, security: 'read', answer: myTrades },
  { rest: 'GET /sapi/v1/capital/config/getall', weight: 1, security: 'read', answer: wallet },
  { rest: 'GET /sapi/v1/account/apiRestrictions', weight: 1, security: 'read', answer: apiRestrictions },
  { rest: 'GET /sapi/v1/margin/allPairs', weight: 1, security: 'read', answer: () => [] },
  { rest: 'GET /sapi/v1/margin/isolated/allPairs', weight: 1, security: 'read', answer: () => [] },
];
