import { formatQuantity } from '@portcullis/market';
import { deny } from '../denials.ts';
import type { Rule, RuleContext } from '../rule.ts';

/**
 * What may pass at all. A verified reduction passes latches and REDUCING; under HALTED it has to come from a person.
 * So the way out stays open, and nothing can grow or flip through it (S3, S4).
 */
export const tradingState: Rule = {
  name: 'trading-state',
  check(context) {
    const { notReady, tradingState: state, latch, reduction, intent } = context;
    if (notReady !== undefined) return deny('GATE_NOT_READY', { reason: notReady });
    if (state === 'HALTED' && !(reduction && intent.origin === 'person')) {
      return deny('TRADING_HALTED', { origin: intent.origin, reducible: reducibleText(context) });
    }
    if (reduction) return undefined;
    if (latch !== undefined) {
      const { scope, epoch } = latch;
      const quantity = context.quantity;
      return deny('KILL_LATCHED', { scope, epoch: String(epoch), quantity, reducible: reducibleText(context) });
    }
    if (state === 'REDUCING') {
      return deny('TRADING_REDUCING', { quantity: context.quantity, reducible: reducibleText(context) });
    }
    return undefined;
  },
};

function reducibleText({ order, reducible }: RuleContext): string {
  return order?.ok === true ? formatQuantity(order.value.rules, reducible) : '0';
}
