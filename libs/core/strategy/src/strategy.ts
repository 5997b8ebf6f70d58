import type { MarketGap, OrderFilled, Side } from '@portcullis/contracts';
import {
  type InputError,
  type Money,
  type PriceTicks,
  type QuantityLots,
  type Result,
  err,
  ok,
  unreachable,
} from '@portcullis/kernel';
import type { Bar, ExactQuote, ExactTrade, InstrumentRules } from '@portcullis/market';
import type { z } from 'zod';
import type { Context, StrategyContext, WorkingStatus } from './context.ts';

/** One execution of ours in exact units. */
export interface StrategyFill {
  readonly clientOrderId: string;
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
  readonly clientOrderId: string;
  readonly intentId: string;
  readonly status: WorkingStatus | 'DENIED' | 'VOID' | 'FILLED' | 'CANCELED' | 'EXPIRED' | 'REJECTED' | 'LAPSED';
  /** Denial code, the venue's words, or empty. */
  readonly reason: string;
}

/** A hole in what is known of the market; `resync` says that it is closed, `resumed` that the run itself was away. */
export interface StrategyGap {
  readonly reason: MarketGap['reason'] | 'resumed';
  readonly detail: string;
}

/** Everything that can happen to a strategy. */
export type StrategyEvent =
  | { readonly type: 'start' }
  | { readonly type: 'quote'; readonly quote: ExactQuote }
  | { readonly type: 'trade'; readonly trade: ExactTrade }
  | { readonly type: 'bar'; readonly bar: Bar }
  | { readonly type: 'fill'; readonly fill: StrategyFill }
  | { readonly type: 'order'; readonly update: StrategyOrderUpdate }
  | { readonly type: 'timer' }
  | { readonly type: 'gap'; readonly gap: StrategyGap }
  | { readonly type: 'stop'; readonly reason: string };

/**
 * A strategy: parameters, a state, and handlers that act through the context alone. The state is plain JSON (no Map,
 * Date, bigint or function), is changed in place, and is bounded: a run keeps it in its snapshots.
 * Handlers are deterministic functions of (context, state, event); a handler that throws counts as the run's error.
 */
export interface StrategyDefinition<P, S> {
  /** One token of a subject. */
  readonly name: string;
  readonly parameters: z.ZodType<P>;
  /** The first state, or what is wrong with parameters that do not fit the instrument. */
  init(parameters: P, instrument: InstrumentRules): Result<S, InputError>;
  /** Period of the bars that {@link onBar} gets, in microseconds. Bars are made of trades. */
  barMicros?(parameters: P): number;
  onStart?(context: Context<P>, state: S): void;
  onQuote?(context: Context<P>, state: S, quote: ExactQuote): void;
  onTrade?(context: Context<P>, state: S, trade: ExactTrade): void;
  onBar?(context: Context<P>, state: S, bar: Bar): void;
  onFill?(context: Context<P>, state: S, fill: StrategyFill): void;
  onOrder?(context: Context<P>, state: S, update: StrategyOrderUpdate): void;
  onTimer?(context: Context<P>, state: S): void;
  onGap?(context: Context<P>, state: S, gap: StrategyGap): void;
  /** The run is about to stop; its working orders are cancelled afterwards in any case. */
  onStop?(context: Context<P>, state: S, reason: string): void;
}

/** A strategy of one run, with its parameters and state inside. */
export interface StrategyInstance {
  readonly parameters: unknown;
  /** Undefined when the strategy wants no bars. */
  readonly barMicros: number | undefined;
  handle(context: StrategyContext, event: StrategyEvent): void;
  /** The state as JSON text, and back. */
  snapshot(): string;
  restore(state: string): void;
}

/** A strategy of the catalogue, with its types hidden. */
export interface Strategy {
  readonly name: string;
  /** Checks the parameters and makes the instance of one run. */
  create(parameters: unknown, instrument: InstrumentRules): Result<StrategyInstance, InputError>;
}

/** Makes a catalogue entry of a definition. */
export function defineStrategy<P, S>(definition: StrategyDefinition<P, S>): Strategy {
  return {
    name: definition.name,
    create(parameters, instrument) {
      const parsed = definition.parameters.safeParse(parameters);
      if (!parsed.success) return err(parameterError(parsed.error, parameters));
      const state = definition.init(parsed.data, instrument);
      return state.ok ? ok(instanceOf(definition, parsed.data, state.value)) : state;
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

function instanceOf<P, S>(definition: StrategyDefinition<P, S>, parameters: P, first: S): StrategyInstance {
  let state = first;
  return {
    parameters,
    barMicros: definition.onBar === undefined ? undefined : definition.barMicros?.(parameters),
    handle: (context, event) => dispatch(definition, context as Context<P>, state, event),
    snapshot: () => JSON.stringify(state),
    restore: (text) => void (state = JSON.parse(text) as S),
  };
}

function dispatch<P, S>(
  definition: StrategyDefinition<P, S>,
  context: Context<P>,
  state: S,
  event: StrategyEvent,
): void {
  switch (event.type) {
    case 'start':
      return definition.onStart?.(context, state);
    case 'quote':
      return definition.onQuote?.(context, state, event.quote);
    case 'trade':
      return definition.onTrade?.(context, state, event.trade);
    case 'bar':
      return definition.onBar?.(context, state, event.bar);
    case 'fill':
      return definition.onFill?.(context, state, event.fill);
    case 'order':
      return definition.onOrder?.(context, state, event.update);
    case 'timer':
      return definition.onTimer?.(context, state);
    case 'gap':
      return definition.onGap?.(context, state, event.gap);
    case 'stop':
      return definition.onStop?.(context, state, event.reason);
    default:
      return unreachable(event);
  }
}
