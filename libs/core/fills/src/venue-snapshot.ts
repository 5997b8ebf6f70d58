import { type SeededRandom, assert } from '@portcullis/kernel';
import type { BarInput } from '@portcullis/market';
import type { Account } from './account.ts';
import type { TradedVolume } from './fee-schedule.ts';
import type { Funding } from './funding.ts';
import type { Liquidation } from './liquidation.ts';
import { type LiveOrder, RESTING, WAITING } from './live-order.ts';
import type { MarketCounts, MarketModel } from './market-model.ts';
import type { MessageLane } from './message-lane.ts';
import type { OrderDesk } from './order-desk.ts';
import type { VenueSlot } from './venue-slot.ts';

/** Everything of a venue that a snapshot has to hold. */
export interface VenueWhole {
  /** Tells venues of other options apart. */
  readonly identity: string;
  readonly desk: OrderDesk;
  readonly account: Account;
  readonly volumes: readonly (TradedVolume | undefined)[];
  readonly random: SeededRandom;
  readonly orderLane: MessageLane;
  readonly cancelLane: MessageLane;
  readonly model: MarketModel;
  readonly liquidation: Liquidation;
  readonly funding: Funding;
  readonly counts: MarketCounts;
  /** Bars whose end has not come, oldest first. */
  readonly bars: BarInput[];
}

// Amounts are decimal texts of their units; an unknown queue is null.

type SavedOrder = Omit<LiveOrder, 'reserved' | 'ahead'> & { readonly reserved: string; readonly ahead: number | null };

interface SavedSlot {
  readonly position: number;
  readonly cost: string;
  readonly buyValue: string;
  readonly sellValue: string;
  readonly mark: number;
  readonly marked: boolean;
  readonly toldUntil: number;
}

/** The venue as JSON text; `sequence` is that of its last message. */
export function savedVenue(whole: VenueWhole, sequence: number): string {
  const { desk } = whole;
  return JSON.stringify({
    version: 1,
    identity: whole.identity,
    sequence,
    now: desk.now,
    fills: desk.fills,
    rejected: desk.rejected,
    liquidations: whole.liquidation.count,
    counts: whole.counts,
    random: whole.random.snapshot(),
    news: desk.news.save(),
    orderLane: whole.orderLane.save(),
    cancelLane: whole.cancelLane.save(),
    orders: [...desk.orders.values()].map(savedOrder),
    slots: desk.slots.map(savedSlot),
    account: whole.account.save(),
    volumes: whole.volumes.map((volume) => volume?.save() ?? null),
    funding: whole.funding.save(),
    model: whole.model.save(),
    bars: whole.bars,
  });
}

interface SavedVenue {
  readonly version: number;
  readonly identity: string;
  readonly sequence: number;
  readonly now: number;
  readonly fills: number;
  readonly rejected: number;
  readonly liquidations: number;
  readonly counts: MarketCounts;
  readonly random: readonly number[];
  readonly news: ReturnType<OrderDesk['news']['save']>;
  readonly orderLane: ReturnType<MessageLane['save']>;
  readonly cancelLane: ReturnType<MessageLane['save']>;
  readonly orders: readonly SavedOrder[];
  readonly slots: readonly SavedSlot[];
  readonly account: ReturnType<Account['save']>;
  readonly volumes: readonly (ReturnType<TradedVolume['save']> | null)[];
  readonly funding: unknown;
  readonly model: unknown;
  readonly bars: readonly BarInput[];
}

/** Puts a venue where the snapshot was taken and gives the sequence of its last message. Throws for one of other options. */
export function loadVenue(whole: VenueWhole, text: string): number {
  const saved = JSON.parse(text) as SavedVenue;
  assert(saved.version === 1 && saved.identity === whole.identity, 'the snapshot is of an engine of other options');
  const { desk } = whole;
  desk.now = saved.now;
  desk.fills = saved.fills;
  desk.rejected = saved.rejected;
  whole.liquidation.count = saved.liquidations;
  Object.assign(whole.counts, saved.counts);
  whole.random.restore(saved.random);
  desk.news.load(saved.news);
  whole.orderLane.load(saved.orderLane);
  whole.cancelLane.load(saved.cancelLane);
  desk.slots.forEach((slot, at) => loadSlot(slot, saved.slots[at] as SavedSlot));
  desk.orders.clear();
  for (const order of saved.orders) place(loadedOrder(order), desk);
  whole.account.load(saved.account);
  whole.volumes.forEach((volume, at) => {
    const kept = saved.volumes[at];
    if (volume !== undefined && kept) volume.load(kept);
  });
  whole.funding.load(saved.funding);
  whole.model.load(saved.model);
  whole.bars.length = 0;
  whole.bars.push(...saved.bars);
  return saved.sequence;
}

function savedOrder(order: LiveOrder): SavedOrder {
  return { ...order, reserved: String(order.reserved), ahead: order.ahead === Infinity ? null : order.ahead };
}

function loadedOrder(saved: SavedOrder): LiveOrder {
  return { ...saved, reserved: BigInt(saved.reserved), ahead: saved.ahead ?? Infinity };
}

/** Orders come in the order in which they were sent, which is that of the lists. */
function place(order: LiveOrder, desk: OrderDesk): void {
  const slot = desk.slots[order.slot] as VenueSlot;
  desk.orders.set(order.order, order);
  if (order.place === WAITING) slot.wait(order);
  if (order.place === RESTING) slot.rest(order);
  if (order.reduceOnly && (order.place === WAITING || order.place === RESTING)) slot.reducing += 1;
}

function savedSlot(slot: VenueSlot): SavedSlot {
  const { position, mark, marked, toldUntil } = slot;
  const [cost, buyValue, sellValue] = [String(slot.cost), String(slot.buyValue), String(slot.sellValue)];
  return { position, cost, buyValue, sellValue, mark, marked, toldUntil };
}

function loadSlot(slot: VenueSlot, saved: SavedSlot): void {
  slot.position = saved.position;
  slot.cost = BigInt(saved.cost);
  slot.costFloat = Number(slot.cost);
  slot.buyValue = BigInt(saved.buyValue);
  slot.sellValue = BigInt(saved.sellValue);
  slot.mark = saved.mark;
  slot.marked = saved.marked;
  slot.toldUntil = saved.toldUntil;
  slot.reducing = 0;
  slot.waiting.length = 0;
  slot.buys.length = 0;
  slot.sells.length = 0;
}
