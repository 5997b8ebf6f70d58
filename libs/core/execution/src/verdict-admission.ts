import { verdictSignatureHolds } from '@portcullis/authority';
import type { ApprovedVerdict, SignedVerdict, TradePermit } from '@portcullis/contracts';
import type { QuantityLots } from '@portcullis/kernel';
import { type InstrumentRules, parseQuantity, splitInstrumentId } from '@portcullis/market';
import { BRIDGE_LIMITS, type BridgeConfig } from './bridge-config.ts';
import type { RefusalReason } from './bridge-effect.ts';
import type { LapseReason } from './bridge-input.ts';
import { clientOrderIdOf } from './client-order-id.ts';
import type { LocalKills } from './local-kills.ts';
import { latchSubjectOf } from './own-orders.ts';
import type { VerdictMemory } from './verdict-memory.ts';
import { venueOrderHash } from './venue-order.ts';

/** What the bridge knows when a verdict comes in. */
export interface AdmissionState {
  readonly config: BridgeConfig;
  readonly rules: ReadonlyMap<string, InstrumentRules>;
  readonly leased: boolean;
  readonly bridgeEpoch: number;
  /** The highest that any signed message named. */
  readonly gateEpoch: number;
  readonly killEpoch: number;
  readonly memory: VerdictMemory;
  readonly kills: LocalKills;
  readonly liveOrders: number;
  readonly permit: TradePermit | undefined;
}

export type Admission =
  /** A denial: the gate's own affair. */
  | { readonly kind: 'denied' }
  /** Not acted on and nothing said about the order: its reservation stands. */
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly detail: string; readonly alert: boolean }
  /** Ours, and never to be sent: its reservation may go. */
  | {
      readonly kind: 'lapsed';
      readonly verdict: ApprovedVerdict;
      readonly refusal: RefusalReason;
      readonly reason: LapseReason;
      readonly detail: string;
      readonly alert: boolean;
    }
  | {
      readonly kind: 'admitted';
      readonly verdict: ApprovedVerdict;
      readonly rules: InstrumentRules;
      readonly quantity: QuantityLots;
    };

const refused = (reason: RefusalReason, detail: string, alert = false): Admission => ({
  kind: 'refused',
  reason,
  detail,
  alert,
});

/**
 * Whether a verdict lets its order out (S1, S6). Only a verdict that is provably the gate's, for this account and for us or a
 * predecessor, can lapse: anything else could release the reservation of an order that lives.
 */
export function admit(state: AdmissionState, signed: SignedVerdict, at: number): Admission {
  const { verdict } = signed;
  if (!verdictSignatureHolds(state.config.gateKeys, signed)) {
    return refused('bad-signature', `verdict ${verdict.verdictId} claims key ${verdict.keyId}`, true);
  }
  if (verdict.decision === 'denied') return { kind: 'denied' };
  const { account } = state.config;
  if (verdict.account !== account || verdict.audience.account !== account) {
    return refused('wrong-account', `verdict ${verdict.verdictId} is for ${verdict.account}`, true);
  }
  if (!state.leased) return refused('no-lease', `verdict ${verdict.verdictId}`);
  if (verdict.audience.bridgeEpoch > state.bridgeEpoch) {
    return refused(
      'audience-ahead',
      `verdict ${verdict.verdictId} is for bridge epoch ${verdict.audience.bridgeEpoch}`,
      true,
    );
  }
  const memory = state.memory.judge(verdict);
  if (memory === 'seen') return refused('replayed', `verdict ${verdict.verdictId}`);
  if (memory === 'forgotten') {
    return refused('forgotten', `verdict ${verdict.verdictId} of gate epoch ${verdict.gateEpoch}`);
  }
  if (!state.memory.makeRoom(at)) return refused('replay-memory-full', `verdict ${verdict.verdictId}`, true);
  return admitFirst(state, verdict, at);
}

/** The judgement of a verdict that is ours and was never here. Every way out of it is remembered by the caller. */
function admitFirst(state: AdmissionState, verdict: ApprovedVerdict, at: number): Admission {
  const lapse = (refusal: RefusalReason, reason: LapseReason, detail: string, alert = false): Admission => ({
    kind: 'lapsed',
    verdict,
    refusal,
    reason,
    detail,
    alert,
  });
  const { venueOrder } = verdict;
  if (venueOrderHash(venueOrder) !== verdict.venueOrderHash) {
    return lapse('hash-mismatch', 'refused', 'the order is not the one that the hash names', true);
  }
  if (venueOrder.clientOrderId !== clientOrderIdOf(verdict.runId, verdict.intentId)) {
    return lapse('wrong-client-order-id', 'refused', 'the client order id is not derived from run and intent', true);
  }
  const rules = state.rules.get(verdict.instrument);
  const named = splitInstrumentId(verdict.instrument);
  const quantity = rules === undefined ? undefined : parseQuantity(rules, venueOrder.quantity);
  if (
    rules === undefined ||
    quantity?.ok !== true ||
    named.venue !== venueOrder.venue ||
    named.symbol !== venueOrder.symbol
  ) {
    return lapse(
      'unknown-instrument',
      'refused',
      `the order's ${venueOrder.symbol} at ${venueOrder.venue} is not an instrument of this bridge`,
      true,
    );
  }
  const authority = lackOfAuthority(state, verdict, at);
  if (authority !== undefined) return lapse(authority.refusal, authority.reason, authority.detail);
  return { kind: 'admitted', verdict, rules, quantity: quantity.value };
}

function lackOfAuthority(state: AdmissionState, verdict: ApprovedVerdict, at: number): Standing | undefined {
  if (verdict.audience.bridgeEpoch < state.bridgeEpoch) {
    return {
      refusal: 'superseded-bridge',
      reason: 'superseded',
      detail: `for bridge epoch ${verdict.audience.bridgeEpoch}, this is ${state.bridgeEpoch}`,
    };
  }
  const standing = standingOf(state, verdict, at);
  if (standing !== undefined) return standing;
  return state.liveOrders < BRIDGE_LIMITS.openOrdersMax
    ? undefined
    : { refusal: 'too-many-orders', reason: 'refused', detail: `${state.liveOrders} orders live already` };
}

/** Why an order may not go out (any more), told as refusal and as the reason of its lapse. */
export interface Standing {
  readonly refusal: RefusalReason;
  readonly reason: LapseReason;
  readonly detail: string;
}

/** The part of the judgement that can change between the verdict and the write: epochs, kills, expiry, permit. Undefined when it may go. */
export function standingOf(
  state: Pick<AdmissionState, 'gateEpoch' | 'killEpoch' | 'kills' | 'permit'>,
  verdict: ApprovedVerdict,
  at: number,
): Standing | undefined {
  if (verdict.gateEpoch < state.gateEpoch) {
    return {
      refusal: 'superseded-gate',
      reason: 'superseded',
      detail: `of gate epoch ${verdict.gateEpoch}, the gate is at ${state.gateEpoch}`,
    };
  }
  if (!verdict.reduces) {
    if (verdict.killEpoch < state.killEpoch) {
      return {
        refusal: 'kill-epoch',
        reason: 'killed',
        detail: `of kill epoch ${verdict.killEpoch}, killed since at ${state.killEpoch}`,
      };
    }
    const latch = state.kills.covering(latchSubjectOf(verdict.venueOrder, verdict));
    if (latch !== undefined) {
      return { refusal: 'latched', reason: 'killed', detail: `latched: ${latch.scope} by ${latch.by}` };
    }
  }
  if (at >= verdict.expiresAt) {
    return { refusal: 'expired', reason: 'expired', detail: `expired ${at - verdict.expiresAt} microseconds ago` };
  }
  if (!permits(state, verdict.reduces)) {
    return {
      refusal: 'no-permit',
      reason: 'no-permit',
      detail: state.permit === undefined ? 'no live permit' : `the permit's mode is ${state.permit.mode}`,
    };
  }
  return undefined;
}

/** Whether the live permit lets an order of this kind out. A permit from before a kill or another gate lets nothing new out. */
export function permits(state: Pick<AdmissionState, 'gateEpoch' | 'killEpoch' | 'permit'>, reduces: boolean): boolean {
  const { permit } = state;
  if (permit === undefined || permit.gateEpoch < state.gateEpoch) return false;
  return reduces || (permit.mode === 'FULL' && permit.killEpoch >= state.killEpoch);
}
