import { z } from 'zod';
import { epochMicros, token } from '../primitives.ts';

/** Something a person should know. */
export const alertSchema = z.strictObject({
  version: z.literal(1),
  name: token,
  severity: z.enum(['info', 'warning', 'critical']),
  summary: z.string().max(500),
  source: token,
  at: epochMicros,
});
export type Alert = z.infer<typeof alertSchema>;
