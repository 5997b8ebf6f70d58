import {
  type ClearRefusal,
  type Keyring,
  type LatchState,
  NO_LATCHES,
  clearLatch,
  latch,
  scopeCovers,
} from '@portcullis/authority';
import type { ClearDocument } from '@portcullis/contracts';
import type { GateInput } from './gate-input.ts';

type KillInput = Extract<GateInput, { type: 'kill' }>;

/** Kills whose redelivery is recognised. An older one that comes back latches again, which is the safe way to be wrong. */
const KILLS_SEEN_MAX = 10_000;
const REASON_LENGTH_MAX = 500;
const BY_LENGTH_MAX = 128;

/** The kills and clears of one account, in order: latches and an epoch that never goes down (S5). */
export class ControlLog {
  #state: LatchState = NO_LATCHES;
  #approvers: Keyring = new Map();
  readonly #seen = new Set<string>();

  get state(): LatchState {
    return this.#state;
  }

  /** Whose signatures open latches from now on. */
  trust(approvers: Keyring): void {
    this.#approvers = approvers;
  }

  /** Latches the scope of a kill. False when the very same message was applied before. */
  kill(kill: KillInput): boolean {
    // The content is part of the key: a stream that was made anew counts from one again, and its kills are new ones.
    const key = `${kill.streamSequence} ${kill.scope} ${kill.by} ${kill.reason}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    if (this.#seen.size > KILLS_SEEN_MAX) this.#seen.delete(this.#seen.keys().next().value ?? '');
    this.#latch(kill.scope, kill);
    return true;
  }

  /** Latches the whole account on the gate's own account, once: while that latch holds nothing gets worse by waiting. */
  distrust(account: string, by: string, { reason, at }: { readonly reason: string; readonly at: number }): boolean {
    const scope = `account.${account}`;
    if (this.#state.latches.some((held) => held.scope === scope && held.by === by)) return false;
    this.#latch(scope, { reason, by, at });
    return true;
  }

  /** Opens the latch that the document names. Returns why not, when not. */
  clear(account: string, document: ClearDocument, at: number): ClearRefusal | undefined {
    const outcome = clearLatch(this.#state, document, { account, approvers: this.#approvers, at });
    if ('refusal' in outcome) return outcome.refusal;
    this.#state = outcome.state;
    return undefined;
  }

  /** Whether some latch stops everything that the account can do. */
  coversAccount(account: string, venue: string): boolean {
    const whole = { account, venue, strategy: '', runId: '', symbol: '' };
    return this.#state.latches.some((held) => scopeCovers(held.scope, whole));
  }

  #latch(
    scope: string,
    { reason, by, at }: { readonly reason: string; readonly by: string; readonly at: number },
  ): void {
    this.#state = latch(this.#state, {
      scope,
      reason: reason.slice(0, REASON_LENGTH_MAX),
      by: by.slice(0, BY_LENGTH_MAX),
      at,
    });
  }
}
