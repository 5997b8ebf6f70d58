/** The invariants that the simulation checks; their words are in README.md. */
export type InvariantId = 'S1' | 'S2' | 'S3' | 'S4' | 'S7' | 'S8' | 'S9' | 'S10' | 'L1' | 'L4' | 'assertion';

export interface Violation {
  readonly invariant: InvariantId;
  /** Virtual time, microseconds since the epoch. */
  readonly at: number;
  readonly what: string;
}
