// The only file of the core that may import from node: (pure, synchronous functions of their arguments).
import { createHash, createPrivateKey, createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto';

/** SHA-256 of a string (as UTF-8) or bytes, in lower-case hexadecimal. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/** The same of several pieces, one after the other. */
export function sha256HexOf(...pieces: readonly (string | Uint8Array)[]): string {
  const running = createHash('sha256');
  for (const piece of pieces) running.update(piece);
  return running.digest('hex');
}

/** A running SHA-256, for digests over many pieces. */
export class RunningHash {
  readonly #hash = createHash('sha256');

  update(data: string | Uint8Array): this {
    this.#hash.update(data);
    return this;
  }

  /** The digest of all that was added so far; adding may go on after it. */
  hex(): string {
    return this.#hash.copy().digest('hex');
  }
}

/** Signs bytes and says which key did. Ed25519 in production: deterministic, so a replay signs the same. */
export interface Signer {
  readonly keyId: string;
  /** Base64url signature over `domain` NUL `text`. */
  sign(domain: string, text: string): string;
}

/** Checks signatures of one key. */
export interface Verifier {
  readonly keyId: string;
  verify(domain: string, text: string, signature: string): boolean;
}

/** The first 16 hex digits of the SHA-256 of the raw public key. */
export function keyIdOf(publicKeyRaw: Uint8Array): string {
  return sha256Hex(publicKeyRaw).slice(0, 16);
}

function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(-32);
}

/** A signer from an Ed25519 private key in PKCS#8 PEM. Throws when the text is no such key. */
export function ed25519Signer(privateKeyPem: string): Signer & { readonly publicKeyBase64: string } {
  const key = createPrivateKey(privateKeyPem);
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('not an Ed25519 private key');
  const publicKey = rawPublicKey(createPublicKey(key));
  return {
    keyId: keyIdOf(publicKey),
    publicKeyBase64: publicKey.toString('base64url'),
    sign: (domain, text) => sign(null, Buffer.from(`${domain}\0${text}`), key).toString('base64url'),
  };
}

/** A verifier from a raw 32-byte Ed25519 public key in base64url. Throws when it is no such key. */
export function ed25519Verifier(publicKeyBase64: string): Verifier {
  const raw = Buffer.from(publicKeyBase64, 'base64url');
  if (raw.length !== 32) throw new Error('an Ed25519 public key has 32 bytes');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' });
  return {
    keyId: keyIdOf(raw),
    verify: (domain, text, signature) => {
      const bytes = Buffer.from(signature, 'base64url');
      return bytes.length === 64 && verify(null, Buffer.from(`${domain}\0${text}`), key, bytes);
    },
  };
}

/** A keyed-hash signer for simulations, where millions of signatures are made; never used on a real path. */
export function keyedHashSigner(keyId: string, secret: string): Signer & Verifier {
  const mac = (domain: string, text: string): string => sha256Hex(`${secret}\0${domain}\0${text}`);
  return { keyId, sign: mac, verify: (domain, text, signature) => mac(domain, text) === signature };
}
