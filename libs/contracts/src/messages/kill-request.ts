import { z } from 'zod';

/**
 * The body of a kill. The scope is in the subject. Everything is optional and unknown members are allowed:
 * a kill that does not parse is a kill of everything, so there is nothing to get wrong.
 */
export const killRequestSchema = z.looseObject({
  reason: z.string().max(500).optional(),
  by: z.string().max(128).optional(),
});
export type KillRequest = z.infer<typeof killRequestSchema>;
