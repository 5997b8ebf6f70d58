import { z } from 'zod';
import {
  derivedIdString,
  digest,
  epochMicros,
  instrumentId,
  journalHead,
  orderTypeSchema,
  sideSchema,
  timeInForceSchema,
  token,
  unsignedDecimalString,
} from '../primitives.ts';

/** What a strategy (or a person) wants. It reaches a venue only as the order of an approved verdict. */
export const orderIntentSchema = z.strictObject({
  version: z.literal(1),
  intentId: derivedIdString,
  runId: token,
  strategy: token,
  account: token,
  origin: z.enum(['run', 'person']),
  instrument: instrumentId,
  side: sideSchema,
  type: orderTypeSchema,
  timeInForce: timeInForceSchema,
  postOnly: z.boolean(),
  reduceOnly: z.boolean(),
  quantity: unsignedDecimalString,
  /** Limit price; absent for market orders. */
  price: unsignedDecimalString.optional(),
  /** Trigger price of a stop-limit order. */
  stopPrice: unsignedDecimalString.optional(),
  /** The price that the strategy saw when it decided. */
  referencePrice: unsignedDecimalString.optional(),
  tsEvent: epochMicros,
  /** After this moment the intent is void. */
  expiry: epochMicros,
  modelDigest: digest.optional(),
  configDigest: digest,
  /** Index of the kernel input that caused it. */
  runSeq: z.int().min(0),
  head: journalHead,
});
export type OrderIntent = z.infer<typeof orderIntentSchema>;
