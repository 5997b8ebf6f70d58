import {
  type Strategy,
  type StrategyContext,
  type StrategyFill,
  type StrategyOrderUpdate,
  defineStrategy,
} from '@portcullis/strategy';
import type { BarInput, QuoteInput, TradeInput } from '@portcullis/market';
import { z } from 'zod';

/** Takes everything and does nothing. */
export const idle: Strategy = defineStrategy({
  name: 'idle',
  parameters: z.strictObject({}),
  onBar: () => undefined,
  onQuote: () => undefined,
  onTrade: () => undefined,
});

/** What a scripted strategy does; `n` counts the events of its instruments from 1. */
export interface Script {
  event?(context: StrategyContext, n: number, event: BarInput | QuoteInput | TradeInput): void;
  fill?(context: StrategyContext, fill: StrategyFill): void;
  order?(context: StrategyContext, update: StrategyOrderUpdate): void;
  timer?(context: StrategyContext): void;
  start?(context: StrategyContext): void;
  stop?(context: StrategyContext, reason: string): void;
  readonly timerMicros?: number;
  readonly barMicros?: number;
}

/** A strategy named `scripted` that does what a test says. */
export function scripted(script: Script): Strategy {
  const { timerMicros, barMicros } = script;
  return defineStrategy<object, { n: number }, Record<never, never>>({
    name: 'scripted',
    parameters: z.strictObject({}),
    state: () => ({ n: 0 }),
    ...(timerMicros !== undefined && { timerMicros: () => timerMicros }),
    ...(barMicros !== undefined && { barMicros: () => barMicros }),
    ...(script.timer !== undefined && { onTimer: (context) => script.timer?.(context) }),
    onStart: (context) => script.start?.(context),
    onBar: (context, bar) => script.event?.(context, ++context.state.n, bar),
    onQuote: (context, quote) => script.event?.(context, ++context.state.n, quote),
    onTrade: (context, trade) => script.event?.(context, ++context.state.n, trade),
    onFill: (context, fill) => script.fill?.(context, fill),
    onOrder: (context, update) => script.order?.(context, update),
    onStop: (context, reason) => script.stop?.(context, reason),
  });
}
