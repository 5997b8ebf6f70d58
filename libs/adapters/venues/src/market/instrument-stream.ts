import type { MarketGap } from '@portcullis/contracts';
import {
  BookSync,
  type DataStream,
  type ScaledBar,
  type ScaledBook,
  type ScaledDelta,
  type ScaledEvent,
  type ScaledFunding,
  type ScaledGap,
  type ScaledMark,
  type ScaledQuote,
  type ScaledSnapshot,
  type ScaledTrade,
} from '@portcullis/market';
import type { BookChecksum, MarketDialect } from './dialect.ts';
import type { NormalizerCounters } from './normalizer.ts';
import { ConsecutiveTrades, RecentTrades } from './trade-order.ts';

/** Something that was dropped, because it had come before or something newer had. */
export interface Drop {
  readonly why: 'duplicate' | 'out-of-order';
  readonly stream: DataStream;
}

/** What an instrument's stream needs of the normalizer that it is part of. */
export interface InstrumentHooks {
  readonly dialect: MarketDialect;
  /** Infinity for no limit but the book's own. */
  readonly levelsMax: number;
  readonly quotesNeedBook: boolean;
  readonly counters: NormalizerCounters;
  /** Of the parser of this connection. */
  readonly checksum: () => BookChecksum | undefined;
  readonly emit: (event: ScaledEvent) => void;
  readonly wantSnapshot: (symbol: string) => void;
  readonly dropped: (drop: Drop, symbol: string) => void;
}

interface Loss {
  readonly reason: MarketGap['reason'];
  readonly detail: string;
}

/** The last of a stream whose events have no number: an earlier one is out of order, the same one a duplicate. */
interface Latest {
  at: number;
  text: string;
}

/** Everything of one instrument on one connection: its book, and the order of its quotes, trades and the rest. */
export class InstrumentStream {
  readonly symbol: string;
  readonly #hooks: InstrumentHooks;
  readonly #sync: BookSync;
  readonly #trades: ConsecutiveTrades | RecentTrades;
  #quoteSequence = 0;
  #mark: Latest = { at: 0, text: '' };
  #funding: Latest = { at: 0, text: '' };
  #barStart = -1;
  /** The time of the latest event that was told. */
  #lastAt = 0;
  /** A whole book was asked for and did not come yet. */
  #asked = false;
  /** The disconnect was told. */
  #toldDisconnect = false;
  /** Everything was lost, and no resync has come since. */
  #lostAll = false;
  #hasBook = false;

  constructor(symbol: string, hooks: InstrumentHooks) {
    this.symbol = symbol;
    this.#hooks = hooks;
    this.#trades = hooks.dialect.consecutiveTradeIds === true ? new ConsecutiveTrades() : new RecentTrades();
    const { counters } = hooks;
    const checksum = hooks.checksum();
    this.#sync = new BookSync({
      rule: hooks.dialect.bookRule,
      snapshots: hooks.dialect.snapshots,
      ...(Number.isFinite(hooks.levelsMax) ? { levelsMax: hooks.levelsMax } : {}),
      ...(checksum === undefined
        ? {}
        : {
            checksum: {
              depth: checksum.depth,
              // The parser is another after each reconnect.
              of: (bids, asks) => (hooks.checksum() ?? checksum).of(symbol, bids, asks),
            },
          }),
      onChecksum: (matched) => {
        counters.checksums[matched ? 'ok' : 'bad'] += 1;
      },
      emit: (event) => this.#tell(event),
    });
  }

  get whole(): boolean {
    return this.#sync.whole;
  }

  get book(): ScaledBook | undefined {
    return this.#sync.whole ? this.#sync.book : undefined;
  }

  connected(): void {
    this.#toldDisconnect = false;
    // A restarted venue may count from the beginning.
    this.#quoteSequence = 0;
    this.#asked = false;
    // A stream that begins with a whole book does so without being asked.
    if (this.#hooks.dialect.snapshots === 'rest') this.#want();
  }

  disconnected(loss: Loss, at: number): void {
    if (this.#toldDisconnect) return;
    this.#toldDisconnect = true;
    this.#lost('all', loss, at);
    this.#asked = false;
  }

  /** What of it is lost is told, and its book begun anew. */
  lose(stream: 'book' | 'all', loss: Loss, at: number): void {
    this.#lost(stream, loss, at);
    this.wantSnapshotAgain();
  }

  wantSnapshotAgain(): void {
    this.#asked = false;
    this.#want();
  }

  take(event: ScaledEvent): void {
    switch (event.kind) {
      case 'quote':
        return this.#quote(event);
      case 'trade':
        return this.#trade(event);
      case 'delta':
        return this.#delta(event);
      case 'snapshot':
        return this.#snapshot(event);
      case 'bar':
        return this.#bar(event);
      case 'mark':
        return this.#timed(event, this.#mark, `${event.price} ${event.index} ${event.priceScale}`);
      case 'funding':
        return this.#timed(event, this.#funding, `${event.rate} ${event.rateScale} ${event.nextAt}`);
      case 'gap':
        return this.#gap(event);
    }
  }

  #quote(quote: ScaledQuote): void {
    const { sequence } = quote;
    if (sequence !== 0) {
      if (sequence <= this.#quoteSequence) {
        return this.#drop({ why: sequence === this.#quoteSequence ? 'duplicate' : 'out-of-order', stream: 'quote' });
      }
      this.#quoteSequence = sequence;
    }
    if (this.#hooks.quotesNeedBook && !this.#sync.whole) return;
    this.#event(quote);
  }

  #trade(trade: ScaledTrade): void {
    if (this.#trades instanceof RecentTrades) {
      if (this.#trades.twice(trade)) return this.#drop({ why: 'duplicate', stream: 'trade' });
    } else if (!this.#inOrder(trade, this.#trades)) return;
    // Some venues number what is no trade (Binance futures, `X: "NA"`): it keeps the count and is not told.
    if (trade.quantity === 0) return;
    this.#event(trade);
  }

  #inOrder(trade: ScaledTrade, trades: ConsecutiveTrades): boolean {
    const { last, lastAt } = trades;
    const place = trades.take(trade);
    switch (place) {
      case 'next':
        return true;
      case 'twice':
        this.#drop({ why: 'duplicate', stream: 'trade' });
        return false;
      case 'old':
        this.#drop({ why: 'out-of-order', stream: 'trade' });
        return false;
      case 'late':
        this.#hooks.counters.outOfOrder += 1;
        return true;
      case 'hole':
      case 'restart': {
        const { tradeId, tsEvent, tsEventNanos } = trade;
        const detail =
          place === 'restart'
            ? `trade ids fell from ${last} to ${tradeId}`
            : `${Number(tradeId) - last - 1} trades from ${last + 1} on are missing`;
        const { symbol } = this;
        const [from, to] = [lastAt, tsEvent];
        this.#tell({ kind: 'gap', symbol, tsEvent, tsEventNanos, reason: 'gap', detail, stream: 'trade', from, to });
        return true;
      }
    }
  }

  #delta(delta: ScaledDelta): void {
    this.#hasBook = true;
    const fate = this.#sync.onDelta(delta);
    switch (fate) {
      case 'applied':
      case 'covered':
      case 'idle':
      case 'dropped':
        return;
      case 'stale':
        return this.#drop({ why: 'duplicate', stream: 'book' });
      case 'kept':
        return this.#want();
      case 'crossed':
        this.#hooks.counters.crossed += 1;
        return this.wantSnapshotAgain();
      case 'gap':
      case 'unsafe':
      case 'checksum':
        return this.wantSnapshotAgain();
    }
  }

  #snapshot(snapshot: ScaledSnapshot): void {
    this.#hasBook = true;
    this.#hooks.counters.snapshots += 1;
    const fate = this.#sync.onSnapshot(snapshot);
    if (fate === 'whole') {
      this.#asked = false;
      this.#lostAll = false;
    } else if (fate !== 'unneeded') {
      if (fate === 'crossed') this.#hooks.counters.crossed += 1;
      this.wantSnapshotAgain();
    }
  }

  #bar(bar: ScaledBar): void {
    if (bar.start <= this.#barStart) {
      return this.#drop({ why: bar.start === this.#barStart ? 'duplicate' : 'out-of-order', stream: 'bar' });
    }
    this.#barStart = bar.start;
    this.#event(bar);
  }

  #timed(event: ScaledMark | ScaledFunding, latest: Latest, text: string): void {
    if (event.tsEvent < latest.at) return this.#drop({ why: 'out-of-order', stream: event.kind });
    if (event.tsEvent === latest.at && text === latest.text) {
      return this.#drop({ why: 'duplicate', stream: event.kind });
    }
    latest.at = event.tsEvent;
    latest.text = text;
    this.#event(event);
  }

  /** A hole that the parser saw. */
  #gap(gap: ScaledGap): void {
    const concernsBook = gap.stream === 'all' || gap.stream === 'book';
    if (concernsBook) this.#sync.lose(gap.stream, gap.tsEvent);
    if (gap.stream === 'all') this.#lostAll = true;
    this.#tell(gap);
    if (concernsBook) this.wantSnapshotAgain();
  }

  #lost(stream: 'book' | 'all', { reason, detail }: Loss, at: number): void {
    if (stream === 'all') this.#lostAll = true;
    // Not before what was told already, though the local clock may be behind the venue's.
    const tsEvent = Math.max(at, this.#lastAt);
    this.#sync.lose(stream, tsEvent);
    const { symbol } = this;
    const from = this.#lastAt;
    this.#tell({ kind: 'gap', symbol, tsEvent, tsEventNanos: 0, reason, detail, stream, from, to: 0 });
  }

  #want(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#hooks.wantSnapshot(this.symbol);
  }

  #drop(drop: Drop): void {
    if (drop.why === 'duplicate') this.#hooks.counters.duplicates += 1;
    else this.#hooks.counters.outOfOrder += 1;
    this.#hooks.dropped(drop, this.symbol);
  }

  /** An event beside the book. */
  #event(event: ScaledEvent): void {
    if (this.#lostAll && !this.#hooks.quotesNeedBook && !this.#hasBook) {
      // Without a book nothing else would say that the hole has ended.
      this.#lostAll = false;
      const { symbol, tsEvent, tsEventNanos } = event;
      const hole = { detail: 'events come again', stream: 'all', from: 0, to: 0 } as const;
      this.#tell({ kind: 'gap', symbol, tsEvent, tsEventNanos, reason: 'resync', ...hole });
    }
    this.#tell(event);
  }

  #tell(event: ScaledEvent): void {
    if (event.tsEvent > this.#lastAt) this.#lastAt = event.tsEvent;
    this.#hooks.emit(event);
  }
}
