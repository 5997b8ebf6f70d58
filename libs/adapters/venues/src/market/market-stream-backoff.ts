const MS_MIN = 250;
const MS_MAX = 30_000;
/** Nobody is asked again sooner, whatever the dice say. */
const MS_FLOOR = 50;

/**
 * How long to wait after so many failures in a row: exponential with full jitter, so that clients that were cut off
 * together do not come back together.
 */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const most = Math.min(MS_MAX, MS_MIN * 2 ** Math.min(failures, 10));
  return MS_FLOOR + random() * (most - MS_FLOOR);
}
