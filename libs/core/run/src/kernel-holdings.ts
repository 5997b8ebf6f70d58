import type { PriceTicks, QuantityLots } from '@portcullis/kernel';
import type { ExactQuote, InstrumentRules } from '@portcullis/market';
import { FLAT, type Position, applyFill } from '@portcullis/portfolio';
import type { BookView, MlAdvice, StrategyInstance } from '@portcullis/strategy';
import type { FillInput } from './kernel-input.ts';
import { KernelMarket, type KernelMarketSnapshot } from './kernel-market.ts';
import { type PositionText, positionOf, positionText } from './position-text.ts';
import { RecentIds } from './recent-ids.ts';

/** Trade ids that are remembered: more than any redelivery can reach back. */
const TRADE_IDS_MAX = 20_000;

export interface KernelHoldingsSnapshot {
  /** By slot. */
  readonly markets: readonly KernelMarketSnapshot[];
  readonly positions: readonly PositionText[];
  readonly advice: readonly (MlAdvice | null)[];
  readonly tradeIds: readonly string[];
}

/** What a run has and knows of each of its instruments: market, position, advice. */
export class KernelHoldings {
  readonly #rules: readonly InstrumentRules[];
  readonly markets: readonly KernelMarket[];
  readonly #positions: Position[];
  readonly #advice: (MlAdvice | undefined)[];
  readonly #tradeIds = new RecentIds(TRADE_IDS_MAX);

  constructor(instruments: readonly InstrumentRules[], { barMicros, handlers }: StrategyInstance) {
    const wants = { barMicros, book: handlers.onBook !== undefined };
    this.#rules = instruments;
    this.markets = instruments.map((rules, slot) => new KernelMarket(rules, slot, wants));
    this.#positions = instruments.map(() => FLAT);
    this.#advice = instruments.map(() => undefined);
  }

  positionOf(slot: number): Position {
    return this.#positions[slot] ?? FLAT;
  }

  quantityOf(slot: number): QuantityLots {
    return this.positionOf(slot).quantity;
  }

  quoteOf(slot: number): ExactQuote | undefined {
    return this.markets[slot]?.quote;
  }

  bookOf(slot: number): BookView | undefined {
    return this.markets[slot]?.book;
  }

  markOf(slot: number): PriceTicks | undefined {
    return this.markets[slot]?.mark;
  }

  adviceOf(slot: number): MlAdvice | undefined {
    return this.#advice[slot];
  }

  advise(advice: MlAdvice): void {
    if (advice.slot in this.#advice) this.#advice[advice.slot] = advice;
  }

  /** Books a fill on the position; false when its trade was booked before. */
  book(fill: FillInput): boolean {
    const { slot } = fill;
    // Instruments of one venue may count their trades each for itself.
    if (!this.#tradeIds.add(`${slot} ${fill.tradeId}`)) return false;
    this.#positions[slot] = applyFill(this.#rules[slot] as InstrumentRules, this.positionOf(slot), fill);
    return true;
  }

  snapshot(): KernelHoldingsSnapshot {
    return {
      markets: this.markets.map((market) => market.snapshot()),
      positions: this.#positions.map(positionText),
      advice: this.#advice.map((advice) => advice ?? null),
      tradeIds: this.#tradeIds.snapshot(),
    };
  }

  restore(snapshot: KernelHoldingsSnapshot): void {
    snapshot.markets.forEach((market, slot) => this.markets[slot]?.restore(market));
    snapshot.positions.forEach((position, slot) => (this.#positions[slot] = positionOf(position)));
    snapshot.advice.forEach((advice, slot) => (this.#advice[slot] = advice ?? undefined));
    this.#tradeIds.restore(snapshot.tradeIds);
  }
}
