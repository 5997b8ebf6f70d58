import { z } from 'zod';
import { clientOrderIdString, derivedIdString, epochMicros, token } from '../primitives.ts';

/** A wish to cancel. It needs no verdict and no permit. Without `clientOrderId` it means every working order of the run. */
export const cancelRequestSchema = z.strictObject({
  version: z.literal(1),
  cancelId: derivedIdString,
  account: token,
  runId: token,
  origin: z.enum(['run', 'person']),
  clientOrderId: clientOrderIdString.optional(),
  reason: z.string().max(200),
  tsEvent: epochMicros,
});
export type CancelRequest = z.infer<typeof cancelRequestSchema>;
