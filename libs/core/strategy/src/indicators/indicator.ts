/**
 * An indicator: takes values one by one and has a value of its own once it has seen enough. Floats, for statistics and
 * decisions; never money. What it keeps is bounded by its lengths.
 */
export interface Indicator<T = number, Input = number> {
  /** Takes the next value and returns {@link value} after it. Throws RangeError on what is not a finite number. */
  update(next: Input): T | undefined;
  /** Undefined until it has seen enough. */
  readonly value: T | undefined;
  /** Plain JSON that {@link restore} goes on from exactly, in an indicator made with the same lengths. */
  snapshot(): unknown;
  restore(snapshot: unknown): void;
}

/** What indicators of ranges take; a bar is one. */
export interface PriceRange {
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** Indicators of one strategy by name. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each has its own kinds of input and value
export type IndicatorSet = Readonly<Record<string, Indicator<any, any>>>;

export function snapshotIndicators(indicators: IndicatorSet): Record<string, unknown> {
  return Object.fromEntries(Object.entries(indicators).map(([name, indicator]) => [name, indicator.snapshot()]));
}

export function restoreIndicators(indicators: IndicatorSet, snapshot: Readonly<Record<string, unknown>>): void {
  for (const [name, indicator] of Object.entries(indicators)) indicator.restore(snapshot[name]);
}
