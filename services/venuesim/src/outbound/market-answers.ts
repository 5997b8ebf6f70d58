import { money } from '@portcullis/kernel';
import { amountText, priceText, quantityText, quoteMoney } from '../state/amounts.ts';
import { type Bar, INTERVALS, type Print } from '../state/bars.ts';
import { filterList } from '../state/filters.ts';
import type { Market } from '../state/market.ts';
import type { AggregatePrint } from '../state/market-statistics.ts';
import { ORDER_TYPES, PREVENTION_MODES, type PreventionMode } from '../state/order.ts';
import type { Answer } from './order-answers.ts';

/** One market in `exchangeInfo`. */
export function symbolAnswer(market: Market, prevention: PreventionMode): Answer {
  return {
    symbol: market.symbol,
    status: market.open ? 'TRADING' : 'BREAK',
    baseAsset: market.rules.base,
    baseAssetPrecision: 8,
    quoteAsset: market.rules.quote,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ORDER_TYPES,
    icebergAllowed: false,
    ocoAllowed: false,
    otoAllowed: false,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: false,
    cancelReplaceAllowed: true,
    amendAllowed: false,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: filterList(market),
    permissions: ['SPOT'],
    permissionSets: [['SPOT']],
    defaultSelfTradePreventionMode: prevention,
    allowedSelfTradePreventionModes: PREVENTION_MODES,
  };
}

/** `[price, quantity]` of the best levels. */
export function depthAnswer(market: Market, levelCount: number): Answer {
  const { bids, asks } = market.book.depth(levelCount);
  const pair = (level: { readonly price: number; readonly quantity: number }): string[] => [
    priceText(market.rules, level.price),
    quantityText(market.rules, level.quantity),
  ];
  return { lastUpdateId: market.sequence, bids: bids.map(pair), asks: asks.map(pair) };
}

export function printRow(market: Market, print: Print): Answer {
  return {
    id: print.id,
    price: priceText(market.rules, print.price),
    qty: quantityText(market.rules, print.quantity),
    quoteQty: amountText(quoteMoney(market.rules, BigInt(print.price) * BigInt(print.quantity))),
    time: print.at,
    isBuyerMaker: print.takerSide === 'SELL',
    isBestMatch: true,
  };
}

export function aggregateRow(market: Market, print: AggregatePrint): Answer {
  return {
    a: print.id,
    p: priceText(market.rules, print.price),
    q: quantityText(market.rules, print.quantity),
    f: print.firstId,
    l: print.lastId,
    T: print.at,
    m: print.takerSide === 'SELL',
    M: true,
  };
}

/** A bar as `/klines` shows it. */
export function barRow(market: Market, bar: Bar, interval: string): unknown[] {
  const { rules } = market;
  return [
    bar.openAt,
    priceText(rules, bar.open),
    priceText(rules, bar.high),
    priceText(rules, bar.low),
    priceText(rules, bar.close),
    quantityText(rules, bar.volume),
    bar.openAt + (INTERVALS[interval] ?? 0) - 1,
    amountText(quoteMoney(rules, bar.turnover)),
    bar.count,
    quantityText(rules, bar.takerBuyVolume),
    amountText(quoteMoney(rules, bar.takerBuyTurnover)),
    '0',
  ];
}

/** The touch as `/ticker/bookTicker` shows it; a side without orders is zero. */
export function touchAnswer(market: Market): Answer {
  const { rules } = market;
  const [bid, ask] = [market.book.bestBid(), market.book.bestAsk()];
  return {
    symbol: market.symbol,
    bidPrice: priceText(rules, bid?.price ?? 0),
    bidQty: quantityText(rules, bid?.quantity ?? 0),
    askPrice: priceText(rules, ask?.price ?? 0),
    askQty: quantityText(rules, ask?.quantity ?? 0),
  };
}

/** The last 24 hours as `/ticker/24hr` shows them; zeros before the first trade. */
export function dayAnswer(market: Market, at: number): Answer {
  const { rules } = market;
  const day = market.statistics.day(at);
  const price = (ticks: number | undefined): string => priceText(rules, ticks ?? 0);
  const change = day === undefined ? 0 : day.close - day.open;
  return {
    ...touchAnswer(market),
    priceChange: `${change < 0 ? '-' : ''}${priceText(rules, Math.abs(change))}`,
    priceChangePercent: day === undefined ? '0.000' : ((change / day.open) * 100).toFixed(3),
    weightedAvgPrice: price(day === undefined || day.volume === 0 ? 0 : Number(day.turnover / BigInt(day.volume))),
    prevClosePrice: price(day?.open),
    lastPrice: price(day?.close),
    lastQty: quantityText(rules, market.statistics.prints.at(-1)?.quantity ?? 0),
    openPrice: price(day?.open),
    highPrice: price(day?.high),
    lowPrice: price(day?.low),
    volume: quantityText(rules, day?.volume ?? 0),
    quoteVolume: amountText(day === undefined ? money(0n) : quoteMoney(rules, day.turnover)),
    openTime: day?.openAt ?? at,
    closeTime: at,
    firstId: day?.firstId ?? -1,
    lastId: day?.lastId ?? -1,
    count: day?.count ?? 0,
  };
}
