import { signStatement } from '@portcullis/authority';
import { type ClearDocument, type ControlState, subjects } from '@portcullis/contracts';
import type { SeededRandom } from '@portcullis/kernel';
import type { KillChecker } from '../checkers/kill-checker.ts';
import type { Keys } from '../keys.ts';
import type { Host } from '../nodes/process.ts';
import { ACCOUNT, RULES, VENUE } from '../scenario.ts';

const HOUR_MICROS = 3_600_000_000;
const SCOPES = [
  'all',
  `account.${ACCOUNT}`,
  `venue.${VENUE}`,
  `instrument.${VENUE}.${RULES.symbol}`,
  'run.sma-1',
  'run.quote-1',
  'strategy.quoting',
] as const;
const ROUND_MICROS = 15_000_000;
/** How long a latch is left alone at least. */
const LATCHED_MICROS_MIN = 10_000_000;
const DOCUMENT_LIFE_MICROS = 60_000_000;
const NODE = 'operator';

type Latch = ControlState['latches'][number];

/**
 * The people who stop and start: kills of every scope, now and then with a body that nobody can read; clears by two
 * signatures, and documents that must change nothing: one signer, expired, for an older epoch, or from last week.
 */
export class Operator {
  readonly #host: Host;
  readonly #keys: Keys;
  readonly #kills: KillChecker;
  readonly #random: SeededRandom;
  readonly #published: ClearDocument[] = [];
  #killCount = 0;
  #documentCount = 0;

  constructor(host: Host, keys: Keys, kills: KillChecker) {
    this.#host = host;
    this.#keys = keys;
    this.#kills = kills;
    this.#random = host.random('operator');
  }

  start(hours: number): void {
    const { killsPerHour } = this.#host.faults.drawn;
    if (killsPerHour > 0) {
      // At least one in every hour, early enough to see what follows.
      for (let hour = 0; hour < hours; hour++) {
        const span = Math.min(1, hours - hour) * HOUR_MICROS;
        this.#host.scheduler.after(hour * HOUR_MICROS + (0.2 + 0.5 * this.#random.unit()) * span, () => this.#kill());
      }
      this.#killSometime(killsPerHour);
    }
    this.#round();
  }

  #killSometime(perHour: number): void {
    this.#host.scheduler.after(this.#random.exponential(HOUR_MICROS / perHour), () => {
      this.#killSometime(perHour);
      this.#kill();
    });
  }

  #kill(): void {
    const { bus, marks, faults } = this.#host;
    const scope = this.#random.pick(SCOPES);
    const readable = this.#random.chance(0.8);
    if (faults.current.killsPerHour === 0) return;
    this.#killCount += 1;
    const reason = `exercise ${this.#killCount}`;
    const body = readable ? JSON.stringify({ reason, by: NODE }) : `{${reason}`;
    if (this.#kills.isKilled(readable ? scope : 'all')) marks.sometimes('kill repeated on a latched scope');
    if (!bus.publish(NODE, { stream: 'CONTROL', subject: subjects.kill(scope), id: `kill ${this.#killCount}`, body })) {
      return;
    }
    marks.sometimes('kill published');
    if (!readable) marks.sometimes('kill with an unreadable body');
  }

  #round(): void {
    this.#host.scheduler.after(ROUND_MICROS, () => {
      this.#round();
      const text = this.#host.bus.get(NODE, `control.${ACCOUNT}`);
      if (text === undefined) return;
      const state = JSON.parse(text) as ControlState;
      for (const latch of state.latches) {
        const left = this.#host.scheduler.now - latch.at < LATCHED_MICROS_MIN || this.#random.chance(0.4);
        if (!left) this.#clear(latch);
      }
    });
  }

  #clear(latch: Latch): void {
    const replayed = this.#published.length > 0 ? this.#random.pick(this.#published) : undefined;
    if (this.#random.chance(0.3)) this.#publish(this.#badDocument(latch));
    if (replayed !== undefined && this.#random.chance(0.3)) this.#publish(replayed);
    const document = this.#document(latch, {});
    if (!this.#publish(document)) return;
    this.#published.push(document);
    this.#kills.cleared(latch.scope, latch.at);
  }

  #document(
    { scope, epoch }: Latch,
    change: Partial<ClearDocument['statement']>,
    signers = this.#keys.approvers,
  ): ClearDocument {
    const now = this.#host.scheduler.now;
    const statement = {
      version: 1,
      kind: 'clear',
      account: ACCOUNT,
      scope,
      killEpoch: epoch,
      reason: 'looked into',
      issuedAt: now,
      expiresAt: now + DOCUMENT_LIFE_MICROS,
      ...change,
    } as const;
    return { version: 1, statement, signatures: signers.map((signer) => signStatement(signer, statement)) };
  }

  #badDocument(latch: Latch): ClearDocument {
    const [first] = this.#keys.approvers;
    const now = this.#host.scheduler.now;
    const kind = this.#random.integer(0, 3);
    if (kind === 0 && first !== undefined) return this.#document(latch, {}, [first]);
    if (kind === 1 && first !== undefined) return this.#document(latch, {}, [first, first]);
    if (kind === 2) return this.#document(latch, { issuedAt: now - 120_000_000, expiresAt: now - 60_000_000 });
    return this.#document(
      latch,
      { killEpoch: Math.max(1, latch.epoch - 1) },
      latch.epoch > 1 ? this.#keys.approvers : [],
    );
  }

  #publish(document: ClearDocument): boolean {
    if (document.signatures.length === 0) return false;
    this.#documentCount += 1;
    return this.#host.bus.publish(NODE, {
      stream: 'CONTROL',
      subject: subjects.clearDocument(),
      id: `document ${this.#documentCount}`,
      body: JSON.stringify(document),
    });
  }
}
