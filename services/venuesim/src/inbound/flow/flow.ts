/** Where a market's life comes from. */
export interface Flow {
  /** Begins; resolves when orders can be taken. */
  start(): Promise<void>;
  stop(): Promise<void>;
}
