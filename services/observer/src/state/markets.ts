import type { InstrumentDefinitionMessage, MarketEvent, MarketView } from '@portcullis/contracts';
import { formatDecimal, parseDecimal, pow10 } from '@portcullis/kernel';
import { concernsQuotes, instrumentIdOf } from '@portcullis/market';
import { setBounded } from './recent-ids.ts';

const MICROS_PER_SECOND = 1_000_000;
/** Instruments watched. */
const INSTRUMENTS_MAX = 500;
/** Points of the price line of one instrument: an hour of seconds. */
export const SERIES_POINTS_MAX = 3600;
/** Trades kept of one instrument. */
const TRADES_MAX = 60;

export interface PricePoint {
  /** Seconds since the epoch. */
  readonly time: number;
  /** The last mid price of that second. */
  readonly mid: string;
}

export interface TradeView {
  readonly price: string;
  readonly quantity: string;
  readonly aggressor: 'buy' | 'sell';
  readonly at: number;
}

interface Market {
  view: MarketView;
  readonly series: PricePoint[];
  readonly trades: TradeView[];
}

/** The latest of every instrument, and enough of its past for a chart. */
export class Markets {
  readonly #markets = new Map<string, Market>();
  #events = 0;

  constructor(definitions: readonly InstrumentDefinitionMessage[]) {
    for (const { venue, symbol, base, quote } of definitions) this.#marketOf({ venue, symbol }, { base, quote });
  }

  get events(): number {
    return this.#events;
  }

  apply(event: MarketEvent): void {
    this.#events += 1;
    const market = this.#marketOf(event);
    const at = Math.max(market.view.at, event.tsInit);
    if (event.kind === 'quote') {
      const { bidPrice, bidQuantity, askPrice, askQuantity } = event;
      const mid = midOf(bidPrice, askPrice);
      market.view = {
        ...market.view,
        bidPrice,
        bidQuantity,
        askPrice,
        askQuantity,
        at,
        ...(mid === undefined ? {} : { mid }),
      };
      if (mid !== undefined) addPoint(market.series, { time: Math.floor(event.tsInit / MICROS_PER_SECOND), mid });
    } else if (event.kind === 'trade') {
      market.view = { ...market.view, lastPrice: event.price, at };
      market.trades.push({
        price: event.price,
        quantity: event.quantity,
        aggressor: event.aggressor,
        at: event.tsInit,
      });
      if (market.trades.length > TRADES_MAX) market.trades.shift();
    } else if (event.kind === 'gap' && concernsQuotes(event)) {
      const { gap: _, ...whole } = market.view;
      market.view = event.reason === 'resync' ? { ...whole, at } : { ...whole, gap: event.reason, at };
    }
  }

  views(): MarketView[] {
    return [...this.#markets.values()].map(({ view }) => view);
  }

  /** The touch of an instrument; undefined before its first quote. */
  touch(instrument: string): { readonly bidPrice: string; readonly askPrice: string } | undefined {
    const { bidPrice, askPrice } = this.#markets.get(instrument)?.view ?? {};
    return bidPrice === undefined || askPrice === undefined ? undefined : { bidPrice, askPrice };
  }

  /** Points after `since` (seconds since the epoch), the oldest first. */
  series(instrument: string, since = 0): readonly PricePoint[] {
    return (this.#markets.get(instrument)?.series ?? []).filter(({ time }) => time > since);
  }

  trades(instrument: string): readonly TradeView[] {
    return this.#markets.get(instrument)?.trades ?? [];
  }

  #marketOf(
    { venue, symbol }: { readonly venue: string; readonly symbol: string },
    currencies = { base: '', quote: '' },
  ): Market {
    const instrument = instrumentIdOf(venue, symbol);
    const known = this.#markets.get(instrument);
    if (known !== undefined) return known;
    const market: Market = { view: { instrument, venue, symbol, ...currencies, at: 0 }, series: [], trades: [] };
    setBounded(this.#markets, instrument, market, INSTRUMENTS_MAX);
    return market;
  }
}

function addPoint(series: PricePoint[], point: PricePoint): void {
  const last = series.at(-1);
  // A clock that was set back would draw the line over itself.
  if (last !== undefined && point.time < last.time) return;
  if (last?.time === point.time) series[series.length - 1] = point;
  else series.push(point);
  if (series.length > SERIES_POINTS_MAX) series.shift();
}

/** The exact middle, with one digit more than its parents where it needs one. */
function midOf(bid: string, ask: string): string | undefined {
  const [a, b] = [parseDecimal(bid), parseDecimal(ask)];
  if (!a.ok || !b.ok) return undefined;
  const scale = Math.max(a.value.scale, b.value.scale);
  const twice = a.value.units * pow10(scale - a.value.scale) + b.value.units * pow10(scale - b.value.scale);
  return formatDecimal(twice * 5n, scale + 1);
}
