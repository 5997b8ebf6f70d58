import type { JournalHead, OrderIntent, RiskVerdict, VenueOrder } from '@portcullis/contracts';
import { venueOrderHash } from '@portcullis/execution';
import { derivedId } from '@portcullis/kernel';
import type { Denial } from './denials.ts';

/** Life of a verdict from its intent's arrival: long enough for the bus, short enough that the price still means something. */
export const VERDICT_TTL_MICROS = 2_000_000;

/** The longest text that a denial's detail may have on the wire. */
const DETAIL_LENGTH_MAX = 200;

/** What every verdict says, whatever the decision. */
export interface VerdictFacts {
  readonly intent: OrderIntent;
  readonly intentHash: string;
  /** When the intent arrived. */
  readonly at: number;
  readonly killEpoch: number;
  readonly gateEpoch: number;
  readonly limitsVersion: number;
  readonly keyId: string;
  /** The journal's head with the intent as its last record. Ids derive from it, so the same record gives the same ids. */
  readonly head: JournalHead;
}

function common({ intent, intentHash, at, killEpoch, gateEpoch, limitsVersion, keyId, head }: VerdictFacts) {
  const { origin, account, runId, strategy, instrument, intentId, expiry } = intent;
  return {
    version: 1 as const,
    verdictId: derivedId('verdict', account, intentId, intentHash, head.seq),
    origin,
    account,
    runId,
    strategy,
    instrument,
    intentId,
    intentHash,
    nonce: derivedId('verdict-nonce', account, intentId, head.hash),
    issuedAt: at,
    expiresAt: Math.min(at + VERDICT_TTL_MICROS, expiry),
    killEpoch,
    gateEpoch,
    limitsVersion,
    keyId,
    head: { seq: head.seq, hash: head.hash },
  };
}

export function approvedVerdict(
  facts: VerdictFacts,
  venueOrder: VenueOrder,
  more: { readonly reduces: boolean; readonly bridgeEpoch: number },
): RiskVerdict {
  return {
    ...common(facts),
    decision: 'approved',
    venueOrder,
    venueOrderHash: venueOrderHash(venueOrder),
    reduces: more.reduces,
    audience: { account: facts.intent.account, bridgeEpoch: more.bridgeEpoch },
  };
}

export function deniedVerdict(facts: VerdictFacts, denial: Denial): RiskVerdict {
  const detail = Object.fromEntries(
    Object.entries(denial.detail).map(([name, text]: [string, string]) => [name, text.slice(0, DETAIL_LENGTH_MAX)]),
  );
  return { ...common(facts), decision: 'denied', denial: { code: denial.code, detail } };
}
