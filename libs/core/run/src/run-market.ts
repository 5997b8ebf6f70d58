import type { MarketEvent, MarketGap } from '@portcullis/contracts';
import { type InputError, type PriceTicks, assert, unreachable } from '@portcullis/kernel';
import {
  type BarStep,
  type ExactQuote,
  type InstrumentRules,
  type OpenBar,
  addToBars,
  closeBarAt,
  concernsQuotes,
  exactQuote,
  exactTrade,
  midTicks,
} from '@portcullis/market';
import type { StrategyEvent } from '@portcullis/strategy';

export interface RunMarketSnapshot {
  readonly sequence: number;
  readonly known: boolean;
  readonly quote: ExactQuote | null;
  readonly bar: OpenBar | null;
}

/** What a market message means for the strategy: events in order, or why the message cannot be right. */
export type MarketStep =
  { readonly ok: true; readonly events: readonly StrategyEvent[] } | { readonly ok: false; readonly error: InputError };

const NOTHING: MarketStep = { ok: true, events: [] };
const one = (event: StrategyEvent): MarketStep => ({ ok: true, events: [event] });

/** What a run knows of its market: the last quote, whether it still holds, and the bar in the making. */
export class RunMarket {
  readonly #rules: InstrumentRules;
  readonly #barMicros: number | undefined;
  #sequence = 0;
  #known = true;
  #quote: ExactQuote | undefined;
  #bar: OpenBar;

  constructor(rules: InstrumentRules, barMicros: number | undefined) {
    this.#rules = rules;
    this.#barMicros = barMicros;
  }

  get sequence(): number {
    return this.#sequence;
  }

  /** Undefined before the first quote and after a gap. */
  get quote(): ExactQuote | undefined {
    return this.#quote;
  }

  get mark(): PriceTicks | undefined {
    return this.#quote === undefined ? undefined : midTicks(this.#quote);
  }

  /** Takes a message; one that was seen before means nothing. `now` is the run's time, which bars are cut by. */
  take(event: MarketEvent, now: number): MarketStep {
    const { id, venue, symbol } = this.#rules;
    assert(event.venue === venue && event.symbol === symbol, `${event.symbol}.${event.venue} came to a run of ${id}`);
    if (event.seq <= this.#sequence) return NOTHING;
    this.#sequence = event.seq;
    switch (event.kind) {
      case 'quote': {
        const quote = exactQuote(this.#rules, event);
        if (!quote.ok) return quote;
        // Until the collector says that its book is whole, a quote is a rumour.
        if (!this.#known) return NOTHING;
        this.#quote = quote.value;
        return one({ type: 'quote', quote: quote.value });
      }
      case 'trade': {
        const trade = exactTrade(this.#rules, event);
        if (!trade.ok) return trade;
        const { price, quantity } = trade.value;
        const bars =
          this.#barMicros === undefined
            ? []
            : this.#bars(addToBars(this.#bar, this.#barMicros, { at: now, price, quantity }));
        return { ok: true, events: [{ type: 'trade', trade: trade.value }, ...bars] };
      }
      case 'gap':
        return one(this.#gap(event));
      case 'snapshot':
        this.#known = true;
        return NOTHING;
      case 'delta':
      case 'bar':
      case 'mark':
      case 'funding':
        return NOTHING;
      default:
        return unreachable(event);
    }
  }

  /** A hole between collector and run: the collector's book is whole, so the next quote is good again. */
  hole(expected: number, got: number): StrategyEvent {
    this.#quote = undefined;
    return { type: 'gap', gap: { reason: 'gap', detail: `messages ${expected} to ${got - 1} never arrived` } };
  }

  /** The run was away: what it knew is old. */
  resume(): StrategyEvent {
    this.#known = true;
    this.#quote = undefined;
    return { type: 'gap', gap: { reason: 'resumed', detail: '' } };
  }

  /** Closes the bar whose period is over. */
  tick(now: number): readonly StrategyEvent[] {
    return this.#bars(closeBarAt(this.#bar, now));
  }

  snapshot(): RunMarketSnapshot {
    return { sequence: this.#sequence, known: this.#known, quote: this.#quote ?? null, bar: this.#bar ?? null };
  }

  restore(snapshot: RunMarketSnapshot): void {
    this.#sequence = snapshot.sequence;
    this.#known = snapshot.known;
    this.#quote = snapshot.quote ?? undefined;
    this.#bar = snapshot.bar ?? undefined;
  }

  #gap(gap: MarketGap): StrategyEvent {
    const { reason, detail } = gap;
    if (concernsQuotes(gap)) {
      this.#known = reason === 'resync';
      if (reason !== 'resync') this.#quote = undefined;
    }
    return { type: 'gap', gap: { reason, detail } };
  }

  #bars({ open, closed }: BarStep): readonly StrategyEvent[] {
    this.#bar = open;
    return closed === undefined ? [] : [{ type: 'bar', bar: closed }];
  }
}
