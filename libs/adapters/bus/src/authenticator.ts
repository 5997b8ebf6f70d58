import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import type { Authenticator } from '@nats-io/transport-node';
import type { Secret } from '@portcullis/config';
import { publicKeyOf } from './keys.ts';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** Two bytes say what kind of key it is; 32 bytes of seed follow, then a checksum. */
const KIND_BYTES = 2;
const SEED_BYTES = 32;
/** An Ed25519 private key in PKCS#8 is this and the seed (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * Answers the server's challenge. The client's own authenticator signs in JavaScript, which stops a process for tenths of
 * a second at every reconnect; this one leaves it to the crypto library. Throws when the seed is none of a user.
 */
export function authenticatorOf(seed: Secret): Authenticator {
  const nkey = publicKeyOf(seed);
  const key = privateKeyOf(seed);
  return (nonce) => ({ nkey, sig: nonce === undefined ? '' : sign(null, Buffer.from(nonce), key).toString('base64') });
}

function privateKeyOf(seed: Secret): KeyObject {
  const raw = decodeBase32(seed.reveal()).subarray(KIND_BYTES, KIND_BYTES + SEED_BYTES);
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, raw]), format: 'der', type: 'pkcs8' });
}

/** RFC 4648 without padding; whether the text is a seed was checked before. */
function decodeBase32(text: string): Buffer {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const character of text) {
    value = (value << 5) | BASE32.indexOf(character);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >> bits) & 0xff);
      value &= (1 << bits) - 1;
    }
  }
  return Buffer.from(bytes);
}
