import { JetStreamApiError } from '@nats-io/jetstream';
import type { BusConnection } from './connection.ts';

const ATTEMPT_MS = 5000;

/** The sequence that stands for the first message that the durable has not acknowledged (ADR-60 of NATS). */
export const FIRST_UNACKNOWLEDGED = 0;

/**
 * Asks the server to deliver a stream's messages to our durable again, from `sequence` on. Only identities with `resets` may.
 * Throws {@link JetStreamApiError} when it is refused, and the client's error when nobody answers.
 */
export async function rewindDurable(bus: BusConnection, stream: string, sequence: number): Promise<void> {
  const subject = `${bus.apiPrefix}.CONSUMER.RESET.${stream}.${bus.identity.name}`;
  const answer = await bus.nats.request(subject, JSON.stringify({ seq: sequence }), { timeout: ATTEMPT_MS });
  const { error } = answer.json<{ error?: { code: number; err_code: number; description: string } }>();
  if (error !== undefined) throw new JetStreamApiError(error);
}
