import { createHmac, timingSafeEqual } from 'node:crypto';
import { Secret, readSecretFile } from '@portcullis/config';
import type { VenuesimConfig } from '../venuesim.config.ts';

/** An API key and what it may do. */
export interface ApiKey {
  readonly id: string;
  readonly account: string;
  readonly mayTrade: boolean;
  /** Whether `signature` is the hexadecimal HMAC-SHA256 of `payload` under the key's secret. Constant time. */
  signed(payload: string, signature: string): boolean;
}

export type KeyRing = ReadonlyMap<string, ApiKey>;

/** The keys of all accounts by their public part. Throws a UserError when a secret file cannot be read. */
export function keyRing(accounts: VenuesimConfig['accounts']): KeyRing {
  const ring = new Map<string, ApiKey>();
  for (const account of accounts) {
    for (const key of account.keys) {
      const secret =
        key.secretFile === undefined
          ? new Secret(key.secret ?? '')
          : readSecretFile(key.secretFile, `secret of key ${key.id}`);
      ring.set(key.apiKey, {
        id: key.id,
        account: account.name,
        mayTrade: key.permissions.includes('trade'),
        signed: (payload, signature) => isSigned(secret, payload, signature),
      });
    }
  }
  return ring;
}

function isSigned(secret: Secret, payload: string, signature: string): boolean {
  const expected = createHmac('sha256', secret.reveal()).update(payload).digest();
  const given = /^[0-9a-fA-F]{64}$/.test(signature) ? Buffer.from(signature, 'hex') : Buffer.alloc(32);
  return timingSafeEqual(expected, given);
}
