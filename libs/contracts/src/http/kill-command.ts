import { z } from 'zod';
import { killScopeOf, subjects } from '../subjects.ts';

const scopes = 'all, venue.V, account.A, strategy.S, run.R or instrument.V.SYMBOL';

/** The body of `POST /v1/kill`. Unlike a kill on the bus it is answered, so what does not parse is refused with the reason. */
export const killCommandSchema = z.strictObject({
  scope: z
    .string()
    .max(200)
    .refine((scope) => killScopeOf(subjects.kill(scope)) === scope, `expected ${scopes}`),
  reason: z.string().trim().min(1).max(500),
  by: z.string().trim().min(1).max(128),
});
export type KillCommand = z.infer<typeof killCommandSchema>;
