import type {
  Aggressor,
  DataStream,
  ScaledBar,
  ScaledEvent,
  ScaledGap,
  ScaledQuote,
  ScaledTrade,
} from '@portcullis/market';
import { Malformed, type Members, membersOf } from '../market/frame-members.ts';
import { RecentTrades } from '../market/trade-order.ts';
import { aboveZero, notBefore, rowsOf, tradeIdOf } from '../market/wire-members.ts';
import { alike, alikeSides } from '../market/wire-number.ts';
import { type WholeBook, bookDiff } from './book-diff.ts';
import { decimalOf, millisIn, timeOf, wholeBookOf } from './ccxt-members.ts';

const BAR_MICROS = 60_000_000;

/**
 * What ccxt answers about one instrument, as market events: pure, the answers and their times are told to it. Books come
 * whole; the first one, and the first one after a loss, is a snapshot, from then on what changed from one to the next are
 * deltas under our own numbers. Throws {@link Malformed} for an answer that cannot be read, of which nothing is told.
 */
export class CcxtInstrument {
  /** The venue's spelling. */
  readonly symbol: string;
  readonly #levelsMax: number;
  readonly #recent = new RecentTrades();
  /** Streams of which a loss was told that has not ended. */
  readonly #lost = new Set<DataStream>();
  readonly #scales = { priceScale: 0, quantityScale: 0, bar: 0, barQuantity: 0 };
  #book: WholeBook | undefined;
  #sequence = 0;
  #bookAt = 0;
  #lastAt = 0;
  #quote = '';
  #bar: ScaledBar | undefined;
  #unnamed = { at: 0, count: 0 };

  constructor(symbol: string, levelsMax: number) {
    this.symbol = symbol;
    this.#levelsMax = levelsMax;
  }

  /** Of the stream nothing is known until it comes again. Told once. */
  lose(stream: DataStream, { reason, detail }: Pick<ScaledGap, 'reason' | 'detail'>, at: number): ScaledGap[] {
    if (stream === 'book') this.#book = undefined;
    if (this.#lost.has(stream)) return [];
    this.#lost.add(stream);
    const from = this.#lastAt;
    // Not before what was told already, though the local clock may be behind the venue's.
    return [this.#gap({ reason, detail, stream, from, to: 0 }, Math.max(at, from))];
  }

  /** The answer of `watchTrades`. */
  trades(answer: unknown, receivedMicros: number): ScaledEvent[] {
    const trades = rowsOf(answer, 'trades').map((row) => this.#trade(membersOf(row, 'trades'), receivedMicros));
    const fresh = trades.toSorted((a, b) => a.tsEvent - b.tsEvent).filter((trade) => !this.#recent.twice(trade));
    return this.#told('trade', fresh);
  }

  /** A ticker, of `watchBidsAsks` or `watchTicker`; nothing where it has no best quantities or says the same again. */
  quotes(answer: unknown, receivedMicros: number): ScaledEvent[] {
    const data = membersOf(answer, 'ticker');
    const members = ['bid', 'ask', 'bidVolume', 'askVolume'] as const;
    if (members.some((member) => data[member] === undefined || data[member] === null)) return [];
    const [bid, ask, bidVolume, askVolume] = members.map((member) => decimalOf(data[member], member));
    if (bid === undefined || ask === undefined || bidVolume === undefined || askVolume === undefined) return [];
    if (bid.value === 0 || ask.value === 0) return [];
    const prices = alike([bid, ask], this.#scales.priceScale, 'bid');
    const quantities = alike([bidVolume, askVolume], this.#scales.quantityScale, 'bidVolume');
    const text = members.map((member) => String(data[member])).join(' ');
    if (text === this.#quote && !this.#lost.has('quote')) return [];
    this.#quote = text;
    this.#scales.priceScale = prices.scale;
    this.#scales.quantityScale = quantities.scale;
    const [bidPrice, askPrice] = prices.values as [number, number];
    const [bidQuantity, askQuantity] = quantities.values as [number, number];
    const quote: ScaledQuote = {
      kind: 'quote',
      ...this.#at(timeOf(data, receivedMicros)),
      ...{ priceScale: prices.scale, quantityScale: quantities.scale, sequence: 0 },
      ...{ bidPrice, bidQuantity, askPrice, askQuantity },
    };
    return this.#told('quote', [quote]);
  }

  /** The answer of `watchOHLCV` for a minute: rows as they grow. A bar is finished when a later one begins. */
  bars(answer: unknown): ScaledEvent[] {
    const bars = rowsOf(answer, 'bars').map((row) => this.#barOf(rowsOf(row, 'bars')));
    const finished: ScaledBar[] = [];
    for (const bar of bars.toSorted((a, b) => a.start - b.start)) {
      const growing = this.#bar;
      if (growing !== undefined && bar.start < growing.start) continue;
      if (growing !== undefined && bar.start > growing.start) finished.push(growing);
      this.#bar = bar;
    }
    return this.#told('bar', finished);
  }

  /** The answer of `watchOrderBook`. A book that is crossed lost something on its way through the library. */
  book(answer: unknown, receivedMicros: number): ScaledEvent[] {
    const data = membersOf(answer, 'book');
    const book = wholeBookOf(data, this.#levelsMax);
    const time = timeOf(data, receivedMicros);
    const [bid, ask] = [book.bids[0], book.asks[0]];
    if (bid !== undefined && ask !== undefined && bid >= ask) {
      const detail = `the best bid ${bid} is at or above the best ask ${ask}`;
      return this.lose('book', { reason: 'gap', detail }, receivedMicros);
    }
    const before = this.#book;
    const changes = before === undefined ? book : bookDiff(before, book);
    if (before !== undefined && changes.bids.length + changes.asks.length === 0) return [];
    const { symbol, tsEvent, tsEventNanos } = this.#at(notBefore(this.#bookAt, time));
    const decimals = (side: readonly number[]) => side.map((value) => decimalOf(value, 'level'));
    const sides = alikeSides({ bids: decimals(changes.bids), asks: decimals(changes.asks) }, this.#scales);
    this.#scales.priceScale = sides.priceScale;
    this.#scales.quantityScale = sides.quantityScale;
    this.#book = book;
    this.#bookAt = tsEvent;
    const number = (this.#sequence += 1);
    const event = { symbol, tsEvent, tsEventNanos, ...sides };
    this.#seen(tsEvent);
    if (before !== undefined) {
      return [{ kind: 'delta', ...event, firstSequence: number, lastSequence: number, previousSequence: -1 }];
    }
    this.#lost.delete('book');
    const hole = { reason: 'resync', detail: `whole at update ${number}`, stream: 'book', from: 0, to: 0 } as const;
    return [{ kind: 'snapshot', ...event, sequence: number }, this.#gap(hole, tsEvent)];
  }

  #trade(data: Members, receivedMicros: number): ScaledTrade {
    const prices = alike([aboveZero(decimalOf(data['price'], 'price'), 'price')], this.#scales.priceScale, 'price');
    const amount = aboveZero(decimalOf(data['amount'], 'amount'), 'amount');
    const quantities = alike([amount], this.#scales.quantityScale, 'amount');
    const tsEvent = timeOf(data, receivedMicros);
    const { id } = data;
    const isUnnamed = id === undefined || id === null;
    const tradeId = isUnnamed ? this.#nameOf(tsEvent) : tradeIdOf(typeof id === 'number' ? String(id) : id, 'id');
    this.#scales.priceScale = prices.scale;
    this.#scales.quantityScale = quantities.scale;
    return {
      kind: 'trade',
      ...this.#at(tsEvent),
      ...{ priceScale: prices.scale, quantityScale: quantities.scale, tradeId },
      price: prices.values[0] as number,
      quantity: quantities.values[0] as number,
      aggressor: takerOf(data['side']),
    };
  }

  /** An id for a trade of a venue that gives none: its time, and which one of that time it is. */
  #nameOf(tsEvent: number): string {
    this.#unnamed = { at: tsEvent, count: this.#unnamed.at === tsEvent ? this.#unnamed.count + 1 : 0 };
    return `${tsEvent}-${this.#unnamed.count}`;
  }

  #barOf([time, ...row]: readonly unknown[]): ScaledBar {
    const start = millisIn(time, 'bars');
    const numbers = row.slice(0, 5).map((value) => decimalOf(value, 'bars'));
    if (numbers.length < 5) throw new Malformed('bars', row, 'a time, four prices and a volume');
    const prices = alike(numbers.slice(0, 4), this.#scales.bar, 'bars');
    const volume = alike(numbers.slice(4), this.#scales.barQuantity, 'bars');
    this.#scales.bar = prices.scale;
    this.#scales.barQuantity = volume.scale;
    const [open, high, low, close] = prices.values as [number, number, number, number];
    return {
      kind: 'bar',
      ...this.#at(start + BAR_MICROS - 1),
      ...{ priceScale: prices.scale, quantityScale: volume.scale, period: BAR_MICROS, start },
      ...{ open, high, low, close },
      volume: volume.values[0] as number,
      takerVolume: -1,
      quoteVolume: '',
      count: -1,
    };
  }

  /** The events, behind a `resync` where a loss of the stream had been told. */
  #told(stream: DataStream, events: readonly ScaledEvent[]): ScaledEvent[] {
    const [first] = events;
    if (first === undefined) return [];
    for (const { tsEvent } of events) this.#seen(tsEvent);
    if (!this.#lost.delete(stream)) return [...events];
    const hole = { reason: 'resync', detail: 'events come again', stream, from: 0, to: 0 } as const;
    return [this.#gap(hole, first.tsEvent), ...events];
  }

  #at(tsEvent: number): Pick<ScaledEvent, 'symbol' | 'tsEvent' | 'tsEventNanos'> {
    return { symbol: this.symbol, tsEvent, tsEventNanos: 0 };
  }

  #gap(hole: Pick<ScaledGap, 'reason' | 'detail' | 'stream' | 'from' | 'to'>, tsEvent: number): ScaledGap {
    return { kind: 'gap', ...this.#at(tsEvent), ...hole };
  }

  #seen(tsEvent: number): void {
    if (tsEvent > this.#lastAt) this.#lastAt = tsEvent;
  }
}

/** ccxt's `side` of public trades is the taker's, where it knows it. */
function takerOf(side: unknown): Aggressor {
  return side === 'buy' || side === 'sell' ? side : 'unknown';
}
