import { setTimeout as sleep } from 'node:timers/promises';
import type { BusConnection } from '@portcullis/bus';

const POLL_MS = 50;

/** Resolves once every message that the durables had waiting is handled. Rejects when `signal` aborts. */
export async function backlogDrained(
  bus: BusConnection,
  streams: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (const stream of streams) {
    while (!(await isDrained(bus, stream))) await sleep(POLL_MS, undefined, { signal });
  }
  signal.throwIfAborted();
}

/** Whether the server says that nothing of the stream waits for us or is unacknowledged. No answer is a no. */
export async function isDrained(bus: BusConnection, stream: string): Promise<boolean> {
  try {
    const consumer = await bus.jetstream.consumers.get(stream, bus.identity.name);
    // What `get` was just told; asking again would double the requests of every heartbeat.
    const { num_pending: waiting, num_ack_pending: inFlight } = await consumer.info(true);
    return waiting === 0 && inFlight === 0;
  } catch {
    // No answer is no knowledge: asked again, and nothing is approved in the meantime.
    return false;
  }
}
