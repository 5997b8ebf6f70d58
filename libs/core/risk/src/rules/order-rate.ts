import { MICROS_PER_MS } from '@portcullis/kernel';
import { deny } from '../denials.ts';
import type { RateBudget } from '../order-rates.ts';
import type { Rule, RuleContext } from '../rule.ts';

/** Approvals per window and scope. Reductions have their own budget, so that entries cannot use up the way out. */
export const orderRate: Rule = {
  name: 'order-rate',
  check({ at, limits: view, reduction, rates }) {
    const { budget, limit: name } = rateOf(reduction);
    const limits = view.find(name);
    if (limits.length === 0) return deny('LIMIT_MISSING', { limit: name });
    for (const { scope, value } of limits) {
      const count = rates.count(budget, scope, value.windowMillis * MICROS_PER_MS, at);
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
export function countApproval({ at, limits, reduction, rates }: RuleContext): void {
  const { budget, limit } = rateOf(reduction);
  const windows = new Map<string, number>();
  for (const { scope, value } of limits.find(limit)) {
    windows.set(scope, Math.max(windows.get(scope) ?? 0, value.windowMillis * MICROS_PER_MS));
  }
  for (const [scope, window] of windows) rates.add(budget, scope, window, at);
}

/** Which budget an order counts against, and the limit that bounds it. */
function rateOf(reduction: boolean): {
  readonly budget: RateBudget;
  readonly limit: 'orderRate' | 'reductionRate';
} {
  return reduction ? { budget: 'reductions', limit: 'reductionRate' } : { budget: 'orders', limit: 'orderRate' };
}
