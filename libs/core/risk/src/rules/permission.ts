import { splitInstrumentId } from '@portcullis/market';
import { deny } from '../denials.ts';
import type { Rule } from '../rule.ts';

/** The venue, the instrument and the strategy have to be among those that the account is configured for. */
export const permission: Rule = {
  name: 'permission',
  check({ intent, prepared }) {
    const { venue } = splitInstrumentId(intent.instrument);
    const allowed = prepared.config.venue;
    if (venue !== allowed) return deny('VENUE_NOT_ALLOWED', { venue, allowed });
    if (!prepared.instruments.has(intent.instrument)) {
      return deny('INSTRUMENT_NOT_ALLOWED', { instrument: intent.instrument });
    }
    if (!prepared.strategies.has(intent.strategy)) return deny('STRATEGY_NOT_ALLOWED', { strategy: intent.strategy });
    return undefined;
  },
};
