import { type PriceTicks, type QuantityLots, SeededRandom } from '@portcullis/kernel';
import type { BarInput, InstrumentDefinition, MarketInput, QuoteInput, TradeInput } from '@portcullis/market';
import { type Strategy, strategies } from '@portcullis/strategy';
import {
  type CashRecord,
  type DenialRecord,
  type FillRecord,
  type PreparedReplay,
  type ReplayConfig,
  type ReplayInput,
  type ReplayInstrument,
  ReplayRun,
  type ReplaySink,
  type ReplaySummary,
  type RoundTrip,
  prepareReplay,
} from '../src/index.ts';

export const MINUTE = 60_000_000;
/** 2024-01-02 00:00 UTC. */
export const DAY_START = 1_704_153_600_000_000;

export function definition(symbol = 'BTCUSDT', base = 'BTC', quote = 'USDT'): InstrumentDefinition {
  return {
    venue: 'binance-spot',
    symbol,
    base,
    quote,
    tickSize: '0.01',
    lotSize: '0.00001',
    quantityMin: '0.00001',
    quantityMax: '9000',
    priceMin: '0.01',
    priceMax: '1000000',
    notionalMin: '0',
  };
}

export function instrument(over: Partial<ReplayInstrument> = {}): ReplayInstrument {
  return {
    definition: definition(),
    contract: 'spot',
    fees: [{ volumeFrom: '0', maker: '0', taker: '0' }],
    feeCurrency: 'quote',
    initialMargin: '1',
    maintenanceMargin: '0.5',
    ...over,
  };
}

export const WIDE_LIMITS: ReplayConfig['limits'] = {
  limitsVersion: 1,
  entries: [
    {
      scope: 'account',
      limits: {
        orderNotionalMax: '1000000000000',
        positionMax: '1000000000',
        collarBasisPoints: 10_000,
        spreadBasisPointsMax: 10_000,
        markAgeMillisMax: 86_400_000,
        orderRate: { count: 10_000, windowMillis: 1_000 },
        reductionRate: { count: 10_000, windowMillis: 1_000 },
      },
    },
  ],
};

export const NO_LATENCY = { feedMicros: 0, orderMicros: 0, cancelMicros: 0, answerMicros: 0, jitterMicros: 0 };

/** SMA 5/20 on bars at the next open, free of fees, unless it says otherwise. */
export function configOf(over: Partial<ReplayConfig> = {}): ReplayConfig {
  return {
    strategy: 'sma-cross',
    parameters: { fast: 5, slow: 20, quantity: '1' },
    instruments: [instrument()],
    execution: {
      model: 'next-open',
      latency: NO_LATENCY,
      queue: 'back',
      slippage: { kind: 'none' },
      participationMax: 0,
    },
    account: { currency: 'USDT', balances: 'unlimited' },
    limits: WIDE_LIMITS,
    ordering: 'STRICT',
    errorPolicy: 'FAIL_FAST',
    errorsMax: 10,
    expiryMicros: 60_000_000,
    seed: '1',
    ...over,
  };
}

const DIGESTS = { data: 'd'.repeat(64), code: 'c'.repeat(64) };

export function prepared(
  config: ReplayConfig = configOf(),
  catalogue: readonly Strategy[] = strategies,
): PreparedReplay {
  const made = prepareReplay(config, DIGESTS, catalogue);
  if (!made.ok) throw new Error(`${made.error.field} is ${made.error.value}, expected ${made.error.expected}`);
  return made.value;
}

/** A sink that keeps everything. */
export class Records implements ReplaySink {
  readonly fills: FillRecord[] = [];
  readonly denials: DenialRecord[] = [];
  readonly roundTrips: RoundTrip[] = [];
  readonly cashes: CashRecord[] = [];
  readonly logs: { readonly level: string; readonly message: string; readonly at: number }[] = [];

  fill(record: FillRecord): void {
    this.fills.push(record);
  }
  denial(record: DenialRecord): void {
    this.denials.push(record);
  }
  roundTrip(record: RoundTrip): void {
    this.roundTrips.push(record);
  }
  cash(record: CashRecord): void {
    this.cashes.push(record);
  }
  log(level: 'info' | 'warn' | 'error', message: string, at: number): void {
    this.logs.push({ level, message, at });
  }
}

export interface Outcome {
  readonly run: ReplayRun;
  readonly records: Records;
  readonly summary: ReplaySummary;
}

/** Feeds all events to a fresh run and ends it. */
export function replayed(made: PreparedReplay, events: Iterable<ReplayInput>): Outcome {
  const records = new Records();
  const run = new ReplayRun(made, records);
  for (const event of events) run.feed(event);
  return { run, records, summary: run.finish() };
}

/** What two runs have to agree on. */
export function told({ run, records, summary }: Outcome): unknown {
  const { fills, denials, roundTrips, cashes, logs } = records;
  const profits = [...run.roundTripProfits()];
  const equity = run.equity();
  return {
    summary,
    fills,
    denials,
    roundTrips,
    cashes,
    logs,
    profits,
    equity,
    statistics: run.statistics(),
    candles: run.candles(0),
  };
}

/** A random walk of one-minute bars, in order, with a hole now and then. Prices of some 20,000.00. */
export function bars(seed: number, count: number, slot = 0): BarInput[] {
  const random = new SeededRandom(seed);
  const made: BarInput[] = [];
  let price = 2_000_000;
  let start = DAY_START;
  for (let seq = 1; seq <= count; seq++) {
    const open = Math.max(1000, price + random.integer(-300, 300));
    const close = Math.max(1000, open + random.integer(-2000, 2000));
    const high = Math.max(open, close) + random.integer(0, 500);
    const low = Math.max(1, Math.min(open, close) - random.integer(0, 500));
    made.push({
      kind: 'bar',
      slot,
      seq,
      tsEvent: start + MINUTE - 1,
      tsInit: start + MINUTE,
      start,
      end: start + MINUTE,
      open: open as PriceTicks,
      high: high as PriceTicks,
      low: low as PriceTicks,
      close: close as PriceTicks,
      volume: random.integer(0, 10_000_000) as QuantityLots,
      count: random.integer(1, 500),
    });
    price = close;
    start += MINUTE * (random.chance(0.01) ? random.integer(2, 200) : 1);
  }
  return made;
}

/** Quotes some 100 ms apart, spreads of 1 to 20 ticks. */
export function quotes(seed: number, count: number, slot = 0): QuoteInput[] {
  const random = new SeededRandom(seed);
  const made: QuoteInput[] = [];
  let bid = 2_000_000;
  let at = DAY_START;
  for (let seq = 1; seq <= count; seq++) {
    bid = Math.max(1000, bid + random.integer(-40, 40));
    at += random.integer(1, 200_000);
    made.push({
      kind: 'quote',
      slot,
      seq,
      tsEvent: at,
      tsInit: at + 500,
      bidPrice: bid as PriceTicks,
      bidQuantity: random.integer(1, 500_000) as QuantityLots,
      askPrice: (bid + random.integer(1, 20)) as PriceTicks,
      askQuantity: random.integer(1, 500_000) as QuantityLots,
    });
  }
  return made;
}

/** Trades some 100 ms apart. */
export function trades(seed: number, count: number, slot = 0): TradeInput[] {
  const random = new SeededRandom(seed);
  const made: TradeInput[] = [];
  let price = 2_000_000;
  let at = DAY_START;
  for (let seq = 1; seq <= count; seq++) {
    price = Math.max(1000, price + random.integer(-40, 40));
    at += random.integer(1, 200_000);
    made.push({
      kind: 'trade',
      slot,
      seq,
      tsEvent: at,
      tsInit: at + 500,
      tradeId: String(seq),
      price: price as PriceTicks,
      quantity: random.integer(1, 300_000) as QuantityLots,
      aggressor: random.chance(0.5) ? 'buy' : 'sell',
    });
  }
  return made;
}

/** Several streams as one, in the order of time; each keeps its own numbers. */
export function merged(...streams: readonly (readonly MarketInput[])[]): MarketInput[] {
  return streams.flat().sort((a, b) => a.tsEvent - b.tsEvent || a.slot - b.slot || a.seq - b.seq);
}
