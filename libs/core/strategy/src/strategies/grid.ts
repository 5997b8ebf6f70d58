import type { Side } from '@portcullis/contracts';
import { MICROS_PER_MS, type QuantityLots, priceTicks, quantityLots } from '@portcullis/kernel';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { price, priceOf, quantity, quantityOf } from '../parameters.ts';
import { type Setup, defineStrategy, oneInstrument } from '../strategy.ts';

/** Orders that one call asks for; the rest follows with the next event, so that a wide grid is no burst. */
const ORDERS_PER_CALL_MAX = 8;

const parameters = z.strictObject({
  /** Quantity of each rung. */
  quantity: quantity(),
  /** Rungs on each side of the centre: the position never exceeds `levels × quantity`. */
  levels: z.int().min(1).max(20).default(5),
  /** Distance of two rungs, in ticks. */
  stepTicks: z.int().min(1).max(1_000_000_000),
  /** The price in the middle; the first price that is seen where it is absent. */
  centre: price().optional(),
  allowShort: z.boolean().default(false),
  /** While flat, the grid moves to a price that is more than so many steps from its centre. 0: never. */
  recentreSteps: z.int().min(0).max(1_000_000).default(10),
  /** The least time between two rounds of changes. */
  intervalMs: z.int().min(1).max(86_400_000).default(1000),
});
type Parameters = z.infer<typeof parameters>;

interface State {
  quantity: QuantityLots;
  /** In ticks; null until a price was seen. */
  centre: number | null;
  nextRoundAt: number;
}

type GridContext = Context<Parameters, State>;

/**
 * A grid of resting limit orders: rung `i` buys `quantity` at `centre − i × step`, and once it has bought, sells it one
 * step higher; what was sold is bought again. The rungs follow from centre and position alone, so fills, partial
 * fills and denials need no memory of their own: each round asks for what is missing and cancels what does not belong.
 * It holds between 0 and `levels × quantity`, or as much short with `allowShort`. It earns while the price swings,
 * and sits on its largest position when the price has left the grid.
 */
export const grid = defineStrategy({
  name: 'grid',
  description: 'Resting buys below and sells above a centre; each fill arms the order one step back.',
  parameters,
  check(setup) {
    const { levels, stepTicks } = setup.parameters;
    const centre = centreOf(setup);
    if (quantityOf(setup, 'quantity') * levels > Number.MAX_SAFE_INTEGER / 4) {
      return { field: 'parameters.quantity', value: setup.parameters.quantity, expected: 'a smaller quantity' };
    }
    if (centre === null || centre - levels * stepTicks >= setup.instrument.priceMin) return oneInstrument(setup);
    const expected = `steps that leave the lowest of ${levels} rungs above the instrument's smallest price`;
    return { field: 'parameters.stepTicks', value: String(stepTicks), expected };
  },
  state: (setup): State => ({ quantity: quantityOf(setup, 'quantity'), centre: centreOf(setup), nextRoundAt: 0 }),

  onQuote: (context, quote) => round(context, quote.bidPrice, quote.askPrice),
  onBar: (context, bar) => round(context, bar.close, bar.close),

  // Orders that rest in a market that is not seen any more only fill when they should not.
  onGap(context, gap) {
    if (gap.reason !== 'resync') context.cancelAll();
  },
});

function centreOf(setup: Setup<Parameters>): number | null {
  return setup.parameters.centre === undefined
    ? null
    : priceOf({ ...setup, parameters: { centre: setup.parameters.centre } }, 'centre');
}

function round(context: GridContext, bid: number, ask: number): void {
  const { state, now, parameters: given } = context;
  if (now < state.nextRoundAt || !context.maySubmit) return;
  state.nextRoundAt = now + given.intervalMs * MICROS_PER_MS;
  const middle = Math.floor((bid + ask) / 2);
  const strayed = state.centre !== null && Math.abs(middle - state.centre) > given.recentreSteps * given.stepTicks;
  if (state.centre === null || (strayed && given.recentreSteps > 0 && context.position === 0)) state.centre = middle;
  dropStrangers(context, state.centre);
  const left = arm(context, 'buy', ask, ORDERS_PER_CALL_MAX);
  arm(context, 'sell', bid, left);
}

// Both sides alike: with sign 1 for buys and -1 for sells, rung k of a side is at centre − sign × k × step. Above zero it takes
// the position further from flat, otherwise back.

const signOf = (side: Side): 1 | -1 => (side === 'buy' ? 1 : -1);

const farthest = (side: Side, { levels, allowShort }: Parameters): number =>
  side === 'buy' || allowShort ? levels : 0;

/** What rung `k` of a side should have working: all of it, none, or what a partial fill left. */
function wantedAt(context: GridContext, side: Side, k: number): number {
  const { quantity: full } = context.state;
  return Math.min(Math.max(k * full - signOf(side) * context.position, 0), full);
}

/** Asks to cancel what is on no rung, or is more than its rung wants. */
function dropStrangers(context: GridContext, centre: number): void {
  const { levels, stepTicks } = context.parameters;
  for (const order of context.workingOrders) {
    if (order.cancelRequested || order.price === undefined) continue;
    const k = (signOf(order.side) * (centre - order.price)) / stepTicks;
    const isRung = Number.isInteger(k) && k > -levels && k <= farthest(order.side, context.parameters);
    if (!isRung || order.remaining > wantedAt(context, order.side, k)) context.cancel(order.number);
  }
}

/** Asks for what is missing on a side, the rungs next to the market first. `touch` is the price at which an order would take. */
function arm(context: GridContext, side: Side, touch: number, ordersMax: number): number {
  const { state, instrument, parameters: given } = context;
  const sign = signOf(side);
  let left = ordersMax;
  let room = roomOf(context, side);
  let passed = 0;
  const rest = (price: number, wanted: number, postOnly: boolean): void => {
    const lots = Math.min(wanted, room);
    if (left === 0 || lots < Math.max(1, instrument.quantityMin)) return;
    if (price < Math.max(1, instrument.priceMin) || price > instrument.priceMax) return;
    if (worksAt(context, side, price)) return;
    context.submit({ side, type: 'limit', postOnly, quantity: quantityLots(lots), price: priceTicks(price) });
    left -= 1;
    room -= lots;
  };
  for (let k = 1 - given.levels; k <= farthest(side, given); k += 1) {
    const wanted = wantedAt(context, side, k);
    if (wanted === 0) continue;
    const price = (state.centre ?? 0) - sign * k * given.stepTicks;
    if (sign * (touch - price) > 0) rest(price, wanted, true);
    // The market is beyond this rung already: a way in waits until it is back, a way out takes what is better than asked.
    else if (k <= 0 && !worksAt(context, side, price)) passed += wanted;
  }
  if (passed > 0) rest(touch, passed, false);
  return left;
}

/** What the side may still ask for, everything that works counted as if it filled. */
function roomOf(context: GridContext, side: Side): number {
  const cap = context.state.quantity * farthest(side, context.parameters);
  let room = cap - signOf(side) * context.position;
  for (const order of context.workingOrders) if (order.side === side) room -= order.remaining;
  return room;
}

function worksAt(context: GridContext, side: Side, price: number): boolean {
  for (const order of context.workingOrders) if (order.side === side && order.price === price) return true;
  return false;
}
