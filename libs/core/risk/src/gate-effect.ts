import { signPermit, signVerdict } from '@portcullis/authority';
import type { Alert, ControlState, RiskVerdict, SignedPermit, SignedVerdict, TradePermit } from '@portcullis/contracts';
import { type Signer, unreachable } from '@portcullis/kernel';

/** What the shell has to do after a step, in order. All of it may be done twice. */
export type GateEffect =
  | { readonly type: 'verdict'; readonly signed: SignedVerdict }
  | { readonly type: 'permit'; readonly signed: SignedPermit }
  | { readonly type: 'control-state'; readonly state: ControlState }
  | { readonly type: 'alert'; readonly alert: Alert };

/** An effect before it is signed, which a replay, whose effects are thrown away, never needs. */
export type UnsignedEffect =
  | { readonly type: 'verdict'; readonly verdict: RiskVerdict }
  | { readonly type: 'permit'; readonly permit: TradePermit }
  | { readonly type: 'control-state'; readonly state: ControlState }
  | { readonly type: 'alert'; readonly alert: Alert };

export function signedEffect(signer: Signer, effect: UnsignedEffect): GateEffect {
  switch (effect.type) {
    case 'verdict':
      return { type: 'verdict', signed: signVerdict(signer, effect.verdict) };
    case 'permit':
      return { type: 'permit', signed: signPermit(signer, effect.permit) };
    case 'control-state':
    case 'alert':
      return effect;
    default:
      return unreachable(effect);
  }
}
