import type { Side } from '@portcullis/contracts';

/** What a replay tells while it goes on. Times in microseconds; prices, quantities and money as decimal strings. */
export interface FillRecord {
  readonly at: number;
  readonly order: number;
  readonly clientOrderId: string;
  readonly instrument: string;
  readonly side: Side;
  readonly price: string;
  readonly quantity: string;
  readonly fee: string;
  readonly feeCurrency: string;
  readonly liquidity: 'maker' | 'taker';
  /** Position after it. */
  readonly position: string;
}

export interface DenialRecord {
  readonly at: number;
  readonly order: number;
  readonly instrument: string;
  readonly side: Side;
  readonly quantity: string;
  readonly price: string | null;
  readonly code: string;
  readonly detail: Readonly<Record<string, string>>;
}

/** A position from flat to flat (or through zero), at average prices. */
export interface RoundTrip {
  readonly instrument: string;
  readonly side: 'long' | 'short';
  readonly entryAt: number;
  readonly exitAt: number;
  /** The largest position that it had. */
  readonly quantity: string;
  readonly entryPrice: string;
  readonly exitPrice: string;
  /** Before fees, in the instrument's quote currency. */
  readonly profit: string;
  readonly fees: string;
}

/** Money that came (above zero) or went without a fill of an order: funding of a perpetual, the fee of a liquidation. */
export interface CashRecord {
  readonly at: number;
  readonly instrument: string;
  readonly currency: string;
  readonly amount: string;
  readonly reason: 'funding' | 'liquidation-fee';
}

/** Equity in the account's currency at the end of a step of time. */
export interface EquityPoint {
  readonly at: number;
  readonly equity: string;
  /** Share of time or of steps with a position open is in the statistics; here the value of what is open. */
  readonly exposure: string;
}

/** One candle of the price chart, downsampled. */
export interface PriceCandle {
  readonly at: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
}

/** Where records go; the records are the sink's to keep. Called synchronously, in the order of the run. */
export interface ReplaySink {
  fill(record: FillRecord): void;
  denial(record: DenialRecord): void;
  roundTrip(record: RoundTrip): void;
  cash?(record: CashRecord): void;
  log(level: 'info' | 'warn' | 'error', message: string, at: number): void;
}

/** What a replay comes to. Money as decimal strings in the account's currency. */
export interface ReplaySummary {
  readonly runId: string;
  readonly strategy: string;
  readonly state: 'completed' | 'failed' | 'quarantined' | 'stopped';
  readonly failure: string | null;
  readonly events: number;
  readonly eventsByKind: Readonly<Record<string, number>>;
  readonly from: number;
  readonly to: number;
  readonly intents: number;
  readonly approved: number;
  readonly denied: number;
  /** Denials by code. */
  readonly denials: Readonly<Record<string, number>>;
  readonly rejected: number;
  readonly fills: number;
  readonly roundTrips: number;
  /** Realised profit of closed quantity minus all fees, funding included. */
  readonly pnl: string;
  readonly fees: string;
  readonly funding: string;
  /** Of what is open at the end, at the last price. */
  readonly unrealised: string;
  readonly positions: Readonly<Record<string, string>>;
  readonly startEquity: string;
  readonly endEquity: string;
  readonly errors: number;
  readonly malformed: number;
  readonly outOfOrder: number;
  readonly duplicates: number;
  readonly gaps: number;
  readonly liquidations: number;
  readonly decisionHash: string;
  readonly seed: string;
}
