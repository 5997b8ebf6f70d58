/** An indicator: takes numbers one by one and has a value once it has seen enough. Floats; never money. */
export interface Indicator<T = number> {
  /** Takes the next value and returns {@link value} after it. */
  update(next: number): T | undefined;
  /** Undefined until it has seen enough. */
  readonly value: T | undefined;
  /** Plain JSON that {@link restore} goes on from exactly. */
  snapshot(): unknown;
  restore(snapshot: unknown): void;
}

/** Indicators of one strategy by name. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each has its own kind of value
export type IndicatorSet = Readonly<Record<string, Indicator<any>>>;

export function snapshotIndicators(indicators: IndicatorSet): Record<string, unknown> {
  return Object.fromEntries(Object.entries(indicators).map(([name, indicator]) => [name, indicator.snapshot()]));
}

export function restoreIndicators(indicators: IndicatorSet, snapshot: Readonly<Record<string, unknown>>): void {
  for (const [name, indicator] of Object.entries(indicators)) indicator.restore(snapshot[name]);
}
