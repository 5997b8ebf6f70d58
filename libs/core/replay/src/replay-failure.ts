/**
 * Why a replay ended before its data did. `disorder`: an event came twice or out of order under STRICT. `strategy`: it
 * threw under FAIL_FAST. `runaway`: it asked for orders without end at one moment. `backlog`: more events were on their
 * way through the feed's latency than a run holds. `snapshot`: it does not belong to the run.
 */
export type ReplayTrouble = 'disorder' | 'strategy' | 'runaway' | 'backlog' | 'snapshot';

/** Thrown by a run that cannot go on; the run itself stays whole, and `finish()` still tells what it came to. */
export class ReplayFailure extends Error {
  override readonly name = 'ReplayFailure';
  readonly trouble: ReplayTrouble;

  constructor(trouble: ReplayTrouble, message: string) {
    super(message);
    this.trouble = trouble;
  }
}
