import type { VenueLimits } from '../venuesim.config.ts';
import { Refusal } from './refusal.ts';

const MINUTE = 60_000;
const TEN_SECONDS = 10_000;
const DAY = 24 * 60 * MINUTE;
/** Addresses and accounts remembered per window: more would be an attack, and forgetting is to their advantage. */
const SUBJECTS_MAX = 10_000;

/** A count per subject in fixed windows, as the venue counts: from one full minute to the next. */
class WindowCounter {
  readonly #windowMs: number;
  #window = 0;
  readonly #counts = new Map<string, number>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  add(subject: string, amount: number, at: number): number {
    const window = Math.floor(at / this.#windowMs);
    if (window !== this.#window || this.#counts.size > SUBJECTS_MAX) this.#counts.clear();
    this.#window = window;
    const count = (this.#counts.get(subject) ?? 0) + amount;
    this.#counts.set(subject, count);
    return count;
  }

  secondsLeft(at: number): number {
    return Math.max(1, Math.ceil(((Math.floor(at / this.#windowMs) + 1) * this.#windowMs - at) / 1000));
  }
}

/** The venue's budgets: request weight by address, new orders by account. */
export class RequestBudgets {
  readonly #limits: VenueLimits;
  readonly #weight = new WindowCounter(MINUTE);
  readonly #refusals = new WindowCounter(MINUTE);
  readonly #orders10s = new WindowCounter(TEN_SECONDS);
  readonly #ordersDay = new WindowCounter(DAY);
  readonly #bannedUntil = new Map<string, number>();

  constructor(limits: VenueLimits) {
    this.#limits = limits;
  }

  /** Counts a request and returns the weight used this minute; beyond the budget it refuses, and bans who goes on. */
  spend(address: string, weight: number, at: number): number {
    const banned = this.#bannedUntil.get(address) ?? 0;
    if (banned > at) throw bannedUntil(banned, at);
    this.#bannedUntil.delete(address);
    const used = this.#weight.add(address, weight, at);
    if (used <= this.#limits.weightPerMinute) return used;
    if (this.#refusals.add(address, 1, at) > this.#limits.refusalsBeforeBan) {
      if (this.#bannedUntil.size > SUBJECTS_MAX) this.#bannedUntil.clear();
      const until = at + this.#limits.banSeconds * 1000;
      this.#bannedUntil.set(address, until);
      throw bannedUntil(until, at);
    }
    const retryAfterSeconds = this.#weight.secondsLeft(at);
    throw new Refusal('tooManyRequests', String(this.#limits.weightPerMinute), { retryAfterSeconds });
  }

  /** Counts a new order and returns the counts of both windows; beyond one of them it refuses. */
  spendOrder(account: string, at: number): { readonly tenSeconds: number; readonly day: number } {
    const tenSeconds = this.#orders10s.add(account, 1, at);
    const day = this.#ordersDay.add(account, 1, at);
    if (tenSeconds > this.#limits.ordersPer10Seconds) {
      throw this.#tooManyOrders(`${this.#limits.ordersPer10Seconds} orders per 10 SECOND`, this.#orders10s, at);
    }
    if (day > this.#limits.ordersPerDay) {
      throw this.#tooManyOrders(`${this.#limits.ordersPerDay} orders per 1 DAY`, this.#ordersDay, at);
    }
    return { tenSeconds, day };
  }

  #tooManyOrders(limit: string, counter: WindowCounter, at: number): Refusal {
    return new Refusal('tooManyOrders', limit, { retryAfterSeconds: counter.secondsLeft(at) });
  }

  /** As `exchangeInfo` lists them. */
  list(): Record<string, unknown>[] {
    return [
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: this.#limits.weightPerMinute },
      { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: this.#limits.ordersPer10Seconds },
      { rateLimitType: 'ORDERS', interval: 'DAY', intervalNum: 1, limit: this.#limits.ordersPerDay },
    ];
  }
}

function bannedUntil(until: number, at: number): Refusal {
  return new Refusal('banned', String(until), { retryAfterSeconds: Math.ceil((until - at) / 1000) });
}
