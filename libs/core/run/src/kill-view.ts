import type { RunControl } from './run-input.ts';

/** Every scope whose kill covers a run. */
export function killScopes(run: {
  readonly runId: string;
  readonly strategy: string;
  readonly account: string;
  readonly instruments: readonly { readonly venue: string; readonly symbol: string }[];
}): string[] {
  const { runId, strategy, account, instruments } = run;
  return [
    ...['all', `account.${account}`, `strategy.${strategy}`, `run.${runId}`],
    ...new Set(instruments.map(({ venue }) => `venue.${venue}`)),
    ...instruments.map(({ venue, symbol }) => `instrument.${venue}.${symbol}`),
  ];
}

export interface KillViewSnapshot {
  readonly appended: readonly string[];
  readonly projected: readonly string[];
  readonly streamSequence: number;
}

/**
 * Which kills cover a run: those appended to the control log and not yet cleared there, and those that riskd shows as
 * latched. A clear in the log may be invalid, but then riskd still shows its latch; riskd's picture may be old, but then
 * the log has the kill. So the run is silent while either says so, and no order of arrival lets it speak too early.
 */
export class KillView {
  readonly #ownScopes: ReadonlySet<string>;
  #appended = new Set<string>();
  #projected = new Set<string>();
  #streamSequence = 0;

  /** `scopes`: those of kills that cover the run. */
  constructor(scopes: readonly string[]) {
    this.#ownScopes = new Set(scopes);
  }

  get killed(): boolean {
    return this.#appended.size > 0 || this.#projected.size > 0;
  }

  apply(control: RunControl): void {
    if (control.kind === 'state') {
      this.#projected = new Set(control.latchedScopes.filter((scope) => this.#ownScopes.has(scope)));
      return;
    }
    // A redelivered kill must not undo a later clear.
    if (control.streamSequence <= this.#streamSequence) return;
    this.#streamSequence = control.streamSequence;
    if (!this.#ownScopes.has(control.scope)) return;
    if (control.kind === 'kill') this.#appended.add(control.scope);
    else this.#appended.delete(control.scope);
  }

  snapshot(): KillViewSnapshot {
    return { appended: [...this.#appended], projected: [...this.#projected], streamSequence: this.#streamSequence };
  }

  restore(snapshot: KillViewSnapshot): void {
    this.#appended = new Set(snapshot.appended);
    this.#projected = new Set(snapshot.projected);
    this.#streamSequence = snapshot.streamSequence;
  }
}
