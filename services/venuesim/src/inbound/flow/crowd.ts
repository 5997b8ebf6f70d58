import { type PriceTicks, type QuantityLots, SeededRandom } from '@portcullis/kernel';
import type { InstrumentRules } from '@portcullis/market';
import type { BookEvent, NewOrder, OrderBook, Side } from '@portcullis/matching';
import { CROWD_PREFIX } from '../../state/market.ts';

/** Ladders: levels a side, and how far the next level is from the touch, in units of the price's own grain. */
const TIGHT_OFFSETS = [0, 0.5, 1] as const;
const DEEP_OFFSETS = [1, 1.7, 2.9, 5, 8.4, 14, 24, 41] as const;
/** The grain: 0.2 basis points of the price, at least a tick. */
const GRAIN_SHARE = 0.2e-4;
/** Ticks between the fair price and the tightest quotes. */
const HALF_SPREAD_TICKS_MAX = 3;
const DEEP_MAKERS = 2;
const ROUNDS_PER_DEEP_TURN = 5;
const TAKER_CHANCE = 0.3;
const PATIENT_CHANCE = 0.1;
/** Orders of the patient party; the oldest gives way. */
const PATIENT_ORDERS_MAX = 60;
/** Value of a small quantity, in quote currency. */
const SMALL_VALUE = 1000;
const REGIME_SECONDS_MIN = 2;
const REGIME_SECONDS_MAX = 8;
/** How strongly trends lean back to the anchor. */
const REVERSION = 300;
const LEAN_MAX = 0.4;

interface Quote {
  readonly orderId: string;
  readonly price: number;
}

interface Maker {
  readonly party: string;
  readonly offsets: readonly number[];
  /** Working quotes by side and level. */
  readonly quotes: Map<string, Quote>;
}

export interface CrowdOptions {
  readonly seed: string | number;
  readonly rules: InstrumentRules;
  readonly book: OrderBook;
  /** Ticks. */
  readonly startPrice: number;
  /** Ticks that trends lean back to. */
  readonly anchorPrice: number;
  readonly roundsPerSecond: number;
  readonly trendBpsPerSecond: number;
}

/**
 * A seeded crowd of parties that trade with real orders: makers around a fair price that runs in trends of some
 * seconds, takers, and patient orders farther out. Its orders follow from the seed and the book alone, so the same
 * seed gives the same orders; when rounds happen is the caller's business. Prices here are ticks as plain numbers.
 */
export class Crowd {
  readonly #options: CrowdOptions;
  readonly #random: SeededRandom;
  readonly #makers: readonly Maker[];
  readonly #patient: string[] = [];
  #fair: number;
  #drift = 0;
  #regimeRounds = 0;
  #round = 0;
  #orderIdNext = 1;

  constructor(options: CrowdOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    this.#fair = options.startPrice;
    const maker = (name: string, offsets: readonly number[]): Maker => ({
      party: CROWD_PREFIX + name,
      offsets,
      quotes: new Map(),
    });
    this.#makers = [
      maker('tight', TIGHT_OFFSETS),
      ...Array.from({ length: DEEP_MAKERS }, (_, index) => maker(`deep-${index + 1}`, DEEP_OFFSETS)),
    ];
  }

  /** One round: what each command to the book did, command groups apart. */
  *round(): Generator<BookEvent[]> {
    this.#moveFair();
    const [tight, ...deep] = this.#makers as [Maker, ...Maker[]];
    yield this.#requote(tight, this.#random.integer(1, HALF_SPREAD_TICKS_MAX));
    const turn = Math.floor(this.#round / ROUNDS_PER_DEEP_TURN) % deep.length;
    if (this.#round % ROUNDS_PER_DEEP_TURN === 0) yield this.#requote(deep[turn] as Maker, 0);
    if (this.#random.chance(TAKER_CHANCE)) yield this.#take();
    if (this.#random.chance(PATIENT_CHANCE)) yield this.#wait();
    this.#round++;
  }

  #moveFair(): void {
    const { roundsPerSecond, anchorPrice } = this.#options;
    if (this.#regimeRounds === 0) this.#beginRegime();
    this.#regimeRounds--;
    const noise = this.#random.unit() + this.#random.unit() + this.#random.unit() - 1.5;
    const shake = (noise * this.#grain()) / Math.sqrt(roundsPerSecond / 10);
    this.#fair = Math.max(anchorPrice / 100, this.#fair + this.#drift + shake);
  }

  #beginRegime(): void {
    const { roundsPerSecond, anchorPrice, trendBpsPerSecond } = this.#options;
    const seconds = REGIME_SECONDS_MIN + this.#random.unit() * (REGIME_SECONDS_MAX - REGIME_SECONDS_MIN);
    this.#regimeRounds = Math.max(1, Math.round(seconds * roundsPerSecond));
    const away = ((anchorPrice - this.#fair) / anchorPrice) * REVERSION;
    const lean = Math.max(-LEAN_MAX, Math.min(LEAN_MAX, away));
    const draw = this.#random.unit();
    const direction = draw < 0.42 - lean / 2 ? -1 : draw < 0.84 ? 1 : 0;
    const strength = 0.3 + 0.7 * this.#random.unit();
    this.#drift = (direction * strength * trendBpsPerSecond * 1e-4 * this.#fair) / roundsPerSecond;
  }

  /** Moves a maker's quotes to where the fair price wants them; those that are near enough keep their place. */
  #requote(maker: Maker, halfSpread: number): BookEvent[] {
    const events: BookEvent[] = [];
    const wanted = this.#ladder(maker, halfSpread);
    for (const { slot, price, tolerance } of wanted) {
      const quote = maker.quotes.get(slot);
      if (quote === undefined) continue;
      const working = this.#options.book.order(quote.orderId) !== undefined;
      if (working && Math.abs(quote.price - price) <= tolerance) continue;
      if (working) events.push(...this.#options.book.cancel(quote.orderId));
      maker.quotes.delete(slot);
    }
    for (const { slot, side, price } of wanted) {
      if (maker.quotes.has(slot)) continue;
      const order = this.#limit(maker.party, side, price, this.#random.integer(1, 8));
      events.push(...this.#options.book.submit(order));
      maker.quotes.set(slot, { orderId: order.orderId, price });
    }
    return events;
  }

  #ladder(
    maker: Maker,
    halfSpread: number,
  ): { readonly slot: string; readonly side: Side; readonly price: number; readonly tolerance: number }[] {
    const grain = this.#grain();
    return maker.offsets.flatMap((offset, level) =>
      (['buy', 'sell'] as const).map((side) => {
        const distance = halfSpread + offset * grain;
        const exact = side === 'buy' ? Math.floor(this.#fair - distance) : Math.ceil(this.#fair + distance);
        const tolerance = level === 0 && halfSpread > 0 ? 1 : Math.max(1, distance * 0.2);
        return { slot: `${side} ${level}`, side, price: this.#inRange(exact), tolerance };
      }),
    );
  }

  /** A taker, more often with the trend than against it. */
  #take(): BookEvent[] {
    const buys = this.#random.chance(0.5 + 0.25 * Math.sign(this.#drift));
    const size = Math.max(1, Math.round(this.#random.exponential(3)));
    return this.#options.book.submit({
      type: 'market',
      orderId: this.#orderId(),
      party: `${CROWD_PREFIX}taker`,
      side: buys ? 'buy' : 'sell',
      quantity: this.#lots(size),
      selfTradePrevention: 'none',
    });
  }

  /** A limit order away from the touch, that waits. */
  #wait(): BookEvent[] {
    const { book } = this.#options;
    const events: BookEvent[] = [];
    if (this.#patient.length >= PATIENT_ORDERS_MAX) {
      const oldest = this.#patient.shift() as string;
      if (book.order(oldest) !== undefined) events.push(...book.cancel(oldest));
    }
    const side = this.#random.chance(0.5) ? 'buy' : 'sell';
    const distance = (2 + this.#random.unit() * 30) * this.#grain();
    const price = this.#inRange(Math.round(side === 'buy' ? this.#fair - distance : this.#fair + distance));
    const order = this.#limit(`${CROWD_PREFIX}patient`, side, price, this.#random.integer(1, 20));
    this.#patient.push(order.orderId);
    return [...events, ...book.submit(order)];
  }

  #limit(party: string, side: Side, price: number, size: number): NewOrder {
    return {
      type: 'limit',
      orderId: this.#orderId(),
      party,
      side,
      price: price as PriceTicks,
      quantity: this.#lots(size),
      timeInForce: 'gtc',
      selfTradePrevention: 'none',
    };
  }

  #orderId(): string {
    return `${CROWD_PREFIX}${this.#orderIdNext++}`;
  }

  #grain(): number {
    return Math.max(1, this.#fair * GRAIN_SHARE);
  }

  #inRange(price: number): number {
    const { priceMin, priceMax } = this.#options.rules;
    return Math.max(priceMin, Math.min(priceMax, price));
  }

  /** `size` times the small value, in lots at the fair price. */
  #lots(size: number): QuantityLots {
    const { rules } = this.#options;
    // A float, because it only chooses how much a simulated party wants.
    const lotValue = (this.#fair * Number(rules.moneyPerTickLot)) / 1e12;
    const lots = Math.round((size * SMALL_VALUE * (0.5 + this.#random.unit())) / lotValue);
    return Math.max(rules.quantityMin, Math.min(rules.quantityMax, lots)) as QuantityLots;
  }
}
