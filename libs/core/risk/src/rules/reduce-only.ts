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
    const { intent, reduction, reducible, books } = context;
    const { rules, lots } = orderOf(context);
    const quantity = formatQuantity(rules, lots);
    if (reduction) return undefined;
    if (intent.reduceOnly) {
      return deny('REDUCE_ONLY_NOT_REDUCING', { quantity, reducible: formatQuantity(rules, reducible) });
    }
    const rooms = ['account', `run.${intent.runId}`].map((holder) =>
      roomBesideReductions(books.of(holder, intent.instrument), intent.side),
    );
    const room = Math.min(...rooms.map((lotsLeft) => lotsLeft ?? Infinity));
    if (lots <= room) return undefined;
    return deny('REDUCTION_OUTSTANDING', { quantity, room: formatQuantity(rules, quantityLots(room)) });
  },
};
