import { maintenanceOf } from './account.ts';
import type { Slippage } from './execution-config.ts';
import { ENDED, type LiveOrder } from './live-order.ts';
import type { OrderDesk } from './order-desk.ts';
import { slipped } from './slippage.ts';
import type { VenueSlot } from './venue-slot.ts';

const FEE_UNIT = 1_000_000n;

/**
 * Watches the margin of linear perpetuals. When the equity of a currency falls below the maintenance margin of its
 * positions, our orders on them are cancelled and the positions closed at the mark with slippage, the one with the
 * largest maintenance margin first, until the rest is healthy.
 */
export class Liquidation {
  readonly #desk: OrderDesk;
  readonly #slippage: Slippage;
  count = 0;

  constructor(desk: OrderDesk, slippage: Slippage) {
    this.#desk = desk;
    this.#slippage = slippage;
  }

  /** After the mark of a slot moved. Whether anything was liquidated. */
  check(slot: VenueSlot): boolean {
    if (slot.position === 0 || this.#desk.account.unlimited || this.#desk.account.healthy(slot.quote)) return false;
    this.#liquidate(slot.quote);
    return true;
  }

  /**
   * After a bar whose prices are the marks: the first price on the way from `from` to the bar's worst for the position at
   * which it may not stay open. A bar does not tell its path, so the worst is taken to come before anything that helps.
   */
  checkBar(slot: VenueSlot, bar: { readonly low: number; readonly high: number }): boolean {
    if (slot.position === 0 || slot.marked || this.#desk.account.unlimited) return false;
    const from = slot.mark;
    const worst = slot.position > 0 ? bar.low : bar.high;
    slot.mark = worst;
    if (this.#desk.account.healthy(slot.quote)) {
      slot.mark = from;
      return false;
    }
    slot.mark = this.#firstFailing(slot, from, worst);
    this.#liquidate(slot.quote);
    return true;
  }

  /** Halves the way until it finds the first tick that fails; `to` does. */
  #firstFailing(slot: VenueSlot, from: number, to: number): number {
    let sound = from;
    let failing = to;
    slot.mark = from;
    if (!this.#desk.account.healthy(slot.quote)) return from;
    while (Math.abs(failing - sound) > 1) {
      const middle = sound + Math.trunc((failing - sound) / 2);
      slot.mark = middle;
      if (this.#desk.account.healthy(slot.quote)) sound = middle;
      else failing = middle;
    }
    return failing;
  }

  #liquidate(currency: number): void {
    const desk = this.#desk;
    this.count += 1;
    for (const slot of desk.slots) if (slot.linear && slot.quote === currency) this.#cancelAll(slot);
    while (!desk.account.healthy(currency)) {
      const slot = this.#largest(currency);
      if (slot === undefined) return;
      this.#close(slot);
    }
  }

  #cancelAll(slot: VenueSlot): void {
    for (const list of [slot.waiting, slot.buys, slot.sells]) {
      for (const order of list as readonly LiveOrder[]) {
        if (order.place !== ENDED) this.#desk.end(order, slot, 'CANCELED', 'liquidation');
      }
    }
  }

  #largest(currency: number): VenueSlot | undefined {
    let largest: VenueSlot | undefined;
    let most = -1n;
    for (const slot of this.#desk.slots) {
      if (!slot.linear || slot.quote !== currency || slot.position === 0) continue;
      const maintenance = maintenanceOf(slot);
      if (maintenance > most) {
        most = maintenance;
        largest = slot;
      }
    }
    return largest;
  }

  #close(slot: VenueSlot): void {
    const desk = this.#desk;
    const quantity = Math.abs(slot.position);
    const sign = slot.position > 0 ? -1 : 1;
    // No volume is shown to a position that is being closed: a square root is taken of the whole.
    const price = slipped(this.#slippage, slot.mark, { sign, quantity, volume: quantity });
    desk.close(slot, price);
    const fee = (slot.value(price, quantity) * slot.liquidationFee) / FEE_UNIT;
    const held = desk.account.held(slot.quote);
    // The fee takes what is left and no more; a loss beyond the account stays in its balance.
    desk.cash(slot, held < fee ? (held > 0n ? -held : 0n) : -fee, 'liquidation-fee');
  }
}
