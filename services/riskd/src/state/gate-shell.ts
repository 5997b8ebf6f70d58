import { wallMicros } from '@portcullis/config';
import type { MarketGap, Quote } from '@portcullis/contracts';
import type { GateCore, GateEffect, GateInput } from '@portcullis/risk';
import type { Journal } from '@portcullis/store';
import type { ConflatedMarks } from './conflated-marks.ts';
import type { GateMetrics } from './gate-metrics.ts';

/** Does what the gate decided. */
export interface Outbound {
  /** Resolves once the effect is stored where it has to be; rejects when it was given up. */
  perform(effect: GateEffect): Promise<void>;
}

export interface GateShellParts {
  readonly core: GateCore;
  readonly journal: Journal<GateInput>;
  readonly marks: ConflatedMarks;
  readonly outbound: Outbound;
  readonly metrics: GateMetrics;
  /** Hears once of what makes going on impossible: an unwritable journal, a broken assumption. */
  readonly onFatal: (error: Error) => void;
}

/** How long intents wait for the backlog at a start before they are judged, and denied, without it. */
const CATCH_UP_WAIT_MS_MAX = 5000;

/**
 * The gate with its journal: every input is written down before it is decided on. All of it is synchronous up to the
 * effects, so the order of the journal is the order of the decisions.
 */
export class GateShell {
  readonly #parts: GateShellParts;
  readonly #caughtUp = Promise.withResolvers<void>();
  #failed: Error | undefined;

  constructor(parts: GateShellParts) {
    this.#parts = parts;
  }

  get core(): GateCore {
    return this.#parts.core;
  }

  /**
   * Journals the inputs with one sync, decides on them in order, and resolves when every effect is done. Throws what
   * the journal throws; from then on nothing is decided any more (S21).
   */
  async take(inputs: readonly GateInput[], { durable = true }: { readonly durable?: boolean } = {}): Promise<void> {
    const effects = this.#decide(inputs, durable);
    await Promise.all(effects.map((effect) => this.#parts.outbound.perform(effect)));
  }

  /** Judges intents, each after the newest prices of its instrument. */
  async judge(intents: readonly Extract<GateInput, { type: 'intent' }>[]): Promise<void> {
    const started = performance.now();
    const inputs = intents.flatMap((input): GateInput[] => {
      const mark = this.#parts.marks.take(input.intent.instrument);
      return mark === undefined ? [input] : [mark, input];
    });
    await this.take(inputs);
    const seconds = (performance.now() - started) / 1000;
    for (const _intent of intents) this.#parts.metrics.decided(seconds);
  }

  quote(quote: Quote, at: number): void {
    this.#parts.marks.quote(quote, at);
  }

  async gap(gap: MarketGap, at: number): Promise<void> {
    const input = this.#parts.marks.gap(gap, at);
    if (input !== undefined) await this.take([input], { durable: false });
  }

  /** The backlog of orders, reports and control is in. */
  async catchUp(): Promise<void> {
    await this.take([{ type: 'caught-up', at: wallMicros() }]);
    this.#caughtUp.resolve();
  }

  /** Resolves when the backlog is in, or after a while without it. */
  async whenCaughtUp(): Promise<void> {
    const patience = Promise.withResolvers<void>();
    const timer = setTimeout(patience.resolve, CATCH_UP_WAIT_MS_MAX);
    await Promise.race([this.#caughtUp.promise, patience.promise]);
    clearTimeout(timer);
  }

  /** Publishes again what the bridge has not answered, in case the bus lost it. */
  async republish(): Promise<void> {
    for (const signed of this.core.unanswered()) await this.#parts.outbound.perform({ type: 'verdict', signed });
  }

  /** Takes nothing more. What comes now is refused and delivered again to the next incarnation. */
  stop(): void {
    this.#failed ??= new Error('the gate is stopping');
    this.#caughtUp.resolve();
  }

  #decide(inputs: readonly GateInput[], durable: boolean): GateEffect[] {
    if (this.#failed !== undefined) throw this.#failed;
    const { core, journal, metrics, onFatal } = this.#parts;
    try {
      const records = inputs.map((input) => ({ input, head: journal.append([input], { durable: false }) }));
      if (durable) journal.sync();
      const effects = records.flatMap(({ input, head }) => core.step(input, head));
      for (const effect of effects) metrics.effect(effect);
      metrics.state(journal.head.seq, core.openOrders.size);
      return effects;
    } catch (error) {
      this.#failed = error as Error;
      onFatal(this.#failed);
      throw this.#failed;
    }
  }
}
