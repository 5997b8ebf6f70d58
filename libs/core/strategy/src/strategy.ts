import type { MarketGap, OrderFilled, Side } from '@portcullis/contracts';
import { type InputError, type Money, type PriceTicks, type QuantityLots, type Result, err, ok } from '@portcullis/kernel';
import type { BarInput, BookInput, InstrumentRules, QuoteInput, TradeInput } from '@portcullis/market';
import type { z } from 'zod';
import type { BookView, Context, OrderNumber, WorkingStatus } from './context.ts';
import { type IndicatorSet, restoreIndicators, snapshotIndicators } from './indicators/indicator.ts';

/** One execution of ours in exact units. */
export interface StrategyFill {
  readonly order: OrderNumber;
  readonly slot: number;
  readonly tradeId: string;
  readonly side: Side;
  readonly price: PriceTicks;
  readonly quantity: QuantityLots;
  readonly fee: Money;
  readonly feeCurrency: string;
  readonly liquidity: OrderFilled['liquidity'];
}

/** How an order ended, or that it moved on. */
export interface StrategyOrderUpdate {
  readonly order: OrderNumber;
  readonly slot: number;
  readonly status: WorkingStatus | 'DENIED' | 'VOID' | 'FILLED' | 'CANCELED' | 'EXPIRED' | 'REJECTED' | 'LAPSED';
  /** Denial code, the venue's words, or empty. */
  readonly reason: string;
}

/** A hole in what is known of the market; `resync` says that it is closed, `resumed` that the run itself was away. */
export interface StrategyGap {
  readonly slot: number;
  readonly reason: MarketGap['reason'] | 'resumed';
  readonly detail: string;
}

/** What a strategy is set up with. */
export interface Setup<P> {
  readonly parameters: P;
  readonly instruments: readonly InstrumentRules[];
  /** The first of them. */
  readonly instrument: InstrumentRules;
}

/**
 * A strategy: parameters, a state, and handlers that act through the context alone. Handlers are deterministic functions
 * of (context, event): no clock, no randomness, no variables outside of `context.state`. One that throws counts as the
 * run's error. A handler that is not there is not called, and its events cost nothing.
 */
export interface StrategyDefinition<P, S, I extends IndicatorSet> {
  /** One token of a subject. */
  readonly name: string;
  /** One sentence for lists. */
  readonly description?: string;
  readonly parameters: z.ZodType<P>;
  /** What is wrong with parameters that each are right but do not fit together or the instruments. */
  check?(setup: Setup<P>): InputError | undefined;
  state?(setup: Setup<P>): S;
  /** Indicators by name, kept in snapshots with the state: see `indicators/`. */
  indicators?(setup: Setup<P>): I;
  /** Period of bars made of trades, microseconds. Absent: bars as the venue or the archive gives them. */
  barMicros?(parameters: P): number;
  /** Period of {@link onTimer}, microseconds. */
  timerMicros?(parameters: P): number;
  onStart?(context: Context<P, S, I>): void;
  onQuote?(context: Context<P, S, I>, quote: QuoteInput): void;
  onTrade?(context: Context<P, S, I>, trade: TradeInput): void;
  onBar?(context: Context<P, S, I>, bar: BarInput): void;
  onBook?(context: Context<P, S, I>, book: BookView, change: BookInput): void;
  onFill?(context: Context<P, S, I>, fill: StrategyFill): void;
  onOrder?(context: Context<P, S, I>, update: StrategyOrderUpdate): void;
  onTimer?(context: Context<P, S, I>): void;
  onGap?(context: Context<P, S, I>, gap: StrategyGap): void;
  /** The run is about to stop; its working orders are cancelled afterwards in any case. */
  onStop?(context: Context<P, S, I>, reason: string): void;
}

/** A context whose own parts are not known by type. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the parts belong to the strategy, whose types end here
export type AnyContext = Context<any, any, any>;

/** The handlers of a strategy with its types hidden; those that it has not are undefined. */
export type StrategyHandlers = Pick<
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  StrategyDefinition<any, any, any>,
  | 'onStart' | 'onQuote' | 'onTrade' | 'onBar' | 'onBook' | 'onFill' | 'onOrder' | 'onTimer' | 'onGap' | 'onStop'
>;

/** A strategy of one run, with its parameters and state. */
export interface StrategyInstance {
  readonly parameters: unknown;
  readonly handlers: StrategyHandlers;
  /** The living state and indicators: the kernel puts them into its context. Another object after {@link restore}. */
  readonly state: unknown;
  readonly indicators: IndicatorSet;
  /** Undefined when the strategy wants no bars made of trades. */
  readonly barMicros: number | undefined;
  readonly timerMicros: number | undefined;
  /** State and indicators as JSON text, and back. */
  snapshot(): string;
  restore(snapshot: string): void;
}

/** A strategy of the catalogue, with its types hidden. */
export interface Strategy {
  readonly name: string;
  readonly description: string;
  /** JSON schema of its parameters, for forms and messages. */
  readonly parameters: z.ZodType;
  /** Checks the parameters and makes the instance of one run. `instruments` has one at least. */
  create(parameters: unknown, instruments: readonly InstrumentRules[]): Result<StrategyInstance, InputError>;
}

/** Makes a catalogue entry of a definition. */
export function defineStrategy<P, S = undefined, I extends IndicatorSet = IndicatorSet>(
  definition: StrategyDefinition<P, S, I>,
): Strategy {
  return {
    name: definition.name,
    description: definition.description ?? '',
    parameters: definition.parameters,
    create(parameters, instruments) {
      const parsed = definition.parameters.safeParse(parameters);
      if (!parsed.success) return err(parameterError(parsed.error, parameters));
      const [instrument] = instruments;
      if (instrument === undefined) return err({ field: 'instruments', value: '[]', expected: 'at least one' });
      const setup = { parameters: parsed.data, instruments, instrument };
      const wrong = definition.check?.(setup);
      return wrong === undefined ? ok(new Instance(definition, setup)) : err(wrong);
    },
  };
}

function parameterError(error: z.ZodError, parameters: unknown): InputError {
  const issue = error.issues[0];
  const field = ['parameters', ...(issue?.path ?? [])].map(String).join('.');
  const value = issue?.path.reduce<unknown>(
    (at, key) => (at !== null && typeof at === 'object' ? (at as Record<PropertyKey, unknown>)[key] : undefined),
    parameters,
  );
  return {
    field,
    value: value === undefined ? '(absent)' : String(JSON.stringify(value)).slice(0, 80),
    expected: issue?.message ?? 'other parameters',
  };
}

class Instance<P, S, I extends IndicatorSet> implements StrategyInstance {
  readonly parameters: P;
  readonly handlers: StrategyHandlers;
  readonly barMicros: number | undefined;
  readonly timerMicros: number | undefined;
  readonly indicators: IndicatorSet;
  state: S | undefined;

  constructor(definition: StrategyDefinition<P, S, I>, setup: Setup<P>) {
    const { parameters } = setup;
    this.parameters = parameters;
    this.handlers = definition;
    this.state = definition.state?.(setup);
    this.indicators = definition.indicators?.(setup) ?? {};
    this.barMicros = definition.onBar === undefined ? undefined : definition.barMicros?.(parameters);
    this.timerMicros = definition.onTimer === undefined ? undefined : definition.timerMicros?.(parameters);
  }

  snapshot(): string {
    return JSON.stringify({ state: this.state, indicators: snapshotIndicators(this.indicators) });
  }

  restore(snapshot: string): void {
    const { state, indicators } = JSON.parse(snapshot) as { state?: S; indicators: Record<string, unknown> };
    this.state = state;
    restoreIndicators(this.indicators, indicators);
  }
}
