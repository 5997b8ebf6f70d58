import type { GateLimits } from '@portcullis/contracts';
import type { ExecutionConfig } from '@portcullis/fills';
import type { InstrumentDefinition } from '@portcullis/market';
import type { ErrorPolicy } from '@portcullis/run';

/** An instrument of a replay as it travels in configuration: decimal strings. Rates and margins as fractions, "0.001". */
export interface ReplayInstrument {
  readonly definition: InstrumentDefinition;
  readonly contract: 'spot' | 'linear';
  /** By 30-day volume in quote currency, the first from "0". */
  readonly fees: readonly { readonly volumeFrom: string; readonly maker: string; readonly taker: string }[];
  readonly feeCurrency: 'quote' | 'received';
  readonly initialMargin: string;
  readonly maintenanceMargin: string;
}

/** `STRICT`: an event out of order or twice ends the run. `WARN`: it is left out, counted and told. */
export const ORDERINGS = ['STRICT', 'WARN'] as const;
export type Ordering = (typeof ORDERINGS)[number];

/**
 * Everything that decides what a replay does with its data. Plain JSON of whole numbers and strings (parameters of the
 * strategy may have fractions): its digest is in the run id.
 */
export interface ReplayConfig {
  readonly strategy: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly instruments: readonly ReplayInstrument[];
  readonly execution: Omit<ExecutionConfig, 'seed'>;
  readonly account: {
    /** What equity and profit are reported in. */
    readonly currency: string;
    readonly balances: Readonly<Record<string, string>> | 'unlimited';
    /** With unlimited balances: the money of that currency that returns are shares of; nothing enforces it. Absent: none. */
    readonly capital?: string;
  };
  /** Of the gate, as live; a missing one denies. */
  readonly limits: GateLimits;
  readonly ordering: Ordering;
  readonly errorPolicy: ErrorPolicy;
  /** Errors of the strategy that SKIP_AND_LOG lets pass before the run is quarantined. */
  readonly errorsMax: number;
  /** Life of an intent in microseconds. */
  readonly expiryMicros: number;
  readonly seed: string;
}

/** What a run is made from: equal digests give an equal run id and equal decisions. Hex SHA-256. */
export interface RunDigests {
  /** Of the manifests of the partitions that are read, and of the request. */
  readonly data: string;
  /** Of the strategy's source text and of the platform's version. */
  readonly code: string;
  readonly config: string;
}
