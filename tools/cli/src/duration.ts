import { UsageError } from './command.ts';

const MILLIS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const LONGEST_MS = 30 * 24 * MILLIS.h;

/** Milliseconds of `500ms`, `60s`, `5m` or `1h`; fractions are allowed. Throws {@link UsageError} naming the flag. */
export function parseDuration(text: string, flag: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const millis = amount === undefined ? Number.NaN : Math.round(Number(amount) * MILLIS[unit as keyof typeof MILLIS]);
  if (millis > 0 && millis <= LONGEST_MS) return millis;
  throw new UsageError(
    `${flag} is ${JSON.stringify(text)}: expected a time such as 500ms, 60s, 5m or 1h, at most 30 days`,
  );
}
