/** Percentiles of a sample of microseconds. */
export interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

const tenth = (value: number): number => Math.round(value * 10) / 10;

export function latency(sample: readonly number[]): Latency {
  const sorted = Float64Array.from(sample).sort();
  const at = (share: number): number =>
    tenth(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return { count: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: tenth(sorted.at(-1) ?? 0) };
}

/** Microseconds of the clock that all processes of one machine share. */
export function sharedMicros(): number {
  return Number(process.hrtime.bigint()) / 1000;
}

/** A table for people: one row a name. */
export function printLatencies(rows: Readonly<Record<string, Latency>>): void {
  const width = Math.max(...Object.keys(rows).map((name) => name.length));
  process.stdout.write(
    `${''.padEnd(width)}  ${['count', 'p50 µs', 'p90 µs', 'p99 µs', 'max µs'].map((head) => head.padStart(9)).join('')}\n`,
  );
  for (const [name, { count, p50, p90, p99, max }] of Object.entries(rows)) {
    process.stdout.write(
      `${name.padEnd(width)}  ${[count, p50, p90, p99, max].map((value) => String(value).padStart(9)).join('')}\n`,
    );
  }
}
