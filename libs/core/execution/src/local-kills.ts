import {
  type Keyring,
  LATCH_COUNT_MAX,
  type LatchSubject,
  documentSignerCount,
  scopeCovers,
} from '@portcullis/authority';
import type { ClearDocument } from '@portcullis/contracts';
import { BRIDGE_LIMITS } from './bridge-config.ts';

/** A kill as the bridge holds it. The gate gives kills their epochs; the bridge knows only a floor below which a clear is too old. */
export interface LocalLatch {
  readonly scope: string;
  readonly epochFloor: number;
  readonly reason: string;
  readonly by: string;
  readonly at: number;
  /** When it was asked for, by the bus's clock if it came from there. */
  readonly killedAt: number;
  readonly streamSequence: number | undefined;
  /** A sweep made after it found nothing of ours open in its scope. */
  confirmed: boolean;
}

export interface KillNotice {
  readonly at: number;
  readonly scope: string;
  readonly reason: string;
  readonly by: string;
  readonly streamSequence?: number;
  readonly publishedAt?: number;
}

/**
 * The bridge's own latches, so that a kill holds here whatever becomes of the gate and of the bus. A latch goes only by a
 * document of two people that was signed after the kill and names an epoch that no clear of the scope has named before (S5).
 */
export class LocalKills {
  readonly #latches = new Map<string, LocalLatch>();
  /** The highest epoch that a clear has used up, by scope. */
  readonly #clearedEpochs = new Map<string, number>();
  readonly #sequences = new Set<number>();
  #sequenceFloor = 0;

  /** Latches the scope. False when this very message was here before. */
  kill(notice: KillNotice): boolean {
    if (notice.streamSequence !== undefined && !this.#first(notice.streamSequence)) return false;
    const full = this.#latches.size >= LATCH_COUNT_MAX && !this.#latches.has(notice.scope);
    const scope = full ? 'all' : notice.scope;
    const held = this.#latches.get(scope);
    const local = notice.streamSequence === undefined;
    // The permit of a kill may overtake its message, so the known epoch is no floor. A local kill has no epoch of its own to add.
    const floor = held === undefined ? (this.#clearedEpochs.get(scope) ?? 0) + 1 : held.epochFloor + (local ? 0 : 1);
    this.#latches.set(scope, {
      scope,
      epochFloor: floor,
      reason: notice.reason,
      by: notice.by,
      at: notice.at,
      killedAt: notice.publishedAt ?? notice.at,
      streamSequence: notice.streamSequence ?? held?.streamSequence,
      confirmed: false,
    });
    return true;
  }

  /** Removes the latch that a document clears, or says why it does not. */
  clear(
    document: ClearDocument,
    context: { readonly at: number; readonly account: string; readonly keys: Keyring; readonly streamSequence: number },
  ): string | undefined {
    const { statement } = document;
    if (!this.#first(context.streamSequence)) return 'it was here before';
    if (statement.account !== context.account) return `it is for account ${statement.account}`;
    const held = this.#latches.get(statement.scope);
    if (held === undefined) return `${statement.scope} is not latched`;
    if (context.at >= statement.expiresAt) return 'it has expired';
    if (documentSignerCount(context.keys, document) < 2) return 'it lacks the signatures of two approvers';
    if (statement.killEpoch < held.epochFloor) {
      return `it names kill epoch ${statement.killEpoch}, at least ${held.epochFloor} is needed`;
    }
    if (statement.issuedAt < held.killedAt) return 'it was signed before the kill';
    if (held.streamSequence !== undefined && context.streamSequence < held.streamSequence) {
      return 'it was published before the kill';
    }
    this.#latches.delete(statement.scope);
    this.#clearedEpochs.set(statement.scope, statement.killEpoch);
    for (const oldest of this.#clearedEpochs.keys()) {
      if (this.#clearedEpochs.size <= BRIDGE_LIMITS.controlSequencesMax) break;
      this.#clearedEpochs.delete(oldest);
    }
    return undefined;
  }

  covering(subject: LatchSubject): LocalLatch | undefined {
    for (const held of this.#latches.values()) if (scopeCovers(held.scope, subject)) return held;
    return undefined;
  }

  unconfirmed(): LocalLatch[] {
    return [...this.#latches.values()].filter((held) => !held.confirmed);
  }

  all(): readonly LocalLatch[] {
    return [...this.#latches.values()];
  }

  /** Whether a sequence of the control stream is seen for the first time. Far below the newest ones it counts as seen. */
  #first(sequence: number): boolean {
    if (sequence <= this.#sequenceFloor || this.#sequences.has(sequence)) return false;
    this.#sequences.add(sequence);
    for (const oldest of this.#sequences) {
      if (this.#sequences.size <= BRIDGE_LIMITS.controlSequencesMax) break;
      this.#sequences.delete(oldest);
      this.#sequenceFloor = Math.max(this.#sequenceFloor, oldest);
    }
    return true;
  }
}
