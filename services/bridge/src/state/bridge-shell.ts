import { join } from 'node:path';
import { monotonicMicros, wallMicros } from '@portcullis/config';
import {
  BridgeCore,
  type BridgeConfig,
  type BridgeEffect,
  type BridgeInput,
  type SendAnswer,
  mustBeDurable,
} from '@portcullis/execution';
import { Journal } from '@portcullis/store';
import type { BridgeMetrics } from './bridge-metrics.ts';
import type { PublishedMark } from './published-mark.ts';

type Untimed<T> = T extends unknown ? Omit<T, 'at' | 'monotonicAt'> : never;
/** An input without its clock readings, which the shell adds. */
export type UntimedInput = Untimed<BridgeInput>;

/** Does what the core decided, without making it wait. `seq` is the record that caused the effect. */
export interface Performer {
  perform(effect: BridgeEffect, seq: number): void;
}

/** What other services wait for: kept until there is a bus to say it on. */
type Message = Extract<BridgeEffect, { type: 'order-event' | 'recon' }>;

export interface ShellParts {
  readonly config: BridgeConfig;
  readonly dataDir: string;
  readonly metrics: BridgeMetrics;
  readonly mark: PublishedMark;
  /** Hears once of what makes going on impossible: an unwritable journal, a broken assumption. */
  readonly onFatal: (error: Error) => void;
}

/**
 * The core with its journal: every input is written down before it is decided on. Synchronous up to the effects, so the
 * order of the journal is the order of the decisions.
 */
export class BridgeShell {
  readonly core: BridgeCore;
  readonly #journal: Journal<BridgeInput>;
  readonly #parts: ShellParts;
  /** Messages that may not be on the bus yet: of the last incarnation, and of the time before there is a bus. */
  readonly #unpublished: { readonly message: Message; readonly seq: number }[] = [];
  readonly #performers: Performer[] = [];
  #messenger: Performer | undefined;
  #leaseHeld: () => boolean = () => false;
  #failed: Error | undefined;

  /** Reads the journal. Throws JournalCorruption. */
  constructor(parts: ShellParts) {
    this.#parts = parts;
    this.core = new BridgeCore(parts.config);
    const through = parts.mark.through;
    this.#journal = Journal.open<BridgeInput>(join(parts.dataDir, 'journal'), ({ payload, seq, hash }) => {
      for (const effect of this.core.step(payload, { seq, hash })) {
        if (seq > through && isMessage(effect)) this.#unpublished.push({ message: effect, seq });
      }
    });
    parts.mark.clamp(this.#journal.head.seq);
    parts.metrics.observe(this.core, () => this.#journal.head.seq);
  }

  /** Adds who performs effects; each takes the kinds that are its own. */
  attach(performer: Performer): void {
    this.#performers.push(performer);
  }

  /** From now on messages go here; what has waited goes first. */
  publishThrough(messenger: Performer): void {
    this.#messenger = messenger;
    for (const { message, seq } of this.#unpublished.splice(0)) messenger.perform(message, seq);
  }

  /** Begins an epoch under a lease; orders are written only while `held` says so. */
  start(bridgeEpoch: number, held: () => boolean): void {
    this.#leaseHeld = held;
    this.take({ type: 'started', bridgeEpoch });
  }

  /** The readings of both clocks, now. */
  clock(): { readonly at: number; readonly monotonicAt: number } {
    return { at: wallMicros(), monotonicAt: monotonicMicros() };
  }

  take(input: UntimedInput): void {
    this.takeAll([input]);
  }

  /** Journals the inputs with one sync, decides on them in order, starts their effects. Throws once the journal failed (S21). */
  takeAll(untimed: readonly UntimedInput[]): void {
    if (this.#failed !== undefined) throw this.#failed;
    try {
      const clock = this.clock();
      const inputs = untimed.map((input) => ({ ...input, ...clock }));
      const records = inputs.map((input) => ({ input, head: this.#journal.append([input], { durable: false }) }));
      if (inputs.some(mustBeDurable)) this.#journal.sync();
      for (const { input, head } of records) this.#perform(this.core.step(input, head), head.seq);
    } catch (error) {
      this.#failed = error as Error;
      this.#parts.onFatal(this.#failed);
      throw this.#failed;
    }
  }

  /** For answers that come back on their own: there is nobody to throw to, and after a failure nobody to take them. */
  hear(input: UntimedInput): void {
    if (this.#failed === undefined) this.take(input);
  }

  /** Asked right before the first byte of an order is written. */
  maySend(clientOrderId: string): SendAnswer {
    if (this.#failed !== undefined) return { ok: false, reason: 'not-sent', detail: 'the bridge is stopping' };
    if (!this.#leaseHeld()) return { ok: false, reason: 'superseded', detail: 'the lease is not held' };
    return this.core.maySend(clientOrderId, this.clock());
  }

  /** Takes nothing more and closes the journal. */
  close(): void {
    this.#failed ??= new Error('the bridge is stopping');
    this.#parts.mark.save();
    this.#journal.close();
  }

  #perform(effects: readonly BridgeEffect[], seq: number): void {
    for (const effect of effects) {
      this.#parts.metrics.effect(effect);
      if (isMessage(effect)) {
        if (this.#messenger === undefined) this.#unpublished.push({ message: effect, seq });
        else this.#messenger.perform(effect, seq);
      } else for (const performer of this.#performers) performer.perform(effect, seq);
    }
  }
}

function isMessage(effect: BridgeEffect): effect is Message {
  return effect.type === 'order-event' || effect.type === 'recon';
}
