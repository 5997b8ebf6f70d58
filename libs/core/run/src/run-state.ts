/** Where a run stands. `stopping`: its orders are being cancelled; `stopped`: none works any more. */
export type RunState = 'starting' | 'running' | 'stopping' | 'stopped' | 'quarantined';

/** How many of what a run has seen and done since its first input. */
export interface RunCounters {
  inputs: number;
  marketEvents: number;
  intents: number;
  cancels: number;
  approved: number;
  denied: number;
  fills: number;
  /** Errors of the strategy. */
  errors: number;
  /** Messages whose numbers cannot be right for the instrument. */
  malformed: number;
}

export function noCounters(): RunCounters {
  return {
    ...{ inputs: 0, marketEvents: 0, intents: 0, cancels: 0, approved: 0 },
    ...{ denied: 0, fills: 0, errors: 0, malformed: 0 },
  };
}
