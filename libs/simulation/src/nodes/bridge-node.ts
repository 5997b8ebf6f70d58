import { readKill } from '@portcullis/authority';
import {
  cancelRequestSchema,
  clearDocumentSchema,
  signedPermitSchema,
  signedVerdictSchema,
  subjects,
} from '@portcullis/contracts';
import {
  type BridgeConfig,
  BridgeCore,
  type BridgeEffect,
  type BridgeInput,
  type RefusalReason,
  mustBeDurable,
} from '@portcullis/execution';
import type { SeededRandom } from '@portcullis/kernel';
import type { Delivery } from '../bus.ts';
import { SimulatedJournal } from '../disk.ts';
import type { MarkName } from '../marks.ts';
import type { VenueLink } from '../venue-link.ts';
import { decode } from './decode.ts';
import { Outbox } from './outbox.ts';
import { type Host, SimulatedProcess } from './process.ts';

export interface BridgeNodeOptions {
  readonly config: BridgeConfig;
  readonly link: VenueLink;
}

const HEARTBEAT_MICROS = 500_000;
const FLUSH_MICROS = 100_000;
/** How often the shell writes down through which journal record everything is published. */
const PUBLISHED_MICROS = 1_000_000;
/** Between the decision to send and the write: a few hundred microseconds, or a stall of the process. */
const WRITE_MICROS_MEAN = 200;
const STALL_MICROS_MEAN = 1_500_000;

type Message = Extract<BridgeEffect, { type: 'order-event' | 'recon' }>;

const REFUSAL_MARKS: Partial<Record<RefusalReason, MarkName>> = {
  replayed: 'verdict redelivered and ignored',
  'bad-signature': 'forged verdict refused',
  'superseded-bridge': 'verdict for an old bridge epoch',
};

/**
 * The bridge in the simulation. Journal before the step, the step's effects in order, the last question right before
 * the write. On a restart it replays, and publishes again what the journal says and the bus may not have.
 */
export class BridgeNode extends SimulatedProcess {
  protected readonly options: BridgeNodeOptions;
  readonly #stalls: SeededRandom;
  protected readonly journal: SimulatedJournal<BridgeInput>;
  /** On disk: everything that follows from the journal up to this record is on the bus. */
  #publishedThrough = 0;
  /** Orders that were told as unresolved, for the mark of their being found. */
  readonly #unresolved = new Set<string>();
  #core: BridgeCore;
  #outbox: Outbox;

  constructor(host: Host, options: BridgeNodeOptions) {
    super(host, 'bridge');
    this.options = options;
    this.#stalls = host.random('send stall');
    this.journal = new SimulatedJournal(host.random('disk bridge'));
    this.#core = new BridgeCore(options.config);
    this.#outbox = new Outbox(host, this.name);
  }

  /** The state machine, to look at. */
  get core(): BridgeCore {
    return this.#core;
  }

  /** Whether a permit of any kind lives. */
  get permitted(): boolean {
    return this.#core.permitAllows(true, { at: this.wall, monotonicAt: this.monotonic });
  }

  protected onBoot(): void {
    this.lease(`bridge.${this.options.config.account}`, (epoch) => this.#start(epoch));
  }

  protected onEnd(): void {
    this.#outbox = new Outbox(this.host, this.name);
  }

  protected loseUnsynced(): number {
    return this.journal.crash();
  }

  protected onLeaseLost(): void {
    this.take({ type: 'lease-lost', at: this.wall });
  }

  protected onControl(message: Delivery): void {
    const { sequence: streamSequence, subject, storedAt: publishedAt } = message;
    if (subject.startsWith('ctl.kill.')) {
      const working = this.#core.openOrderCount > 0;
      const { scope, reason, by } = readKill(subject, message.body);
      this.take({ type: 'kill', at: this.wall, scope, reason, by, streamSequence, publishedAt });
      if (working) this.host.marks.sometimes('kill with working orders');
    } else if (subject === subjects.clearDocument()) {
      this.take({
        type: 'document',
        at: this.wall,
        document: decode(clearDocumentSchema, message.body),
        streamSequence,
      });
    }
  }

  /** Appends, steps, performs. */
  protected take(input: BridgeInput): void {
    this.boundary();
    const head = this.journal.append(input, mustBeDurable(input));
    this.host.scheduler.record(this.name, head.hash);
    this.boundary();
    for (const effect of this.#core.step(input, head)) {
      this.boundary();
      this.perform(effect, head.seq);
    }
    this.boundary();
  }

  protected perform(effect: BridgeEffect, seq: number): void {
    const { link } = this.options;
    switch (effect.type) {
      case 'submit':
        return this.submit(effect);
      case 'cancel':
        return this.#cancel(effect.clientOrderId);
      case 'cancel-by-query':
        return link.openOrders(
          this.ours((openOrders) => openOrders && this.take({ type: 'open-orders', at: this.wall, openOrders })),
        );
      case 'lookup': {
        const { clientOrderId } = effect;
        return link.lookup(
          clientOrderId,
          this.ours((outcome) => this.take({ type: 'lookup-outcome', at: this.wall, clientOrderId, outcome })),
        );
      }
      case 'sweep':
        return link.sweep(
          effect.fillsFrom,
          this.ours((answer) => this.take({ type: 'sweep', at: this.wall, reason: effect.reason, ...answer })),
        );
      case 'order-event':
      case 'recon':
        this.#note(effect);
        return this.#publish(effect, seq);
      case 'heartbeat':
        return this.host.bus.broadcast(
          this.name,
          subjects.heartbeat('bridge', this.options.config.instance),
          JSON.stringify(effect.heartbeat),
        );
      case 'alert':
        return this.#onAlert(effect.name);
      case 'refused': {
        const mark = REFUSAL_MARKS[effect.reason];
        return mark === undefined ? undefined : this.host.marks.sometimes(mark);
      }
    }
  }

  /** Writes an order after the last look at the authority for it. */
  protected submit(effect: Extract<BridgeEffect, { type: 'submit' }>): void {
    const { clientOrderId } = effect.venueOrder;
    const stall = this.#stalls.chance(this.host.faults.current.sendStall);
    const waitMicros = this.#stalls.exponential(stall ? STALL_MICROS_MEAN : WRITE_MICROS_MEAN);
    this.after(waitMicros, () => {
      const answer = this.#core.maySend(clientOrderId, { at: this.wall, monotonicAt: this.monotonic });
      if (!answer.ok) {
        this.host.marks.sometimes('order not sent: authority ended before the write');
        const { reason, detail } = answer;
        this.take({
          type: 'submit-outcome',
          at: this.wall,
          clientOrderId,
          outcome: { kind: 'not-sent', reason, detail },
        });
        return;
      }
      if (effect.reduces) this.host.marks.sometimes('reduction under a latch sent');
      this.options.link.submit(
        effect.venueOrder,
        this.wall,
        this.ours((outcome) => this.take({ type: 'submit-outcome', at: this.wall, clientOrderId, outcome })),
      );
    });
  }

  /** A fresh core where the journal ends; the messages of records that may not be on the bus come back. */
  protected recover(): {
    readonly core: BridgeCore;
    readonly again: readonly { readonly message: Message; readonly seq: number }[];
  } {
    const core = new BridgeCore(this.options.config);
    const again: { message: Message; seq: number }[] = [];
    for (const { payload, seq, hash } of this.journal.records()) {
      for (const effect of core.step(payload, { seq, hash })) {
        if (seq > this.#publishedThrough && (effect.type === 'order-event' || effect.type === 'recon')) {
          again.push({ message: effect, seq });
        }
      }
    }
    return { core, again };
  }

  #start(bridgeEpoch: number): void {
    const { core, again } = this.recover();
    this.#core = core;
    this.#markRestart();
    this.#outbox = new Outbox(this.host, this.name);
    for (const { message, seq } of again) {
      this.host.marks.sometimes('messages published again after a restart');
      this.#publish(message, seq);
    }
    this.take({ type: 'started', at: this.wall, monotonicAt: this.monotonic, bridgeEpoch });
    this.consume('VERDICTS', ({ body }) => {
      this.take({
        type: 'verdict',
        at: this.wall,
        monotonicAt: this.monotonic,
        signed: decode(signedVerdictSchema, body),
      });
    });
    this.consume('CANCELS', ({ body }) =>
      this.take({ type: 'cancel', at: this.wall, request: decode(cancelRequestSchema, body) }),
    );
    this.consume('CONTROL', (message) => this.onControl(message));
    const onPermit = (body: string): void => {
      this.take({
        type: 'permit',
        at: this.wall,
        monotonicAt: this.monotonic,
        signed: decode(signedPermitSchema, body),
      });
    };
    this.host.bus.subscribe(this.name, subjects.permit(this.options.config.account), this.ours(onPermit));
    this.options.link.connect({
      onState: this.ours((state) => this.take({ type: 'private-stream', at: this.wall, state })),
      onFrame: this.ours((report, fills) => this.take({ type: 'report', at: this.wall, report, fills })),
    });
    this.every(HEARTBEAT_MICROS, () =>
      this.take({ type: 'heartbeat-due', at: this.wall, monotonicAt: this.monotonic }),
    );
    this.every(FLUSH_MICROS, () => this.#outbox.flush());
    this.every(PUBLISHED_MICROS, () => {
      this.#publishedThrough = this.#outbox.publishedThrough(this.journal.head.seq);
      // A mark of a record that a crash could lose would hide what follows from its successor.
      this.journal.sync();
    });
  }

  #cancel(clientOrderId: string): void {
    this.options.link.cancel(
      clientOrderId,
      this.ours((outcome) => this.take({ type: 'cancel-outcome', at: this.wall, clientOrderId, outcome })),
    );
  }

  #publish(message: Message, seq: number): void {
    if (message.type === 'recon') {
      const { snapshot } = message;
      const subject = subjects.recon(snapshot.account);
      return this.#outbox.send({
        stream: 'RECON',
        subject,
        id: `recon ${snapshot.head.hash}`,
        body: JSON.stringify(snapshot),
        seq,
      });
    }
    const { event } = message;
    const subject = subjects.order(event.account, event.runId);
    this.#outbox.send({ stream: 'ORDERS', subject, id: event.eventId, body: JSON.stringify(event), seq });
  }

  #markRestart(): void {
    for (const { status } of this.#core.orders()) {
      if (status === 'SUBMITTED') this.host.marks.sometimes('bridge restarted with a submit pending');
      if (status === 'UNRESOLVED') this.host.marks.sometimes('bridge restarted with an unresolved order');
    }
  }

  #note(message: Message): void {
    if (message.type === 'recon') return;
    const { event } = message;
    const { clientOrderId } = event;
    if (event.type === 'unresolved') {
      this.host.marks.sometimes('order unresolved');
      this.#unresolved.add(clientOrderId);
    } else if (event.type === 'accepted' && this.#unresolved.delete(clientOrderId)) {
      this.host.marks.sometimes('unresolved order found');
    } else if (event.type === 'lapsed') this.host.marks.sometimes('verdict lapsed');
    else if (event.type === 'expired' && event.reason.startsWith('never reached')) {
      this.host.marks.sometimes('unresolved order proved absent');
    }
  }

  #onAlert(name: string): void {
    if (name === 'no-permit') this.host.marks.sometimes('no permit for long: own orders cancelled');
  }
}
