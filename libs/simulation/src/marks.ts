/** Branches that a simulation should reach at some time: what was never reached was never tested. */
export const MARK_NAMES = [
  'duplicate delivered',
  'core message lost',
  'bus restarted',
  'service cut off',
  'lease lost',
  'machine crash lost journal records',
  'riskd crashed',
  'bridge crashed',
  'livyd crashed',
  'bridge restarted with a submit pending',
  'bridge restarted with an unresolved order',
  'message waited for the bus',
  'messages published again after a restart',
  'order accepted',
  'order rejected by the venue',
  'order request lost',
  'order request past its receive window',
  'order answer lost',
  'order unresolved',
  'unresolved order found',
  'unresolved order proved absent',
  'order not sent: authority ended before the write',
  'verdict lapsed',
  'verdict redelivered and ignored',
  'forged verdict published',
  'forged verdict refused',
  'cancel for an unknown order',
  'private frame lost',
  'private frame repeated',
  'private stream ended',
  'sweep incomplete',
  'no permit for long: own orders cancelled',
  'market hole',
  'kill published',
  'kill with working orders',
  'kill repeated on a latched scope',
  'kill with an unreadable body',
  'permit withheld until all kills are known',
  'latch cleared',
  'clear refused',
  'reduction under a latch sent',
  'reduce-only intent published',
  'verdict for an old bridge epoch',
] as const;
export type MarkName = (typeof MARK_NAMES)[number];

/** How often each branch was reached. */
export class Marks {
  readonly #counts = new Map<MarkName, number>(MARK_NAMES.map((name) => [name, 0]));

  sometimes(name: MarkName, count = 1): void {
    this.#counts.set(name, this.count(name) + count);
  }

  count(name: MarkName): number {
    return this.#counts.get(name) ?? 0;
  }

  /** All marks in their order, the ones that were never reached too. */
  all(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
