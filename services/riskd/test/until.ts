import { setTimeout as sleep } from 'node:timers/promises';

/** How long a test waits for anything. */
const WAIT_MS_MAX = 15_000;

/** Asks until there is an answer. */
export async function until<T>(
  what: string | (() => string),
  ask: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + WAIT_MS_MAX;
  while (Date.now() < deadline) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(25);
  }
  throw new Error(`waited for ${typeof what === 'string' ? what : what()} in vain`);
}
