/** Microseconds since the epoch, now, in steps of a millisecond. The shells' only clock; the core gets it as data. */
export function wallMicros(): number {
  return Date.now() * 1000;
}

/** Microseconds of a clock that never jumps, from an arbitrary start. */
export function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
