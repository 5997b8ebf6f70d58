import { setTimeout as sleep } from 'node:timers/promises';

const WAIT_MS_MAX = 20_000;
const POLL_MS = 20;
const LATE = Symbol('late');

/** What means: not yet. */
type Absent = undefined | null | false;

/**
 * Asks until the answer is something else than undefined, null or false, and gives it back. What `ask` throws ends the
 * wait. Throws a sentence with `what` after `msMax` milliseconds, also when `ask` itself hangs: that only bounds a hang,
 * no test depends on how long it takes. `what` may be a function, for what is known only then.
 */
export async function eventually<T>(
  what: string | (() => string),
  ask: () => T | Promise<T>,
  { msMax = WAIT_MS_MAX, pollMs = POLL_MS }: { readonly msMax?: number; readonly pollMs?: number } = {},
): Promise<Exclude<T, Absent>> {
  const end = Date.now() + msMax;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof LATE>((resolve) => (timer = setTimeout(resolve, msMax, LATE)));
  try {
    for (;;) {
      const answer = await Promise.race([ask(), late]);
      if (answer === LATE) break;
      if (answer !== undefined && answer !== null && answer !== false) return answer as Exclude<T, Absent>;
      if (Date.now() >= end) break;
      await sleep(pollMs);
    }
  } finally {
    clearTimeout(timer);
  }
  throw new Error(`waited ${msMax} ms for ${typeof what === 'string' ? what : what()} in vain`);
}
