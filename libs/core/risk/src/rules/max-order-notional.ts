import { type PriceTicks, formatMoney, priceTicks } from '@portcullis/kernel';
import { notional } from '@portcullis/market';
import { deny } from '../denials.ts';
import { type Rule, type RuleContext, limitsOf, markOf, orderOf } from '../rule.ts';

/** The value of one order, at the most that it can be worth. */
export const maxOrderNotional: Rule = {
  name: 'max-order-notional',
  check(context) {
    const limits = limitsOf(context).notional;
    if (limits.length === 0) return deny('LIMIT_MISSING', { limit: 'orderNotionalMax' });
    const { rules, lots } = orderOf(context);
    const dearest = dearestPrice(context);
    const tickLots = dearest * lots;
    const isPlain = Number.isSafeInteger(tickLots);
    for (const { scope, value, most, amount } of limits) {
      if (isPlain ? tickLots <= most : notional(rules, dearest, lots) <= amount) continue;
      return deny('ORDER_NOTIONAL_EXCEEDED', {
        notional: formatMoney(notional(rules, dearest, lots)),
        limit: value,
        scope,
      });
    }
    return undefined;
  },
};

/** A buy pays its limit price at most; a sell may get more than its limit, and a market order anything near the ask. */
function dearestPrice(context: RuleContext): PriceTicks {
  const { price, side } = orderOf(context);
  const { ask } = markOf(context);
  if (price !== undefined && side === 'buy') return price;
  return priceTicks(Math.max(price ?? ask, ask));
}
