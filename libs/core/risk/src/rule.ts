import type { TradingState } from '@portcullis/contracts';
import type { KillLatch } from '@portcullis/authority';
import { type InputError, type QuantityLots, type Result, assert } from '@portcullis/kernel';
import type { Denial } from './denials.ts';
import type { ExactIntent } from './exact-intent.ts';
import type { OwnerExposure } from './exposure.ts';
import type { OrderLimits } from './limits.ts';
import type { Mark } from './market-view.ts';
import type { OrderRates } from './order-rates.ts';
import type { Standing } from './standing.ts';

/** Why nothing can be approved at the moment, whatever it is. */
export type NotReady = 'recovering' | 'lease-lost' | 'bridge-not-reconciled';

/** What of an intent can be judged even where its numbers fit no instrument. */
export type BareIntent = Pick<ExactIntent, 'origin' | 'side' | 'reduceOnly' | 'expiry'>;

/** All that a rule may look at. */
export interface RuleContext {
  readonly at: number;
  readonly intent: BareIntent;
  /** An error when the intent fits not its instrument's increments; undefined for an unknown instrument. */
  readonly order: Result<ExactIntent, InputError> | undefined;
  /** The quantity wanted in base currency, as it was written, for denials. */
  readonly quantity: string;
  readonly intentHash: string;
  /** The hash of the intent that had the id before, if one had. */
  readonly decidedHash: string | undefined;
  readonly memoryFull: boolean;
  readonly standing: Standing;
  readonly notReady: NotReady | undefined;
  readonly tradingState: TradingState;
  readonly latch: KillLatch | undefined;
  /** The quantity that would only reduce. */
  readonly reducible: QuantityLots;
  /** Whether the gate verified that the order only reduces. */
  readonly reduction: boolean;
  readonly exposure: OwnerExposure;
  readonly mark: Mark | undefined;
  readonly gap: string | undefined;
  readonly rates: OrderRates;
}

/** One rule of the gate: a name and a check that denies or has nothing to say. Only a denial makes text of numbers. */
export interface Rule {
  readonly name: string;
  check(context: RuleContext): Denial | undefined;
}

/** The intent in exact numbers, for the rules after permission and intent-validity, which let nothing else past. */
export function orderOf({ order }: RuleContext): ExactIntent {
  if (order?.ok !== true) assert(false, 'a rule looked at an order that was not validated');
  return order.value;
}

/** The limits, for the rules after permission. */
export function limitsOf({ standing }: RuleContext): OrderLimits {
  if (standing.limits === undefined) assert(false, 'a rule looked at limits of an instrument that is not configured');
  return standing.limits;
}

/** The mark, for the rules after data-freshness. */
export function markOf({ mark }: RuleContext): Mark {
  if (mark === undefined) assert(false, 'a rule looked at a mark that was not checked');
  return mark;
}
