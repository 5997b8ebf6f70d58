import { type QuantityLots, quantityLots } from '@portcullis/kernel';
import type { InstrumentRules } from '@portcullis/market';
import type { OrderChange } from '@portcullis/strategy';
import { orderComplaint } from './kernel-context.ts';
import type { IntentOutput } from './kernel-output.ts';

/** A cancelled order that its strategy wanted to have with other terms. */
export interface ChangedOrder {
  readonly intent: IntentOutput | undefined;
  readonly change: OrderChange | undefined;
  readonly quantity: QuantityLots;
  readonly remaining: QuantityLots;
}

/** The terms of the order that takes its place, for what is left of its new quantity; undefined where nothing is. */
export function replacementOf(
  { intent, change, quantity, remaining }: ChangedOrder,
  instruments: readonly InstrumentRules[],
): IntentOutput | undefined {
  if (intent === undefined || change === undefined) return undefined;
  const left = (change.quantity ?? quantity) - (quantity - remaining);
  if (left <= 0) return undefined;
  const price = change.price ?? intent.price;
  const { side, type, timeInForce, postOnly, slot } = intent;
  const wanted = { side, type, timeInForce, postOnly, quantity: quantityLots(left) };
  const rules = instruments[slot] as InstrumentRules;
  if (orderComplaint(price === undefined ? wanted : { ...wanted, price }, rules) !== undefined) return undefined;
  return { ...intent, quantity: wanted.quantity, price };
}
