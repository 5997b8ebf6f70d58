import { type Denial, deny } from '../denials.ts';
import type { Rule } from '../rule.ts';
import type { Allowed } from '../standing.ts';

/** The venue, the instrument and the strategy have to be among those that the account is configured for. */
export const permission: Rule = {
  name: 'permission',
  check: ({ standing }) => standing.refusal,
};

export function permissionDenial(
  { venue: allowed, instruments, strategies }: Pick<Allowed, 'venue' | 'instruments' | 'strategies'>,
  wanted: { readonly venue: string; readonly instrument: string; readonly strategy: string },
): Denial | undefined {
  const { venue, instrument, strategy } = wanted;
  if (venue !== allowed) return deny('VENUE_NOT_ALLOWED', { venue, allowed });
  if (!instruments.has(instrument)) return deny('INSTRUMENT_NOT_ALLOWED', { instrument });
  return strategies.has(strategy) ? undefined : deny('STRATEGY_NOT_ALLOWED', { strategy });
}
