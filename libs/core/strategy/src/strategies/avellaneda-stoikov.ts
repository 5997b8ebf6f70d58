import {
  MICROS_PER_MS,
  MICROS_PER_SECOND,
  type PriceTicks,
  type QuantityLots,
  priceTicks,
  quantityLots,
} from '@portcullis/kernel';
import { type ExactQuote, doubleMid } from '@portcullis/market';
import { z } from 'zod';
import { checkInventory } from '../check-inventory.ts';
import type { Context } from '../context.ts';
import type { Indicator } from '../indicators/indicator.ts';
import { ema } from '../indicators/recursive.ts';
import { keepQuote } from '../orders.ts';
import { quantity, quantityOf } from '../parameters.ts';
import { defineStrategy } from '../strategy.ts';

/** Basis points in a whole. */
const WHOLE = 10_000;

const parameters = z.strictObject({
  /** Quantity of each quote, and the unit that the inventory is counted in. */
  quantity: quantity(),
  /** Never further from flat than this, counting what a working quote could still fill. */
  inventoryMax: quantity(),
  /** γ, per basis point: how much it dislikes to hold one unit. More leans and widens more. */
  riskAversion: z.number().min(0.0001).max(100).default(0.1),
  /** κ, per basis point: how fast fills get rarer with the distance from the mid price. */
  depthDecay: z.number().min(0.0001).max(1000).default(0.5),
  /** T, and whether `T − t` stays T for ever (`rolling`) or runs down to zero and begins again. */
  horizonSeconds: z.int().min(1).max(86_400).default(60),
  rolling: z.boolean().default(true),
  /** σ is measured from the mid price every `sampleMs`, as an exponential average over so many samples. */
  sampleMs: z.int().min(1).max(3_600_000).default(1000),
  volatilitySamples: z.int().min(2).max(10_000).default(120),
  /** A quote stays while it is at most this far from where it should be, in basis points. */
  requoteBps: z.number().min(0).max(1000).default(0.5),
  /** The least time between two rounds of changes. */
  intervalMs: z.int().min(1).max(86_400_000).default(500),
});
type Parameters = z.infer<typeof parameters>;

interface State {
  quantity: QuantityLots;
  inventoryMax: QuantityLots;
  startedAt: number;
  nextSampleAt: number;
  /** The last sample: when, and twice the mid price. Null at the beginning and after a gap. */
  sample: { at: number; doubleMid: number } | null;
  nextRoundAt: number;
}

type QuotingContext = Context<Parameters, State, { variance: Indicator }>;

/**
 * Quoting after M. Avellaneda and S. Stoikov, "High-frequency trading in a limit order book", Quantitative Finance 8(3),
 * 2008: one post-only order a side around the reservation price
 *
 *     r = s − q γ σ² (T − t)                        (equation 29)
 *
 * at half of the optimal spread
 *
 *     δᵃ + δᵇ = γ σ² (T − t) + (2/γ) ln(1 + γ/κ)    (equation 30)
 *
 * with s the mid price, q the inventory in units of `quantity`, γ the aversion to risk, κ the decay of the arrival of fills
 * with distance. Prices are measured in basis points of the mid price, so that the same γ and κ suit any instrument;
 * σ² is the measured variance of the mid price a second.
 *
 * The paper trades until a time T at which the inventory is valued. A market that never closes has none: with `rolling` the
 * strategy looks `horizonSeconds` ahead at every moment (T − t is constant), otherwise it trades one horizon after
 * the other and lets the inventory matter less and less towards the end of each, as in the paper.
 */
export const avellanedaStoikov = defineStrategy({
  name: 'avellaneda-stoikov',
  description:
    'Quotes both sides around a reservation price that leans against the inventory (Avellaneda & Stoikov 2008).',
  parameters,
  check: checkInventory,
  state: (setup): State => ({
    quantity: quantityOf(setup, 'quantity'),
    inventoryMax: quantityOf(setup, 'inventoryMax'),
    startedAt: -1,
    nextSampleAt: 0,
    sample: null,
    nextRoundAt: 0,
  }),
  indicators: (setup) => ({ variance: ema(setup.parameters.volatilitySamples) }),

  onQuote(context, quote) {
    const { state, now } = context;
    if (state.startedAt < 0) state.startedAt = now;
    if (now >= state.nextSampleAt) measure(context, doubleMid(quote));
    const variance = context.indicators.variance.value;
    if (variance === undefined || now < state.nextRoundAt) return;
    if (requote(context, quote, variance)) state.nextRoundAt = now + context.parameters.intervalMs * MICROS_PER_MS;
  },

  // Quotes made for a market that is not known any more are the ones that get picked off; and no move was seen in the gap.
  onGap(context, gap) {
    if (gap.reason === 'resync') return;
    context.state.sample = null;
    context.cancelAll();
  },
});

/** One more squared move of the mid price: basis points squared a second. */
function measure({ state, now, parameters: given, indicators }: QuotingContext, twiceMid: number): void {
  const { sample } = state;
  state.nextSampleAt = now + given.sampleMs * MICROS_PER_MS;
  if (sample === null || sample.doubleMid <= 0) {
    state.sample = { at: now, doubleMid: twiceMid };
    return;
  }
  const move = ((twiceMid - sample.doubleMid) / sample.doubleMid) * WHOLE;
  indicators.variance.update((move * move * MICROS_PER_SECOND) / (now - sample.at));
  sample.at = now;
  sample.doubleMid = twiceMid;
}

function requote(context: QuotingContext, quote: ExactQuote, variance: number): boolean {
  const { state, position, parameters: given } = context;
  const { riskAversion, depthDecay } = given;
  const ticksPerBp = doubleMid(quote) / 2 / WHOLE;
  const risk = riskAversion * variance * secondsLeft(context);
  const spread = risk + (2 / riskAversion) * Math.log(1 + riskAversion / depthDecay);
  const reservation = doubleMid(quote) / 2 - (position / state.quantity) * risk * ticksPerBp;
  const half = (spread / 2) * ticksPerBp;
  const toleranceTicks = given.requoteBps * ticksPerBp;
  const bought = keepQuote(context, {
    side: 'buy',
    // Never through the touch: as far as it would lean there, it waits at the best price that does not take.
    price: ticksWithin(Math.min(Math.floor(reservation - half), quote.askPrice - 1)),
    quantity: quantityLots(Math.min(state.quantity, state.inventoryMax - position)),
    toleranceTicks,
  });
  const sold = keepQuote(context, {
    side: 'sell',
    price: ticksWithin(Math.max(Math.ceil(reservation + half), quote.bidPrice + 1)),
    quantity: quantityLots(Math.min(state.quantity, state.inventoryMax + position)),
    toleranceTicks,
  });
  return bought || sold;
}

/** A variance beyond all measure asks for prices that are none: these lie outside of every instrument's bounds, and no order is made of them. */
function ticksWithin(price: number): PriceTicks {
  return priceTicks(Math.min(Math.max(price, 0), Number.MAX_SAFE_INTEGER));
}

/** T − t in seconds. */
function secondsLeft({ state, now, parameters: { horizonSeconds, rolling } }: QuotingContext): number {
  if (rolling) return horizonSeconds;
  const horizon = horizonSeconds * MICROS_PER_SECOND;
  return (horizon - ((now - state.startedAt) % horizon)) / MICROS_PER_SECOND;
}
