import type { OrderIntent, TradingState, VenueOrder } from '@portcullis/contracts';
import { type LatchState, latchOn } from '@portcullis/authority';
import { venueOrderOf } from '@portcullis/execution';
import { type InputError, type Result, ok, required } from '@portcullis/kernel';
import { type InstrumentRules, parsePrice, parseQuantity } from '@portcullis/market';
import type { BridgeView } from './bridge-view.ts';
import type { ExactIntent } from './exact-intent.ts';
import type { ExposureBooks } from './exposure.ts';
import type { PreparedConfig } from './gate-config.ts';
import type { IntentMemory } from './intent-memory.ts';
import type { MarketView } from './market-view.ts';
import type { OrderRates } from './order-rates.ts';
import { isReduction, reducibleLots } from './reductions.ts';
import type { NotReady, RuleContext } from './rule.ts';

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
export function judged(known: Knowledge, intent: OrderIntent, intentHash: string, at: number): Judged {
  const standing = known.prepared.standings.of(intent);
  const parsed = standing.rules === undefined ? undefined : parsedIntent(standing.rules, intent);
  const order = parsed === undefined ? undefined : parsed.ok ? ok(parsed.value.exact) : parsed;
  const latch = latchOn(known.latches, standing.subject);
  const exposure = known.books.ofOwner(intent);
  const reducible = reducibleLots(exposure, intent, known.bridge.positionOf(intent.instrument));
  const market = known.market.of(intent.instrument);
  const context: RuleContext = {
    at,
    intent,
    order,
    quantity: intent.quantity,
    intentHash,
    decidedHash: known.memory.get(intent.intentId)?.hash,
    memoryFull: known.memory.full,
    standing,
    notReady: known.notReady,
    tradingState: known.tradingState,
    latch,
    reducible,
    reduction: isReduction(order, reducible, latch !== undefined || known.tradingState !== 'ACTIVE'),
    exposure,
    mark: market?.mark,
    gap: market?.gap,
    rates: known.rates,
  };
  return { context, venueOrder: parsed?.ok === true ? parsed.value.venueOrder : undefined };
}

function parsedIntent(
  rules: InstrumentRules,
  intent: OrderIntent,
): Result<{ readonly exact: ExactIntent; readonly venueOrder: VenueOrder }, InputError> {
  const made = venueOrderOf(rules, intent);
  if (!made.ok) return made;
  const { quantity, price, stopPrice } = made.value;
  const { runId, strategy, origin, side, type, timeInForce, postOnly, reduceOnly, expiry } = intent;
  const exact: ExactIntent = {
    runId,
    strategy,
    origin,
    rules,
    side,
    type,
    timeInForce,
    postOnly,
    reduceOnly,
    lots: valueOf(parseQuantity(rules, quantity)),
    price: price === undefined ? undefined : valueOf(parsePrice(rules, price)),
    stopPrice: stopPrice === undefined ? undefined : valueOf(parsePrice(rules, stopPrice)),
    expiry,
  };
  return ok({ exact, venueOrder: made.value });
}

/** The numbers of a normalised order parse: `venueOrderOf` has just printed them. */
function valueOf<T>(parsed: Result<T, InputError>): T {
  return required(parsed.ok ? parsed.value : undefined, 'number of a normalised order');
}
