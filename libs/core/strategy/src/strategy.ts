import type { MarketGap, OrderFilled, Side } from '@portcullis/contracts';
import {
  type InputError,
  type Money,
  type PriceTicks,
  type QuantityLots,
  type Result,
  err,
  ok,
} from '@portcullis/kernel';
import type { BarInput, BookInput, InstrumentRules, QuoteInput, TradeInput } from '@portcullis/market';
import { z } from 'zod';
import type { BookView, Context, OrderNumber, WorkingStatus } from './context.ts';
import { type IndicatorSet, restoreIndicators, snapshotIndicators } from './indicators/indicator.ts';
import { BadParameter } from './parameters.ts';
import { plainJsonComplaint } from './plain-json.ts';

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
  check?(setup: Setup<NoInfer<P>>): InputError | undefined;
  state?(setup: Setup<P>): S;
  /** Indicators by name, kept in snapshots with the state: see `indicators/`. */
  indicators?(setup: Setup<P>): I;
  /** Period of bars made of trades, microseconds. Absent or undefined: bars as the venue or the archive gives them. */
  barMicros?(parameters: NoInfer<P>): number | undefined;
  /** Period of {@link onTimer}, microseconds. Absent or undefined: no timer. */
  timerMicros?(parameters: NoInfer<P>): number | undefined;
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
  'onStart' | 'onQuote' | 'onTrade' | 'onBar' | 'onBook' | 'onFill' | 'onOrder' | 'onTimer' | 'onGap' | 'onStop'
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
  /** State and indicators as JSON text, and back. Throws TypeError where the state holds what JSON does not. */
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

/** What a strategy may be called: one token of a subject, and of a file's name. */
const NAME = /^[a-z0-9][a-z0-9-]{0,47}$/;

/** The members of a definition. A handler whose name is misspelt would never be called, and nobody would know. */
const MEMBERS: Readonly<Record<keyof StrategyDefinition<unknown, unknown, IndicatorSet>, true>> = {
  name: true,
  description: true,
  parameters: true,
  check: true,
  state: true,
  indicators: true,
  barMicros: true,
  timerMicros: true,
  onStart: true,
  onQuote: true,
  onTrade: true,
  onBar: true,
  onBook: true,
  onFill: true,
  onOrder: true,
  onTimer: true,
  onGap: true,
  onStop: true,
};

/** What is wrong with the members of a definition, which in a file nobody has checked the types of. */
function membersComplaint(definition: object): string | undefined {
  for (const [name, member] of Object.entries<unknown>({ ...definition })) {
    if (!Object.hasOwn(MEMBERS, name)) {
      return `has ${JSON.stringify(name)}: expected one of ${Object.keys(MEMBERS).join(', ')}`;
    }
    if (typeof member === 'function' && /^Async|Generator/.test(member.constructor.name)) {
      return `has an async ${name} or a generator: expected a function that is done when it returns`;
    }
    if (/^on[A-Z]/.test(name) && member !== undefined && typeof member !== 'function') {
      return `has ${name} that is no function: expected a handler`;
    }
  }
  return undefined;
}

/** Makes a catalogue entry of a definition. Throws TypeError where its name is none, or a member is none of a definition. */
export function defineStrategy<P, S = undefined, I extends IndicatorSet = IndicatorSet>(
  definition: StrategyDefinition<P, S, I>,
): Strategy {
  if (!NAME.test(definition.name)) {
    throw new TypeError(`a strategy named ${JSON.stringify(definition.name)}: expected up to 48 of a-z, 0-9 and -`);
  }
  const complaint = membersComplaint(definition);
  if (complaint !== undefined) throw new TypeError(`strategy ${definition.name} ${complaint}`);
  return {
    name: definition.name,
    description: definition.description ?? '',
    parameters: definition.parameters,
    create(parameters, instruments) {
      const parsed = definition.parameters.safeParse(parameters);
      if (!parsed.success) return err(parameterError(definition.parameters, parsed.error, parameters));
      const [instrument] = instruments;
      if (instrument === undefined) return err({ field: 'instruments', value: '[]', expected: 'at least one' });
      return instanceOf(definition, { parameters: parsed.data, instruments, instrument });
    },
  };
}

/** For {@link StrategyDefinition.check}: what is wrong where a run of a strategy for one instrument has more of them. */
export function oneInstrument({ instruments }: Pick<Setup<unknown>, 'instruments'>): InputError | undefined {
  if (instruments.length === 1) return undefined;
  const value = instruments.map(({ id }) => id).join(', ');
  return {
    field: 'instruments',
    value,
    expected: 'one: this strategy trades one instrument, so give each its own run',
  };
}

function instanceOf<P, S, I extends IndicatorSet>(
  definition: StrategyDefinition<P, S, I>,
  setup: Setup<P>,
): Result<StrategyInstance, InputError> {
  try {
    const wrong = definition.check?.(setup);
    if (wrong !== undefined) return err(wrong);
    const instance = new Instance(definition, setup);
    const complaint = plainJsonComplaint(instance.state);
    if (complaint === undefined) return ok(instance);
    return err({ field: `state of ${definition.name}`, value: complaint, expected: 'plain JSON' });
  } catch (error) {
    if (error instanceof BadParameter) return err(error.error);
    // A strategy that is somebody's own file: what it throws while it is set up is about what it was given.
    const expected = error instanceof Error ? error.message : String(error);
    return err({ field: 'parameters', value: shown(setup.parameters), expected });
  }
}

/** The first thing that is wrong, but a name that is not known before all: it often is the missing one, misspelt. */
function parameterError(schema: z.ZodType, { issues }: z.ZodError, parameters: unknown): InputError {
  const unknown = issues.find(({ code }) => code === 'unrecognized_keys');
  if (unknown?.code === 'unrecognized_keys') {
    const path = [...unknown.path, unknown.keys[0] ?? ''];
    const names = schema instanceof z.ZodObject && path.length === 1 ? `: ${Object.keys(schema.shape).join(', ')}` : '';
    return {
      field: fieldOf(path),
      value: shown(memberAt(parameters, path)),
      expected: `one of those that there are${names}`,
    };
  }
  const [issue] = issues;
  const path = issue?.path ?? [];
  const value = memberAt(parameters, path);
  return {
    field: fieldOf(path),
    value: value === undefined ? '(absent)' : shown(value),
    expected: expectedBy(issue?.message ?? 'others'),
  };
}

const PLAIN_WORDS: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  string: 'a text',
};

/** Zod says "Invalid input: expected number, received string", of which the middle is news. */
function expectedBy(message: string): string {
  const text = message.replace(/^[A-Z][a-z ]*: expected /, '').replace(/, received .*$/, '');
  return PLAIN_WORDS[text] ?? text.replace(/^(?:number|int) to be ([<>]=?)/, 'a number $1 ');
}

const fieldOf = (path: readonly PropertyKey[]): string => ['parameters', ...path].map(String).join('.');

function memberAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (at !== null && typeof at === 'object' ? (at as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  );
}

function shown(value: unknown): string {
  return (typeof value === 'string' ? value : String(JSON.stringify(value))).slice(0, 80);
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
    this.barMicros = definition.onBar === undefined ? undefined : period(definition.barMicros?.(parameters));
    this.timerMicros = definition.onTimer === undefined ? undefined : period(definition.timerMicros?.(parameters));
  }

  snapshot(): string {
    const complaint = plainJsonComplaint(this.state);
    if (complaint !== undefined) throw new TypeError(`the state is not plain JSON: ${complaint}`);
    return JSON.stringify({ state: this.state, indicators: snapshotIndicators(this.indicators) });
  }

  restore(snapshot: string): void {
    const { state, indicators } = JSON.parse(snapshot) as { state?: S; indicators: Record<string, unknown> };
    this.state = state;
    restoreIndicators(this.indicators, indicators);
  }
}

function period(micros: number | undefined): number | undefined {
  if (micros === undefined || (Number.isSafeInteger(micros) && micros > 0)) return micros;
  throw new RangeError(`a period of ${micros} microseconds: expected a whole number above zero`);
}
