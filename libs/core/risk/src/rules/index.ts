import type { Denial } from '../denials.ts';
import { dataFreshness } from './data-freshness.ts';
import { duplicateIntent } from './duplicate-intent.ts';
import { intentValidity } from './intent-validity.ts';
import { maxOrderNotional } from './max-order-notional.ts';
import { maxPosition } from './max-position.ts';
import { orderRate } from './order-rate.ts';
import { permission } from './permission.ts';
import { priceCollar } from './price-collar.ts';
import { reduceOnly } from './reduce-only.ts';
import type { Rule, RuleContext } from '../rule.ts';
import { tradingState } from './trading-state.ts';

/** Every rule of the gate, listed by hand in the order of evaluation. */
export const rules: readonly Rule[] = [
  duplicateIntent,
  tradingState,
  permission,
  intentValidity,
  reduceOnly,
  dataFreshness,
  priceCollar,
  maxOrderNotional,
  maxPosition,
  orderRate,
];

/** The first denial, or undefined when every rule lets the order through. */
export function firstDenial(context: RuleContext): Denial | undefined {
  for (const rule of rules) {
    const denial = rule.check(context);
    if (denial !== undefined) return denial;
  }
  return undefined;
}
