import { z } from 'zod';
import { epochMicros, token } from '../primitives.ts';

/** A request for a run or a sweep is taken back: what has not begun never does, what runs is stopped. */
export const runCancelSchema = z.strictObject({
  version: z.literal(1),
  requestId: token,
  by: z.string().max(128),
  reason: z.string().max(500),
  at: epochMicros,
});
export type RunCancel = z.infer<typeof runCancelSchema>;
