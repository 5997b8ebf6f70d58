import { z } from 'zod';
import { epochMicros, token } from '../primitives.ts';

/** A message that nobody could act on, with the reason; its neighbours went on. */
export const deadLetterSchema = z.strictObject({
  version: z.literal(1),
  service: token,
  stream: z.string().max(64),
  subject: z.string().max(256),
  /** Sequence in the stream; 0 for subjects without one. */
  streamSequence: z.int().min(0),
  reason: z.string().max(1000),
  /** The first bytes of the body, as base64. */
  bodyBase64: z.string().max(16_384),
  bodyBytes: z.int().min(0),
  at: epochMicros,
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;
