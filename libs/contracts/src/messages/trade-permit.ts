import { z } from 'zod';
import { derivedIdString, epochMicros, keyIdString, signatureString, token } from '../primitives.ts';

/** A lease on trading: without a live one the bridge may only cancel. */
export const tradePermitSchema = z.strictObject({
  version: z.literal(1),
  account: token,
  /** REDUCE lets only verdicts through that the gate marked as reducing. */
  mode: z.enum(['FULL', 'REDUCE']),
  killEpoch: z.int().min(0),
  gateEpoch: z.int().min(0),
  bridgeEpoch: z.int().min(0),
  /** The nonce of the bridge's heartbeat that this permit answers; its life counts from that heartbeat. */
  echo: derivedIdString,
  issuedAt: epochMicros,
  /** Microseconds of life, counted by the bridge from the heartbeat that `echo` names. */
  ttlMicros: z.int().min(1),
  keyId: keyIdString,
});
export type TradePermit = z.infer<typeof tradePermitSchema>;

/** Signature: Ed25519 over `portcullis:permit:v1` NUL canonical JSON of `permit`. */
export const signedPermitSchema = z.strictObject({
  version: z.literal(1),
  permit: tradePermitSchema,
  signature: signatureString,
});
export type SignedPermit = z.infer<typeof signedPermitSchema>;
