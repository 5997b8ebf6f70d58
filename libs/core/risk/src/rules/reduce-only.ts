import { quantityLots } from '@portcullis/kernel';
import { formatQuantity } from '@portcullis/market';
import { deny } from '../denials.ts';
import { roomBesideReductions } from '../reductions.ts';
import { type Rule, orderOf } from '../rule.ts';

/**
 * Reduce-only is kept by the gate, not hoped for from the venue (S3). And an ordinary order may not shrink the
 * position under a reduction that works beside it: that one goes on after a kill and would flip what is left.
 */
export const reduceOnly: Rule = {
  name: 'reduce-only',
  check(context) {
    const { reduction, reducible, exposure } = context;
    if (reduction) return undefined;
    const { rules, lots, side } = orderOf(context);
    if (context.intent.reduceOnly) {
      return deny('REDUCE_ONLY_NOT_REDUCING', {
        quantity: formatQuantity(rules, lots),
        reducible: formatQuantity(rules, reducible),
      });
    }
    const room = Math.min(roomBesideReductions(exposure.account, side), roomBesideReductions(exposure.run, side));
    if (lots <= room) return undefined;
    return deny('REDUCTION_OUTSTANDING', {
      quantity: formatQuantity(rules, lots),
      room: formatQuantity(rules, quantityLots(room)),
    });
  },
};
