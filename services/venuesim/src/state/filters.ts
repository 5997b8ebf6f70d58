import { MONEY_SCALE, type Money, money, pow10 } from '@portcullis/kernel';
import { notional } from '@portcullis/market';
import { amountText, priceText, quantityText, quoteMoney } from './amounts.ts';
import type { Market } from './market.ts';
import { AVERAGE_PRICE_MINUTES } from './market-statistics.ts';
import { type AcceptedOrder, type OrderState, isStop } from './order.ts';
import { Refusal } from './refusal.ts';

/** The venue's rules beside those of the instrument. The defaults are those of Binance's large spot markets. */
export const VENUE_FILTERS = {
  /** How far from the average price an order may be, as multiples of it in tenths. */
  percentPriceTenthsUp: 50n,
  percentPriceTenthsDown: 2n,
  /** Largest order value in quote currency; orders at the market are exempt. */
  notionalMax: '9000000',
  /** Open orders of one account in one market. */
  ordersMax: 200,
  /** Of them, orders that wait for a trigger. */
  stopOrdersMax: 5,
} as const;

const NOTIONAL_MAX = money(BigInt(VENUE_FILTERS.notionalMax) * pow10(MONEY_SCALE));

/** Refuses an order that breaks a filter. `open`: the account's open orders in this market. */
export function checkFilters(market: Market, order: AcceptedOrder, open: readonly OrderState[], at: number): void {
  if (order.type !== 'MARKET') checkPrice(market, order.price, 'PRICE_FILTER');
  if (isStop(order.type)) checkPrice(market, order.stopPrice, 'PRICE_FILTER');
  const { quantityMin, quantityMax } = market.rules;
  const byAmount = order.quoteQuantity > 0n;
  if (!byAmount && (order.quantity < quantityMin || order.quantity > quantityMax)) {
    throw new Refusal('filter', 'LOT_SIZE');
  }
  checkPercentPrice(market, order, at);
  checkNotional(market, order, at);
  if (order.type !== 'MARKET' && open.length >= VENUE_FILTERS.ordersMax) throw new Refusal('filter', 'MAX_NUM_ORDERS');
  const stops = open.filter((other) => isStop(other.type) && !other.working).length;
  if (isStop(order.type) && stops >= VENUE_FILTERS.stopOrdersMax) throw new Refusal('filter', 'MAX_NUM_ALGO_ORDERS');
}

function checkPrice(market: Market, price: number, filter: string): void {
  if (price < market.rules.priceMin || price > market.rules.priceMax) throw new Refusal('filter', filter);
}

function checkPercentPrice(market: Market, order: AcceptedOrder, at: number): void {
  const average = market.referencePrice(at);
  if (order.type === 'MARKET' || average === undefined) return;
  const tenths = BigInt(order.price) * 10n;
  const { percentPriceTenthsUp, percentPriceTenthsDown } = VENUE_FILTERS;
  if (tenths > BigInt(average) * percentPriceTenthsUp || tenths < BigInt(average) * percentPriceTenthsDown) {
    throw new Refusal('filter', 'PERCENT_PRICE_BY_SIDE');
  }
}

function checkNotional(market: Market, order: AcceptedOrder, at: number): void {
  const atMarket = order.type === 'MARKET';
  const value = valueOf(market, order, at);
  if (value === undefined) return;
  if (value < market.rules.notionalMin || (!atMarket && value > NOTIONAL_MAX)) throw new Refusal('filter', 'NOTIONAL');
}

function valueOf(market: Market, order: AcceptedOrder, at: number): Money | undefined {
  if (order.quoteQuantity > 0n) return order.quoteQuantity;
  if (order.type !== 'MARKET') return notional(market.rules, order.price as never, order.quantity as never);
  const average = market.referencePrice(at);
  return average === undefined ? undefined : quoteMoney(market.rules, BigInt(average) * BigInt(order.quantity));
}

/** The filters as `exchangeInfo` lists them. */
export function filterList(market: Market): Record<string, unknown>[] {
  const { rules } = market;
  const tenths = (value: bigint): string => `${value / 10n}${value % 10n === 0n ? '' : `.${value % 10n}`}`;
  const up = tenths(VENUE_FILTERS.percentPriceTenthsUp);
  const down = tenths(VENUE_FILTERS.percentPriceTenthsDown);
  return [
    {
      filterType: 'PRICE_FILTER',
      minPrice: priceText(rules, rules.priceMin),
      maxPrice: priceText(rules, rules.priceMax),
      tickSize: priceText(rules, 1),
    },
    {
      filterType: 'LOT_SIZE',
      minQty: quantityText(rules, rules.quantityMin),
      maxQty: quantityText(rules, rules.quantityMax),
      stepSize: quantityText(rules, 1),
    },
    {
      filterType: 'PERCENT_PRICE_BY_SIDE',
      bidMultiplierUp: up,
      bidMultiplierDown: down,
      askMultiplierUp: up,
      askMultiplierDown: down,
      avgPriceMins: AVERAGE_PRICE_MINUTES,
    },
    {
      filterType: 'NOTIONAL',
      minNotional: amountText(rules.notionalMin),
      applyMinToMarket: true,
      maxNotional: amountText(NOTIONAL_MAX),
      applyMaxToMarket: false,
      avgPriceMins: AVERAGE_PRICE_MINUTES,
    },
    { filterType: 'MAX_NUM_ORDERS', maxNumOrders: VENUE_FILTERS.ordersMax },
    { filterType: 'MAX_NUM_ALGO_ORDERS', maxNumAlgoOrders: VENUE_FILTERS.stopOrdersMax },
  ];
}
