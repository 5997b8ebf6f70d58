import type {
  ClearDocument,
  ClearStatement,
  RiskVerdict,
  SignedPermit,
  SignedVerdict,
  TradePermit,
} from '@portcullis/contracts';
import { type Signer, type Verifier, canonicalJson } from '@portcullis/kernel';

/** Domain tags keep a signature of one kind from ever being taken for another. */
export const SIGNATURE_DOMAINS = {
  verdict: 'portcullis:verdict:v1',
  permit: 'portcullis:permit:v1',
  document: 'portcullis:document:v1',
} as const;

export function signVerdict(signer: Signer, verdict: RiskVerdict): SignedVerdict {
  return { version: 1, verdict, signature: signer.sign(SIGNATURE_DOMAINS.verdict, canonicalJson(verdict)) };
}

export function signPermit(signer: Signer, permit: TradePermit): SignedPermit {
  return { version: 1, permit, signature: signer.sign(SIGNATURE_DOMAINS.permit, canonicalJson(permit)) };
}

/** Adds one person's signature to a clear statement; the document counts once two different keys have signed. */
export function signStatement(signer: Signer, statement: ClearStatement): ClearDocument['signatures'][number] {
  return { keyId: signer.keyId, signature: signer.sign(SIGNATURE_DOMAINS.document, canonicalJson(statement)) };
}

/** The keys that are believed, by key id. A key that is not in it verifies nothing. */
export type Keyring = ReadonlyMap<string, Verifier>;

export function keyring(verifiers: readonly Verifier[]): Keyring {
  return new Map(verifiers.map((verifier) => [verifier.keyId, verifier]));
}

export function verdictSignatureHolds(keys: Keyring, signed: SignedVerdict): boolean {
  return holds(keys, 'verdict', signed.verdict, { keyId: signed.verdict.keyId, signature: signed.signature });
}

export function permitSignatureHolds(keys: Keyring, signed: SignedPermit): boolean {
  return holds(keys, 'permit', signed.permit, { keyId: signed.permit.keyId, signature: signed.signature });
}

/** How many different believed keys signed the document's statement. */
export function documentSignerCount(keys: Keyring, document: ClearDocument): number {
  const signers = new Set<string>();
  for (const signed of document.signatures) {
    if (holds(keys, 'document', document.statement, signed)) signers.add(signed.keyId);
  }
  return signers.size;
}

interface KeySignature {
  readonly keyId: string;
  readonly signature: string;
}

function holds(keys: Keyring, kind: keyof typeof SIGNATURE_DOMAINS, body: unknown, signed: KeySignature): boolean {
  return keys.get(signed.keyId)?.verify(SIGNATURE_DOMAINS[kind], canonicalJson(body), signed.signature) ?? false;
}
