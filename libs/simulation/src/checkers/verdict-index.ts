import { createHash, createPublicKey, verify } from 'node:crypto';
import { sortedJson } from './decimals.ts';

/** An approval that really has the gate's signature. */
export interface Approval {
  readonly order: Readonly<Record<string, unknown>>;
  readonly expiresAt: number;
  readonly reduces: boolean;
  readonly account: string;
  readonly runId: string;
  readonly strategy: string;
  /** `<symbol>.<venue>` */
  readonly instrument: string;
}

type SignatureHolds = (text: string, signature: string) => boolean;

const DOMAIN = 'portcullis:verdict:v1';

/** The keyed hash that the simulation signs with, computed apart from the core. */
export function keyedHashHolds(secret: string): SignatureHolds {
  return (text, signature) => createHash('sha256').update(`${secret}\0${DOMAIN}\0${text}`).digest('hex') === signature;
}

/** Ed25519, checked apart from the core. */
export function ed25519Holds(publicKeyBase64: string): SignatureHolds {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKeyBase64 }, format: 'jwk' });
  return (text, signature) => verify(null, Buffer.from(`${DOMAIN}\0${text}`), key, Buffer.from(signature, 'base64url'));
}

/** All approvals that were published and hold, by client order id. What has no good signature is as if it were not there. */
export class VerdictIndex {
  readonly #signatureHolds: SignatureHolds;
  readonly #approvals = new Map<string, Map<string, Approval>>();

  constructor(signatureHolds: SignatureHolds) {
    this.#signatureHolds = signatureHolds;
  }

  /** Takes a message of the stream of verdicts, and says what is new in it. The same verdict may come again. */
  take(body: string): 'approved' | 'denied' | 'nothing' {
    const { verdict, signature = '' } = JSON.parse(body) as { verdict?: Record<string, unknown>; signature?: string };
    if (verdict?.['decision'] !== 'approved') return 'denied';
    const text = sortedJson(verdict);
    if (!this.#signatureHolds(text, signature)) return 'nothing';
    const approval = { ...verdict, order: verdict['venueOrder'] } as unknown as Approval;
    const id = String(approval.order['clientOrderId']);
    const known = this.#approvals.get(id) ?? new Map<string, Approval>();
    const isNew = !known.has(text);
    this.#approvals.set(id, known.set(text, approval));
    return isNew ? 'approved' : 'nothing';
  }

  /** The different approvals of an order; exactly one is right. */
  of(clientOrderId: string): readonly Approval[] {
    return [...(this.#approvals.get(clientOrderId)?.values() ?? [])];
  }
}
