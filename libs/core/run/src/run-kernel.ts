import { type PriceTicks, type QuantityLots, assert, quantityLots, unreachable } from '@portcullis/kernel';
import type { BarInput, ExactQuote, InstrumentRules, MarketInput } from '@portcullis/market';
import { FLAT, type Position, applyFill } from '@portcullis/portfolio';
import type {
  AnyContext,
  BookView,
  MlAdvice,
  OrderNumber,
  StrategyHandlers,
  StrategyInstance,
  StrategyOrderUpdate,
  WorkingOrder,
} from '@portcullis/strategy';
import { DecisionChain } from './decision-chain.ts';
import { KernelContext, type KernelView, orderComplaint } from './kernel-context.ts';
import type { FillInput, KernelInput, OrderInput, VerdictInput } from './kernel-input.ts';
import { KernelMarket } from './kernel-market.ts';
import { KernelOrders } from './kernel-orders.ts';
import type { IntentOutput, KernelOutput } from './kernel-output.ts';
import { type KernelSnapshot, positionOf, positionText } from './kernel-snapshot.ts';
import { KillView } from './kill-view.ts';
import { RecentIds } from './recent-ids.ts';
import type { ErrorPolicy } from './run-configuration.ts';
import type { RunCounters, RunState } from './run-state.ts';

/** Trade ids that are remembered: more than any redelivery can reach back. */
const TRADE_IDS_MAX = 20_000;

/** Microseconds after its expiry for which an unanswered intent still counts as working: the answer may be on its way. */
export const VOID_GRACE_MICROS = 60_000_000;

/** Inputs between two looks at the size of the strategy's state, and the most JSON that it may be. */
const STATE_CHECK_INPUTS = 65_536;
export const STATE_LENGTH_MAX = 4 * 1024 * 1024;

/** What a kernel is made of. The strategy is of this run alone. */
export interface KernelSetup {
  readonly strategy: StrategyInstance;
  readonly strategyName: string;
  /** By slot. */
  readonly instruments: readonly InstrumentRules[];
  /** Scopes of kills that cover the run. */
  readonly scopes: readonly string[];
  /** Digest of the configuration: the first link of the decision hash. */
  readonly digest: string;
  readonly expiryMicros: number;
  readonly errorPolicy: ErrorPolicy;
  /** Errors that SKIP_AND_LOG lets pass before it quarantines. */
  readonly errorsMax: number;
}

const NOTHING: readonly KernelOutput[] = Object.freeze([]);

/**
 * One run: a function of its inputs. It takes one totally ordered stream of them and returns what to do; the same inputs
 * give the same outputs and the same decision hash, live and in replay. Nothing in it grows with the inputs.
 */
export class RunKernel implements KernelView {
  readonly setup: KernelSetup;
  readonly #handlers: StrategyHandlers;
  readonly #context: KernelContext;
  readonly #markets: readonly KernelMarket[];
  readonly #positions: Position[];
  readonly #advice: (MlAdvice | undefined)[];
  readonly #orders = new KernelOrders();
  readonly #kills: KillView;
  readonly #tradeIds = new RecentIds(TRADE_IDS_MAX);
  readonly #chain: DecisionChain;
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
    this.#handlers = strategy.handlers;
    const { onBook } = strategy.handlers;
    const wants = { barMicros: strategy.barMicros, book: onBook !== undefined };
    this.#markets = instruments.map((rules, slot) => new KernelMarket(rules, slot, wants));
    this.#positions = instruments.map(() => FLAT);
    this.#advice = instruments.map(() => undefined);
    this.#kills = new KillView(setup.scopes);
    this.#chain = new DecisionChain(setup.digest);
    this.#context = new KernelContext(this, strategy.parameters, strategy);
    this.#counters = {
      ...{ inputs: 0, marketEvents: 0, intents: 0, cancels: 0, approved: 0 },
      ...{ denied: 0, fills: 0, errors: 0, malformed: 0 },
    };
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
    if (counters.inputs % STATE_CHECK_INPUTS === 0) this.#checkState();
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

  /** Whether an order may still be filled as far as the run knows. */
  knows(order: OrderNumber): boolean {
    return this.#orders.get(order) !== undefined;
  }

  get workingOrders(): number {
    return this.#orders.count;
  }

  get counters(): Readonly<RunCounters> {
    return this.#counters;
  }

  positionOf(slot: number): Position {
    return this.#positions[slot] ?? FLAT;
  }

  markOf(slot: number): PriceTicks | undefined {
    return this.#markets[slot]?.mark;
  }

  // What the strategy's context looks at.

  get now(): number {
    return this.#now;
  }

  get slot(): number {
    return this.#slot;
  }

  get instruments(): readonly InstrumentRules[] {
    return this.setup.instruments;
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

  quantityOf(slot: number): QuantityLots {
    return (this.#positions[slot] as Position).quantity;
  }

  quoteOf(slot: number): ExactQuote | undefined {
    return this.#markets[slot]?.quote;
  }

  bookOf(slot: number): BookView | undefined {
    return this.#markets[slot]?.book;
  }

  adviceOf(slot: number): MlAdvice | undefined {
    return this.#advice[slot];
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
        this.#orders.adopt(input);
        return;
      case 'cash':
      case 'seen':
        return;
      case 'hole': {
        const { slot, expected, got } = input;
        this.#markets[slot]?.forget();
        return this.#gap(slot, 'gap', `messages ${expected} to ${got - 1} never arrived`);
      }
      case 'advice':
        if (input.advice.slot in this.#advice) this.#advice[input.advice.slot] = input.advice;
        return;
      case 'control':
        return this.#kills.apply(input.control);
      case 'start':
        this.#state = 'running';
        return this.#tell('onStart', undefined);
      case 'timer':
        return this.#timer();
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
    const market = this.#markets[input.slot];
    if (market === undefined) assert(false, `the run has no instrument ${input.slot}`);
    switch (input.kind) {
      case 'bar':
        market.takeBar(input);
        if (this.#handlers.onBar !== undefined && this.setup.strategy.barMicros === undefined)
          this.#tell('onBar', input);
        return;
      case 'quote':
        if (market.takeQuote(input) && this.#handlers.onQuote !== undefined) this.#tell('onQuote', input);
        return;
      case 'trade': {
        const bar = market.takeTrade(input, this.#now);
        if (this.#handlers.onTrade !== undefined) this.#tell('onTrade', input);
        if (bar !== undefined) this.#tell('onBar', bar);
        return;
      }
      case 'book': {
        const book = market.takeBook(input);
        if (book !== undefined) this.#call('onBook', (context) => this.#handlers.onBook?.(context, book, input));
        return;
      }
      case 'gap':
        market.gap(input.reason, input.stream);
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
    this.#markets.forEach((market, slot) => {
      market.resume();
      this.#gap(slot, 'resumed', '');
    });
  }

  #stop(reason: string): void {
    if (this.#state !== 'running') return;
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
    if (status === 'CANCELED' && record.change !== undefined) this.#replace(record.intent, record);
  }

  /** The order that takes the place of a cancelled one, for what is left of its new quantity. */
  #replace(
    intent: IntentOutput | undefined,
    {
      change,
      quantity,
      remaining,
    }: Readonly<Pick<WorkingOrder, 'quantity' | 'remaining'>> & {
      readonly change: { readonly price?: PriceTicks; readonly quantity?: QuantityLots } | undefined;
    },
  ): void {
    if (intent === undefined || change === undefined || !this.maySubmit) return;
    const left = (change.quantity ?? quantity) - (quantity - remaining);
    const price = change.price ?? intent.price;
    const { slot, side, type, timeInForce, postOnly } = intent;
    const rules = this.setup.instruments[slot] as InstrumentRules;
    const wanted = { side, type, timeInForce, postOnly, quantity: quantityLots(Math.max(0, left)) };
    if (left <= 0 || orderComplaint(price === undefined ? wanted : { ...wanted, price }, rules) !== undefined) return;
    const order = this.#orders.last + 1;
    this.#intend({
      ...intent,
      order,
      quantity: wanted.quantity,
      price,
      expiry: this.expiry,
      reference: this.markOf(slot),
    });
  }

  #fill(fill: FillInput): void {
    const { order, slot } = fill;
    // Instruments of one venue may count their trades each for itself.
    if (!this.#tradeIds.add(`${slot} ${fill.tradeId}`)) return;
    // Booked whatever the order's state is: a fill of an order that was taken for dead still counts (S9).
    const rules = this.setup.instruments[slot] as InstrumentRules;
    this.#positions[slot] = applyFill(rules, this.#positions[slot] as Position, fill);
    this.#counters.fills += 1;
    const status = this.#orders.filled(order, fill.quantity, fill.done === true);
    if (this.#state !== 'running') this.#orders.requestCancelAll('the run has stopped');
    this.#slot = slot;
    if (this.#handlers.onFill !== undefined) this.#tell('onFill', fill);
    if (status !== undefined) this.#update({ order, slot, status, reason: '' });
  }

  #update(update: StrategyOrderUpdate): void {
    if (this.#handlers.onOrder === undefined) return;
    this.#slot = update.slot;
    this.#tell('onOrder', update);
  }

  #timer(): void {
    for (const { order, slot } of this.#orders.giveUp(this.#now, VOID_GRACE_MICROS)) {
      this.#update({ order, slot, status: 'VOID', reason: 'never answered' });
    }
    for (let slot = 0; slot < this.#markets.length; slot++) {
      const bar: BarInput | undefined = this.#markets[slot]?.tick(this.#now);
      this.#slot = slot;
      if (bar !== undefined) this.#tell('onBar', bar);
    }
    this.#slot = 0;
    this.#tell('onTimer', undefined);
  }

  /** Calls a handler of one argument. While a run winds down it hears of its orders and fills alone. */
  #tell(name: Exclude<keyof StrategyHandlers, 'onBook'>, argument: unknown): void {
    const handler = this.#handlers[name] as ((context: AnyContext, argument: unknown) => void) | undefined;
    if (handler === undefined || !this.#hears(name)) return;
    const context = this.#context;
    context.begin();
    try {
      handler.call(this.#handlers, context, argument);
    } catch (error) {
      return this.#contain(name, error);
    }
    if (context.end()) this.#commit();
  }

  #call(name: 'onBook', handle: (context: AnyContext) => void): void {
    if (!this.#hears(name)) return;
    this.#context.begin();
    try {
      handle(this.#context);
    } catch (error) {
      return this.#contain(name, error);
    }
    if (this.#context.end()) this.#commit();
  }

  #hears(name: keyof StrategyHandlers): boolean {
    if (this.#state === 'running') return true;
    if (this.#failure !== undefined || this.#state === 'quarantined') return false;
    return name === 'onFill' || name === 'onOrder';
  }

  #commit(): void {
    const { intents, cancels, changes, logs } = this.#context.draft;
    for (const intent of intents) this.#intend(intent);
    for (const order of cancels) this.#orders.requestCancel(order, 'the strategy asked');
    for (const { order, change } of changes) this.#orders.requestChange(order, change);
    for (const message of logs) this.#outputs.push({ kind: 'log', level: 'info', message });
    this.#context.clear();
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
    if (this.#state !== 'running') return;
    try {
      const { length } = this.setup.strategy.snapshot();
      if (length > STATE_LENGTH_MAX) {
        this.#contain(
          'state',
          new Error(`its state has ${length} characters of JSON, expected at most ${STATE_LENGTH_MAX}`),
        );
      }
    } catch (error) {
      this.#contain('state', error);
    }
  }

  #contain(handler: string, error: unknown): void {
    this.#context.end();
    this.#context.clear();
    const { strategyName, errorPolicy, errorsMax } = this.setup;
    const told = error instanceof Error ? error.message : String(error);
    const message = `strategy ${strategyName} threw on ${handler}: ${told}`.slice(0, 500);
    this.#counters.errors += 1;
    this.#outputs.push({ kind: 'log', level: 'error', message });
    if (errorPolicy === 'SKIP_AND_LOG' && this.#counters.errors < errorsMax) return;
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
        markets: this.#markets.map((market) => market.snapshot()),
        positions: this.#positions.map(positionText),
        advice: this.#advice.map((advice) => advice ?? null),
        orders: this.#orders.snapshot(),
        kills: this.#kills.snapshot(),
        tradeIds: this.#tradeIds.snapshot(),
        chain: this.#chain.snapshot(),
        strategy: this.setup.strategy.snapshot(),
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
    snapshot.markets.forEach((market, slot) => this.#markets[slot]?.restore(market));
    snapshot.positions.forEach((position, slot) => (this.#positions[slot] = positionOf(position)));
    snapshot.advice.forEach((advice, slot) => (this.#advice[slot] = advice ?? undefined));
    this.#orders.restore(snapshot.orders);
    this.#kills.restore(snapshot.kills);
    this.#tradeIds.restore(snapshot.tradeIds);
    this.#chain.restore(snapshot.chain);
    const { strategy } = this.setup;
    strategy.restore(snapshot.strategy);
    this.#context.state = strategy.state;
    this.#context.indicators = strategy.indicators;
  }
}
