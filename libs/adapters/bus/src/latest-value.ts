import type { BusConnection } from './connection.ts';
import { directGetSubject } from './grants.ts';

const ATTEMPT_MS = 2000;
const NOT_FOUND = 404;

/**
 * The newest value of `bucket.key` as bytes; undefined when there is none. The identity has to be allowed to read the key.
 * Throws the client's error when nobody answers.
 */
export async function latestValue(bus: BusConnection, key: string): Promise<Uint8Array | undefined> {
  const found = await bus.nats.request(`${bus.apiPrefix}.${directGetSubject(key)}`, '', { timeout: ATTEMPT_MS });
  return found.headers?.code === NOT_FOUND ? undefined : found.data;
}
