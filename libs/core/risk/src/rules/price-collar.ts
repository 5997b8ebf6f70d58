import type { PriceTicks } from '@portcullis/kernel';
import { formatPrice } from '@portcullis/market';
import { type Denial, deny } from '../denials.ts';
import { collarBasisPoints, isOutsideCollar, isWiderThan, spreadBasisPoints } from '../market-view.ts';
import { type Rule, type RuleContext, limitsOf, markOf, orderOf } from '../rule.ts';

/**
 * The limit price against the middle of the gate's own mark, on either side: a misplaced decimal is caught whether it
 * pays too much or rests where nobody meant it to. A market order has no price, so the spread bounds what it can cost.
 */
export const priceCollar: Rule = {
  name: 'price-collar',
  check(context) {
    const { price } = orderOf(context);
    return price === undefined ? spreadDenial(context) : collarDenial(context, price);
  },
};

function collarDenial(context: RuleContext, price: PriceTicks): Denial | undefined {
  const limits = limitsOf(context).collar;
  if (limits.length === 0) return deny('LIMIT_MISSING', { limit: 'collarBasisPoints' });
  const mark = markOf(context);
  for (const { scope, value } of limits) {
    if (!isOutsideCollar(value, price, mark)) continue;
    const { rules } = orderOf(context);
    return deny('PRICE_OUTSIDE_COLLAR', {
      price: formatPrice(rules, price),
      bid: formatPrice(rules, mark.bid),
      ask: formatPrice(rules, mark.ask),
      basisPoints: String(collarBasisPoints(price, mark)),
      limitBasisPoints: String(value),
      scope,
    });
  }
  return undefined;
}

function spreadDenial(context: RuleContext): Denial | undefined {
  const limits = limitsOf(context).spread;
  if (limits.length === 0) return deny('LIMIT_MISSING', { limit: 'spreadBasisPointsMax' });
  const mark = markOf(context);
  for (const { scope, value } of limits) {
    if (!isWiderThan(value, mark)) continue;
    const { rules } = orderOf(context);
    return deny('SPREAD_TOO_WIDE', {
      bid: formatPrice(rules, mark.bid),
      ask: formatPrice(rules, mark.ask),
      basisPoints: String(spreadBasisPoints(mark)),
      limitBasisPoints: String(value),
      scope,
    });
  }
  return undefined;
}
