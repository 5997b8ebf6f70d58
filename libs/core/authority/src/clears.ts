import type { ClearDocument } from '@portcullis/contracts';
import { type LatchState, unlatch } from './latches.ts';
import { type Keyring, documentSignerCount } from './signatures.ts';

/** Different people who have to sign before a latch opens. */
export const CLEAR_SIGNERS_MIN = 2;

/** How far ahead a statement may be dated: a person's clock is not ours. */
const ISSUED_AHEAD_MICROS_MAX = 60_000_000;

/** Why a clear document changes nothing. */
export type ClearRefusal = 'other-account' | 'not-yet-valid' | 'expired' | 'no-such-latch' | 'too-few-signers';

/**
 * Judges a clear document against the latches held at `at` (S5). It opens the one latch whose scope and epoch it
 * names: a document for an older kill of the same scope, for another account, or out of its time opens nothing.
 */
export function clearLatch(
  state: LatchState,
  document: ClearDocument,
  { account, approvers, at }: { readonly account: string; readonly approvers: Keyring; readonly at: number },
): { readonly state: LatchState } | { readonly refusal: ClearRefusal } {
  const { statement } = document;
  if (statement.account !== account) return { refusal: 'other-account' };
  if (statement.issuedAt > at + ISSUED_AHEAD_MICROS_MAX) return { refusal: 'not-yet-valid' };
  if (statement.expiresAt <= at) return { refusal: 'expired' };
  const held = state.latches.some((latch) => latch.scope === statement.scope && latch.epoch === statement.killEpoch);
  if (!held) return { refusal: 'no-such-latch' };
  if (documentSignerCount(approvers, document) < CLEAR_SIGNERS_MIN) return { refusal: 'too-few-signers' };
  return { state: unlatch(state, statement.scope, statement.killEpoch) };
}
