import { z } from 'zod';
import { epochMicros, journalHead, token, tradingStateSchema } from '../primitives.ts';

/** riskd's projection of the control log for one account: what everybody may see, nobody but riskd writes. */
export const controlStateSchema = z.strictObject({
  version: z.literal(1),
  account: token,
  tradingState: tradingStateSchema,
  gateEpoch: z.int().min(0),
  killEpoch: z.int().min(0),
  limitsVersion: z.int().min(0),
  latches: z
    .array(
      z.strictObject({
        scope: z.string().max(200),
        epoch: z.int().min(1),
        reason: z.string().max(500),
        by: z.string().max(128),
        at: epochMicros,
      }),
    )
    .max(1000),
  at: epochMicros,
  head: journalHead,
});
export type ControlState = z.infer<typeof controlStateSchema>;
