import type { BarInput } from '@portcullis/market';
import type { Slippage } from './execution-config.ts';
import { type LiveOrder, RESTING, reaches } from './live-order.ts';
import type { BarMarket, MarketModel } from './market-model.ts';
import type { ModelSetup } from './model-setup.ts';
import type { OrderDesk } from './order-desk.ts';
import { share } from './participation.ts';
import { slipped } from './slippage.ts';
import type { Takings } from './takings.ts';
import type { Taker } from './taker.ts';
import type { VenueSlot } from './venue-slot.ts';

/**
 * Orders meet bars. Only bars that begin when an order has arrived, or later, count for it. `next-open`: it deals at the
 * open. `worst-of`: at the bar's worst price for its side, told at the bar's end. `limit-touch`: as next-open, and a
 * resting limit fills at its price, told at the bar's end, when the bar came to it. A resting limit gets its own price.
 */
export class BarModel implements MarketModel, BarMarket {
  readonly #desk: OrderDesk;
  readonly #taker: Taker;
  readonly #worst: boolean;
  readonly #touch: boolean;
  readonly #slippage: Slippage;
  readonly #participation: number;
  /** While orders meet a bar: what it offers. */
  #bar: BarInput | undefined;
  /** By slot: how many lots of its bar we may still have. */
  readonly #left: number[];

  constructor({ desk, taker, config }: ModelSetup) {
    this.#desk = desk;
    this.#taker = taker;
    this.#worst = config.model === 'worst-of';
    this.#touch = config.model === 'limit-touch';
    this.#slippage = config.slippage;
    this.#participation = config.participationMax;
    this.#left = desk.slots.map(() => 0);
  }

  /** Whether the end of a bar can mean something to orders that are there. */
  get finishes(): boolean {
    return this.#worst || this.#touch;
  }

  ready(): boolean {
    return false;
  }

  market(): void {
    // What is not a bar tells these models nothing.
  }

  open(bar: BarInput, slot: VenueSlot): void {
    this.#left[slot.index] = this.#participation === 0 ? Infinity : share(bar.volume, this.#participation);
    if (!this.#worst) this.#deal(bar, slot);
  }

  finish(bar: BarInput, slot: VenueSlot): void {
    if (this.#worst) this.#deal(bar, slot);
    if (!this.#touch) return;
    this.#fillResting(slot.buys, slot, bar.low);
    this.#fillResting(slot.sells, slot, bar.high);
  }

  marketable(order: LiveOrder): boolean {
    return reaches(order, this.#price(order));
  }

  plan(order: LiveOrder, slot: VenueSlot, takings: Takings): void {
    const lots = Math.min(takings.wanted, this.#leftOf(slot));
    if (lots <= 0) return;
    const volume = this.#bar?.volume ?? 0;
    const price = slipped(this.#slippage, this.#price(order), { sign: order.sign, quantity: lots, volume });
    takings.add(reaches(order, price) ? price : order.price, lots);
  }

  took(_order: LiveOrder, slot: VenueSlot, takings: Takings): void {
    this.#left[slot.index] = this.#leftOf(slot) - takings.total;
  }

  join(): void {
    // Bars show no queue.
  }

  /** What bars leave between their open and their end; null where nothing bounds it. */
  save(): unknown {
    return this.#left.map((lots) => (lots === Infinity ? null : lots));
  }

  load(saved: unknown): void {
    for (const [slot, lots] of (saved as readonly (number | null)[]).entries()) this.#left[slot] = lots ?? Infinity;
  }

  #deal(bar: BarInput, slot: VenueSlot): void {
    this.#bar = bar;
    const forBuyers = this.#worst ? bar.high : bar.open;
    const forSellers = this.#worst ? bar.low : bar.open;
    if (slot.buys.length > 0) this.#fillResting(slot.buys, slot, forBuyers);
    if (slot.sells.length > 0) this.#fillResting(slot.sells, slot, forSellers);
    if (slot.waiting.length > 0) this.#taker.meetWaiting(slot, this, bar.start);
    this.#bar = undefined;
  }

  #fillResting(list: readonly LiveOrder[], slot: VenueSlot, price: number): void {
    for (const order of list) {
      const left = this.#leftOf(slot);
      if (!reaches(order, price) || left <= 0) return;
      if (order.place !== RESTING) continue;
      const lots = Math.min(slot.fillable(order), left);
      this.#left[slot.index] = left - lots;
      if (lots > 0) this.#desk.fill(order, slot, { price: order.price, lots, maker: true });
    }
  }

  #leftOf(slot: VenueSlot): number {
    return this.#left[slot.index] as number;
  }

  #price(order: LiveOrder): number {
    const bar = this.#bar;
    if (bar === undefined) return 0;
    if (!this.#worst) return bar.open;
    return order.sign > 0 ? bar.high : bar.low;
  }
}
