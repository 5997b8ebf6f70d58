import { type Money, money, quantityLots } from '@portcullis/kernel';
import type { Position } from '@portcullis/portfolio';
import type { MlAdvice } from '@portcullis/strategy';
import type { DecisionChainSnapshot } from './decision-chain.ts';
import type { KernelMarketSnapshot } from './kernel-market.ts';
import type { KernelOrdersSnapshot } from './kernel-orders.ts';
import type { KillViewSnapshot } from './kill-view.ts';
import type { RunCounters, RunState } from './run-state.ts';

/** The whole state of a run's kernel as plain JSON: with the inputs after it, it gives the state of any later moment. */
export interface KernelSnapshot {
  readonly version: 1;
  readonly digest: string;
  readonly now: number;
  readonly state: RunState;
  /** Why the run ended for good, or null. */
  readonly failure: string | null;
  readonly counters: RunCounters;
  /** By slot. */
  readonly markets: readonly KernelMarketSnapshot[];
  readonly positions: readonly PositionText[];
  readonly advice: readonly (MlAdvice | null)[];
  readonly orders: KernelOrdersSnapshot;
  readonly kills: KillViewSnapshot;
  readonly tradeIds: readonly string[];
  readonly chain: DecisionChainSnapshot;
  /** JSON text of the strategy's own state. */
  readonly strategy: string;
}

/** A position as JSON: money as whole 10^-12 in decimal digits. */
export type PositionText = Readonly<
  Record<'cost' | 'realised' | 'feesQuote' | 'feesBase' | 'cash', string> & {
    quantity: number;
    feesOther: Readonly<Record<string, string>>;
  }
>;

export function positionText(position: Position): PositionText {
  const { quantity, cost, realised, feesQuote, feesBase, feesOther, cash } = position;
  return {
    quantity,
    cost: String(cost),
    realised: String(realised),
    feesQuote: String(feesQuote),
    feesBase: String(feesBase),
    feesOther: Object.fromEntries(Object.entries(feesOther).map(([currency, fee]) => [currency, String(fee)])),
    cash: String(cash),
  };
}

export function positionOf(text: PositionText): Position {
  const amount = (digits: string): Money => money(BigInt(digits));
  return {
    quantity: quantityLots(text.quantity),
    cost: amount(text.cost),
    realised: amount(text.realised),
    feesQuote: amount(text.feesQuote),
    feesBase: amount(text.feesBase),
    feesOther: Object.fromEntries(Object.entries(text.feesOther).map(([currency, fee]) => [currency, amount(fee)])),
    cash: amount(text.cash),
  };
}
