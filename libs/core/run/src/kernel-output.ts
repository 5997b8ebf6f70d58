import type { Side, TimeInForce } from '@portcullis/contracts';
import type { PriceTicks, QuantityLots } from '@portcullis/kernel';
import type { OrderNumber } from '@portcullis/strategy';

/** An order that the run wants: the gate judges it, then it goes to the bridge, or to a fill model. */
export interface IntentOutput {
  readonly kind: 'intent';
  readonly order: OrderNumber;
  readonly slot: number;
  readonly side: Side;
  readonly type: 'limit' | 'market';
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  readonly quantity: QuantityLots;
  /** Absent for market orders. */
  readonly price: PriceTicks | undefined;
  /** Mid of the quote, or the last price, that the strategy saw. */
  readonly reference: PriceTicks | undefined;
  /** Microseconds since the epoch after which it means nothing. */
  readonly expiry: number;
}

/** What a run wants done after a step, in this order. Logs are no decisions: the decision hash leaves them out. */
export type KernelOutput =
  | IntentOutput
  | { readonly kind: 'cancel'; readonly order: OrderNumber; readonly reason: string }
  | { readonly kind: 'log'; readonly level: 'info' | 'warn' | 'error'; readonly message: string };
