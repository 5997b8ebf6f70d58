import type { Alert, DeadLetter, ReconSnapshot, ReconView } from '@portcullis/contracts';
import { derivedId } from '@portcullis/kernel';
import { RecentIds, setBounded } from './recent-ids.ts';

const ACCOUNTS_MAX = 100;
/** Dead letters and breaks remembered, so that each raises one alert. */
const IDS_MAX = 20_000;
const RECENT_MAX = 100;

/** An alert with the id by which the bus drops a second one of the same cause. */
export interface RaisedAlert {
  readonly id: string;
  readonly alert: Alert;
}

export interface DeadLetterView {
  readonly service: string;
  readonly stream: string;
  readonly subject: string;
  readonly streamSequence: number;
  readonly reason: string;
  readonly at: number;
}

/** What a person should know of: dead letters and breaks, each told once. */
export class Troubles {
  readonly #known = new RecentIds(IDS_MAX);
  readonly #recon = new Map<string, ReconView>();
  readonly #letters: DeadLetterView[] = [];
  #deadLetters = 0;
  #alerts = 0;

  get deadLetters(): number {
    return this.#deadLetters;
  }

  /** Causes of alerts so far, told or older than this process. */
  get alerts(): number {
    return this.#alerts;
  }

  get recon(): ReconView[] {
    return [...this.#recon.values()];
  }

  get breaks(): number {
    return this.recon.reduce((count, { breaks }) => count + breaks.length, 0);
  }

  /** The newest first. */
  get recentDeadLetters(): DeadLetterView[] {
    return [...this.#letters].reverse();
  }

  deadLetter(letter: DeadLetter): RaisedAlert | undefined {
    const id = derivedId('alert', 'dead-letter', letter.service, letter.stream, letter.streamSequence, letter.at);
    if (!this.#known.add(id)) return undefined;
    this.#deadLetters += 1;
    const { service, stream, subject, streamSequence, reason, at } = letter;
    this.#letters.push({ service, stream, subject, streamSequence, reason, at });
    if (this.#letters.length > RECENT_MAX) this.#letters.shift();
    return this.#raise(id, {
      name: 'dead-letter',
      severity: 'warning',
      source: service,
      at,
      summary: `${service} could not use message ${streamSequence} of ${stream} (${subject}): ${reason}`,
    });
  }

  snapshot(snapshot: ReconSnapshot): RaisedAlert[] {
    const { account, reason, at, complete, openOrders, unresolvedOrders, breaks } = snapshot;
    setBounded(
      this.#recon,
      account,
      {
        account,
        reason,
        at,
        complete,
        openOrders: openOrders.length,
        unresolvedOrders: unresolvedOrders.length,
        breaks,
      },
      ACCOUNTS_MAX,
    );
    return breaks.flatMap(({ kind, subject, ours, venue }) => {
      const id = derivedId('alert', 'recon-break', account, kind, subject, ours, venue);
      if (!this.#known.add(id)) return [];
      return [
        this.#raise(id, {
          name: 'recon-break',
          severity: 'critical',
          source: 'bridge',
          at,
          summary: `account ${account}, ${kind} ${subject}: ours ${ours}, the venue's ${venue}`,
        }),
      ];
    });
  }

  #raise(id: string, alert: Omit<Alert, 'version'>): RaisedAlert {
    this.#alerts += 1;
    return { id, alert: { version: 1, ...alert, summary: alert.summary.slice(0, 500) } };
  }
}
