import type { BookInput } from '@portcullis/market';
import type { AnyContext, StrategyHandlers, StrategyInstance } from '@portcullis/strategy';
import { type Draft, KernelContext, type KernelView } from './kernel-context.ts';

/** The most JSON that a strategy's state and indicators may be. */
export const STATE_LENGTH_MAX = 4 * 1024 * 1024;

/** Inputs between two looks at that size; at first, where quick growth shows, it is looked at sooner. */
const STATE_CHECK_INPUTS = 65_536;

/** Whether the state is looked at after so many inputs. */
export function isStateCheck(inputs: number): boolean {
  return inputs % STATE_CHECK_INPUTS === 0 || (inputs < STATE_CHECK_INPUTS && (inputs & (inputs - 1)) === 0);
}

export type HandlerName = keyof StrategyHandlers;

type Handler = (context: AnyContext, argument: unknown, change: BookInput | undefined) => void;

/** What a handler threw. */
export interface Thrown {
  readonly error: unknown;
}

/** Calls the handlers of one run's strategy with its one context, and holds what they asked for. */
export class StrategyCalls {
  readonly #strategy: StrategyInstance;
  readonly #handlers: StrategyHandlers;
  readonly #context: KernelContext;

  constructor(strategy: StrategyInstance, view: KernelView) {
    this.#strategy = strategy;
    this.#handlers = strategy.handlers;
    this.#context = new KernelContext(view, strategy.parameters, strategy);
  }

  has(name: HandlerName): boolean {
    return this.#handlers[name] !== undefined;
  }

  /** What the last call asked for, in its order, until {@link clear}. */
  get draft(): Draft {
    return this.#context.draft;
  }

  /** Whether the last call asked for anything. */
  get isWishful(): boolean {
    return this.#context.isDirty;
  }

  /** Calls a handler; `change` is for that of books alone. */
  call(name: HandlerName, argument: unknown, change?: BookInput): Thrown | undefined {
    const handler = this.#handlers[name] as Handler | undefined;
    const context = this.#context;
    context.begin();
    try {
      handler?.call(this.#handlers, context, argument, change);
    } catch (error) {
      return { error };
    } finally {
      context.end();
    }
    return undefined;
  }

  clear(): void {
    this.#context.clear();
  }

  /** What is wrong with the state that the strategy keeps: too large, or no JSON. */
  stateTrouble(): Thrown | undefined {
    try {
      const { length } = this.#strategy.snapshot();
      if (length <= STATE_LENGTH_MAX) return undefined;
      const words = `its state has ${length} characters of JSON, expected at most ${STATE_LENGTH_MAX}`;
      return { error: new Error(words) };
    } catch (error) {
      return { error };
    }
  }

  snapshot(): string {
    return this.#strategy.snapshot();
  }

  restore(snapshot: string): void {
    this.#strategy.restore(snapshot);
    this.#context.state = this.#strategy.state;
    this.#context.indicators = this.#strategy.indicators;
  }
}

const TEXT_MAX = 500;

/** An error of a strategy in one sentence. */
export function thrownText(strategy: string, handler: string, error: unknown): string {
  return `strategy ${strategy} threw on ${handler}: ${toldBy(error)}`.slice(0, TEXT_MAX);
}

/** Anything may be thrown, also what has no text or throws when asked for it. */
function toldBy(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return 'something that has no text';
  }
}
