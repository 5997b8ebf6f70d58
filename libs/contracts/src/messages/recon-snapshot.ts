import { z } from 'zod';
import {
  clientOrderIdString,
  decimalString,
  epochMicros,
  instrumentId,
  journalHead,
  token,
  unsignedDecimalString,
} from '../primitives.ts';

/** A difference between our books and the venue's reports. */
export const breakSchema = z.strictObject({
  kind: z.enum(['balance', 'position', 'order', 'fill']),
  subject: z.string().max(128),
  ours: z.string().max(128),
  venue: z.string().max(128),
});
export type Break = z.infer<typeof breakSchema>;

/** What one sweep of the venue found. riskd grants no permit to a bridge epoch before its first complete one. */
export const reconSnapshotSchema = z.strictObject({
  version: z.literal(1),
  account: token,
  bridgeEpoch: z.int().min(0),
  reason: z.enum(['start', 'reconnect', 'periodic', 'kill']),
  at: epochMicros,
  /** False when some query failed: what is missing is unknown, not flat. */
  complete: z.boolean(),
  openOrders: z.array(clientOrderIdString).max(1000),
  /** Open orders at the venue that are not ours. */
  externalOrders: z.int().min(0),
  unresolvedOrders: z.array(clientOrderIdString).max(1000),
  balances: z
    .array(z.strictObject({ currency: z.string().max(16), free: unsignedDecimalString, locked: unsignedDecimalString }))
    .max(500),
  positions: z.array(z.strictObject({ instrument: instrumentId, quantity: decimalString })).max(500),
  breaks: z.array(breakSchema).max(500),
  head: journalHead,
});
export type ReconSnapshot = z.infer<typeof reconSnapshotSchema>;
