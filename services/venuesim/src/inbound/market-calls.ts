import {
  aggregateRow,
  barRow,
  dayAnswer,
  depthAnswer,
  printRow,
  symbolAnswer,
  touchAnswer,
} from '../outbound/market-answers.ts';
import { priceText } from '../state/amounts.ts';
import { INTERVALS } from '../state/bars.ts';
import { AVERAGE_PRICE_MINUTES } from '../state/market-statistics.ts';
import { Refusal } from '../state/refusal.ts';
import { type Call, type Dialect, type VenueRequest, limitOf, marketOf, marketsOf } from './dialect.ts';
import type { Parameters } from './parameters.ts';

const DEPTH_MAX = 5000;

function depthWeight(parameters: Parameters): number {
  const limit = limitOf(parameters, 100, DEPTH_MAX);
  if (limit <= 100) return 5;
  if (limit <= 500) return 25;
  return limit <= 1000 ? 50 : 250;
}

/** One weight for one market, another for all of them. */
function perMarket(one: number, all: number): (parameters: Parameters) => number {
  return (parameters) => (parameters.find('symbol') === undefined ? all : one);
}

/** One answer for `symbol`, a list without it. */
function oneOrAll(
  dialect: Dialect,
  { parameters }: VenueRequest,
  answer: (market: ReturnType<typeof marketOf>) => unknown,
): unknown {
  if (parameters.find('symbol') !== undefined) return answer(marketOf(dialect, parameters));
  return marketsOf(dialect, parameters).map(answer);
}

function exchangeInfo(dialect: Dialect, { parameters }: VenueRequest): unknown {
  return {
    timezone: 'UTC',
    serverTime: dialect.engine.nowMillis(),
    rateLimits: dialect.budgets.list(),
    exchangeFilters: [],
    symbols: marketsOf(dialect, parameters).map((market) => symbolAnswer(market, dialect.prevention)),
  };
}

/** The rows between `startTime` and `endTime`: the first ones from a start time on, else the newest. */
function between<T>(rows: readonly T[], parameters: Parameters, timeOf: (row: T) => number): T[] {
  const from = parameters.integer('startTime');
  const to = parameters.integer('endTime') ?? Number.MAX_SAFE_INTEGER;
  const limit = limitOf(parameters, 500, 1000);
  const inside = rows.filter((row) => timeOf(row) >= (from ?? 0) && timeOf(row) <= to);
  return from === undefined ? inside.slice(-limit) : inside.slice(0, limit);
}

function trades(dialect: Dialect, { parameters }: VenueRequest): unknown {
  const market = marketOf(dialect, parameters);
  const fromId = parameters.integer('fromId');
  const limit = limitOf(parameters, 500, 1000);
  const { prints } = market.statistics;
  const rows = fromId === undefined ? prints.slice(-limit) : prints.filter(({ id }) => id >= fromId).slice(0, limit);
  return rows.map((print) => printRow(market, print));
}

function aggregateTrades(dialect: Dialect, { parameters }: VenueRequest): unknown {
  const market = marketOf(dialect, parameters);
  const fromId = parameters.integer('fromId');
  const { aggregates } = market.statistics;
  const rows =
    fromId === undefined
      ? between(aggregates, parameters, (row) => row.at)
      : aggregates.filter(({ id }) => id >= fromId).slice(0, limitOf(parameters, 500, 1000));
  return rows.map((print) => aggregateRow(market, print));
}

function bars(dialect: Dialect, { parameters }: VenueRequest): unknown {
  const market = marketOf(dialect, parameters);
  const interval = parameters.text('interval');
  if (INTERVALS[interval] === undefined) throw new Refusal('invalidInterval');
  const known = market.statistics.bars(interval, dialect.engine.nowMillis()) ?? [];
  return between(known, parameters, (bar) => bar.openAt).map((bar) => barRow(market, bar, interval));
}

function averagePrice(dialect: Dialect, { parameters }: VenueRequest): unknown {
  const market = marketOf(dialect, parameters);
  const at = dialect.engine.nowMillis();
  const price = priceText(market.rules, market.referencePrice(at) ?? 0);
  return { mins: AVERAGE_PRICE_MINUTES, price, closeTime: market.statistics.prints.at(-1)?.at ?? at };
}

function lastPrice(market: ReturnType<typeof marketOf>): unknown {
  const last = market.statistics.prints.at(-1);
  return { symbol: market.symbol, price: priceText(market.rules, last?.price ?? 0) };
}

/** The calls that anybody may make. */
export const marketCalls: readonly Call[] = [
  { rest: 'GET /api/v3/ping', ws: 'ping', weight: 1, security: 'none', answer: () => ({}) },
  {
    rest: 'GET /api/v3/time',
    ws: 'time',
    weight: 1,
    security: 'none',
    answer: (dialect) => ({ serverTime: dialect.engine.nowMillis() }),
  },
  { rest: 'GET /api/v3/exchangeInfo', ws: 'exchangeInfo', weight: 20, security: 'none', answer: exchangeInfo },
  {
    rest: 'GET /api/v3/depth',
    ws: 'depth',
    weight: depthWeight,
    security: 'none',
    answer: (dialect, { parameters }) =>
      depthAnswer(marketOf(dialect, parameters), limitOf(parameters, 100, DEPTH_MAX)),
  },
  { rest: 'GET /api/v3/trades', ws: 'trades.recent', weight: 25, security: 'none', answer: trades },
  { rest: 'GET /api/v3/historicalTrades', ws: 'trades.historical', weight: 25, security: 'none', answer: trades },
  { rest: 'GET /api/v3/aggTrades', ws: 'trades.aggregate', weight: 4, security: 'none', answer: aggregateTrades },
  { rest: 'GET /api/v3/klines', ws: 'klines', weight: 2, security: 'none', answer: bars },
  { rest: 'GET /api/v3/uiKlines', weight: 2, security: 'none', answer: bars },
  { rest: 'GET /api/v3/avgPrice', ws: 'avgPrice', weight: 2, security: 'none', answer: averagePrice },
  {
    rest: 'GET /api/v3/ticker/24hr',
    ws: 'ticker.24hr',
    weight: perMarket(2, 80),
    security: 'none',
    answer: (dialect, request) => oneOrAll(dialect, request, (market) => dayAnswer(market, dialect.engine.nowMillis())),
  },
  {
    rest: 'GET /api/v3/ticker/price',
    ws: 'ticker.price',
    weight: perMarket(2, 4),
    security: 'none',
    answer: (dialect, request) => oneOrAll(dialect, request, lastPrice),
  },
  {
    rest: 'GET /api/v3/ticker/bookTicker',
    ws: 'ticker.book',
    weight: perMarket(2, 4),
    security: 'none',
    answer: (dialect, request) => oneOrAll(dialect, request, touchAnswer),
  },
  // What a client with ccxt's default options asks of the other products at start-up: there is nothing there.
  { rest: 'GET /fapi/v1/exchangeInfo', weight: 1, security: 'none', answer: emptyInfo },
  { rest: 'GET /dapi/v1/exchangeInfo', weight: 1, security: 'none', answer: emptyInfo },
];

function emptyInfo(dialect: Dialect): unknown {
  return { timezone: 'UTC', serverTime: dialect.engine.nowMillis(), rateLimits: [], exchangeFilters: [], symbols: [] };
}
