import type { RiskVerdict } from '@portcullis/contracts';

/** A decision as it was made, for whenever the same intent comes again. */
export interface DecidedIntent {
  readonly hash: string;
  readonly expiry: number;
  readonly verdict: RiskVerdict;
}

/** Intents that are remembered at once: at ten a second nearly three hours of expiry ahead. */
export const INTENTS_REMEMBERED_MAX = 100_000;

/** How long past its expiry an intent is remembered: longer than any redelivery on an honest clock. */
const MEMORY_MARGIN_MICROS = 60_000_000;

/** What was decided, by intent id, until the intent could not be approved any more and nothing can come of it. */
export class IntentMemory {
  readonly #decided = new Map<string, DecidedIntent>();

  get(intentId: string): DecidedIntent | undefined {
    return this.#decided.get(intentId);
  }

  get full(): boolean {
    return this.#decided.size >= INTENTS_REMEMBERED_MAX;
  }

  get size(): number {
    return this.#decided.size;
  }

  set(intentId: string, decided: DecidedIntent): void {
    if (!this.full) this.#decided.set(intentId, decided);
  }

  /** Forgets intents that expired well before `at` and whose order, if any, is over. */
  prune(at: number, isOpen: (clientOrderId: string) => boolean): void {
    for (const [intentId, { expiry, verdict }] of this.#decided) {
      if (expiry + MEMORY_MARGIN_MICROS >= at) continue;
      if (verdict.decision === 'denied' || !isOpen(verdict.venueOrder.clientOrderId)) this.#decided.delete(intentId);
    }
  }
}
