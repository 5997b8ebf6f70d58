import { join } from 'node:path';
import { UserError } from '@portcullis/config';
import type { MarketEvent, OrderIntent, RunStatus } from '@portcullis/contracts';
import {
  type InputPosition,
  MarketGuard,
  type PreparedRun,
  type RunInput,
  LiveRun,
  type RunOutput,
} from '@portcullis/run';
import { Journal } from '@portcullis/store';

/** What is only known while the journal is open. */
interface Open {
  readonly journal: Journal<RunInput>;
  readonly guard: MarketGuard;
}

/**
 * One run in this process: its journal and its kernel. Every input is appended before the kernel sees it, and made
 * durable before anything that the kernel wants happens.
 */
export class RunHost {
  readonly runId: string;
  readonly account: string;
  readonly instrument: string;
  readonly #prepare: () => PreparedRun;
  readonly #dir: string;
  #kernel: LiveRun;
  #opening = Promise.withResolvers<void>();
  #open: Open | undefined;
  #lagMicros = 0;

  /** `prepare` gives the run with a fresh strategy: whenever the journal is opened, it is replayed from its beginning. */
  constructor(prepare: () => PreparedRun, dataDir: string) {
    const prepared = prepare();
    this.#prepare = prepare;
    this.#kernel = new LiveRun(prepared);
    this.#opening.promise.catch(() => undefined);
    this.runId = prepared.configuration.runId;
    this.account = prepared.configuration.account;
    this.instrument = prepared.rules.id;
    this.#dir = join(dataDir, this.runId);
  }

  /**
   * Replays the journal, or begins it, and returns what to do about it. Throws a {@link UserError} when the journal
   * belongs to another configuration.
   */
  open(at: number): readonly RunOutput[] {
    const kernel = new LiveRun(this.#prepare());
    const journal = Journal.open<RunInput>(this.#dir, ({ payload, seq, hash }) => {
      this.#checkStart(payload);
      kernel.step(payload, { seq, hash });
    });
    this.#kernel = kernel;
    this.#open = { journal, guard: new MarketGuard(kernel.marketSequence, kernel.reads) };
    this.#opening.resolve();
    const { configDigest, configuration } = kernel;
    const begin: RunInput = { type: 'started', at, configDigest, configuration };
    return this.take([journal.head.seq === 0 ? begin : { type: 'resumed', at }]);
  }

  get kernel(): LiveRun {
    return this.#kernel;
  }

  /** Resolves once inputs are taken; rejects when the process ends before. */
  get whenOpen(): Promise<void> {
    return this.#opening.promise;
  }

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** Number of the last input in the journal. */
  get journalSequence(): number {
    return this.#open?.journal.head.seq ?? 0;
  }

  get guard(): Pick<MarketGuard, 'duplicates' | 'gaps' | 'stale'> | undefined {
    return this.#open?.guard;
  }

  /** Age of the last market event when it arrived here. */
  get lagMicros(): number {
    return this.#lagMicros;
  }

  get status(): RunStatus {
    return this.kernel.status();
  }

  /**
   * Takes market events that arrived together. They become durable with the next input that is, at the latest with the
   * next timer: nothing leaves the run before what it follows from is on disk, and market data alone obliges nobody.
   */
  market(events: readonly MarketEvent[], at: number): readonly RunOutput[] {
    const open = this.#open;
    if (open === undefined) return [];
    const last = events.at(-1);
    if (last !== undefined) this.#lagMicros = at - last.tsInit;
    return this.take(
      events.flatMap((event) => open.guard.inputsOf(event, at)),
      { durable: false },
    );
  }

  /**
   * Appends inputs, durably unless `durable` is false, and steps the kernel through them. A not durable input that makes
   * the kernel want something is made durable first all the same. Nothing happens while the run is not open.
   */
  take(inputs: readonly RunInput[], { durable = true }: { readonly durable?: boolean } = {}): readonly RunOutput[] {
    const journal = this.#open?.journal;
    if (journal === undefined || inputs.length === 0) return [];
    const appended: { readonly input: RunInput; readonly position: InputPosition }[] = [];
    for (const input of inputs) appended.push({ input, position: journal.append([input], { durable: false }) });
    if (durable) journal.sync();
    const outputs = appended.flatMap(({ input, position }) => this.kernel.step(input, position));
    if (outputs.some(({ type }) => type !== 'log')) journal.sync();
    return outputs;
  }

  /** Intents that the gate may never have seen. */
  unansweredIntents(at: number): OrderIntent[] {
    return this.kernel.unansweredIntents(at);
  }

  /** Takes nothing more, until it is opened again. */
  close(): void {
    if (this.#open === undefined) return;
    this.#open.journal.close();
    this.#open = undefined;
    this.#opening = Promise.withResolvers<void>();
    this.#opening.promise.catch(() => undefined);
  }

  /** Takes nothing more for good; who waits for it to open hears so. */
  halt(): void {
    this.close();
    this.#opening.reject(new Error(`run ${this.runId} has ended in this process`));
  }

  #checkStart(input: RunInput): void {
    if (input.type !== 'started' || input.configDigest === this.kernel.configDigest) return;
    throw new UserError(
      `the journal of run ${this.runId} in ${this.#dir} was begun with another configuration`,
      'a changed configuration is another run: give it a new runId',
    );
  }
}
