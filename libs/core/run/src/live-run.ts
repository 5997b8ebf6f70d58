import type {
  CancelRequest,
  OrderEvent,
  OrderFilled,
  OrderIntent,
  RiskVerdict,
  RunStatus,
} from '@portcullis/contracts';
import { clientOrderIdOf } from '@portcullis/execution';
import { assert, derivedId, describeInputError, formatMoney, parseMoney, required } from '@portcullis/kernel';
import { type InstrumentRules, formatQuantity, parsePrice, parseQuantity } from '@portcullis/market';
import { feesInQuote, unrealisedProfit } from '@portcullis/portfolio';
import { intentOf } from './intent.ts';
import type { KernelInput } from './kernel-input.ts';
import type { KernelOutput } from './kernel-output.ts';
import type { KernelSnapshot } from './kernel-snapshot.ts';
import { killScopes } from './kill-view.ts';
import { marketInputs } from './live-market.ts';
import { LiveOrders, type LiveOrdersSnapshot, STATUSES } from './live-orders.ts';
import { RecentIds } from './recent-ids.ts';
import type { MarketReads } from './market-guard.ts';
import type { PreparedRun, RunConfiguration } from './run-configuration.ts';
import type { InputPosition, RunInput } from './run-input.ts';
import { RunKernel } from './run-kernel.ts';
import type { RunOutput } from './run-output.ts';
import type { RunCounters, RunState } from './run-state.ts';

/** Event ids that are remembered, to apply each order event once. */
const EVENT_IDS_MAX = 20_000;

/** Errors after which a run that skips them is quarantined all the same: logs and time are no run's to waste. */
export const ERRORS_SKIPPED_MAX = 1000;

/** The whole state of a live run as plain JSON: with the journal after it, it gives the state of any later moment. */
export interface RunSnapshot {
  readonly version: 2;
  readonly configDigest: string;
  readonly seq: number;
  readonly marketSequence: number;
  readonly kernel: KernelSnapshot;
  readonly orders: LiveOrdersSnapshot;
  readonly eventIds: readonly string[];
}

/**
 * A run between its journal and its kernel: each record of the journal becomes an exact input (two where an order of
 * ours turns up that the run does not know), each output a message. It decides nothing; the ids in it derive from the
 * run and the record, so that a replay of the journal makes them again.
 */
export class LiveRun {
  readonly configuration: RunConfiguration;
  readonly configDigest: string;
  readonly rules: InstrumentRules;
  readonly #kernel: RunKernel;
  readonly #orders: LiveOrders;
  readonly #eventIds = new RecentIds(EVENT_IDS_MAX);
  #marketSequence = 0;
  #position: InputPosition = { seq: 0, hash: '' };

  constructor({ configuration, configDigest, rules, strategy }: PreparedRun) {
    const { runId, account, expiryMicros, errorPolicy } = configuration;
    this.configuration = configuration;
    this.configDigest = configDigest;
    this.rules = rules;
    this.#orders = new LiveOrders(runId, rules, (order) => this.#isOpen(order));
    this.#kernel = new RunKernel({
      strategy,
      strategyName: configuration.strategy,
      instruments: [rules],
      scopes: killScopes({ runId, account, strategy: configuration.strategy, instruments: [rules] }),
      digest: configDigest,
      expiryMicros,
      errorPolicy,
      errorsMax: ERRORS_SKIPPED_MAX,
    });
  }

  /** Takes the next record, which stands at `position` in the run's journal, and returns what to do, in order. */
  step(input: RunInput, position: InputPosition): readonly RunOutput[] {
    assert(position.seq > this.#position.seq, `input ${position.seq} comes after input ${this.#position.seq}`);
    this.#position = position;
    const tsEvent = input.type === 'market' ? input.event.tsEvent : undefined;
    const outputs: RunOutput[] = [];
    for (const exact of this.#exact(input)) {
      for (const output of this.#kernel.step(input.at, exact)) {
        outputs.push(this.#message(output, tsEvent ?? this.#kernel.now));
      }
    }
    return outputs;
  }

  get state(): RunState {
    return this.#kernel.state;
  }

  /** Why the run ended for good: an error of its strategy. */
  get failure(): string | undefined {
    return this.#kernel.failure;
  }

  get killed(): boolean {
    return this.#kernel.killed;
  }

  get decisionHash(): string {
    return this.#kernel.decisionHash;
  }

  /** What the strategy reads of the market besides quotes and trades: the ordering guard leaves out the rest. */
  get reads(): MarketReads {
    const { handlers, barMicros } = this.#kernel.setup.strategy;
    return { bars: handlers.onBar !== undefined && barMicros === undefined, book: handlers.onBook !== undefined };
  }

  /** Number of the last market message that became an input, for the ordering guard. */
  get marketSequence(): number {
    return this.#marketSequence;
  }

  get workingOrders(): number {
    return this.#kernel.workingOrders;
  }

  get counters(): Readonly<RunCounters> {
    return this.#kernel.counters;
  }

  /** Intents that the gate has not answered and that have not expired at `at`: published again after a restart. */
  unansweredIntents(at: number): OrderIntent[] {
    const pending = new Set(
      this.#kernel
        .working()
        .filter(({ status }) => status === 'PENDING')
        .map(({ number }) => number),
    );
    return this.#orders.unanswered((order) => pending.has(order)).filter(({ expiry }) => at < expiry);
  }

  status(): RunStatus {
    const { runId, strategy, account, stage } = this.configuration;
    const { inputs, intents } = this.counters;
    const { holdings } = this.#kernel;
    const position = holdings.positionOf(0);
    const mark = holdings.quoteOf(0) === undefined ? undefined : holdings.markOf(0);
    return {
      ...{ runId, strategy, account, stage, inputs, intents },
      instrument: this.rules.id,
      state: this.state,
      workingOrders: this.workingOrders,
      position: formatQuantity(this.rules, position.quantity),
      realisedProfit: formatMoney(position.realised),
      unrealisedProfit: mark === undefined ? '0' : formatMoney(unrealisedProfit(this.rules, position, mark)),
      fees: formatMoney(mark === undefined ? position.feesQuote : feesInQuote(this.rules, position, mark)),
      decisionHash: this.decisionHash,
    };
  }

  #exact(input: RunInput): readonly KernelInput[] {
    switch (input.type) {
      case 'started':
        assert(
          input.configDigest === this.configDigest,
          `the journal belongs to configuration ${input.configDigest}, not ${this.configDigest}`,
        );
        return [{ kind: 'start' }];
      case 'market':
        if (input.event.seq <= this.#marketSequence) return [{ kind: 'seen' }];
        this.#marketSequence = input.event.seq;
        return marketInputs(this.rules, input.event);
      case 'gap':
        return [{ kind: 'hole', slot: 0, expected: input.expected, got: input.got }];
      case 'verdict':
        return this.#verdict(input.verdict.verdict);
      case 'order':
        return this.#order(input.event);
      case 'control':
        return [{ kind: 'control', control: input.control }];
      case 'timer':
        return [{ kind: 'timer' }];
      case 'stop':
        return [{ kind: 'stop', reason: input.reason }];
      case 'resumed':
        return [{ kind: 'resumed' }];
    }
  }

  #verdict(verdict: RiskVerdict): readonly KernelInput[] {
    const { runId } = this.configuration;
    if (verdict.runId !== runId) return [{ kind: 'seen' }];
    const known = this.#orders.numberOf(clientOrderIdOf(runId, verdict.intentId));
    if (known !== undefined) this.#orders.answered(known);
    if (verdict.decision === 'denied') {
      if (known === undefined) return [{ kind: 'seen' }];
      return [{ kind: 'verdict', order: known, approved: false, code: verdict.denial.code }];
    }
    // An order that the run had given up as void comes back: it may be sent after all.
    const isKnown = this.#isOpen(known);
    const order = known ?? this.#kernel.lastOrder + 1;
    const approved = { kind: 'verdict', order, approved: true } as const;
    return isKnown ? [approved] : [this.#orders.adopted(verdict.venueOrder, order), approved];
  }

  #order(event: OrderEvent): readonly KernelInput[] {
    if (event.runId !== this.configuration.runId || !this.#eventIds.add(event.eventId)) return [{ kind: 'seen' }];
    const known = this.#orders.numberOf(event.clientOrderId);
    if (known !== undefined) this.#orders.answered(known);
    if (event.type === 'fill') return [this.#fill(event, known ?? 0)];
    const status = STATUSES[event.type];
    const reason = 'reason' in event ? event.reason : '';
    const isKnown = this.#isOpen(known);
    if (event.type === 'submitted' && !isKnown) {
      const order = known ?? this.#kernel.lastOrder + 1;
      return [this.#orders.adopted(event.venueOrder, order), { kind: 'order', order, status, reason }];
    }
    return known === undefined ? [{ kind: 'seen' }] : [{ kind: 'order', order: known, status, reason }];
  }

  /** Whether the run counts on the order still. */
  #isOpen(order: number | undefined): order is number {
    return order !== undefined && this.#kernel.isWorking(order);
  }

  #fill(event: OrderFilled, order: number): KernelInput {
    const price = parsePrice(this.rules, event.price);
    const quantity = parseQuantity(this.rules, event.quantity);
    const fee = parseMoney(event.fee, 'fee');
    for (const parsed of [price, quantity, fee]) {
      if (!parsed.ok) return { kind: 'malformed', what: describeInputError(parsed.error) };
    }
    if (!price.ok || !quantity.ok || !fee.ok || quantity.value <= 0) {
      return { kind: 'malformed', what: `quantity is ${event.quantity}, expected a quantity above zero` };
    }
    const { tradeId, side, feeCurrency, liquidity } = event;
    const exact = { price: price.value, quantity: quantity.value, fee: fee.value };
    const done = event.state === 'filled' ? ({ done: true } as const) : {};
    return { kind: 'fill', order, slot: 0, tradeId, side, ...exact, feeCurrency, liquidity, ...done };
  }

  #message(output: KernelOutput, tsEvent: number): RunOutput {
    const { account, runId } = this.configuration;
    const { seq } = this.#position;
    switch (output.kind) {
      case 'log':
        return { type: 'log', level: output.level, message: output.message };
      case 'intent': {
        // Named by the record that caused it and by a number that never repeats within the run.
        const intentId = derivedId('intent', runId, seq, output.order);
        const intent = intentOf(this, { intentId, output, tsEvent, position: this.#position });
        this.#orders.intended(output.order, intent);
        return { type: 'intent', intent };
      }
      case 'cancel': {
        const clientOrderId = required(this.#orders.clientOrderIdOf(output.order), `id of order ${output.order}`);
        const cancelId = derivedId('cancel', runId, seq, output.order);
        const { reason } = output;
        const cancel: CancelRequest = {
          ...{ version: 1, cancelId, account, runId, origin: 'run', clientOrderId, reason },
          tsEvent: this.#kernel.now,
        };
        return { type: 'cancel', cancel };
      }
    }
  }

  /** The whole state as plain JSON. */
  snapshot(): RunSnapshot {
    const { configDigest } = this;
    return {
      ...{ version: 2, configDigest, seq: this.#position.seq, marketSequence: this.#marketSequence },
      kernel: this.#kernel.snapshot(),
      // A copy through JSON text, as the kernel's: nothing of the living state is shared, and nothing but JSON gets in.
      orders: JSON.parse(JSON.stringify(this.#orders.snapshot())) as LiveOrdersSnapshot,
      eventIds: this.#eventIds.snapshot(),
    };
  }

  /** Puts a fresh run of the same configuration where the snapshot was taken. */
  restore(snapshot: RunSnapshot): void {
    assert(snapshot.configDigest === this.configDigest, 'the snapshot belongs to another configuration');
    this.#position = { seq: snapshot.seq, hash: '' };
    this.#marketSequence = snapshot.marketSequence;
    this.#kernel.restore(snapshot.kernel);
    this.#orders.restore(snapshot.orders);
    this.#eventIds.restore(snapshot.eventIds);
  }
}
