import { z } from 'zod';
import {
  derivedIdString,
  digest,
  epochMicros,
  instrumentId,
  journalHead,
  keyIdString,
  originSchema,
  signatureString,
  token,
} from '../primitives.ts';
import { venueOrderSchema } from './venue-order.ts';

const common = {
  version: z.literal(1),
  verdictId: derivedIdString,
  origin: originSchema,
  account: token,
  runId: token,
  strategy: token,
  instrument: instrumentId,
  intentId: derivedIdString,
  /** SHA-256 of the canonical JSON of the intent. */
  intentHash: digest,
  nonce: derivedIdString,
  issuedAt: epochMicros,
  expiresAt: epochMicros,
  killEpoch: z.int().min(0),
  gateEpoch: z.int().min(0),
  limitsVersion: z.int().min(0),
  keyId: keyIdString,
  /** riskd's journal head: the intent is the record at `head.seq`. */
  head: journalHead,
};

export const approvedVerdictSchema = z.strictObject({
  ...common,
  decision: z.literal('approved'),
  venueOrder: venueOrderSchema,
  venueOrderHash: digest,
  /** Whether the order may be sent under a permit of mode REDUCE: the gate verified that it only reduces. */
  reduces: z.boolean(),
  /** Who may act on it: one bridge incarnation of one account. */
  audience: z.strictObject({ account: token, bridgeEpoch: z.int().min(0) }),
});
export type ApprovedVerdict = z.infer<typeof approvedVerdictSchema>;

export const deniedVerdictSchema = z.strictObject({
  ...common,
  decision: z.literal('denied'),
  denial: z.strictObject({
    code: z.string().regex(/^[A-Z][A-Z0-9_]{2,63}$/),
    /** The numbers behind the denial, as strings: limit, observed, unit. */
    detail: z.record(z.string().max(64), z.string().max(200)),
  }),
});
export type DeniedVerdict = z.infer<typeof deniedVerdictSchema>;

export const riskVerdictSchema = z.discriminatedUnion('decision', [approvedVerdictSchema, deniedVerdictSchema]);
export type RiskVerdict = z.infer<typeof riskVerdictSchema>;

/** Signature: Ed25519 over `portcullis:verdict:v1` NUL canonical JSON of `verdict`. */
export const signedVerdictSchema = z.strictObject({
  version: z.literal(1),
  verdict: riskVerdictSchema,
  signature: signatureString,
});
export type SignedVerdict = z.infer<typeof signedVerdictSchema>;
