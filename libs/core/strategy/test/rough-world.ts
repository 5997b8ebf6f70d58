import { SeededRandom, required } from '@portcullis/kernel';
import type { OrderRequest, Strategy, WorkingOrder } from '../src/index.ts';
import { StrategyStage } from '../src/testing/index.ts';

/** Never less than this, in lots, and never more. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
}

export interface Journey {
  readonly strategy: Strategy;
  readonly parameters: object;
  readonly data: 'quotes' | 'bars';
  readonly seed: number;
  readonly events: number;
  /** Whether the strategy is put through its snapshot now and then. */
  readonly reborn: boolean;
}

/** What a market and a venue at their worst made of a strategy. */
export interface Outcome {
  readonly orders: readonly OrderRequest[];
  readonly fills: number;
  /** The most that the position could have come to, whatever fills: the position with all that worked on a side. */
  readonly reach: Bounds;
  /** Orders of one call at most. */
  readonly burst: number;
}

/**
 * A wandering market with a venue that denies, rejects, fills in parts, loses answers, cancels late or never, and has gaps.
 * Everything follows from the seed; what is done to the strategy's snapshot takes none of its numbers.
 */
export function travel({ strategy, parameters, data, seed, events, reborn }: Journey): Outcome {
  const market = SeededRandom.stream(seed, 'market');
  const venue = SeededRandom.stream(seed, 'venue');
  const rebirth = SeededRandom.stream(seed, 'rebirth');
  const stage = new StrategyStage(strategy, parameters);
  const reach = { least: 0, most: 0 };
  let burst = 0;
  let fills = 0;
  let price = 100_000;
  let drift = 0;
  for (let event = 0; event < events; event += 1) {
    if (market.unit() < 0.05) drift = (market.unit() - 0.5) * 80;
    const open = price;
    price = Math.max(1000, Math.round(price + drift + (market.unit() - 0.5) * 120));
    const half = 1 + Math.floor(market.unit() * 5);
    stage.maySubmit = market.unit() > 0.03;
    const before = stage.submitted.length;
    if (market.unit() < 0.02) stage.gap(market.unit() < 0.5 ? 'disconnect' : 'resync');
    if (data === 'quotes') stage.quoteAt(price - half, price + half);
    else stage.barAt(price, { open, high: Math.max(open, price) + half, low: Math.min(open, price) - half });
    burst = Math.max(burst, stage.submitted.length - before);
    noteReach(stage, reach);
    for (const order of [...stage.workingOrders]) fills += treat(stage, order, { venue, price, half });
    noteReach(stage, reach);
    if (reborn && rebirth.unit() < 0.1) stage.reborn();
    stage.now += Math.floor(market.unit() * 2_000_000);
  }
  return { orders: stage.submitted, fills, reach, burst };
}

function noteReach({ workingOrders, positions }: StrategyStage, reach: { least: number; most: number }): void {
  const working = (side: string): number =>
    workingOrders.filter((order) => order.side === side).reduce((total, { remaining }) => total + remaining, 0);
  const position = positions[0] ?? 0;
  reach.most = Math.max(reach.most, position, position + working('buy'));
  reach.least = Math.min(reach.least, position, position - working('sell'));
}

interface Moment {
  readonly venue: SeededRandom;
  readonly price: number;
  readonly half: number;
}

/** One order in one moment; tells how many fills it had. */
function treat(stage: StrategyStage, order: WorkingOrder, { venue, price, half }: Moment): number {
  const { number, status, side, remaining } = order;
  const [luck, part] = [venue.unit(), venue.unit()];
  const terms = required(stage.submitted[number - 1], `the terms of order ${number}`);
  if (status === 'UNRESOLVED' && luck < 0.8) return 0;
  if (order.cancelRequested && luck < 0.6) {
    stage.answer(number, 'CANCELED');
    return 0;
  }
  const touch = side === 'buy' ? price + half : price - half;
  const takes = order.price === undefined || (side === 'buy' ? order.price >= touch : order.price <= touch);
  if (status === 'PENDING') {
    if (luck < 0.1) stage.answer(number, 'DENIED', 'ORDER_RATE');
    else if (luck < 0.15 || (takes && terms.postOnly === true)) stage.answer(number, 'REJECTED', 'no');
    else stage.answer(number, luck < 0.2 ? 'UNRESOLVED' : 'ACCEPTED');
    if (luck < 0.2 || !stage.workingOrders.some((working) => working.number === number)) return 0;
  }
  const passing = terms.type === 'market' || terms.timeInForce === 'IOC';
  if (!takes) {
    if (passing) stage.answer(number, 'EXPIRED');
    return 0;
  }
  const quantity = part < 0.4 ? Math.ceil(remaining * part) : remaining;
  stage.fill(number, order.price ?? touch, quantity);
  if (passing && quantity < remaining) stage.answer(number, 'CANCELED');
  return 1;
}
