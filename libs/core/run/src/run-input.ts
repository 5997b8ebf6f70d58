import type { MarketEvent, OrderEvent, SignedVerdict } from '@portcullis/contracts';
import type { RunConfiguration } from './run-configuration.ts';

/** What the control log says that matters to a run. The gate and the bridge judge for themselves; a run only falls silent. */
export type RunControl =
  /** A kill was appended; `streamSequence` is its number in CONTROL. */
  | { readonly kind: 'kill'; readonly scope: string; readonly reason: string; readonly streamSequence: number }
  /** A clear document was appended. Whether it is valid shows in the next `state`. */
  | { readonly kind: 'clear'; readonly scope: string; readonly streamSequence: number }
  /** riskd's projection: the scopes that it holds latched now. */
  | { readonly kind: 'state'; readonly latchedScopes: readonly string[] };

/**
 * One input of a run, in the order in which the journal has them. Plain JSON. `at` is the sequencer's clock in
 * microseconds since the epoch when the input arrived; the kernel's time is the highest `at` so far.
 */
export type RunInput =
  /** The first input of every run. */
  | {
      readonly type: 'started';
      readonly at: number;
      readonly configDigest: string;
      readonly configuration: RunConfiguration;
    }
  | { readonly type: 'market'; readonly at: number; readonly event: MarketEvent }
  /** Market messages from `expected` up to before `got` never arrived. */
  | { readonly type: 'gap'; readonly at: number; readonly expected: number; readonly got: number }
  | { readonly type: 'verdict'; readonly at: number; readonly verdict: SignedVerdict }
  | { readonly type: 'order'; readonly at: number; readonly event: OrderEvent }
  | { readonly type: 'control'; readonly at: number; readonly control: RunControl }
  | { readonly type: 'timer'; readonly at: number }
  | { readonly type: 'stop'; readonly at: number; readonly reason: string }
  /** The process is back; the journal before it was replayed. */
  | { readonly type: 'resumed'; readonly at: number };

export type RunInputType = RunInput['type'];

/** Where an input stands in the run's journal: its number is the run sequence (`runSeq`). */
export interface InputPosition {
  readonly seq: number;
  readonly hash: string;
}
