import { formatDecimal } from '@portcullis/kernel';
import { deny } from '../denials.ts';
import { worstOf } from '../exposure.ts';
import { type Rule, limitsOf, orderOf } from '../rule.ts';

/**
 * Position plus everything approved, working or unresolved on the order's side, plus this order, within the limit of
 * every scope (S7): an instrument's and the account's limit bound the account's position, the others their owner's.
 */
export const maxPosition: Rule = {
  name: 'max-position',
  check(context) {
    if (context.reduction) return undefined;
    const limits = limitsOf(context).position;
    if (limits.length === 0) return deny('LIMIT_MISSING', { limit: 'positionMax' });
    const { rules, lots, side } = orderOf(context);
    for (const { scope, value, holder, most } of limits) {
      const worst = worstOf(context.exposure[holder], side) + lots;
      // Books count in safe integers, so what is beyond them could not be booked.
      if (worst <= most && worst <= Number.MAX_SAFE_INTEGER) continue;
      const text = formatDecimal(BigInt(worst) * rules.lotSize.units, rules.lotSize.scale);
      return deny('POSITION_EXCEEDED', { worst: text, limit: value, scope });
    }
    return undefined;
  },
};
