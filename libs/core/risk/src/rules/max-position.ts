import { quantityLots } from '@portcullis/kernel';
import { formatQuantity } from '@portcullis/market';
import { deny } from '../denials.ts';
import { worstOf } from '../exposure.ts';
import { type Rule, orderOf } from '../rule.ts';

/**
 * Position plus everything approved, working or unresolved on the order's side, plus this order, within the limit of
 * every scope (S7): an instrument's and the account's limit bound the account's position, the others their owner's.
 */
export const maxPosition: Rule = {
  name: 'max-position',
  check(context) {
    const { intent, reduction, books } = context;
    if (reduction) return undefined;
    const { rules, lots } = orderOf(context);
    const limits = context.limits.positions(rules);
    if (limits.length === 0) return deny('LIMIT_MISSING', { limit: 'positionMax' });
    for (const { scope, value, holder, lots: limit } of limits) {
      const worst = worstOf(books.of(holder, intent.instrument), intent.side) + lots;
      if (limit === undefined || BigInt(worst) > limit) {
        return deny('POSITION_EXCEEDED', { worst: formatQuantity(rules, quantityLots(worst)), limit: value, scope });
      }
    }
    return undefined;
  },
};
