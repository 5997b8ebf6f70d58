import { type Keyring, readKill, verdictSignatureHolds } from '@portcullis/authority';
import {
  type MarketEvent,
  clearDocumentSchema,
  controlStateSchema,
  marketEventSchema,
  orderEventSchema,
  signedVerdictSchema,
  subjects,
} from '@portcullis/contracts';
import { assert, describeInputError } from '@portcullis/kernel';
import {
  MarketGuard,
  type PreparedRun,
  type RunConfiguration,
  type RunInput,
  LiveRun,
  type RunOutput,
  type RunSnapshot,
  prepareRun,
  replayJournal,
} from '@portcullis/run';
import type { Delivery } from '../bus.ts';
import { SimulatedJournal } from '../disk.ts';
import { decode } from './decode.ts';
import { Outbox } from './outbox.ts';
import { type Host, SimulatedProcess } from './process.ts';

const TIMER_MICROS = 1_000_000;
const FLUSH_MICROS = 100_000;
/** Inputs between two snapshots of a run. */
const SNAPSHOT_INPUTS = 500;

interface Run {
  readonly runId: string;
  readonly configuration: RunConfiguration;
  readonly journal: SimulatedJournal<RunInput>;
  kernel: LiveRun;
  guard: MarketGuard;
  /** On disk: the kernel's state after the record `seq`, as text. */
  snapshot: { readonly seq: number; readonly state: string } | undefined;
}

export interface RunNodeOptions {
  readonly account: string;
  /** Keys whose verdicts are believed: a forged approval would leave a run waiting for an order that never comes. */
  readonly gateKeys: Keyring;
  readonly runs: readonly RunConfiguration[];
}

/** livyd in the simulation: one journal and one kernel for each run, in one process. */
export class RunNode extends SimulatedProcess {
  readonly #account: string;
  readonly #gateKeys: Keyring;
  readonly #runs: readonly Run[];
  #outbox: Outbox;

  constructor(host: Host, { account, gateKeys, runs }: RunNodeOptions) {
    super(host, 'livyd');
    this.#account = account;
    this.#gateKeys = gateKeys;
    this.#runs = runs.map((configuration) => {
      const { runId } = configuration;
      const journal = new SimulatedJournal<RunInput>(host.random(`disk ${runId}`));
      const kernel = new LiveRun(prepared(configuration));
      return { runId, configuration, journal, kernel, guard: new MarketGuard(0), snapshot: undefined };
    });
    this.#outbox = new Outbox(host, this.name);
  }

  /** The kernels, to look at. */
  get kernels(): readonly LiveRun[] {
    return this.#runs.map((run) => run.kernel);
  }

  /** The decision hash of each run, and the one that its whole journal gives in a fresh kernel. */
  parity(): { readonly runId: string; readonly live: string; readonly replayed: string }[] {
    return this.#runs.map(({ runId, kernel, journal }) => {
      const replayed = replayJournal([...journal.records()]);
      assert(replayed.ok, replayed.ok ? '' : describeInputError(replayed.error));
      return { runId, live: kernel.decisionHash, replayed: replayed.value.decisionHash };
    });
  }

  protected onBoot(): void {
    this.lease(`livyd.${this.#account}`, () => this.#start());
  }

  protected onEnd(): void {
    this.#outbox = new Outbox(this.host, this.name);
  }

  protected loseUnsynced(): number {
    return this.#runs.reduce((lost, run) => lost + run.journal.crash(), 0);
  }

  /** A run has nothing to say at the loss of its lease: its successor is told by the same journal. */
  protected onLeaseLost(): void {}

  #start(): void {
    for (const run of this.#runs) this.#resume(run);
    this.consume('CONTROL', (message) => this.onControl(message));
    this.consume('VERDICTS', (message) => {
      const verdict = decode(signedVerdictSchema, message.body);
      if (!verdictSignatureHolds(this.#gateKeys, verdict)) return;
      this.#give(message.subject, (at) => ({ type: 'verdict', at, verdict }));
    });
    this.consume('ORDERS', (message) => {
      const event = decode(orderEventSchema, message.body);
      this.#give(message.subject, (at) => ({ type: 'order', at, event }));
    });
    this.consume('MARKET', ({ body }) => this.#onMarket(decode(marketEventSchema, body)));
    const onState = (body: string): void => this.onState(body);
    this.host.bus.subscribe(this.name, subjects.controlState(this.#account), this.ours(onState));
    const state = this.host.bus.get(this.name, `control.${this.#account}`);
    if (state !== undefined) this.onState(state);
    this.every(TIMER_MICROS, () => {
      for (const run of this.#runs) this.#take(run, { type: 'timer', at: this.wall }, false);
    });
    this.every(FLUSH_MICROS, () => this.#outbox.flush());
  }

  #resume(run: Run): void {
    run.kernel = new LiveRun(prepared(run.configuration));
    if (run.snapshot !== undefined) run.kernel.restore(JSON.parse(run.snapshot.state) as RunSnapshot);
    for (const { payload, seq, hash } of run.journal.records(run.snapshot?.seq)) {
      run.kernel.step(payload, { seq, hash });
    }
    run.guard = new MarketGuard(run.kernel.marketSequence, run.kernel.reads);
    const { configDigest, configuration } = run.kernel;
    const at = this.wall;
    const first: RunInput =
      run.journal.head.seq === 0 ? { type: 'started', at, configDigest, configuration } : { type: 'resumed', at };
    this.#take(run, first, true);
    for (const intent of run.kernel.unansweredIntents(at)) {
      this.host.marks.sometimes('messages published again after a restart');
      this.#perform({ type: 'intent', intent }, 0);
    }
  }

  /** Gives an input to the run that a subject's last token names. */
  #give(subject: string, inputAt: (at: number) => RunInput): void {
    const runId = subject.split('.').at(-1);
    for (const run of this.#runs) if (run.runId === runId) this.#take(run, inputAt(this.wall), true);
  }

  #onMarket(event: MarketEvent): void {
    for (const run of this.#runs) {
      for (const input of run.guard.inputsOf(event, this.wall)) this.#take(run, input, false);
    }
  }

  protected onControl(message: Delivery): void {
    const { sequence: streamSequence, subject } = message;
    const at = this.wall;
    for (const run of this.#runs) {
      if (subject.startsWith('ctl.kill.')) {
        const { scope, reason } = readKill(subject, message.body);
        this.#take(run, { type: 'control', at, control: { kind: 'kill', scope, reason, streamSequence } }, true);
      } else if (subject === subjects.clearDocument()) {
        const { scope } = decode(clearDocumentSchema, message.body).statement;
        this.#take(run, { type: 'control', at, control: { kind: 'clear', scope, streamSequence } }, true);
      }
    }
  }

  protected onState(body: string): void {
    const { latches } = decode(controlStateSchema, body);
    const latchedScopes = latches.map(({ scope }) => scope);
    for (const run of this.#runs) {
      this.#take(run, { type: 'control', at: this.wall, control: { kind: 'state', latchedScopes } }, true);
    }
  }

  #take(run: Run, input: RunInput, durable: boolean): void {
    this.boundary();
    const head = run.journal.append(input, durable);
    this.host.scheduler.record(run.runId, head.hash);
    this.boundary();
    const outputs = run.kernel.step(input, head);
    // What others will see has to follow from what survives.
    if (outputs.length > 0) run.journal.sync();
    for (const output of outputs) {
      this.boundary();
      this.#perform(output, head.seq);
    }
    this.boundary();
    if (head.seq % SNAPSHOT_INPUTS !== 0) return;
    // A snapshot of what a crash could still lose would be of another past.
    run.journal.sync();
    run.snapshot = { seq: head.seq, state: JSON.stringify(run.kernel.snapshot()) };
  }

  #perform(output: RunOutput, seq: number): void {
    if (output.type === 'intent') {
      const { intent } = output;
      this.#outbox.send({
        stream: 'INTENTS',
        subject: subjects.intent(intent.account, intent.runId),
        id: intent.intentId,
        body: JSON.stringify(intent),
        seq,
      });
    } else if (output.type === 'cancel') {
      const { cancel } = output;
      this.#outbox.send({
        stream: 'CANCELS',
        subject: subjects.cancel(cancel.account, cancel.runId),
        id: cancel.cancelId,
        body: JSON.stringify(cancel),
        seq,
      });
    }
  }
}

/** A prepared run holds the state of its strategy: every kernel needs one of its own. */
function prepared(configuration: RunConfiguration): PreparedRun {
  const checked = prepareRun(configuration);
  assert(checked.ok, checked.ok ? '' : describeInputError(checked.error));
  return checked.value;
}
