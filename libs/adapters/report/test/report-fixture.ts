import type { FillRecord, RoundTrip } from '@portcullis/replay';
import { StatisticsMeter, monteCarlo } from '@portcullis/statistics';
import type { ReportData } from '../src/index.ts';

const START = Date.UTC(2024, 0, 1) * 1000;
const HOUR = 3_600_000_000;
const TRIPS = 60;
const HOURS = 24 * 30;
const INSTRUMENT = 'BTCUSDT.binance-spot';

const wave = (at: number): number => 40_000 + 1500 * Math.sin(at / 30) + 300 * Math.sin(at / 3.7);
const text = (value: number): string => value.toFixed(2);

function trips(): RoundTrip[] {
  return Array.from({ length: TRIPS }, (_, at) => {
    const [entry, exit] = [at * 12, at * 12 + 7];
    const profit = wave(exit) - wave(entry);
    return {
      instrument: INSTRUMENT,
      side: 'long',
      entryAt: START + entry * HOUR,
      exitAt: START + exit * HOUR,
      quantity: '1',
      entryPrice: text(wave(entry)),
      exitPrice: text(wave(exit)),
      profit: text(profit),
      fees: '4',
    };
  });
}

function fillsOf({ entryAt, exitAt, entryPrice, exitPrice }: RoundTrip, index: number): FillRecord[] {
  const common = { instrument: INSTRUMENT, quantity: '1', fee: '2', feeCurrency: 'USDT', liquidity: 'taker' as const };
  return [
    { ...common, at: entryAt, order: 2 * index + 1, clientOrderId: 'a', side: 'buy', price: entryPrice, position: '1' },
    { ...common, at: exitAt, order: 2 * index + 2, clientOrderId: 'b', side: 'sell', price: exitPrice, position: '0' },
  ];
}

/** The report of a month of made-up trading. */
export function reportData(): ReportData {
  const roundTrips = trips();
  const meter = new StatisticsMeter({ equity: 10_000 });
  let equity = 10_000;
  const points = Array.from({ length: HOURS }, (_, hour) => {
    const at = START + hour * HOUR;
    for (const trip of roundTrips) if (trip.exitAt === at) equity += Number(trip.profit) - 4;
    meter.equity(at, equity, hour % 12 < 7 ? 1 : 0);
    return { at, equity: text(equity), exposure: '0' };
  });
  const profits = roundTrips.map(({ profit }) => Number(profit) - 4);
  for (const profit of profits) meter.roundTrip(profit, 7 * HOUR);
  const fills = roundTrips.flatMap(fillsOf);
  for (const { price, fee } of fills) meter.fill(Number(price), Number(fee));
  const denial = { at: START + 5 * HOUR, order: 999, instrument: INSTRUMENT, side: 'buy' as const, quantity: '9' };
  const digest = 'ab'.repeat(32);
  return {
    title: 'sma-cross on BTCUSDT',
    createdAt: START + 31 * 24 * HOUR,
    summary: {
      ...{ runId: 'rp-fixture', strategy: 'sma-cross', state: 'completed', failure: null, events: HOURS },
      ...{ eventsByKind: { bar: HOURS }, from: START, to: START + HOURS * HOUR, intents: 121, approved: 120 },
      ...{ denied: 1, denials: { POSITION_EXCEEDED: 1 }, rejected: 0, fills: 120, roundTrips: TRIPS },
      ...{ pnl: text(equity - 10_000), fees: '240', funding: '0', unrealised: '0', positions: {} },
      ...{ startEquity: '10000', endEquity: text(equity), errors: 0, malformed: 0, outOfOrder: 0, duplicates: 0 },
      ...{ gaps: 1, liquidations: 0, decisionHash: digest, seed: '0' },
    },
    statistics: meter.finish(),
    monteCarlo: monteCarlo(profits, { startEquity: 10_000, runs: 200, seed: '0' }),
    deflatedSharpe: { trials: 100, probability: 0.4, warning: 'the best of 100 trials' },
    digests: { data: digest, code: digest, config: digest },
    config: {
      ...{ strategy: 'sma-cross', parameters: { fast: 20, slow: 50 }, instruments: [] },
      execution: {
        ...{ model: 'next-open', queue: 'back', slippage: { kind: 'none' }, participationMax: 0 },
        latency: { feedMicros: 0, orderMicros: 0, cancelMicros: 0, answerMicros: 0, jitterMicros: 0 },
      },
      account: { currency: 'USDT', balances: 'unlimited' },
      limits: { limitsVersion: 1, entries: [] },
      ...{ ordering: 'STRICT', errorPolicy: 'FAIL_FAST', errorsMax: 1, expiryMicros: 1, seed: '0' },
    },
    dataUrl: 'file:///data/market',
    equity: points,
    candles: Array.from({ length: HOURS }, (_, at) => {
      const [open, close] = [wave(at), wave(at + 1)];
      const [high, low] = [Math.max(open, close) + 40, Math.min(open, close) - 40];
      return { at: START + at * HOUR, open: text(open), high: text(high), low: text(low), close: text(close) };
    }),
    fills: { total: fills.length, shown: fills },
    denials: {
      total: 1,
      shown: [
        { ...denial, price: null, code: 'POSITION_EXCEEDED', detail: { worst: '9', limit: '5', scope: 'account' } },
      ],
    },
    roundTrips: { total: TRIPS, shown: roundTrips },
    quality: [{ stream: `${INSTRUMENT} bar`, good: 2870, degraded: 2, bad: 8, unknown: 0, leftOut: 0 }],
  };
}
