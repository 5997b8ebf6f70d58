import type { GateLimits, MarketGap, Side, TradingState } from '@portcullis/contracts';
import { type InputError, type PriceTicks, type Result, ok } from '@portcullis/kernel';
import type { InstrumentRules } from '@portcullis/market';
import type { Denial } from './denials.ts';
import type { ExactIntent } from './exact-intent.ts';

export interface InProcessGateOptions {
  readonly account: string;
  readonly runId: string;
  readonly strategy: string;
  /** By slot. */
  readonly instruments: readonly InstrumentRules[];
  readonly limits: GateLimits;
  /** ACTIVE unless told otherwise. */
  readonly tradingState?: TradingState;
}

/** What a run asks for, in exact numbers; the rest of an {@link ExactIntent} the gate knows. */
export type RunIntent = Omit<ExactIntent, 'rules' | 'runId' | 'strategy' | 'origin'>;

export class InProcessGate {
  static of(_options: InProcessGateOptions): Result<InProcessGate, InputError> {
    return ok(new InProcessGate());
  }
  mark(_slot: number, _mark: { readonly bid: PriceTicks; readonly ask: PriceTicks; readonly tsEvent: number; readonly at: number }): void {}
  gap(_slot: number, _reason: MarketGap['reason']): void {}
  decide(_at: number, _order: number, _slot: number, _intent: RunIntent): Denial | undefined {
    return undefined;
  }
  fill(_order: number, _lots: number): void {}
  ended(_order: number): void {}
  adjust(_slot: number, _side: Side, _lots: number): void {}
  kill(_scope: string, _reason: string, _at: number): void {}
  snapshot(): string {
    return '{}';
  }
  restore(_text: string): void {}
}
