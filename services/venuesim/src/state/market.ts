import { type PriceTicks, assert } from '@portcullis/kernel';
import type { InstrumentDefinition, InstrumentRules } from '@portcullis/market';
import { type BookChanges, type BookEvent, OrderBook } from '@portcullis/matching';
import type { AggregatePrint, MarketStatistics } from './market-statistics.ts';
import type { Print } from './bars.ts';

/** Parties of the generated crowd begin so; no account may. */
export const CROWD_PREFIX = '~';

/** What a market tells to whoever shows it to the public. */
export interface MarketListener {
  print(market: Market, print: Print): void;
  aggregate(market: Market, print: AggregatePrint): void;
  /** The book changed; `sequence` has been raised. */
  changed(market: Market, changes: BookChanges): void;
}

/** Trades of one command that the public is told of. */
interface PublicTrade {
  readonly id: number;
  readonly price: number;
  readonly quantity: number;
  readonly takerSide: 'BUY' | 'SELL';
}

/** One instrument's book with the numbers and memories around it. */
export class Market {
  readonly symbol: string;
  readonly definition: InstrumentDefinition;
  readonly rules: InstrumentRules;
  readonly statistics: MarketStatistics;
  readonly book = OrderBook.empty();
  /** Whether orders are taken. False until the flow has built a book. */
  open = true;
  #sequence: number;
  #tradeIdNext: number;
  readonly #listener: MarketListener;

  constructor(options: {
    readonly definition: InstrumentDefinition;
    readonly rules: InstrumentRules;
    readonly statistics: MarketStatistics;
    readonly listener: MarketListener;
    /** Above every trade id that an earlier process gave away. */
    readonly tradeIdFirst: number;
    /** The number that the book begins with: a recording's own, or one above those of earlier processes. */
    readonly sequence: number;
  }) {
    this.symbol = options.definition.symbol;
    this.definition = options.definition;
    this.rules = options.rules;
    this.statistics = options.statistics;
    this.#listener = options.listener;
    this.#sequence = options.sequence;
    this.#tradeIdNext = options.tradeIdFirst;
  }

  /** The number of the book's last update (`u` and `lastUpdateId` of the dialect). */
  get sequence(): number {
    return this.#sequence;
  }

  nextTradeId(): number {
    return this.#tradeIdNext++;
  }

  /** Lets the next update have at least this number, as the recording that it comes from has it. */
  raiseSequence(recorded: number): void {
    if (recorded > this.#sequence) this.#sequence = recorded;
  }

  /** Tells the public what a command did: its trades first, then the book after them. */
  publish(trades: readonly PublicTrade[], at: number): void {
    for (const trade of trades) {
      const print = { ...trade, at };
      this.statistics.add(print);
      this.#listener.print(this, print);
    }
    for (const aggregate of aggregated(trades, at)) {
      this.statistics.addAggregate(aggregate);
      this.#listener.aggregate(this, aggregate);
    }
    const changes = this.book.drainChanges();
    if (changes.complete && changes.bids.length === 0 && changes.asks.length === 0) return;
    this.#sequence++;
    this.#listener.changed(this, changes);
  }

  /** The price that stands for the market where one is needed: average, last, or the middle of the book; in ticks. */
  referencePrice(at: number): number | undefined {
    const average = this.statistics.averagePrice(at) ?? this.book.lastTradePrice();
    if (average !== undefined) return average;
    const [bid, ask] = [this.book.bestBid(), this.book.bestAsk()];
    if (bid === undefined || ask === undefined) return bid?.price ?? ask?.price;
    return Math.floor((bid.price + ask.price) / 2);
  }

  /** Takes the flow's levels that are better than the touch off one side: the recording shows that they are gone. */
  clearFlowBeyond(side: 'buy' | 'sell', touch: number): BookEvent[] {
    const events: BookEvent[] = [];
    for (const { price } of this.#betterLevels(side, touch)) {
      if (this.book.flowQuantity(side, price) > 0) events.push(...this.book.setLevel(side, price, 0 as never));
    }
    return events;
  }

  #betterLevels(side: 'buy' | 'sell', touch: number): { readonly price: PriceTicks }[] {
    const better = (price: number): boolean => (side === 'buy' ? price > touch : price < touch);
    for (let count = 16; ; count *= 4) {
      const depth = this.book.depth(count);
      const levels = side === 'buy' ? depth.bids : depth.asks;
      const last = levels.at(-1);
      if (last === undefined || levels.length < count || !better(last.price)) {
        return levels.filter((level) => better(level.price));
      }
      assert(count < 1_000_000, 'a book has fewer levels than that');
    }
  }
}

/** Neighbouring trades of one command at one price, told as one. */
function aggregated(trades: readonly PublicTrade[], at: number): AggregatePrint[] {
  const aggregates: AggregatePrint[] = [];
  for (const { id, price, quantity, takerSide } of trades) {
    const last = aggregates.at(-1);
    if (last !== undefined && last.price === price && last.takerSide === takerSide) {
      aggregates[aggregates.length - 1] = { ...last, quantity: last.quantity + quantity, lastId: id };
    } else {
      aggregates.push({ id, price, quantity, takerSide, at, firstId: id, lastId: id });
    }
  }
  return aggregates;
}
