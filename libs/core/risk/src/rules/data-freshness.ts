import { MICROS_PER_MS } from '@portcullis/kernel';
import { formatPrice } from '@portcullis/market';
import { type Denial, deny } from '../denials.ts';
import { type Rule, type RuleContext, limitsOf, orderOf } from '../rule.ts';

/** No approval on old, gapped or crossed market data (S11), for reductions too: a price is needed to judge them by. */
export const dataFreshness: Rule = {
  name: 'data-freshness',
  check(context) {
    const { standing, gap, mark } = context;
    if (gap !== undefined) return deny('MARKET_GAPPED', { reason: gap });
    if (mark === undefined) return deny('MARK_MISSING', { instrument: standing.instrument });
    if (mark.bid >= mark.ask) {
      const { rules } = orderOf(context);
      return deny('BOOK_CROSSED', { bid: formatPrice(rules, mark.bid), ask: formatPrice(rules, mark.ask) });
    }
    // Both clocks: a frozen feed can deliver old events at once, and a stalled one can hold fresh events back.
    return (
      ageDenial(context, 'venue', context.at - mark.tsEvent) ?? ageDenial(context, 'arrival', context.at - mark.at)
    );
  },
};

function ageDenial(context: RuleContext, clock: string, ageMicros: number): Denial | undefined {
  const limits = limitsOf(context).markAge;
  if (limits.length === 0) return deny('LIMIT_MISSING', { limit: 'markAgeMillisMax' });
  for (const { scope, value, micros } of limits) {
    if (Math.abs(ageMicros) <= micros) continue;
    const ageMillis = String(Math.trunc(ageMicros / MICROS_PER_MS));
    return deny('MARK_STALE', { clock, ageMillis, limitMillis: String(value), scope });
  }
  return undefined;
}
