import { z } from 'zod';
import { epochMicros, token } from '../primitives.ts';
import { RUN_PRIORITIES } from '../subjects.ts';

/** Where a requested run stands. The last four are ends. */
export const RUN_STATES = ['queued', 'running', 'completed', 'failed', 'cancelled', 'divided'] as const;
export type RunState = (typeof RUN_STATES)[number];

/**
 * Where a request stands, told now and then by the replica that has it, to who listens. What is kept is in the store.
 * `divided`: a sweep whose parts are requests of their own now.
 */
export const runProgressSchema = z.strictObject({
  version: z.literal(1),
  requestId: token,
  kind: z.enum(['backtest', 'sweep', 'sweep-part']),
  strategy: z.string().max(1000),
  /** Once its data and code have been looked at: a digest of data, code, configuration and seed. */
  runId: token.nullable(),
  /** Of a part. */
  sweepId: token.nullable(),
  priority: z.enum(RUN_PRIORITIES),
  state: z.enum(RUN_STATES),
  instance: token,
  /** Deliveries of the request so far, this one included. */
  attempt: z.int().min(1),
  /** 0 to 1. */
  share: z.number().min(0).max(1),
  events: z.int().min(0),
  /** Of the end, where it was not a success. */
  error: z.string().max(2000).nullable(),
  /** True when the store had the result already. */
  reused: z.boolean(),
  submittedAt: epochMicros,
  at: epochMicros,
});
export type RunProgress = z.infer<typeof runProgressSchema>;
