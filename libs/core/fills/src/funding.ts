import type { FundingInput } from '@portcullis/market';
import type { OrderDesk } from './order-desk.ts';
import type { VenueSlot } from './venue-slot.ts';

const RATE_SCALE_MAX = 18;

/** The rate of a perpetual that falls due next, and when one last did. */
interface DueRate {
  dueAt: number | null;
  rate: number;
  rateScale: number;
  settledAt: number;
}

/**
 * Funding payments of linear perpetuals. The last rate told for a moment counts; it is paid once, at that moment, on the
 * position and the mark of then. Parts below 10^-12 go to the other side.
 */
export class Funding {
  readonly #desk: OrderDesk;
  readonly #rates: readonly DueRate[];
  /** When the next payment falls due. */
  nextAt = Infinity;

  constructor(desk: OrderDesk) {
    this.#desk = desk;
    this.#rates = desk.slots.map(() => ({ dueAt: null, rate: 0, rateScale: 0, settledAt: -1 }));
  }

  /** Whether a rate that is told is one. */
  static inOrder({ rate, rateScale, nextAt }: FundingInput): boolean {
    if (!Number.isSafeInteger(rate) || !Number.isSafeInteger(nextAt) || nextAt < 0) return false;
    return Number.isInteger(rateScale) && rateScale >= 0 && rateScale <= RATE_SCALE_MAX;
  }

  /** A rate is told. One that is due already is paid at once, and none is paid again for a moment before the last. */
  tell(event: FundingInput, slot: VenueSlot): void {
    const due = this.#rates[slot.index] as DueRate;
    const dueAt = event.nextAt === 0 ? event.tsEvent : event.nextAt;
    if (!slot.linear || dueAt <= due.settledAt) return;
    due.dueAt = dueAt;
    due.rate = event.rate;
    due.rateScale = event.rateScale;
    this.#schedule();
  }

  /** Pays what is due at or before the venue's time. */
  settle(): void {
    const { now, slots } = this.#desk;
    for (let index = 0; index < slots.length; index++) {
      const due = this.#rates[index] as DueRate;
      if (due.dueAt === null || due.dueAt > now) continue;
      due.settledAt = due.dueAt;
      due.dueAt = null;
      const slot = slots[index] as VenueSlot;
      if (slot.position !== 0) this.#desk.cash(slot, payment(slot, due), 'funding');
    }
    this.#schedule();
  }

  save(): unknown {
    return this.#rates;
  }

  load(saved: unknown): void {
    this.#rates.forEach((rate, at) => Object.assign(rate, (saved as readonly DueRate[])[at]));
    this.#schedule();
  }

  #schedule(): void {
    let next = Infinity;
    for (const { dueAt } of this.#rates) if (dueAt !== null && dueAt < next) next = dueAt;
    this.nextAt = next;
  }
}

/** What comes in (above zero) or goes out for a position: minus position × mark × rate, rounded down. */
function payment(slot: VenueSlot, { rate, rateScale }: DueRate): bigint {
  const scaled = -slot.value(slot.mark, slot.position) * BigInt(rate);
  const unit = 10n ** BigInt(rateScale);
  const whole = scaled / unit;
  return scaled < 0n && whole * unit !== scaled ? whole - 1n : whole;
}
