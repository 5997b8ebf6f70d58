import { deny } from '../denials.ts';
import type { RateBudget } from '../order-rates.ts';
import { type Rule, type RuleContext, limitsOf } from '../rule.ts';

/** Approvals per window and scope. Reductions have their own budget, so that entries cannot use up the way out. */
export const orderRate: Rule = {
  name: 'order-rate',
  check(context) {
    const { at, reduction, rates } = context;
    const budget = budgetOf(reduction);
    const { name, limits } = limitsOf(context).rates[budget];
    if (limits.length === 0) return deny('LIMIT_MISSING', { limit: name });
    for (const { scope, value, windowMicros } of limits) {
      if (rates.kept(budget, scope) < value.count) continue;
      const count = rates.count(budget, scope, windowMicros, at);
      if (count < value.count) continue;
      return deny('ORDER_RATE_EXCEEDED', {
        budget,
        count: String(count),
        limit: String(value.count),
        windowMillis: String(value.windowMillis),
        scope,
      });
    }
    return undefined;
  },
};

/** Counts an approved order against its budget in every scope that has a limit. */
export function countApproval(context: RuleContext): void {
  const { at, reduction, rates } = context;
  const budget = budgetOf(reduction);
  for (const { scope, micros } of limitsOf(context).rates[budget].windows) rates.add(budget, scope, micros, at);
}

function budgetOf(reduction: boolean): RateBudget {
  return reduction ? 'reductions' : 'orders';
}
