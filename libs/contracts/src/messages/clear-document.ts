import { z } from 'zod';
import { epochMicros, keyIdString, signatureString, token } from '../primitives.ts';

/** The statement that two different approvers sign to re-arm one latch of one epoch. */
export const clearStatementSchema = z.strictObject({
  version: z.literal(1),
  kind: z.literal('clear'),
  account: token,
  /** The latch's scope, spelled as in the kill's subject: `all`, `run.r1`, `instrument.venuesim.BTCUSDT`. */
  scope: z.string().min(1).max(200),
  killEpoch: z.int().min(1),
  reason: z.string().max(500),
  issuedAt: epochMicros,
  expiresAt: epochMicros,
});
export type ClearStatement = z.infer<typeof clearStatementSchema>;

/** Signatures: Ed25519 over `portcullis:document:v1` NUL canonical JSON of `statement`. */
export const clearDocumentSchema = z.strictObject({
  version: z.literal(1),
  statement: clearStatementSchema,
  signatures: z
    .array(z.strictObject({ keyId: keyIdString, signature: signatureString }))
    .min(1)
    .max(8),
});
export type ClearDocument = z.infer<typeof clearDocumentSchema>;
