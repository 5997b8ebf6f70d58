import { assert, unreachable } from '@portcullis/kernel';
import type { BookInput, MarketInput } from '@portcullis/market';
import type { Position } from '@portcullis/portfolio';
import type { OrderNumber, StrategyOrderUpdate, WorkingOrder } from '@portcullis/strategy';
import { DecisionChain } from './decision-chain.ts';
import type { KernelView } from './kernel-context.ts';
import type { FillInput, KernelInput, OrderInput, VerdictInput } from './kernel-input.ts';
import { KernelHoldings } from './kernel-holdings.ts';
import { KernelOrders } from './kernel-orders.ts';
import type { IntentOutput, KernelOutput } from './kernel-output.ts';
import type { KernelSnapshot } from './kernel-snapshot.ts';
import { KillView } from './kill-view.ts';
import { type ChangedOrder, replacementOf } from './replacement.ts';
import type { KernelSetup } from './kernel-setup.ts';
import { type RunCounters, type RunState, noCounters } from './run-state.ts';
import { type HandlerName, StrategyCalls, type Thrown, isStateCheck, thrownText } from './strategy-calls.ts';
import { StrategyTimer } from './strategy-timer.ts';

const NOTHING: readonly KernelOutput[] = Object.freeze([]);

/**
 * One run: a function of its inputs. It takes one totally ordered stream of them and returns what to do; the same inputs
 * give the same outputs and the same decision hash, live and in replay. Nothing in it grows with the inputs.
 */
export class RunKernel implements KernelView {
  readonly setup: KernelSetup;
  readonly #calls: StrategyCalls;
  readonly #holdings: KernelHoldings;
  readonly #orders = new KernelOrders();
  readonly #kills: KillView;
  readonly #chain: DecisionChain;
  readonly #timer: StrategyTimer;
  readonly #counters: RunCounters;
  #state: RunState = 'starting';
  #failure: string | undefined;
  #now = 0;
  #slot = 0;
  #inStop = false;
  #outputs: KernelOutput[] = [];

  constructor(setup: KernelSetup) {
    const { strategy, instruments } = setup;
    this.setup = setup;
    this.#holdings = new KernelHoldings(instruments, strategy);
    this.#kills = new KillView(setup.scopes);
    this.#chain = new DecisionChain(setup.digest);
    this.#calls = new StrategyCalls(strategy, this);
    this.#timer = new StrategyTimer(strategy.timerMicros);
    this.#counters = noCounters();
  }

  /** Takes the next input, which arrived at `at` (microseconds), and returns what to do, in order. */
  step(at: number, input: KernelInput): readonly KernelOutput[] {
    const counters = this.#counters;
    if ((this.#state === 'starting') !== (input.kind === 'start')) {
      assert(false, `a run begins with "start" and has one, not ${input.kind} while ${this.#state}`);
    }
    counters.inputs += 1;
    if (at > this.#now) this.#now = at;
    this.#chain.input(at, input);
    this.#apply(input);
    if (isStateCheck(counters.inputs)) this.#checkState();
    if (this.#orders.hasCancels) this.#flushCancels();
    if (this.#state === 'stopping' && this.#orders.count === 0) this.#state = 'stopped';
    if (this.#outputs.length === 0) return NOTHING;
    const outputs = this.#outputs;
    this.#outputs = [];
    for (const output of outputs) this.#chain.output(counters.inputs, output);
    return outputs;
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

  get workingOrders(): number {
    return this.#orders.count;
  }

  get counters(): Readonly<RunCounters> {
    return this.#counters;
  }

  positionOf(slot: number): Position {
    return this.#holdings.positionOf(slot);
  }

  // What the strategy's context looks at besides.

  get holdings(): KernelHoldings {
    return this.#holdings;
  }

  get now(): number {
    return this.#now;
  }

  get slot(): number {
    return this.#slot;
  }

  get maySubmit(): boolean {
    return this.#state === 'running' && !this.#inStop && !this.#kills.killed;
  }

  get lastOrder(): OrderNumber {
    return this.#orders.last;
  }

  get expiry(): number {
    return this.#now + this.setup.expiryMicros;
  }

  isWorking(order: OrderNumber): boolean {
    return this.#orders.get(order) !== undefined;
  }

  working(): readonly WorkingOrder[] {
    return this.#orders.view();
  }

  #apply(input: KernelInput): void {
    switch (input.kind) {
      case 'bar':
      case 'quote':
      case 'trade':
      case 'book':
      case 'mark':
      case 'funding':
      case 'gap':
        this.#counters.marketEvents += 1;
        this.#slot = input.slot;
        return this.#market(input);
      case 'verdict':
        return this.#verdict(input);
      case 'order':
        return this.#order(input);
      case 'fill':
        return this.#fill(input);
      case 'adopt':
        return this.#orders.adopt(input);
      case 'cash':
      case 'seen':
        return;
      case 'hole':
        this.#holdings.markets[input.slot]?.forget();
        return this.#gap(input.slot, 'gap', `messages ${input.expected} to ${input.got - 1} never arrived`);
      case 'advice':
        return this.#holdings.advise(input.advice);
      case 'control':
        return this.#kills.apply(input.control);
      case 'start':
        this.#state = 'running';
        this.#timer.start(this.#now);
        return this.#tell('onStart', undefined);
      case 'timer':
        return this.#time();
      case 'stop':
        return this.#stop(input.reason);
      case 'resumed':
        return this.#resumed();
      case 'malformed':
        this.#counters.malformed += 1;
        this.#outputs.push({ kind: 'log', level: 'warn', message: `left out: ${input.what}` });
        return;
      default:
        return unreachable(input);
    }
  }

  #market(input: MarketInput): void {
    const market = this.#holdings.markets[input.slot];
    if (market === undefined) assert(false, `the run has no instrument ${input.slot}`);
    switch (input.kind) {
      case 'bar':
        market.takeBar(input);
        if (this.#calls.has('onBar') && this.setup.strategy.barMicros === undefined) this.#tell('onBar', input);
        return;
      case 'quote':
        if (market.takeQuote(input) && this.#calls.has('onQuote')) this.#tell('onQuote', input);
        return;
      case 'trade': {
        const bar = market.takeTrade(input, this.#now);
        if (this.#calls.has('onTrade')) this.#tell('onTrade', input);
        if (bar !== undefined) this.#tell('onBar', bar);
        return;
      }
      case 'book': {
        const book = market.takeBook(input);
        if (book !== undefined) this.#tell('onBook', book, input);
        return;
      }
      case 'gap':
        market.gap(input);
        return this.#gap(input.slot, input.reason, input.detail);
      case 'mark':
      case 'funding':
        return;
    }
  }

  #gap(slot: number, reason: 'gap' | 'disconnect' | 'stale' | 'resync' | 'resumed', detail: string): void {
    this.#slot = slot;
    this.#tell('onGap', { slot, reason, detail });
  }

  #resumed(): void {
    if (this.#failure !== undefined || this.#state === 'quarantined') return;
    this.#state = 'running';
    this.#holdings.markets.forEach((market, slot) => {
      market.resume();
      this.#gap(slot, 'resumed', '');
    });
  }

  #stop(reason: string): void {
    if (this.#state !== 'running') return;
    this.#slot = 0;
    this.#inStop = true;
    this.#tell('onStop', reason);
    this.#inStop = false;
    this.#wind(reason);
  }

  /** No new intents; every working order is cancelled. */
  #wind(reason: string): void {
    if (this.#state === 'running') this.#state = 'stopping';
    this.#orders.requestCancelAll(reason.slice(0, 200));
  }

  #verdict(input: VerdictInput): void {
    const slot = this.#orders.get(input.order)?.slot ?? 0;
    if (input.approved) {
      if (!this.#orders.approved(input.order)) return;
      this.#counters.approved += 1;
      if (this.#state !== 'running') this.#orders.requestCancelAll('the run has stopped');
      return this.#update({ order: input.order, slot, status: 'APPROVED', reason: '' });
    }
    if (!this.#orders.denied(input.order)) return;
    this.#counters.denied += 1;
    this.#update({ order: input.order, slot, status: 'DENIED', reason: input.code });
  }

  #order({ order, status, reason }: OrderInput): void {
    const record = this.#orders.get(order);
    if (record === undefined || !this.#orders.evolve(order, status)) return;
    if (this.#state !== 'running') this.#orders.requestCancelAll('the run has stopped');
    this.#update({ order, slot: record.slot, status, reason });
    if (status === 'CANCELED' && record.change !== undefined) this.#replace(record);
  }

  /** The order that takes the place of a cancelled one, for what is left of its new quantity. */
  #replace(record: ChangedOrder): void {
    const intent = this.maySubmit ? replacementOf(record, this.setup.instruments) : undefined;
    if (intent === undefined) return;
    const { expiry } = this;
    this.#intend({ ...intent, order: this.#orders.last + 1, expiry, reference: this.#holdings.markOf(intent.slot) });
  }

  #fill(fill: FillInput): void {
    const { order, slot } = fill;
    // Booked whatever the order's state is: a fill of an order that was taken for dead still counts (S9).
    if (!this.#holdings.book(fill)) return;
    this.#counters.fills += 1;
    const status = this.#orders.filled(order, fill.quantity, fill.done === true);
    if (this.#state !== 'running') this.#orders.requestCancelAll('the run has stopped');
    this.#slot = slot;
    if (this.#calls.has('onFill')) this.#tell('onFill', fill);
    if (status !== undefined) this.#update({ order, slot, status, reason: '' });
  }

  #update(update: StrategyOrderUpdate): void {
    if (!this.#calls.has('onOrder')) return;
    this.#slot = update.slot;
    this.#tell('onOrder', update);
  }

  #time(): void {
    for (const { order, slot } of this.#orders.giveUp(this.#now)) {
      this.#update({ order, slot, status: 'VOID', reason: 'never answered' });
    }
    for (const [slot, market] of this.#holdings.markets.entries()) {
      const bar = market.tick(this.#now);
      this.#slot = slot;
      if (bar !== undefined) this.#tell('onBar', bar);
    }
    this.#slot = 0;
    if (this.#timer.isDue(this.#now)) this.#tell('onTimer', undefined);
  }

  /** Calls a handler. While a run winds down it hears of its orders and fills alone. */
  #tell(name: HandlerName, argument: unknown, change?: BookInput): void {
    if (!this.#calls.has(name) || !this.#hears(name)) return;
    const thrown = this.#calls.call(name, argument, change);
    if (thrown !== undefined) this.#contain(name, thrown);
    else if (this.#calls.isWishful) this.#commit();
  }

  #hears(name: HandlerName): boolean {
    if (this.#state === 'running') return true;
    if (this.#failure !== undefined || this.#state === 'quarantined') return false;
    return name === 'onFill' || name === 'onOrder';
  }

  #commit(): void {
    const { intents, cancels, changes, logs } = this.#calls.draft;
    for (const intent of intents) this.#intend(intent);
    for (const order of cancels) this.#orders.requestCancel(order, 'the strategy asked');
    for (const { order, change } of changes) this.#orders.requestChange(order, change);
    for (const message of logs) this.#outputs.push({ kind: 'log', level: 'info', message });
    this.#calls.clear();
  }

  #intend(intent: IntentOutput): void {
    this.#orders.intended(intent);
    this.#outputs.push(intent);
    this.#counters.intents += 1;
  }

  #flushCancels(): void {
    for (const { order, reason } of this.#orders.dueCancels(this.#now)) {
      this.#counters.cancels += 1;
      this.#outputs.push({ kind: 'cancel', order, reason });
    }
  }

  #checkState(): void {
    const trouble = this.#state === 'running' ? this.#calls.stateTrouble() : undefined;
    if (trouble !== undefined) this.#contain('state', trouble);
  }

  #contain(handler: string, { error }: Thrown): void {
    this.#calls.clear();
    const { strategyName, errorPolicy, errorsMax } = this.setup;
    const message = thrownText(strategyName, handler, error);
    this.#counters.errors += 1;
    this.#outputs.push({ kind: 'log', level: 'error', message });
    // A state that has grown too large is no smaller for having been skipped.
    if (errorPolicy === 'SKIP_AND_LOG' && this.#counters.errors < errorsMax && handler !== 'state') return;
    this.#failure = message;
    if (errorPolicy === 'FAIL_FAST') return this.#wind('the strategy failed');
    this.#orders.requestCancelAll('the run is quarantined');
    this.#state = 'quarantined';
  }

  /** The whole state as plain JSON. */
  snapshot(): KernelSnapshot {
    return JSON.parse(
      JSON.stringify({
        version: 1,
        digest: this.setup.digest,
        now: this.#now,
        state: this.#state,
        failure: this.#failure ?? null,
        counters: this.#counters,
        holdings: this.#holdings.snapshot(),
        orders: this.#orders.snapshot(),
        kills: this.#kills.snapshot(),
        chain: this.#chain.snapshot(),
        timerAt: this.#timer.snapshot(),
        strategy: this.#calls.snapshot(),
      } satisfies KernelSnapshot),
    ) as KernelSnapshot;
  }

  /** Puts a fresh kernel of the same configuration where the snapshot was taken. */
  restore(snapshot: KernelSnapshot): void {
    assert(snapshot.digest === this.setup.digest, 'the snapshot belongs to another configuration');
    this.#now = snapshot.now;
    this.#state = snapshot.state;
    this.#failure = snapshot.failure ?? undefined;
    Object.assign(this.#counters, snapshot.counters);
    this.#holdings.restore(snapshot.holdings);
    this.#orders.restore(snapshot.orders);
    this.#kills.restore(snapshot.kills);
    this.#chain.restore(snapshot.chain);
    this.#timer.restore(snapshot.timerAt);
    this.#calls.restore(snapshot.strategy);
  }
}
