import type { ApprovedVerdict } from '@portcullis/contracts';
import { BRIDGE_LIMITS } from './bridge-config.ts';

interface Remembered {
  readonly intentId: string;
  readonly nonce: string;
  readonly expiresAt: number;
  readonly gateEpoch: number;
  readonly gateSeq: number;
}

/**
 * The verdicts that were disposed of, so that none acts twice. Bounded without a hole: the gate's epochs and journal
 * sequences only grow, so everything at or below the newest forgotten one is known to have been here.
 */
export class VerdictMemory {
  readonly #byIntent = new Map<string, Remembered>();
  readonly #nonces = new Set<string>();
  #forgotten: { readonly gateEpoch: number; readonly gateSeq: number } | undefined;

  /** `seen`: this verdict, or another one of the same intent, was here. `forgotten`: it is too old for us to know. */
  judge(verdict: ApprovedVerdict): 'new' | 'seen' | 'forgotten' {
    if (this.#byIntent.has(verdict.intentId) || this.#nonces.has(verdict.nonce)) return 'seen';
    const floor = this.#forgotten;
    if (floor === undefined || verdict.gateEpoch > floor.gateEpoch) return 'new';
    return verdict.gateEpoch === floor.gateEpoch && verdict.head.seq > floor.gateSeq ? 'new' : 'forgotten';
  }

  /** Whether there is room, after letting go of verdicts that expired long ago. */
  makeRoom(at: number): boolean {
    for (const oldest of this.#byIntent.values()) {
      if (this.#byIntent.size < BRIDGE_LIMITS.verdictsMax) return true;
      if (oldest.expiresAt + BRIDGE_LIMITS.verdictMemoryMicros > at) return false;
      this.#forget(oldest);
    }
    return this.#byIntent.size < BRIDGE_LIMITS.verdictsMax;
  }

  add(verdict: ApprovedVerdict): void {
    const { intentId, nonce, expiresAt, gateEpoch } = verdict;
    this.#byIntent.set(intentId, { intentId, nonce, expiresAt, gateEpoch, gateSeq: verdict.head.seq });
    this.#nonces.add(nonce);
  }

  #forget(old: Remembered): void {
    this.#byIntent.delete(old.intentId);
    this.#nonces.delete(old.nonce);
    const floor = this.#forgotten;
    const higher =
      floor === undefined ||
      old.gateEpoch > floor.gateEpoch ||
      (old.gateEpoch === floor.gateEpoch && old.gateSeq > floor.gateSeq);
    if (higher) this.#forgotten = { gateEpoch: old.gateEpoch, gateSeq: old.gateSeq };
  }
}
