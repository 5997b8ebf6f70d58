import { type Money, type PriceTicks, type QuantityLots, type SeededRandom, ZERO_MONEY } from '@portcullis/kernel';
import type { Account } from './account.ts';
import type { Latency } from './execution-config.ts';
import type { TradedVolume } from './fee-schedule.ts';
import { ENDED, type LiveOrder, RESTING, WAITING } from './live-order.ts';
import { NewsQueue } from './news-queue.ts';
import type { VenueSlot } from './venue-slot.ts';

/** What a desk works with; everything belongs to one engine. */
export interface DeskParts {
  readonly slots: readonly VenueSlot[];
  readonly account: Account;
  /** By slot; undefined where no fee depends on it. */
  readonly volumes: readonly (TradedVolume | undefined)[];
  readonly latency: Latency;
  readonly random: SeededRandom;
}

/** The life of our orders at the venue: what they do to the account, and the news of it. */
export class OrderDesk {
  readonly account: Account;
  readonly slots: readonly VenueSlot[];
  readonly orders = new Map<number, LiveOrder>();
  readonly news = new NewsQueue();
  /** The venue's time, microseconds. */
  now = 0;
  fills = 0;
  rejected = 0;
  readonly #volumes: readonly (TradedVolume | undefined)[];
  readonly #answerMicros: number;
  readonly #jitterMicros: number;
  readonly #random: SeededRandom;

  constructor(parts: DeskParts) {
    this.slots = parts.slots;
    this.account = parts.account;
    this.#volumes = parts.volumes;
    this.#answerMicros = parts.latency.answerMicros;
    this.#jitterMicros = parts.latency.jitterMicros;
    this.#random = parts.random;
  }

  /** A delay drawn from the run's seed; nothing is drawn without jitter. */
  jitter(): number {
    return this.#jitterMicros === 0 ? 0 : this.#random.integer(0, this.#jitterMicros);
  }

  accept(order: LiveOrder): void {
    if (order.accepted) return;
    order.accepted = true;
    this.news.push({ kind: 'order', at: this.#answerAt(), order: order.order, status: 'ACCEPTED', reason: '' });
  }

  /** Refuses what has not been accepted; what was, and what has fills, expires with the same reason. */
  refuse(order: LiveOrder, slot: VenueSlot, reason: string): void {
    if (order.accepted || order.remaining < order.quantity) {
      this.end(order, slot, 'EXPIRED', reason);
      return;
    }
    this.rejected += 1;
    this.end(order, slot, 'REJECTED', reason);
  }

  end(order: LiveOrder, slot: VenueSlot, status: 'CANCELED' | 'EXPIRED' | 'REJECTED', reason: string): void {
    this.#forget(order, slot);
    this.news.push({ kind: 'order', at: this.#answerAt(), order: order.order, status, reason });
  }

  /** One execution of an order, at a price in ticks. */
  fill(order: LiveOrder, slot: VenueSlot, execution: Execution): void {
    const { price, lots } = execution;
    this.#book(order.order, slot, order.sign, execution);
    order.remaining -= lots;
    if (slot.linear && slot.mark === 0) slot.mark = price;
    if (order.remaining === 0) this.#forget(order, slot);
    else this.account.adjust(order, slot, false);
    if (slot.reducing > 0) this.#dropIdleReducers(slot);
  }

  /** An execution that no order of ours asked for: the venue closes a position. */
  close(slot: VenueSlot, price: number): void {
    const sign = slot.position > 0 ? -1 : 1;
    this.#book(0, slot, sign, { price, lots: Math.abs(slot.position), maker: false });
  }

  /** Money that comes (above zero) or goes without a fill. */
  cash(slot: VenueSlot, amount: bigint, reason: 'funding' | 'liquidation-fee'): void {
    if (amount === 0n) return;
    this.account.add(slot.quote, amount);
    this.news.push({
      kind: 'cash',
      at: this.#answerAt(),
      slot: slot.index,
      currency: slot.rules.quote,
      amount: amount as Money,
      reason,
    });
  }

  #book(number: number, slot: VenueSlot, sign: number, { price, lots, maker }: Execution): void {
    const { account, now } = this;
    const value = account.book(slot, sign, price, lots);
    const inBase = slot.feeInBase && sign > 0;
    const fee = slot.fees.fee(inBase ? BigInt(lots) * slot.rules.moneyPerLot : value, maker, now);
    if (fee !== 0n) account.add(inBase ? slot.base : slot.quote, -fee);
    this.#volumes[slot.index]?.add(now, value);
    this.fills += 1;
    this.news.push({
      kind: 'fill',
      at: this.#answerAt(),
      order: number,
      slot: slot.index,
      tradeId: String(this.fills),
      side: sign > 0 ? 'buy' : 'sell',
      price: price as PriceTicks,
      quantity: lots as QuantityLots,
      fee: fee === 0n ? ZERO_MONEY : (fee as Money),
      feeCurrency: inBase ? slot.rules.base : slot.rules.quote,
      liquidity: maker ? 'maker' : 'taker',
    });
  }

  #answerAt(): number {
    return this.news.stamp(this.now + this.#answerMicros + this.jitter());
  }

  #forget(order: LiveOrder, slot: VenueSlot): void {
    this.account.adjust(order, slot, true);
    if (order.place === WAITING || order.place === RESTING) {
      slot.unswept = true;
      if (order.reduceOnly) slot.reducing -= 1;
    }
    order.place = ENDED;
    this.orders.delete(order.order);
  }

  /** Reduce-only orders end with the position that they were for. */
  #dropIdleReducers(slot: VenueSlot): void {
    for (const list of [slot.buys, slot.sells]) {
      for (const order of list) {
        if (order.reduceOnly && order.place === RESTING && slot.reducible(order) === 0) {
          this.end(order, slot, 'EXPIRED', 'reduce-only: no position left to reduce');
        }
      }
    }
  }
}

export interface Execution {
  readonly price: number;
  readonly lots: number;
  readonly maker: boolean;
}
