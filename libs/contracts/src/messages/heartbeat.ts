import { z } from 'zod';
import { decimalString, derivedIdString, digest, epochMicros, instrumentId, token } from '../primitives.ts';

const runStatus = z.strictObject({
  runId: token,
  strategy: token,
  account: token,
  instrument: instrumentId,
  stage: z.enum(['paper', 'shadow', 'canary', 'active']),
  state: z.enum(['starting', 'running', 'stopping', 'stopped', 'quarantined']),
  inputs: z.int().min(0),
  intents: z.int().min(0),
  workingOrders: z.int().min(0),
  position: decimalString,
  realisedProfit: decimalString,
  unrealisedProfit: decimalString,
  fees: decimalString,
  decisionHash: digest,
});
export type RunStatus = z.infer<typeof runStatus>;

/** "I am here, and this is my state." The bridge's nonce is what a permit echoes. */
export const heartbeatSchema = z.strictObject({
  version: z.literal(1),
  service: token,
  instance: token,
  at: epochMicros,
  state: z.enum(['starting', 'ready', 'degraded', 'stopping']),
  detail: z.string().max(500).optional(),
  /** Only the bridge's. */
  bridge: z
    .strictObject({
      account: token,
      bridgeEpoch: z.int().min(0),
      nonce: derivedIdString,
      reconciled: z.boolean(),
      killEpochSeen: z.int().min(0),
      openOrders: z.int().min(0),
      unresolvedOrders: z.int().min(0),
    })
    .optional(),
  /** Only livyd's. */
  runs: z.array(runStatus).max(1000).optional(),
  /** Counters worth seeing without a metrics server, for example refusals by reason. */
  counters: z.record(z.string().max(64), z.number()).optional(),
});
export type Heartbeat = z.infer<typeof heartbeatSchema>;
