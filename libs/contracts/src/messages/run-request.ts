import { z } from 'zod';
import { epochMicros, token } from '../primitives.ts';
import { RUN_PRIORITIES } from '../subjects.ts';

/** Of what is asked for, as JSON: the schema of the lab's own package checks it. */
const asked = z.record(z.string().max(64), z.json());

/**
 * Work for strategyd: done by one of its replicas, again by another when that one goes away. Doing it twice makes the same
 * artefacts, because their names are digests of what they were made from.
 */
export const runRequestSchema = z.strictObject({
  version: z.literal(1),
  /** Derived from the task, so that asking twice is asking once. */
  requestId: token,
  priority: z.enum(RUN_PRIORITIES),
  /** Who asks, for people who look at the list. */
  by: z.string().max(128),
  submittedAt: epochMicros,
  task: z.discriminatedUnion('kind', [
    /** One replay of recorded data. */
    z.strictObject({ kind: z.literal('backtest'), request: asked }),
    /** A sweep as it is asked for; who takes it makes its parts of it. */
    z.strictObject({ kind: z.literal('sweep'), spec: asked }),
    /** The jobs `[from, to)` of a sweep, whose specification is in the store. */
    z.strictObject({
      kind: z.literal('sweep-part'),
      sweepId: token,
      from: z.int().min(0),
      to: z.int().min(1),
    }),
  ]),
});
export type RunRequest = z.infer<typeof runRequestSchema>;
export type RunTask = RunRequest['task'];
