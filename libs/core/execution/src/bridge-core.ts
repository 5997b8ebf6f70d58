import { permitSignatureHolds } from '@portcullis/authority';
import type { CancelRequest, JournalHead, SignedPermit, SignedVerdict } from '@portcullis/contracts';
import { assert, unreachable } from '@portcullis/kernel';
import { AccountBooks } from '@portcullis/reconciliation';
import type { BridgeConfig } from './bridge-config.ts';
import type { BridgeEffect, RefusalReason } from './bridge-effect.ts';
import type { BridgeInput, LapseReason } from './bridge-input.ts';
import { clientOrderIdOf } from './client-order-id.ts';
import { heartbeatOf } from './heartbeat.ts';
import { KillChase } from './kill-chase.ts';
import { type LocalLatch, LocalKills } from './local-kills.ts';
import { OrderEvidence } from './order-evidence.ts';
import { isTerminal } from './order-state.ts';
import { type OwnOrder, OwnOrders, ownOrder, pursue } from './own-orders.ts';
import { PermitLease } from './permit-lease.ts';
import { cancelAnswered, forgetQuestions, issueDue } from './pursuits.ts';
import { Step } from './step.ts';
import { Sweeps } from './sweeps.ts';
import { type Standing, admit, permits, standingOf } from './verdict-admission.ts';
import { VerdictMemory } from './verdict-memory.ts';

/** Two readings of one moment, microseconds. */
export interface ClockReading {
  readonly at: number;
  readonly monotonicAt: number;
}

/** Whether an order may be written to the venue at this very moment; if not, why its outcome is `not-sent`. */
export type SendAnswer =
  { readonly ok: true } | { readonly ok: false; readonly reason: LapseReason; readonly detail: string };

/**
 * The bridge of one account as one synchronous state machine: its state is a function of its journaled inputs. The shell
 * journals an input, steps, then performs the effects; after a crash it replays all inputs without performing anything.
 */
export class BridgeCore {
  readonly #config: BridgeConfig;
  readonly #rules: ReadonlyMap<string, BridgeConfig['instruments'][number]>;
  readonly #orders = new OwnOrders();
  readonly #books: AccountBooks;
  readonly #evidence: OrderEvidence;
  readonly #sweeps: Sweeps;
  readonly #permits: PermitLease;
  readonly #memory = new VerdictMemory();
  readonly #kills = new LocalKills();
  readonly #chase: KillChase;
  readonly #counters = new Map<string, number>();
  #bridgeEpoch = 0;
  #leased = false;
  #gateEpoch = 0;
  #killEpoch = 0;
  #streamUp = false;
  #permitlessAlerted = false;

  constructor(config: BridgeConfig) {
    this.#config = config;
    this.#rules = new Map(config.instruments.map((rules) => [rules.id, rules]));
    this.#books = new AccountBooks(config.instruments);
    this.#evidence = new OrderEvidence(this.#orders, this.#books, config.timing);
    const parts = { config, orders: this.#orders, books: this.#books, evidence: this.#evidence };
    this.#sweeps = new Sweeps(parts);
    this.#chase = new KillChase({ ...parts, kills: this.#kills, sweeps: this.#sweeps });
    this.#permits = new PermitLease(config.timing.permitLifeMicrosMax);
  }

  /** Takes one journaled input and says what to do. `journal` is the journal's head with the input in it. */
  step(input: BridgeInput, journal: JournalHead): readonly BridgeEffect[] {
    if (input.type === 'started') this.#start(input);
    const step = new Step(input, journal, { epoch: this.#bridgeEpoch, counters: this.#counters });
    this.#apply(step, input);
    issueDue(step, this.#orders, this.#config.timing);
    this.#sweeps.issueDue(step);
    return step.effects;
  }

  #start(input: Extract<BridgeInput, { type: 'started' }>): void {
    assert(
      input.bridgeEpoch > this.#bridgeEpoch,
      `bridge epoch ${input.bridgeEpoch} is not above ${this.#bridgeEpoch}`,
    );
    this.#bridgeEpoch = input.bridgeEpoch;
    this.#leased = true;
    this.#streamUp = false;
    this.#permitlessAlerted = false;
    this.#permits.restart(input.monotonicAt);
    this.#sweeps.restart(input.at);
  }

  #apply(step: Step, input: BridgeInput): void {
    switch (input.type) {
      case 'started':
        return this.#recover(step);
      case 'lease-lost':
        return this.#fence();
      case 'verdict':
        return this.#verdict(step, input.signed, input);
      case 'cancel':
        return this.#cancel(step, input.request);
      case 'permit':
        return this.#permit(step, input.signed);
      case 'heartbeat-due':
        this.#checkPermitAbsence(step, input.monotonicAt);
        return this.#heartbeat(step, input);
      case 'timer':
        return this.#checkPermitAbsence(step, input.monotonicAt);
      case 'kill':
        return this.#chase.kill(step, input);
      case 'document': {
        const refusal = this.#kills.clear(input.document, {
          at: input.at,
          account: this.#config.account,
          keys: this.#config.approverKeys,
          streamSequence: input.streamSequence,
        });
        if (refusal !== undefined) {
          step.refuse('document-refused', `clear of ${input.document.statement.scope}: ${refusal}`);
        }
        return;
      }
      case 'sweep':
        return this.#chase.swept(step, input, this.#sweeps.take(step, input));
      case 'open-orders':
        return this.#chase.cancelListed(step, input.openOrders);
      case 'private-stream':
        this.#streamUp = input.state === 'up';
        if (input.state === 'up') this.#sweeps.want(step, 'reconnect');
        return;
      case 'submit-outcome':
      case 'cancel-outcome':
      case 'report':
      case 'fill-report':
      case 'lookup-outcome':
        return this.#venueSaid(step, input);
      default:
        return unreachable(input);
    }
  }

  #venueSaid(
    step: Step,
    input: Extract<
      BridgeInput,
      { type: 'submit-outcome' | 'cancel-outcome' | 'report' | 'fill-report' | 'lookup-outcome' }
    >,
  ): void {
    if (input.type === 'fill-report') return this.#evidence.fill(step, input.fill);
    const order = this.#orders.get(input.type === 'report' ? input.report.clientOrderId : input.clientOrderId);
    if (order === undefined) {
      // Orders of a lost journal are found by sweeps as breaks; orders of other people are none of our business.
      if (input.type === 'report') for (const fill of input.fills) this.#evidence.fill(step, withoutClientId(fill));
      return;
    }
    switch (input.type) {
      case 'submit-outcome':
        return this.#evidence.submitted(step, order, input.outcome);
      case 'cancel-outcome':
        cancelAnswered(step, order, input.outcome, this.#evidence);
        return this.#orders.refile(order);
      case 'report':
        return this.#evidence.report(step, order, input.report, input.fills);
      case 'lookup-outcome':
        return this.#evidence.lookedUp(step, order, input.outcome);
      default:
        return unreachable(input);
    }
  }

  /** Nothing is sent any more. Cancels and questions go on: they need no lease, and a kill has to work without the bus. */
  #fence(): void {
    this.#leased = false;
    for (const order of this.#orders.live()) forgetQuestions(order);
  }

  /** Orders that were on their way when the last incarnation ended may live at the venue or not. */
  #recover(step: Step): void {
    for (const order of this.#orders.live()) {
      forgetQuestions(order);
      if (order.status === 'SUBMITTED') {
        this.#evidence.unresolved(step, order, 'the bridge restarted before the outcome was known');
      } else if (order.status === 'UNRESOLVED') this.#evidence.unresolved(step, order, 'still unknown after a restart');
    }
    for (const latch of this.#kills.all()) latch.confirmed = false;
    this.#sweeps.want(step, 'start');
  }

  #verdict(step: Step, signed: SignedVerdict, clock: ClockReading): void {
    const admission = admit(this.#admissionState(clock), signed, step.at);
    if (admission.kind === 'denied') return;
    if (admission.kind === 'refused') {
      step.refuse(admission.reason, admission.detail);
      if (admission.alert) step.alert('verdict-refused', 'critical', `${admission.reason}: ${admission.detail}`);
      return;
    }
    const { verdict } = admission;
    this.#memory.add(verdict);
    this.#learnEpochs(verdict);
    if (admission.kind === 'lapsed') {
      step.refuse(admission.refusal, `verdict ${verdict.verdictId}: ${admission.detail}`);
      if (admission.alert) step.alert('verdict-refused', 'critical', `${admission.refusal}: ${admission.detail}`);
      const clientOrderId = clientOrderIdOf(verdict.runId, verdict.intentId);
      step.effects.push({
        type: 'order-event',
        event: step.event(verdict, clientOrderId, {
          type: 'lapsed',
          reason: admission.reason,
          detail: admission.detail.slice(0, 500),
        }),
      });
      return;
    }
    const order = ownOrder(verdict, admission.rules, admission.quantity);
    this.#orders.add(order);
    step.effects.push({ type: 'submit', venueOrder: verdict.venueOrder, reduces: verdict.reduces });
    step.tell(order, { type: 'submitted', venueOrder: verdict.venueOrder });
  }

  #admissionState(clock: ClockReading): Parameters<typeof admit>[0] {
    return {
      config: this.#config,
      rules: this.#rules,
      leased: this.#leased,
      bridgeEpoch: this.#bridgeEpoch,
      gateEpoch: this.#gateEpoch,
      killEpoch: this.#killEpoch,
      memory: this.#memory,
      kills: this.#kills,
      liveOrders: this.openOrderCount,
      permit: this.#permits.live(clock),
    };
  }

  #learnEpochs(signed: { readonly gateEpoch: number; readonly killEpoch: number }): void {
    this.#gateEpoch = Math.max(this.#gateEpoch, signed.gateEpoch);
    this.#killEpoch = Math.max(this.#killEpoch, signed.killEpoch);
  }

  #permit(step: Step, signed: SignedPermit): void {
    const { permit } = signed;
    const refusal = this.#permitRefusal(signed);
    if (refusal !== undefined) {
      return step.refuse(refusal, `permit of gate epoch ${permit.gateEpoch}, kill epoch ${permit.killEpoch}`);
    }
    this.#learnEpochs(permit);
    this.#permits.take(permit);
    this.#permitlessAlerted = false;
  }

  #permitRefusal(signed: SignedPermit): RefusalReason | undefined {
    const { permit } = signed;
    if (!permitSignatureHolds(this.#config.gateKeys, signed)) return 'permit-bad-signature';
    if (permit.account !== this.#config.account) return 'permit-wrong-account';
    if (!this.#leased || permit.bridgeEpoch !== this.#bridgeEpoch) return 'permit-other-bridge-epoch';
    if (permit.gateEpoch < this.#gateEpoch) return 'permit-superseded-gate';
    if (permit.killEpoch < this.#killEpoch) return 'permit-old-kill-epoch';
    return this.#permits.knows(permit.echo) ? undefined : 'permit-unknown-echo';
  }

  #cancel(step: Step, request: CancelRequest): void {
    if (request.account !== this.#config.account) {
      return step.refuse('cancel-wrong-account', `cancel ${request.cancelId} is for ${request.account}`);
    }
    if (request.clientOrderId === undefined) {
      for (const order of this.#orders.live()) if (order.verdict.runId === request.runId) pursue(order.cancel, step.at);
      return;
    }
    const order = this.#orders.get(request.clientOrderId);
    if (order === undefined) {
      return step.refuse('cancel-unknown-order', `cancel ${request.cancelId} names ${request.clientOrderId}`);
    }
    if (order.verdict.runId !== request.runId) {
      return step.refuse('cancel-not-owner', `run ${request.runId} does not own ${request.clientOrderId}`);
    }
    if (!isTerminal(order.status)) pursue(order.cancel, step.at);
  }

  /** Without the gate nobody watches our orders, so they do not stay. */
  #checkPermitAbsence(step: Step, monotonicAt: number): void {
    const absent = this.#permits.absentMicros(monotonicAt);
    if (absent < this.#config.timing.permitlessMicrosMax) return;
    const live = this.#orders.live();
    for (const order of live) pursue(order.cancel, step.at);
    if (live.length > 0 && !this.#permitlessAlerted) {
      this.#permitlessAlerted = true;
      step.alert(
        'no-permit',
        'critical',
        `no permit for ${Math.floor(absent / 1_000_000)} s: cancelling ${live.length} working orders`,
      );
    }
  }

  #heartbeat(step: Step, clock: ClockReading): void {
    if (!this.#leased) return;
    const nonce = this.#permits.heartbeat(this.#config.account, this.#bridgeEpoch, clock);
    const { account, instance } = this.#config;
    const standing = {
      bridgeEpoch: this.#bridgeEpoch,
      killEpochSeen: this.#killEpoch,
      reconciled: this.#sweeps.reconciled,
      streamUp: this.#streamUp,
      openOrders: this.openOrderCount,
      unresolvedOrders: this.unresolvedOrderCount,
      latched: this.#kills.all().map((latch) => latch.scope),
      counters: this.#counters,
    };
    step.effects.push({ type: 'heartbeat', heartbeat: heartbeatOf({ account, instance, nonce }, step.at, standing) });
  }

  /** Whether the permit that lives at this moment lets an order of this kind out. */
  permitAllows(reduces: boolean, clock: ClockReading): boolean {
    return permits(
      { gateEpoch: this.#gateEpoch, killEpoch: this.#killEpoch, permit: this.#permits.live(clock) },
      reduces,
    );
  }

  /** The last question before the bytes are written: everything that may have changed since the verdict is looked at again. */
  maySend(clientOrderId: string, clock: ClockReading): SendAnswer {
    const order = this.#orders.get(clientOrderId);
    if (!this.#leased) return { ok: false, reason: 'superseded', detail: 'the lease is lost' };
    if (order?.status !== 'SUBMITTED' || order.venueOrderId !== undefined) {
      return { ok: false, reason: 'refused', detail: 'not an order that waits to be sent' };
    }
    const standing: Standing | undefined = standingOf(
      { gateEpoch: this.#gateEpoch, killEpoch: this.#killEpoch, kills: this.#kills, permit: this.#permits.live(clock) },
      order.verdict,
      clock.at,
    );
    if (standing !== undefined) return { ok: false, reason: standing.reason, detail: standing.detail };
    if (order.cancel.wanted) return { ok: false, reason: 'not-sent', detail: 'cancelled before it was sent' };
    return { ok: true };
  }

  permitRemainingMicros(clock: ClockReading): number {
    return this.#permits.remainingMicros(clock);
  }

  /** Whether orders may go out at all: between `started` and `lease-lost`. */
  get leased(): boolean {
    return this.#leased;
  }

  get bridgeEpoch(): number {
    return this.#bridgeEpoch;
  }

  get killEpochSeen(): number {
    return this.#killEpoch;
  }

  get reconciled(): boolean {
    return this.#sweeps.reconciled;
  }

  get latches(): readonly LocalLatch[] {
    return this.#kills.all();
  }

  /** Refusals so far, by reason. */
  get counters(): ReadonlyMap<string, number> {
    return this.#counters;
  }

  get openOrderCount(): number {
    return this.#orders.live().length;
  }

  get unresolvedOrderCount(): number {
    return this.#orders.live().filter((order) => order.status === 'UNRESOLVED').length;
  }

  /** Every order in memory with its status: for tests, metrics and people. */
  orders(): readonly {
    readonly clientOrderId: string;
    readonly runId: string;
    readonly status: OwnOrder['status'];
    readonly filled: number;
    readonly venueOrderId: string | undefined;
  }[] {
    return [...this.#orders.all()].map((order) => ({
      clientOrderId: order.venueOrder.clientOrderId,
      runId: order.verdict.runId,
      status: order.status,
      filled: order.filled,
      venueOrderId: order.venueOrderId,
    }));
  }

  get books(): AccountBooks {
    return this.#books;
  }
}

/** An execution under a client id that we do not know is matched by the venue's id alone. */
function withoutClientId(fill: Extract<BridgeInput, { type: 'fill-report' }>['fill']): typeof fill {
  const { clientOrderId: _unknown, ...rest } = fill;
  return rest;
}
