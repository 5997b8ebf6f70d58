import type { OrderIntent, TradingState, VenueOrder } from '@portcullis/contracts';
import { type LatchState, latchOn } from '@portcullis/authority';
import { venueOrderOf } from '@portcullis/execution';
import { type InputError, type Result, ok, quantityLots, required } from '@portcullis/kernel';
import { type InstrumentRules, parsePrice, parseQuantity, splitInstrumentId } from '@portcullis/market';
import type { BridgeView } from './bridge-view.ts';
import type { ExposureBooks } from './exposure.ts';
import type { PreparedConfig } from './gate-config.ts';
import { LimitView, limitScopes } from './limits.ts';
import type { IntentMemory } from './intent-memory.ts';
import type { MarketView } from './market-view.ts';
import type { OrderRates } from './order-rates.ts';
import { reducibleLots } from './reductions.ts';
import type { NotReady, OrderNumbers, RuleContext } from './rule.ts';

/** What the gate knows at the moment of judging. */
export interface Knowledge {
  readonly prepared: PreparedConfig;
  readonly notReady: NotReady | undefined;
  readonly tradingState: TradingState;
  readonly latches: LatchState;
  readonly books: ExposureBooks;
  readonly bridge: BridgeView;
  readonly market: MarketView;
  readonly rates: OrderRates;
  readonly memory: IntentMemory;
}

/** An intent as it is judged, with the order that an approval names. */
export interface Judged {
  readonly context: RuleContext;
  /** Undefined where the intent fits no known instrument or not its increments. */
  readonly venueOrder: VenueOrder | undefined;
}

/** The context in which the rules judge an intent that arrived at `at`. */
export function ruleContext(known: Knowledge, intent: OrderIntent, intentHash: string, at: number): Judged {
  const { venue, symbol } = splitInstrumentId(intent.instrument);
  const { strategy, runId } = intent;
  const latch = latchOn(known.latches, { venue, symbol, strategy, runId, account: known.prepared.config.account });
  const rules = known.prepared.instruments.get(intent.instrument);
  const order = rules === undefined ? undefined : orderNumbers(rules, intent);
  const reducible = reducibleLots(known.books, intent, known.bridge.positionOf(intent.instrument));
  // In ordinary times only an order that asks to reduce is held to it, and protected from what works beside it.
  const restricted = latch !== undefined || known.tradingState !== 'ACTIVE';
  const reduction = order?.ok === true && order.value.lots <= reducible && (intent.reduceOnly || restricted);
  const context: RuleContext = {
    at,
    intent,
    intentHash,
    decidedHash: known.memory.get(intent.intentId)?.hash,
    memoryFull: known.memory.full,
    prepared: known.prepared,
    limits: new LimitView(known.prepared.limits, limitScopes({ strategy, runId, venue, symbol })),
    notReady: known.notReady,
    tradingState: known.tradingState,
    latch,
    order,
    reducible: quantityLots(reducible),
    reduction,
    books: known.books,
    mark: known.market.markOf(intent.instrument),
    gap: known.market.gapOf(intent.instrument),
    rates: known.rates,
  };
  return { context, venueOrder: order?.ok === true ? order.value.venueOrder : undefined };
}

function orderNumbers(
  rules: InstrumentRules,
  intent: OrderIntent,
): Result<OrderNumbers & { readonly venueOrder: VenueOrder }, InputError> {
  const venueOrder = venueOrderOf(rules, intent);
  if (!venueOrder.ok) return venueOrder;
  const { quantity, price, stopPrice } = venueOrder.value;
  return ok({
    rules,
    venueOrder: venueOrder.value,
    lots: valueOf(parseQuantity(rules, quantity)),
    ...(price === undefined ? {} : { price: valueOf(parsePrice(rules, price)) }),
    ...(stopPrice === undefined ? {} : { stopPrice: valueOf(parsePrice(rules, stopPrice)) }),
  });
}

/** The numbers of a normalised order parse: `venueOrderOf` has just printed them. */
function valueOf<T>(parsed: Result<T, InputError>): T {
  return required(parsed.ok ? parsed.value : undefined, 'number of a normalised order');
}
