import { type PriceTicks, formatMoney, priceTicks } from '@portcullis/kernel';
import { notional } from '@portcullis/market';
import { deny } from '../denials.ts';
import { type Rule, type RuleContext, markOf, orderOf } from '../rule.ts';

/** The value of one order, at the most that it can be worth. */
export const maxOrderNotional: Rule = {
  name: 'max-order-notional',
  check(context) {
    const limits = context.limits.notionals();
    if (limits.length === 0) return deny('LIMIT_MISSING', { limit: 'orderNotionalMax' });
    const { rules, lots } = orderOf(context);
    const value = notional(rules, dearestPrice(context), lots);
    const broken = limits.find(({ amount }) => amount === undefined || value > amount);
    if (broken === undefined) return undefined;
    return deny('ORDER_NOTIONAL_EXCEEDED', { notional: formatMoney(value), limit: broken.value, scope: broken.scope });
  },
};

/** A buy pays its limit price at most; a sell may get more than its limit, and a market order anything near the ask. */
function dearestPrice(context: RuleContext): PriceTicks {
  const { price } = orderOf(context);
  const { ask } = markOf(context);
  if (price !== undefined && context.intent.side === 'buy') return price;
  return priceTicks(Math.max(price ?? ask, ask));
}
