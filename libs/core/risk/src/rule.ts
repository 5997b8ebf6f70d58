import type { OrderIntent, TradingState } from '@portcullis/contracts';
import type { KillLatch } from '@portcullis/authority';
import { type InputError, type PriceTicks, type QuantityLots, type Result, assert } from '@portcullis/kernel';
import type { InstrumentRules } from '@portcullis/market';
import type { Denial } from './denials.ts';
import type { ExposureBooks } from './exposure.ts';
import type { PreparedConfig } from './gate-config.ts';
import type { LimitView } from './limits.ts';
import type { Mark } from './market-view.ts';
import type { OrderRates } from './order-rates.ts';

/** The intent's order on the instrument's increments. */
export interface OrderNumbers {
  readonly rules: InstrumentRules;
  readonly lots: QuantityLots;
  /** Absent for market orders. */
  readonly price?: PriceTicks;
  readonly stopPrice?: PriceTicks;
}

/** Why nothing can be approved at the moment, whatever it is. */
export type NotReady = 'recovering' | 'lease-lost' | 'bridge-not-reconciled';

/** What of an intent the rules look at, besides its numbers. `quantity` is for denials, in base currency. */
export type JudgedIntent = Pick<
  OrderIntent,
  'origin' | 'runId' | 'strategy' | 'instrument' | 'side' | 'reduceOnly' | 'expiry' | 'quantity'
>;

/** All that a rule may look at. */
export interface RuleContext {
  readonly at: number;
  readonly intent: JudgedIntent;
  readonly intentHash: string;
  /** The hash of the intent that had the id before, if one had. */
  readonly decidedHash: string | undefined;
  readonly memoryFull: boolean;
  readonly prepared: PreparedConfig;
  /** The limits that apply. */
  readonly limits: LimitView;
  readonly notReady: NotReady | undefined;
  readonly tradingState: TradingState;
  readonly latch: KillLatch | undefined;
  /** An error when the order fits no known instrument or not its increments; undefined for an unknown instrument. */
  readonly order: Result<OrderNumbers, InputError> | undefined;
  /** The quantity that would only reduce. */
  readonly reducible: QuantityLots;
  /** Whether the gate verified that the order only reduces. */
  readonly reduction: boolean;
  readonly books: ExposureBooks;
  readonly mark: Mark | undefined;
  readonly gap: string | undefined;
  readonly rates: OrderRates;
}

/** One rule of the gate: a name and a check that denies or has nothing to say. */
export interface Rule {
  readonly name: string;
  check(context: RuleContext): Denial | undefined;
}

/** The order's numbers, for the rules after permission and intent-validity, which let nothing else past. */
export function orderOf({ order }: RuleContext): OrderNumbers {
  assert(order?.ok === true, 'a rule looked at an order that was not validated');
  return order.value;
}

/** The mark, for the rules after data-freshness. */
export function markOf({ mark }: RuleContext): Mark {
  assert(mark !== undefined, 'a rule looked at a mark that was not checked');
  return mark;
}
