import type { InstrumentRules } from '@portcullis/market';
import type { StrategyInstance } from '@portcullis/strategy';
import type { ErrorPolicy } from './run-configuration.ts';

/** What a kernel is made of. The strategy is of this run alone. */
export interface KernelSetup {
  readonly strategy: StrategyInstance;
  readonly strategyName: string;
  /** By slot. */
  readonly instruments: readonly InstrumentRules[];
  /** Scopes of kills that cover the run. */
  readonly scopes: readonly string[];
  /** Digest of the configuration: the first link of the decision hash. */
  readonly digest: string;
  readonly expiryMicros: number;
  readonly errorPolicy: ErrorPolicy;
  /** Errors that SKIP_AND_LOG lets pass before it quarantines. */
  readonly errorsMax: number;
}
