import { createPrivateKey } from 'node:crypto';
import { type Keyring, keyring } from '@portcullis/authority';
import {
  type Signer,
  type Verifier,
  ed25519Signer,
  ed25519Verifier,
  keyedHashSigner,
  sha256Hex,
} from '@portcullis/kernel';

/** The keys of one simulated world. */
export interface Keys {
  readonly gate: Signer;
  readonly gateKeys: Keyring;
  /** Two people who may clear, and what the gate's configuration calls them. */
  readonly approvers: readonly Signer[];
  readonly approverNames: readonly string[];
  readonly approverKeys: Keyring;
  verifierOf(name: string): Verifier;
  /** For checkers that share no code with the signing: the secret of the keyed hash, or else the public key. */
  readonly gateSecret: string | undefined;
  readonly gatePublicKey: string;
}

const APPROVERS = ['ada', 'grace'] as const;

/** Keyed hashes: as good as signatures where nobody attacks the cryptography itself, and a hundred times as fast. */
export function hashKeys(seed: string): Keys {
  const secretOf = (name: string): string => `portcullis simulation ${seed} ${name}`;
  const signerOf = (name: string): Signer & Verifier => keyedHashSigner(name, secretOf(name));
  const [gate, approvers] = [signerOf('gate'), APPROVERS.map(signerOf)];
  return {
    gate,
    gateKeys: keyring([gate]),
    approvers,
    approverNames: APPROVERS,
    approverKeys: keyring(approvers),
    verifierOf: signerOf,
    gateSecret: secretOf('gate'),
    gatePublicKey: '',
  };
}

/** The DER head of an Ed25519 private key in PKCS#8; the 32 bytes of the seed follow it. */
const PKCS8_HEAD = '302e020100300506032b657004220420';

/** Real Ed25519 keys, derived from the seed. */
export function ed25519Keys(seed: string): Keys {
  const signerOf = (name: string): ReturnType<typeof ed25519Signer> => {
    const der = Buffer.from(PKCS8_HEAD + sha256Hex(`portcullis simulation ${seed} ${name}`), 'hex');
    const pem = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ format: 'pem', type: 'pkcs8' });
    return ed25519Signer(String(pem));
  };
  const [gate, approvers] = [signerOf('gate'), APPROVERS.map(signerOf)];
  return {
    gate,
    gateKeys: keyring([ed25519Verifier(gate.publicKeyBase64)]),
    approvers,
    approverNames: approvers.map((approver) => approver.publicKeyBase64),
    approverKeys: keyring(approvers.map((approver) => ed25519Verifier(approver.publicKeyBase64))),
    verifierOf: ed25519Verifier,
    gateSecret: undefined,
    gatePublicKey: gate.publicKeyBase64,
  };
}
