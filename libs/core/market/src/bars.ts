import { type PriceTicks, type QuantityLots, assert, quantityLots } from '@portcullis/kernel';

/** What happened in one period `[start, end)`, times in microseconds since the epoch. */
export interface Bar {
  readonly start: number;
  readonly end: number;
  readonly open: PriceTicks;
  readonly high: PriceTicks;
  readonly low: PriceTicks;
  readonly close: PriceTicks;
  /** Sum of the quantities; zero for bars of quotes. */
  readonly volume: QuantityLots;
  /** How many prices made it. */
  readonly count: number;
}

/** A price at a moment; quotes give their mid with a quantity of zero. */
export interface PricePoint {
  readonly at: number;
  readonly price: PriceTicks;
  readonly quantity: QuantityLots;
}

/** The bar that is not finished, or undefined between bars. Plain JSON, so that it can be kept in a snapshot. */
export type OpenBar = Bar | undefined;

/** The open bar after a price, and the bar that this price finished, if any. */
export interface BarStep {
  readonly open: OpenBar;
  readonly closed: Bar | undefined;
}

/**
 * Adds a price to the bars of `periodMicros`, which begin at multiples of the period since the epoch. Periods without
 * a price make no bar. A price older than the open bar counts into the open bar: it came late, and bars never reopen.
 */
export function addToBars(open: OpenBar, periodMicros: number, point: PricePoint): BarStep {
  assert(
    Number.isSafeInteger(periodMicros) && periodMicros > 0,
    'the period of a bar is a whole number of microseconds above zero',
  );
  if (open !== undefined && point.at < open.end) return { open: extended(open, point), closed: undefined };
  const start = Math.floor(point.at / periodMicros) * periodMicros;
  const { price, quantity } = point;
  return {
    open: {
      start,
      end: start + periodMicros,
      open: price,
      high: price,
      low: price,
      close: price,
      volume: quantity,
      count: 1,
    },
    closed: open,
  };
}

/** Closes the open bar once its period is over, without waiting for the next price. */
export function closeBarAt(open: OpenBar, at: number): BarStep {
  return open !== undefined && at >= open.end ? { open: undefined, closed: open } : { open, closed: undefined };
}

function extended(bar: Bar, { price, quantity }: PricePoint): Bar {
  return {
    ...bar,
    high: price > bar.high ? price : bar.high,
    low: price < bar.low ? price : bar.low,
    close: price,
    volume: quantityLots(bar.volume + quantity),
    count: bar.count + 1,
  };
}
