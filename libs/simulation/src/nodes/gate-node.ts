import { readKill } from '@portcullis/authority';
import {
  clearDocumentSchema,
  heartbeatSchema,
  marketEventSchema,
  orderEventSchema,
  orderIntentSchema,
  reconSnapshotSchema,
  subjects,
} from '@portcullis/contracts';
import type { Signer, Verifier } from '@portcullis/kernel';
import { instrumentIdOf } from '@portcullis/market';
import { type GateConfig, GateCore, type GateEffect, type GateInput } from '@portcullis/risk';
import type { Delivery } from '../bus.ts';
import { SimulatedJournal } from '../disk.ts';
import { decode } from './decode.ts';
import { Outbox } from './outbox.ts';
import { type Host, SimulatedProcess } from './process.ts';

export interface GateNodeOptions {
  readonly config: GateConfig;
  readonly signer: Signer;
  readonly verifierOf: (publicKey: string) => Verifier;
  /** Subjects of the heartbeats that permits answer. */
  readonly bridgeInstance: string;
}

const TIMER_MICROS = 1_000_000;
const CATCH_UP_POLL_MICROS = 20_000;
const FLUSH_MICROS = 100_000;
const STREAMS_BEFORE_TRADING = ['ORDERS', 'RECON', 'CONTROL'] as const;

/** riskd in the simulation: journal, step, effects, ack; on a restart replay, drain what waited, publish again what nobody answered. */
export class GateNode extends SimulatedProcess {
  protected readonly options: GateNodeOptions;
  readonly #journal: SimulatedJournal<GateInput>;
  #core: GateCore;
  #outbox: Outbox;

  constructor(host: Host, options: GateNodeOptions) {
    super(host, 'riskd');
    this.options = options;
    this.#journal = new SimulatedJournal(host.random('disk riskd'));
    this.#core = this.#newCore();
    this.#outbox = new Outbox(host, this.name);
  }

  /** The state machine, to look at. */
  get core(): GateCore {
    return this.#core;
  }

  protected onBoot(): void {
    this.lease(`riskd.${this.options.config.account}`, (epoch) => this.#start(epoch));
  }

  protected onEnd(): void {
    this.#outbox = new Outbox(this.host, this.name);
  }

  protected loseUnsynced(): number {
    return this.#journal.crash();
  }

  protected onLeaseLost(): void {
    this.take({ type: 'lease-lost', at: this.wall }, true);
  }

  /** Puts the core where the journal ends. */
  protected recover(core: GateCore, journal: SimulatedJournal<GateInput>): void {
    for (const { payload, seq, hash } of journal.records()) core.replay(payload, { seq, hash });
  }

  protected onControl(message: Delivery): void {
    const { sequence: streamSequence, subject } = message;
    if (subject.startsWith('ctl.kill.')) {
      const { scope, reason, by } = readKill(subject, message.body);
      this.take({ type: 'kill', at: this.wall, scope, reason, by, streamSequence }, true);
    } else if (subject === subjects.clearDocument()) {
      const document = decode(clearDocumentSchema, message.body);
      this.take({ type: 'document', at: this.wall, document, streamSequence }, true);
    }
  }

  /** Appends, steps, performs. */
  protected take(input: GateInput, durable: boolean): void {
    this.boundary();
    const head = this.#journal.append(input, durable);
    this.host.scheduler.record(this.name, head.hash);
    this.boundary();
    for (const effect of this.#core.step(input, head)) {
      this.boundary();
      this.#perform(effect, head.seq);
    }
    this.boundary();
  }

  #newCore(): GateCore {
    const { config, signer, verifierOf } = this.options;
    return new GateCore({ account: config.account, signer, verifierOf });
  }

  #start(gateEpoch: number): void {
    this.#core = this.#newCore();
    this.recover(this.#core, this.#journal);
    this.take({ type: 'started', at: this.wall, gateEpoch, config: this.options.config }, true);
    const heads = STREAMS_BEFORE_TRADING.map((stream) => [stream, this.host.bus.lastSequence(stream)] as const);
    this.consume('ORDERS', ({ body }) =>
      this.take({ type: 'order', at: this.wall, event: decode(orderEventSchema, body) }, true),
    );
    this.consume('RECON', ({ body }) =>
      this.take({ type: 'recon', at: this.wall, snapshot: decode(reconSnapshotSchema, body) }, true),
    );
    this.consume('CONTROL', (message) => this.onControl(message));
    this.consume(
      'MARKET',
      ({ body }) => this.#onMarket(body),
      (subject) => /^md\.(quote|gap)\./.test(subject),
    );
    this.every(TIMER_MICROS, () => this.take({ type: 'timer', at: this.wall }, false));
    this.every(FLUSH_MICROS, () => this.#outbox.flush());
    this.#catchUp(heads);
  }

  #catchUp(heads: readonly (readonly [string, number])[]): void {
    const { bus } = this.host;
    if (!bus.reaches(this.name) || !heads.every(([stream, sequence]) => bus.hasRead(this.name, stream, sequence))) {
      return this.after(CATCH_UP_POLL_MICROS, () => this.#catchUp(heads));
    }
    this.take({ type: 'caught-up', at: this.wall }, true);
    for (const signed of this.#core.unanswered()) {
      this.host.marks.sometimes('messages published again after a restart');
      this.#perform({ type: 'verdict', signed }, 0);
    }
    this.consume('INTENTS', ({ body }) =>
      this.take({ type: 'intent', at: this.wall, intent: decode(orderIntentSchema, body) }, true),
    );
    bus.subscribe(
      this.name,
      subjects.heartbeat('bridge', this.options.bridgeInstance),
      this.ours((body: string) => this.#onHeartbeat(body)),
    );
  }

  /**
   * Whether every kill that the server holds is in. Core NATS may be back before the consumer of the control stream is,
   * and a permit given in between would outlive its kill; so each heartbeat costs one question to the server.
   */
  protected knowsAllKills(): boolean {
    const { bus } = this.host;
    return bus.reaches(this.name) && bus.hasRead(this.name, 'CONTROL', bus.lastSequence('CONTROL'));
  }

  #onHeartbeat(body: string): void {
    const { bridge } = decode(heartbeatSchema, body);
    if (bridge === undefined) return;
    if (this.knowsAllKills()) this.take({ type: 'heartbeat', at: this.wall, heartbeat: bridge }, false);
    else this.host.marks.sometimes('permit withheld until all kills are known');
  }

  #onMarket(body: string): void {
    const event = decode(marketEventSchema, body);
    const instrument = instrumentIdOf(event.venue, event.symbol);
    const at = this.wall;
    if (event.kind === 'gap') this.take({ type: 'gap', at, instrument, reason: event.reason }, false);
    else if (event.kind === 'quote') {
      const { bidPrice: bid, askPrice: ask, tsEvent } = event;
      this.take({ type: 'mark', at, instrument, bid, ask, tsEvent }, false);
    }
  }

  #perform(effect: GateEffect, seq: number): void {
    const { account } = this.options.config;
    switch (effect.type) {
      case 'verdict': {
        const { verdict } = effect.signed;
        const subject = subjects.verdict(account, verdict.runId);
        this.#outbox.send({
          stream: 'VERDICTS',
          subject,
          id: verdict.verdictId,
          body: JSON.stringify(effect.signed),
          seq,
        });
        break;
      }
      case 'permit':
        this.host.bus.broadcast(this.name, subjects.permit(account), JSON.stringify(effect.signed));
        break;
      case 'control-state':
        this.host.bus.put(
          this.name,
          `control.${account}`,
          subjects.controlState(account),
          JSON.stringify(effect.state),
        );
        break;
      case 'alert':
        if (effect.alert.name === 'latch-cleared') this.host.marks.sometimes('latch cleared');
        else if (effect.alert.name === 'clear-refused') this.host.marks.sometimes('clear refused');
        break;
    }
  }
}
