import { setTimeout as sleep } from 'node:timers/promises';
import { wallMicros } from '@portcullis/config';
import type { DataStream, ScaledEvent } from '@portcullis/market';
import { Malformed, membersOf } from '../market/frame-members.ts';
import { CcxtInstrument } from './ccxt-instrument.ts';
import { type CcxtConnection, type CcxtVenue, loadCcxtVenue } from './ccxt-venue.ts';

/**
 * How far a book can be trusted. `venue-checked`: its numbers or checksums were held against the venue's. `library`: a
 * library made it, and nothing shows what it lost.
 */
export type BookTrust = 'venue-checked' | 'library';

export interface CcxtTrouble {
  /** ccxt's spelling. */
  readonly symbol: string;
  readonly stream: DataStream;
  readonly message: string;
}

export interface CcxtMarketOptions extends CcxtConnection {
  /** ccxt's name of the venue, like `bitstamp`. */
  readonly exchangeId: string;
  /** ccxt's spelling, like `BTC/USDT`. */
  readonly symbols: readonly string[];
  readonly streams: readonly DataStream[];
  readonly onEvent: (event: ScaledEvent, receivedMicros: number) => void;
  readonly onTrouble: (trouble: CcxtTrouble) => void;
  /** A book is told at most this often; what happens in between is told together. Default 100. */
  readonly bookEveryMs?: number;
  /** Levels a side that are told. Default 200. */
  readonly levelsMax?: number;
  readonly nowMicros?: () => number;
}

const BOOK_EVERY_MS = 100;
const LEVELS_MAX = 200;
const PAUSE_FIRST_MS = 500;
const PAUSE_LAST_MS = 30_000;
const MESSAGE_LENGTH_MAX = 200;

type Call = () => Promise<unknown>;

/** A stream of one instrument. */
interface Watched {
  readonly stream: DataStream;
  /** ccxt's spelling. */
  readonly symbol: string;
  readonly instrument: CcxtInstrument;
  readonly call: Call;
}

/** Between two books that are told. */
interface Pause {
  readonly timer: NodeJS.Timeout;
  /** What came meanwhile. */
  book: unknown;
}

/**
 * Market data of any venue that ccxt.pro knows, for those without a dialect of our own. Quotes come from `watchBidsAsks`
 * or else `watchTicker`, trades from `watchTrades`, books from `watchOrderBook`, bars of a minute from `watchOHLCV`.
 * ccxt hides the venue's numbers and loses changes of a book between two calls (ccxt issue 23251): its books are never
 * better than DEGRADED, see {@link bookTrust}. After every error of ccxt the stream is lost (a gap event) until it
 * answers again; a book then begins with a snapshot. No frames are seen, so that nothing can be recorded raw.
 */
export class CcxtMarketSource {
  readonly bookTrust: BookTrust = 'library';
  /** What of the streams that were asked for the venue has, through ccxt. */
  readonly streams: readonly DataStream[];
  readonly #venue: CcxtVenue;
  readonly #options: CcxtMarketOptions;
  readonly #now: () => number;
  readonly #stop = new AbortController();
  readonly #pauses = new Map<CcxtInstrument, Pause>();
  readonly #runs: Promise<void>[] = [];

  /** Loads ccxt's class and the venue's markets, and begins. Rejects where a venue or a symbol does not exist, or the venue does not answer. */
  static async open(options: CcxtMarketOptions): Promise<CcxtMarketSource> {
    const venue = await loadCcxtVenue(options.exchangeId, options);
    try {
      await venue.loadMarkets();
      return new CcxtMarketSource(venue, options);
    } catch (error) {
      await venue.close();
      throw error;
    }
  }

  private constructor(venue: CcxtVenue, options: CcxtMarketOptions) {
    this.#venue = venue;
    this.#options = options;
    this.#now = options.nowMicros ?? wallMicros;
    const levelsMax = options.levelsMax ?? LEVELS_MAX;
    const instruments = options.symbols.map(
      (symbol) => [symbol, new CcxtInstrument(venue.market(symbol).id, levelsMax)] as const,
    );
    this.streams = options.streams.filter((stream) => this.#call(stream, '') !== undefined);
    for (const [symbol, instrument] of instruments) {
      for (const stream of this.streams) {
        const call = this.#call(stream, symbol);
        if (call !== undefined) this.#runs.push(this.#run({ stream, symbol, instrument, call }));
      }
    }
  }

  /** Ends every stream and connection; nothing is told afterwards. */
  async close(): Promise<void> {
    this.#stop.abort();
    for (const { timer } of this.#pauses.values()) clearTimeout(timer);
    this.#pauses.clear();
    await this.#venue.close();
    await Promise.all(this.#runs);
  }

  /** Undefined where ccxt does not have the stream for this venue. */
  #call(stream: DataStream, symbol: string): Call | undefined {
    const venue = this.#venue;
    const has = (name: string): boolean => Boolean(venue.has[name]);
    switch (stream) {
      case 'trade':
        return has('watchTrades') ? () => venue.watchTrades(symbol) : undefined;
      case 'book':
        return has('watchOrderBook') ? () => venue.watchOrderBook(symbol) : undefined;
      case 'bar':
        return has('watchOHLCV') ? () => venue.watchOHLCV(symbol, '1m') : undefined;
      case 'quote':
        if (has('watchBidsAsks')) {
          return async () => membersOf(await venue.watchBidsAsks([symbol]), 'tickers')[symbol];
        }
        return has('watchTicker') ? () => venue.watchTicker(symbol) : undefined;
      case 'mark':
      case 'funding':
        return undefined;
    }
  }

  async #run(watched: Watched): Promise<void> {
    let pause = PAUSE_FIRST_MS;
    while (!this.#isStopped()) {
      let answer: unknown;
      try {
        answer = await watched.call();
      } catch (error) {
        if (this.#isStopped()) return;
        this.#lost(watched, 'disconnect', error);
        await sleep(pause, undefined, { signal: this.#stop.signal }).catch(() => undefined);
        pause = Math.min(PAUSE_LAST_MS, 2 * pause);
        continue;
      }
      if (this.#isStopped()) return;
      pause = PAUSE_FIRST_MS;
      if (watched.stream === 'book') this.#conflate(watched, answer);
      else this.#take(watched, answer);
    }
  }

  /** Not by the signal itself, which a compiler takes for unchanging. */
  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** The book now, if the last one was told long enough ago, else what it will be then: ccxt goes on changing it. */
  #conflate(watched: Watched, book: unknown): void {
    const pause = this.#pauses.get(watched.instrument);
    if (pause !== undefined) {
      pause.book = book;
      return;
    }
    this.#take(watched, book);
    this.#pause(watched);
  }

  #pause(watched: Watched): void {
    const { instrument } = watched;
    const end = (): void => {
      const book = this.#pauses.get(instrument)?.book;
      this.#pauses.delete(instrument);
      if (book !== undefined) this.#conflate(watched, book);
    };
    const timer = setTimeout(end, this.#options.bookEveryMs ?? BOOK_EVERY_MS);
    this.#pauses.set(instrument, { timer, book: undefined });
  }

  #take(watched: Watched, answer: unknown): void {
    const { stream, instrument } = watched;
    const received = this.#now();
    try {
      this.#tell(eventsOf(stream, instrument, answer, received), received);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.#lost(watched, 'gap', error);
    }
  }

  #lost({ stream, symbol, instrument }: Watched, reason: 'disconnect' | 'gap', error: unknown): void {
    if (stream === 'book') {
      clearTimeout(this.#pauses.get(instrument)?.timer);
      this.#pauses.delete(instrument);
    }
    const name = error instanceof Error ? error.constructor.name : 'error';
    const message = `${name}: ${error instanceof Error ? error.message : String(error)}`.slice(0, MESSAGE_LENGTH_MAX);
    this.#options.onTrouble({ symbol, stream, message });
    const received = this.#now();
    this.#tell(instrument.lose(stream, { reason, detail: message }, received), received);
  }

  #tell(events: readonly ScaledEvent[], received: number): void {
    for (const event of events) this.#options.onEvent(event, received);
  }
}

function eventsOf(stream: DataStream, instrument: CcxtInstrument, answer: unknown, received: number): ScaledEvent[] {
  switch (stream) {
    case 'trade':
      return instrument.trades(answer, received);
    case 'quote':
      return instrument.quotes(answer, received);
    case 'book':
      return instrument.book(answer, received);
    case 'bar':
      return instrument.bars(answer);
    case 'mark':
    case 'funding':
      return [];
  }
}
