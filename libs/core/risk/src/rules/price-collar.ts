import type { PriceTicks } from '@portcullis/kernel';
import { formatPrice } from '@portcullis/market';
import { type Denial, deny } from '../denials.ts';
import { basisPointsApart } from '../market-view.ts';
import { type Rule, type RuleContext, markOf, orderOf } from '../rule.ts';

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
  const limits = context.limits.find('collarBasisPoints');
  if (limits.length === 0) return deny('LIMIT_MISSING', { limit: 'collarBasisPoints' });
  const { bid, ask } = markOf(context);
  // Twice the price against bid plus ask, so that the middle of an odd spread stays exact.
  const apart = basisPointsApart(2n * BigInt(price), BigInt(bid) + BigInt(ask));
  const broken = limits.find(({ value }) => apart > BigInt(value));
  if (broken === undefined) return undefined;
  const { rules } = orderOf(context);
  return deny('PRICE_OUTSIDE_COLLAR', {
    price: formatPrice(rules, price),
    bid: formatPrice(rules, bid),
    ask: formatPrice(rules, ask),
    basisPoints: String(apart),
    limitBasisPoints: String(broken.value),
    scope: broken.scope,
  });
}

function spreadDenial(context: RuleContext): Denial | undefined {
  const limits = context.limits.find('spreadBasisPointsMax');
  if (limits.length === 0) return deny('LIMIT_MISSING', { limit: 'spreadBasisPointsMax' });
  const { bid, ask } = markOf(context);
  const middleTwice = BigInt(bid) + BigInt(ask);
  const spread = basisPointsApart(middleTwice + 2n * (BigInt(ask) - BigInt(bid)), middleTwice);
  const broken = limits.find(({ value }) => spread > BigInt(value));
  if (broken === undefined) return undefined;
  const { rules } = orderOf(context);
  return deny('SPREAD_TOO_WIDE', {
    bid: formatPrice(rules, bid),
    ask: formatPrice(rules, ask),
    basisPoints: String(spread),
    limitBasisPoints: String(broken.value),
    scope: broken.scope,
  });
}
