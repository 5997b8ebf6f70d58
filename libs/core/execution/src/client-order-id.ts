import { assert, base36OfHex, derivedId, sha256Hex } from '@portcullis/kernel';

const RUN_PREFIX_LENGTH = 5;
const BODY_LENGTH = 22;

/** The run's own prefix, by which a kill recognises its orders in a venue's list: `p` and 5 characters of `[0-9a-z]`. */
export function clientOrderIdPrefix(runId: string): string {
  return `p${base36OfHex(sha256Hex(`portcullis:run\0${runId}`), RUN_PREFIX_LENGTH)}`;
}

/**
 * The client order id of an intent: derived, so that every restart finds the same one. 28 characters of `[0-9a-z]`,
 * never starting with `t` (one venue adds `t-` to ids that lack it, which would change them).
 */
export function clientOrderIdOf(runId: string, intentId: string): string {
  const id = `${clientOrderIdPrefix(runId)}${base36OfHex(derivedId('client-order-id', runId, intentId), BODY_LENGTH)}`;
  assert(id.length === 28 && !id.startsWith('t'), `client order id ${id} has the wrong form`);
  return id;
}

/** Whether a client order id has the form of ours, also of a run that we have no record of. */
export function isOwnClientOrderId(clientOrderId: string): boolean {
  return /^p[0-9a-z]{27}$/.test(clientOrderId);
}
