import { assert } from '@portcullis/kernel';

/** Whom an order belongs to, for deciding which latches stop it. */
export interface LatchSubject {
  readonly venue: string;
  readonly account: string;
  readonly strategy: string;
  readonly runId: string;
  readonly symbol: string;
}

/** A kill that holds until a signed document names its scope and epoch. */
export interface KillLatch {
  readonly scope: string;
  readonly epoch: number;
  readonly reason: string;
  readonly by: string;
  readonly at: number;
}

/** Latches that one account may hold. One more kill latches everything instead of being forgotten. */
export const LATCH_COUNT_MAX = 1000;

/** Whether a latch of `scope` (spelled as in the kill's subject) stops the owner of an order. */
export function scopeCovers(scope: string, subject: LatchSubject): boolean {
  return (
    scope === 'all' ||
    scope === `venue.${subject.venue}` ||
    scope === `account.${subject.account}` ||
    scope === `strategy.${subject.strategy}` ||
    scope === `run.${subject.runId}` ||
    scope === `instrument.${subject.venue}.${subject.symbol}`
  );
}

/** The kill latches of one account and the epoch that never goes down (S5). */
export interface LatchState {
  readonly killEpoch: number;
  readonly latches: readonly KillLatch[];
}

export const NO_LATCHES: LatchState = { killEpoch: 0, latches: [] };

/** Raises the epoch and latches the scope; a scope that is latched already gets the new epoch, so that older clears miss it. */
export function latch(state: LatchState, kill: Omit<KillLatch, 'epoch'>): LatchState {
  const epoch = state.killEpoch + 1;
  const others = state.latches.filter((held) => held.scope !== kill.scope);
  const scope = others.length >= LATCH_COUNT_MAX ? 'all' : kill.scope;
  return { killEpoch: epoch, latches: [...others.filter((held) => held.scope !== scope), { ...kill, scope, epoch }] };
}

/** Removes the one latch of that scope and epoch. Anything else changes nothing: an old clear cannot re-arm a newer kill. */
export function unlatch(state: LatchState, scope: string, epoch: number): LatchState {
  assert(epoch <= state.killEpoch, `latch epoch ${epoch} is above the kill epoch ${state.killEpoch}`);
  return {
    killEpoch: state.killEpoch,
    latches: state.latches.filter((held) => held.scope !== scope || held.epoch !== epoch),
  };
}

/** The first latch that stops the owner of an order, if any. */
export function latchOn(state: LatchState, subject: LatchSubject): KillLatch | undefined {
  return state.latches.find((held) => scopeCovers(held.scope, subject));
}
