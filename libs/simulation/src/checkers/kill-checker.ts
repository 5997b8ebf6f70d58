import type { CheckedEntry } from './ledger-entry.ts';
import type { Approval, VerdictIndex } from './verdict-index.ts';
import type { Violation } from './violation.ts';

/** How long after a kill was stored an order may still leave: the life of a permit, and a second for the kill to reach the gate. */
const KILL_MICROS_MAX = 3_000_000;
/** By how much the clock of a service may differ from the bus's. */
const CLOCK_MICROS_MAX = 500_000;

interface Kill {
  readonly scope: string;
  /** When the bus stored it. */
  readonly at: number;
}

/**
 * S4 on the venue's ledger: from a moment after a kill was stored until two people clear it, no order in its scope is
 * sent that is not a verified reduction. It reads the control stream by itself.
 */
export class KillChecker {
  readonly #verdicts: VerdictIndex;
  #open: Kill[] = [];
  violation: Violation | undefined;

  constructor(verdicts: VerdictIndex) {
    this.#verdicts = verdicts;
  }

  /** Takes a message of the control stream. */
  takeControl({
    subject,
    body,
    storedAt,
  }: {
    readonly subject: string;
    readonly body: string;
    readonly storedAt: number;
  }): void {
    if (!subject.startsWith('ctl.kill.')) return;
    const scope = isJsonObject(body) ? subject.slice('ctl.kill.'.length) : 'all';
    this.#open.push({ scope, at: storedAt });
  }

  /** Two people have signed a document for a latch that the gate showed as set at `latchedAt`, by a clock of its own. */
  cleared(scope: string, latchedAt: number): void {
    this.#open = this.#open.filter((kill) => kill.scope !== scope || kill.at > latchedAt + CLOCK_MICROS_MAX);
  }

  isKilled(scope: string): boolean {
    return this.#open.some((kill) => kill.scope === scope);
  }

  take(entry: CheckedEntry): void {
    if (entry.type !== 'received' || this.violation !== undefined) return;
    const id = String(entry.order['clientOrderId']);
    const [approval] = this.#verdicts.of(id);
    if (approval === undefined || approval.reduces) return;
    const broken = this.#open.find(
      (kill) => covers(kill.scope, approval) && entry.sentAt > kill.at + KILL_MICROS_MAX + CLOCK_MICROS_MAX,
    );
    if (broken === undefined) return;
    const what = `order ${id} of run ${approval.runId} was sent ${entry.sentAt - broken.at} µs after the kill of ${broken.scope}`;
    this.violation = { invariant: 'S4', at: entry.at, what };
  }
}

function covers(scope: string, { account, runId, strategy, instrument }: Approval): boolean {
  const [symbol = '', venue = ''] = instrument.split('.');
  const own = [
    'all',
    `account.${account}`,
    `venue.${venue}`,
    `instrument.${venue}.${symbol}`,
    `strategy.${strategy}`,
    `run.${runId}`,
  ];
  return own.includes(scope);
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value);
  } catch {
    return false;
  }
}
