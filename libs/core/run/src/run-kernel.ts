import type { MarketEvent, OrderEvent, OrderFilled, OrderIntent, RiskVerdict, RunStatus } from '@portcullis/contracts';
import { clientOrderIdOf } from '@portcullis/execution';
import { type InputError, assert, derivedId, describeInputError, unreachable } from '@portcullis/kernel';
import type { InstrumentRules } from '@portcullis/market';
import type { StrategyEvent, StrategyInstance, StrategyOrderUpdate } from '@portcullis/strategy';
import { DecisionChain } from './decision-chain.ts';
import { KillView } from './kill-view.ts';
import { intentOf } from './intent.ts';
import { RecentIds } from './recent-ids.ts';
import { RunBooks } from './run-books.ts';
import type { PreparedRun, RunConfiguration } from './run-configuration.ts';
import { type Draft, RunContext } from './run-context.ts';
import type { InputPosition, RunInput } from './run-input.ts';
import { RunMarket } from './run-market.ts';
import type { RunOutput } from './run-output.ts';
import type { RunCounters, RunSnapshot, RunState } from './run-snapshot.ts';
import { WorkingOrders } from './working-orders.ts';

/** Event ids that are remembered, to apply each order event once. */
const EVENT_IDS_MAX = 20_000;

/** Microseconds after its expiry for which an unanswered intent still counts as working: the answer may be on its way. */
export const VOID_GRACE_MICROS = 60_000_000;

/** Errors after which a run that skips them is quarantined all the same: logs and time are no run's to waste. */
export const ERRORS_SKIPPED_MAX = 1000;

/**
 * One run: a function of its journal. It takes one totally ordered stream of inputs and returns what to do; the same
 * inputs give the same outputs and the same decision hash, live and in replay. Nothing in it grows with the inputs.
 */
export class RunKernel {
  readonly configuration: RunConfiguration;
  readonly configDigest: string;
  readonly rules: InstrumentRules;
  readonly #strategy: StrategyInstance;
  readonly #orders: WorkingOrders;
  readonly #books: RunBooks;
  readonly #kills: KillView;
  readonly #market: RunMarket;
  readonly #eventIds = new RecentIds(EVENT_IDS_MAX);
  readonly #chain = new DecisionChain();
  #state: RunState = 'starting';
  #failure: string | undefined;
  #now = 0;
  #counters: RunCounters = {
    inputs: 0,
    marketEvents: 0,
    intents: 0,
    cancels: 0,
    approved: 0,
    denied: 0,
    fills: 0,
    errors: 0,
    malformed: 0,
  };
  #position: InputPosition = { seq: 0, hash: '' };
  /** When the input of this step happened at its source. */
  #tsEvent = 0;
  #outputs: RunOutput[] = [];

  constructor(prepared: PreparedRun) {
    this.configuration = prepared.configuration;
    this.configDigest = prepared.configDigest;
    this.rules = prepared.rules;
    this.#strategy = prepared.strategy;
    this.#orders = new WorkingOrders(prepared.rules);
    this.#books = new RunBooks(prepared.rules);
    this.#kills = new KillView(prepared.configuration);
    this.#market = new RunMarket(prepared.rules, prepared.strategy.barMicros);
  }

  /** Takes the next input, which stands at `position` in the run's journal, and returns what to do, in order. */
  step(input: RunInput, position: InputPosition): readonly RunOutput[] {
    assert(position.seq > this.#position.seq, `input ${position.seq} comes after input ${this.#position.seq}`);
    assert(
      (this.#state === 'starting') === (input.type === 'started'),
      `a run begins with "started" and has one, not ${input.type} while ${this.#state}`,
    );
    this.#position = position;
    this.#outputs = [];
    this.#now = Math.max(this.#now, input.at);
    this.#tsEvent = this.#now;
    this.#counters.inputs += 1;
    this.#chain.input(input);
    this.#apply(input);
    this.#flushCancels();
    if (this.#state === 'stopping' && this.#orders.count === 0) this.#state = 'stopped';
    this.#chain.outputs(position.seq, this.#outputs);
    return this.#outputs;
  }

  get state(): RunState {
    return this.#state;
  }

  /** Why the run ended for good: an error of its strategy. */
  get failure(): string | undefined {
    return this.#failure;
  }

  get killed(): boolean {
    return this.#kills.killed;
  }

  get decisionHash(): string {
    return this.#chain.hash;
  }

  /** Number of the last market message that became an input, for the ordering guard. */
  get marketSequence(): number {
    return this.#market.sequence;
  }

  get workingOrders(): number {
    return this.#orders.count;
  }

  get counters(): Readonly<RunCounters> {
    return this.#counters;
  }

  /** Intents that the gate has not answered and that have not expired at `at`: published again after a restart. */
  unansweredIntents(at: number): OrderIntent[] {
    return this.#orders.unanswered().filter(({ expiry }) => at < expiry);
  }

  status(): RunStatus {
    const { runId, strategy, account, stage } = this.configuration;
    return {
      runId,
      strategy,
      account,
      instrument: this.rules.id,
      stage,
      state: this.#state,
      inputs: this.#counters.inputs,
      intents: this.#counters.intents,
      workingOrders: this.#orders.count,
      ...this.#books.profit(this.#market.mark),
      decisionHash: this.decisionHash,
    };
  }

  #apply(input: RunInput): void {
    switch (input.type) {
      case 'started':
        return this.#started(input.configDigest);
      case 'market':
        return this.#marketEvent(input.event);
      case 'gap':
        return this.#tell(this.#market.hole(input.expected, input.got));
      case 'verdict':
        return this.#verdict(input.verdict.verdict);
      case 'order':
        return this.#order(input.event);
      case 'control':
        return this.#kills.apply(input.control);
      case 'timer':
        return this.#timer();
      case 'stop':
        return this.#stop(input.reason);
      case 'resumed':
        return this.#resumed();
      default:
        return unreachable(input);
    }
  }

  #started(configDigest: string): void {
    assert(
      configDigest === this.configDigest,
      `the journal belongs to configuration ${configDigest}, not ${this.configDigest}`,
    );
    this.#state = 'running';
    this.#tell({ type: 'start' });
  }

  #resumed(): void {
    if (this.#failure !== undefined || this.#state === 'quarantined') return;
    this.#state = 'running';
    this.#tell(this.#market.resume());
  }

  #stop(reason: string): void {
    if (this.#state !== 'running') return;
    this.#tell({ type: 'stop', reason });
    this.#wind(reason);
  }

  /** No new intents; every working order is cancelled. */
  #wind(reason: string): void {
    if (this.#state === 'running') this.#state = 'stopping';
    this.#orders.requestCancelAll(reason.slice(0, 200));
  }

  #marketEvent(event: MarketEvent): void {
    this.#counters.marketEvents += 1;
    this.#tsEvent = event.tsEvent;
    const step = this.#market.take(event, this.#now);
    if (!step.ok) return this.#malformed(step.error);
    for (const each of step.events) this.#tell(each);
  }

  #verdict(verdict: RiskVerdict): void {
    if (verdict.runId !== this.configuration.runId) return;
    const { intentId } = verdict;
    if (verdict.decision === 'approved') {
      if (!this.#orders.approved(intentId, verdict.venueOrder)) return;
      this.#counters.approved += 1;
      if (this.#state !== 'running') this.#orders.requestCancelAll('the run has stopped');
      return this.#update({
        clientOrderId: verdict.venueOrder.clientOrderId,
        intentId,
        status: 'APPROVED',
        reason: '',
      });
    }
    const clientOrderId = clientOrderIdOf(this.configuration.runId, intentId);
    if (!this.#orders.denied(clientOrderId)) return;
    this.#counters.denied += 1;
    this.#update({ clientOrderId, intentId, status: 'DENIED', reason: verdict.denial.code });
  }

  #order(event: OrderEvent): void {
    if (event.runId !== this.configuration.runId || !this.#eventIds.add(event.eventId)) return;
    const step = this.#orders.evolve(event);
    if (this.#state !== 'running') this.#orders.requestCancelAll('the run has stopped');
    // Booked whatever the order's state is: a fill of an order that was taken for dead still counts (S9).
    if (event.type === 'fill') this.#fill(event);
    if (step !== undefined) this.#update({ ...step, reason: 'reason' in event ? event.reason : '' });
  }

  #fill(event: OrderFilled): void {
    const booked = this.#books.book(event);
    if (!booked.ok) return this.#malformed(booked.error);
    if (booked.value === undefined) return;
    this.#counters.fills += 1;
    this.#tell({ type: 'fill', fill: booked.value });
  }

  #update(update: StrategyOrderUpdate): void {
    this.#tell({ type: 'order', update });
  }

  #timer(): void {
    for (const ids of this.#orders.giveUp(this.#now, VOID_GRACE_MICROS)) {
      this.#update({ ...ids, status: 'VOID', reason: 'never answered' });
    }
    for (const event of this.#market.tick(this.#now)) this.#tell(event);
    this.#tell({ type: 'timer' });
  }

  #malformed(error: InputError): void {
    this.#counters.malformed += 1;
    this.#outputs.push({ type: 'log', level: 'warn', message: `left out: ${describeInputError(error)}` });
  }

  /** Calls the strategy. While a run winds down it hears of its orders and fills alone. */
  #tell(event: StrategyEvent): void {
    const windingDown = this.#state === 'stopping' || this.#state === 'stopped';
    if (this.#failure !== undefined || this.#state === 'quarantined') return;
    if (windingDown && event.type !== 'fill' && event.type !== 'order') return;
    const made = this.#counters.intents;
    const context = new RunContext({
      now: this.#now,
      parameters: this.#strategy.parameters,
      instrument: this.rules,
      position: this.#books.position.quantity,
      quote: this.#market.quote,
      working: this.#orders.view(),
      maySubmit: this.#state === 'running' && !this.killed && event.type !== 'stop',
      idsOf: (n) => this.#idsOf(made + n),
    });
    try {
      this.#strategy.handle(context, event);
    } catch (error) {
      return this.#contain(event.type, error);
    }
    this.#commit(context.draft);
  }

  /** Derived from the run, the input and a number that never repeats within the run. */
  #idsOf(n: number): { intentId: string; clientOrderId: string } {
    const { runId } = this.configuration;
    const intentId = derivedId('intent', runId, this.#position.seq, n);
    return { intentId, clientOrderId: clientOrderIdOf(runId, intentId) };
  }

  #commit({ orders, cancels, logs }: Draft): void {
    for (const { intentId, clientOrderId, order } of orders) {
      const intent = intentOf(this, {
        intentId,
        order,
        quote: this.#market.quote,
        now: this.#now,
        tsEvent: this.#tsEvent,
        position: this.#position,
      });
      this.#orders.intended(intent, clientOrderId, { price: order.price, quantity: order.quantity });
      this.#outputs.push({ type: 'intent', intent });
      this.#counters.intents += 1;
    }
    for (const clientOrderId of cancels) this.#orders.requestCancel(clientOrderId, 'the strategy asked');
    for (const message of logs) this.#outputs.push({ type: 'log', level: 'info', message });
  }

  #flushCancels(): void {
    const { account, runId } = this.configuration;
    for (const { clientOrderId, reason } of this.#orders.dueCancels(this.#now)) {
      const cancelId = derivedId('cancel', runId, this.#position.seq, this.#counters.cancels);
      this.#counters.cancels += 1;
      this.#outputs.push({
        type: 'cancel',
        cancel: { version: 1, cancelId, account, runId, origin: 'run', clientOrderId, reason, tsEvent: this.#now },
      });
    }
  }

  #contain(handler: string, error: unknown): void {
    const message =
      `strategy ${this.configuration.strategy} threw on ${handler}: ${error instanceof Error ? error.message : String(error)}`.slice(
        0,
        500,
      );
    this.#counters.errors += 1;
    this.#outputs.push({ type: 'log', level: 'error', message });
    const { errorPolicy } = this.configuration;
    if (errorPolicy === 'SKIP_AND_LOG' && this.#counters.errors < ERRORS_SKIPPED_MAX) return;
    this.#failure = message;
    if (errorPolicy === 'FAIL_FAST') return this.#wind('the strategy failed');
    this.#orders.requestCancelAll('the run is quarantined');
    this.#state = 'quarantined';
  }

  /** The whole state as plain JSON. */
  snapshot(): RunSnapshot {
    return structured({
      version: 1,
      configDigest: this.configDigest,
      seq: this.#position.seq,
      now: this.#now,
      state: this.#state,
      failure: this.#failure ?? null,
      counters: { ...this.#counters },
      market: this.#market.snapshot(),
      eventIds: this.#eventIds.snapshot(),
      orders: this.#orders.snapshot(),
      books: this.#books.snapshot(),
      kills: this.#kills.snapshot(),
      chain: this.#chain.snapshot(),
      strategy: this.#strategy.snapshot(),
    });
  }

  /** Puts a fresh kernel of the same configuration where the snapshot was taken. */
  restore(snapshot: RunSnapshot): void {
    assert(snapshot.configDigest === this.configDigest, 'the snapshot belongs to another configuration');
    this.#position = { seq: snapshot.seq, hash: '' };
    this.#now = snapshot.now;
    this.#state = snapshot.state;
    this.#failure = snapshot.failure ?? undefined;
    this.#counters = { ...snapshot.counters };
    this.#market.restore(snapshot.market);
    this.#eventIds.restore(snapshot.eventIds);
    this.#orders.restore(snapshot.orders);
    this.#books.restore(snapshot.books);
    this.#kills.restore(snapshot.kills);
    this.#chain.restore(snapshot.chain);
    this.#strategy.restore(snapshot.strategy);
  }
}

/** A copy through JSON text: nothing of the living state is shared, and nothing but JSON gets in. */
function structured(snapshot: RunSnapshot): RunSnapshot {
  return JSON.parse(JSON.stringify(snapshot)) as RunSnapshot;
}
