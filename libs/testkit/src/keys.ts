import { generateKeyPairSync } from 'node:crypto';
import { ed25519Signer } from '@portcullis/kernel';

/** A fresh Ed25519 private key as PKCS#8 PEM, the text of a signing key file. */
export function newKeyPem(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}

/** Signs with a fresh key: a gate, an approver, or a stranger to both. */
export function newSigner(): ReturnType<typeof ed25519Signer> {
  return ed25519Signer(newKeyPem());
}
