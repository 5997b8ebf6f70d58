import { type Money, money } from '@portcullis/kernel';
import type { LiveOrder } from './live-order.ts';
import type { Takings } from './takings.ts';
import type { VenueSlot } from './venue-slot.ts';

const MARGIN_UNIT = 1_000_000n;
/** Of the sum of all magnitudes: far more than doubles can be wrong by in a few operations. */
const DOUBT = 1e-9;

/**
 * What the account holds at the venue, exact. Spot: buying blocks quote currency, selling base currency. Linear
 * perpetuals share the margin of their quote currency ("cross"): equity is the balance with the open profit of all of them,
 * and what may be opened is bound by initial margin on the larger side of each, open orders counted as if filled. Where
 * both share a currency, what spot orders block is no margin, and margin buys nothing.
 */
export class Account {
  readonly currencies: readonly string[];
  readonly unlimited: boolean;
  readonly #margined: boolean;
  readonly #slots: readonly VenueSlot[];
  readonly #held: bigint[];
  readonly #heldFloats: number[];
  readonly #blocked: bigint[];
  #view: Map<string, Money> | undefined;

  constructor(
    currencies: readonly string[],
    slots: readonly VenueSlot[],
    balances: ReadonlyMap<string, Money> | 'unlimited',
  ) {
    this.currencies = currencies;
    this.unlimited = balances === 'unlimited';
    this.#slots = slots;
    this.#margined = slots.some((slot) => slot.linear);
    this.#held = currencies.map((currency) => (balances === 'unlimited' ? 0n : (balances.get(currency) ?? 0n)));
    this.#heldFloats = this.#held.map(Number);
    this.#blocked = currencies.map(() => 0n);
  }

  get balances(): ReadonlyMap<string, Money> {
    this.#view ??= new Map(this.currencies.map((currency, at) => [currency, money(this.#held[at] as bigint)]));
    return this.#view;
  }

  held(currency: number): bigint {
    return this.#held[currency] as bigint;
  }

  add(currency: number, amount: bigint): void {
    const held = (this.#held[currency] as bigint) + amount;
    this.#held[currency] = held;
    // Kept for margin alone: spot never asks for it.
    if (this.#margined) this.#heldFloats[currency] = Number(held);
    this.#view = undefined;
  }

  /** Books a fill of a slot: moves the position and the balances, fee excepted. Gives the value in quote currency. */
  book(slot: VenueSlot, sign: number, price: number, lots: number): bigint {
    const value = slot.value(price, lots);
    if (slot.linear) {
      const realised = this.#bookLinear(slot, sign * lots, sign > 0 ? value : -value);
      slot.costFloat = Number(slot.cost);
      if (realised !== 0n) this.add(slot.quote, realised);
    } else {
      const amount = BigInt(lots) * slot.rules.moneyPerLot;
      this.add(slot.base, sign > 0 ? amount : -amount);
      this.add(slot.quote, sign > 0 ? -value : value);
    }
    slot.position += sign * lots;
    return value;
  }

  /** At average cost; the remainder of its one division stays in the cost, so that profit and cost sum to the cash flow. */
  #bookLinear(slot: VenueSlot, signed: number, cost: bigint): bigint {
    const { position } = slot;
    if (position === 0 || position > 0 === signed > 0) {
      slot.cost += cost;
      return 0n;
    }
    const closing = Math.min(Math.abs(position), Math.abs(signed));
    const closedCost = (slot.cost * BigInt(closing)) / BigInt(Math.abs(position));
    const closedValue = closing === Math.abs(signed) ? cost : (cost * BigInt(closing)) / BigInt(Math.abs(signed));
    slot.cost += cost - closedValue - closedCost;
    return -closedValue - closedCost;
  }

  /** Blocks what a limit order may need at its price. False when the account cannot pay it, and then nothing is blocked. */
  reserve(order: LiveOrder, slot: VenueSlot): boolean {
    if (this.unlimited) return true;
    if (slot.linear) return order.reduceOnly || this.#reserveLinear(order, slot);
    const need = this.#need(order, slot);
    const currency = order.sign > 0 ? slot.quote : slot.base;
    if (need > this.#free(currency)) return false;
    order.reserved = need;
    this.#blocked[currency] = (this.#blocked[currency] as bigint) + need;
    return true;
  }

  /** Fits what is blocked for an order to what remains of it; `ended` frees all. */
  adjust(order: LiveOrder, slot: VenueSlot, ended: boolean): void {
    if (order.reserved === 0n) return;
    const next = ended ? 0n : slot.linear ? slot.value(order.price, order.remaining) : this.#need(order, slot);
    const change = next - order.reserved;
    order.reserved = next;
    if (!slot.linear) {
      const currency = order.sign > 0 ? slot.quote : slot.base;
      this.#blocked[currency] = (this.#blocked[currency] as bigint) + change;
    } else if (order.sign > 0) slot.buyValue += change;
    else slot.sellValue += change;
  }

  /** Whether the account can pay what an order without a reservation is about to take. */
  affords(order: LiveOrder, slot: VenueSlot, takings: Takings): boolean {
    if (this.unlimited || (slot.linear && order.reduceOnly)) return true;
    let value = 0n;
    for (let at = 0; at < takings.count; at++) {
      value += slot.value(takings.prices[at] as number, takings.quantities[at] as number);
    }
    if (slot.linear) return this.#opens(order, slot, value, slot.value(slot.mark, takings.total));
    if (order.sign < 0) return BigInt(takings.total) * slot.rules.moneyPerLot <= this.#free(slot.base);
    return value + (slot.feeInBase ? 0n : slot.fees.most(value)) <= this.#free(slot.quote);
  }

  /** Balance and open profit of all linear positions in a currency. */
  equity(currency: number): bigint {
    let equity = this.#held[currency] as bigint;
    for (const slot of this.#slots) {
      if (slot.linear && slot.quote === currency && slot.position !== 0) {
        equity += slot.value(slot.mark, slot.position) - slot.cost;
      }
    }
    return equity;
  }

  /** What equity may not fall below while the positions in a currency stay open. */
  maintenance(currency: number): bigint {
    let least = 0n;
    for (const slot of this.#slots) {
      if (slot.linear && slot.quote === currency && slot.position !== 0) least += maintenanceOf(slot);
    }
    return least;
  }

  /** Whether the linear positions of a currency may stay open. Exact where a float leaves any doubt, which it seldom does. */
  healthy(currency: number): boolean {
    return this.#clearlyHealthy(currency) || this.equity(currency) >= this.maintenance(currency);
  }

  #clearlyHealthy(currency: number): boolean {
    let spare = this.#heldFloats[currency] as number;
    let magnitude = Math.abs(spare);
    for (const slot of this.#slots) {
      if (!slot.linear || slot.quote !== currency || slot.position === 0) continue;
      const value = slot.position * slot.mark * slot.unitFloat;
      const needed = Math.abs(value) * slot.maintenanceFloat;
      spare += value - slot.costFloat - needed;
      magnitude += Math.abs(value) + Math.abs(slot.costFloat) + needed;
    }
    return spare > magnitude * DOUBT;
  }

  save(): { readonly held: readonly string[]; readonly blocked: readonly string[] } {
    return { held: this.#held.map(String), blocked: this.#blocked.map(String) };
  }

  load(saved: { readonly held: readonly string[]; readonly blocked: readonly string[] }): void {
    for (let at = 0; at < this.currencies.length; at++) {
      this.#held[at] = BigInt(saved.held[at] ?? '0');
      this.#heldFloats[at] = Number(this.#held[at]);
      this.#blocked[at] = BigInt(saved.blocked[at] ?? '0');
    }
    this.#view = undefined;
  }

  #need(order: LiveOrder, slot: VenueSlot): bigint {
    if (order.sign < 0) return BigInt(order.remaining) * slot.rules.moneyPerLot;
    const value = slot.value(order.price, order.remaining);
    return slot.feeInBase ? value : value + slot.fees.most(value);
  }

  /** What may be spent or blocked: of money that is margin, no more than what stays above the initial margin. */
  #free(currency: number): bigint {
    const free = (this.#held[currency] as bigint) - (this.#blocked[currency] as bigint);
    if (!this.#margined) return free;
    const spare = this.equity(currency) - (this.#blocked[currency] as bigint) - this.#required(currency);
    return spare < free ? spare : free;
  }

  /** Initial margin of all linear slots in a currency, that of `changed` for a larger side of `exposed`. */
  #required(currency: number, changed?: VenueSlot, exposed = 0n): bigint {
    let required = 0n;
    for (const slot of this.#slots) {
      if (!slot.linear || slot.quote !== currency) continue;
      required += upwards((slot === changed ? exposed : exposure(slot, 0n, 0n)) * slot.initialMargin);
    }
    return required;
  }

  #reserveLinear(order: LiveOrder, slot: VenueSlot): boolean {
    const value = slot.value(order.price, order.remaining);
    // A limit that never takes at a worse price than the mark loses nothing by being filled.
    if (!this.#opens(order, slot, value, slot.mark === 0 ? value : slot.value(slot.mark, order.remaining))) {
      return false;
    }
    order.reserved = value;
    if (order.sign > 0) slot.buyValue += value;
    else slot.sellValue += value;
    return true;
  }

  /** Whether there is initial margin for `value` more of orders; what makes the larger side no larger needs none. */
  #opens(order: LiveOrder, slot: VenueSlot, value: bigint, atMark: bigint): boolean {
    const before = exposure(slot, 0n, 0n);
    const after = order.sign > 0 ? exposure(slot, value, 0n) : exposure(slot, 0n, value);
    if (after <= before) return true;
    const required = this.#required(slot.quote, slot, after) + (this.#blocked[slot.quote] as bigint);
    const loss = slot.mark === 0 ? 0n : order.sign > 0 ? value - atMark : atMark - value;
    return required + (loss > 0n ? loss : 0n) + slot.fees.most(value) <= this.equity(slot.quote);
  }
}

/** Value of the larger side of a slot if the open orders of that side, and so much more, were filled. */
function exposure(slot: VenueSlot, moreToBuy: bigint, moreToSell: bigint): bigint {
  const open = slot.position === 0 ? 0n : slot.value(slot.mark, slot.position);
  const long = open + slot.buyValue + moreToBuy;
  const short = slot.sellValue + moreToSell - open;
  return long > short ? long : short;
}

export function maintenanceOf(slot: VenueSlot): bigint {
  return upwards(slot.value(slot.mark, Math.abs(slot.position)) * slot.maintenanceMargin);
}

/** Divides by the unit of margins, rounded up. */
function upwards(scaled: bigint): bigint {
  return (scaled + MARGIN_UNIT - 1n) / MARGIN_UNIT;
}
