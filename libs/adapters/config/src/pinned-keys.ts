import { type Keyring, keyring } from '@portcullis/authority';
import { type Verifier, ed25519Verifier } from '@portcullis/kernel';
import { z } from 'zod';
import { UserError } from './user-error.ts';

/** A raw Ed25519 public key in base64url, as it stands in a configuration. */
export const publicKeyField = z.string().min(1).max(64);

/** The keys that a configuration pins under `field`. Throws a {@link UserError} for what is no key. */
export function pinnedKeyring(keys: readonly string[], field: string): Keyring {
  return keyring(keys.map((key, index) => verifierOf(key, `${field}.${index}`)));
}

function verifierOf(key: string, field: string): Verifier {
  try {
    return ed25519Verifier(key);
  } catch (cause) {
    throw new UserError(
      `${field} is ${JSON.stringify(key)}: ${(cause as Error).message}`,
      'put the raw public key there, 32 bytes in base64url',
      { cause },
    );
  }
}
