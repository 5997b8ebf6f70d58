import { UserError, readSecretFile, serviceConfigFields } from '@portcullis/config';
import { gateLimitsSchema, instrumentDefinitionSchema, token, tradingStateSchema } from '@portcullis/contracts';
import { type Signer, ed25519Signer, ed25519Verifier } from '@portcullis/kernel';
import type { GateConfig } from '@portcullis/risk';
import { z } from 'zod';

/** Everything that riskd is told. One riskd decides for one account. */
export const riskdConfigSchema = z.strictObject({
  ...serviceConfigFields,
  account: token,
  /** The venue that the account is at. */
  venue: token,
  /** The most that is let through; kills lower it further. */
  tradingState: tradingStateSchema.default('ACTIVE'),
  strategies: z.array(token).min(1).max(1000),
  instruments: z.array(instrumentDefinitionSchema).min(1).max(1000),
  limits: gateLimitsSchema,
  /** Raw Ed25519 public keys in base64url: whose signatures, two at a time, open a latch. */
  approvers: z.array(z.string().min(1).max(64)).max(100),
  /** File with the Ed25519 private key that signs verdicts and permits, PKCS#8 PEM. */
  signingKeyFile: z.string().min(1),
  /** Folder of the journal; nothing else may be in it. */
  journalDir: z.string().min(1),
  /** File with the nkey seed of identity `riskdctl`, which answers `$SRV.*`; without it riskd does not show in discovery. */
  discoverySeedFile: z.string().min(1).optional(),
  /** Life of the lease without renewal, milliseconds: how long a successor waits after a crash. */
  leaseTtlMs: z.int().min(1000).max(60_000).default(3000),
});
export type RiskdConfig = z.infer<typeof riskdConfigSchema>;

/** The part of the configuration that decisions depend on; it is journaled. Throws {@link UserError} for a key that is none. */
export function gateConfigOf({
  account,
  venue,
  tradingState,
  strategies,
  instruments,
  limits,
  approvers,
}: RiskdConfig): GateConfig {
  approvers.forEach((key, index) => {
    try {
      ed25519Verifier(key);
    } catch (cause) {
      throw new UserError(
        `approvers.${index} is ${JSON.stringify(key)}: ${(cause as Error).message}`,
        'put the raw public key there, 32 bytes in base64url',
        { cause },
      );
    }
  });
  return { account, venue, tradingState, strategies, instruments, limits, approvers };
}

/** The key that signs. Throws {@link UserError} when the file has no Ed25519 private key. */
export function signerOf({ signingKeyFile }: RiskdConfig): Signer {
  const pem = readSecretFile(signingKeyFile, 'signing key');
  try {
    return ed25519Signer(pem.reveal());
  } catch (cause) {
    throw new UserError(
      `signing key ${signingKeyFile} holds no Ed25519 private key in PKCS#8 PEM`,
      'write one there, or remove the file so that set-up makes a new one',
      { cause },
    );
  }
}
