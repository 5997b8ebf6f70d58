import type { ScaledBook, ScaledEvent } from '@portcullis/market';
import type { FrameError, MarketDialect, MarketParser } from './dialect.ts';
import { type Drop, InstrumentStream, type InstrumentHooks } from './instrument-stream.ts';

/** Instruments that one normalizer follows: what one connection carries at most, several times over. */
export const SYMBOLS_MAX = 4096;

export interface NormalizerOptions {
  /** Every event in the order in which it came. Inside the call `book(symbol)` is in the state after the event. */
  readonly onEvent: (event: ScaledEvent, receivedMicros: number) => void;
  /** A whole book of this symbol has to be fetched (`snapshots: 'rest'`) or subscribed to anew (`'stream'`). Said once. */
  readonly onSnapshotWanted?: (symbol: string) => void;
  readonly onFrameError?: (error: FrameError) => void;
  /** What came twice or too late and was dropped, for the quality of the data. */
  readonly onDropped?: (drop: Drop, symbol: string, receivedMicros: number) => void;
  /** Levels a side that a book keeps. */
  readonly levelsMax?: number;
  /** Whether quotes are held back while a book is not whole; false where the streams have no book. Default true. */
  readonly quotesNeedBook?: boolean;
}

export interface NormalizerCounters {
  frames: number;
  malformed: number;
  /** Events told, by kind. */
  readonly events: Record<ScaledEvent['kind'], number>;
  /** Gap events other than `resync`. */
  gaps: number;
  resyncs: number;
  duplicates: number;
  /** Dropped because something newer was told already; of trades also those that came late and were told. */
  outOfOrder: number;
  /** Whole books that came, whether they were of use or not. */
  snapshots: number;
  readonly checksums: { ok: number; bad: number };
  crossed: number;
}

export function freshCounters(): NormalizerCounters {
  return {
    frames: 0,
    malformed: 0,
    events: { quote: 0, trade: 0, delta: 0, snapshot: 0, bar: 0, mark: 0, funding: 0, gap: 0 },
    gaps: 0,
    resyncs: 0,
    duplicates: 0,
    outOfOrder: 0,
    snapshots: 0,
    checksums: { ok: 0, bad: 0 },
    crossed: 0,
  };
}

/**
 * The frames of one connection to one venue as events with sequence-checked books: the dialect's parser, a book sync for
 * each instrument, the venue's checksums, and the order of quotes and trades. Holes are gap events in the stream. Without
 * a socket or a clock: the frames, their times and the state of the connection are told to it, so that a capture and a
 * live connection give the same events. Until {@link follow} is called for the first time it follows whatever comes.
 */
export class MarketNormalizer {
  readonly #dialect: MarketDialect;
  readonly #options: NormalizerOptions;
  readonly #instruments = new Map<string, InstrumentStream>();
  readonly #counters = freshCounters();
  readonly #out: ScaledEvent[] = [];
  readonly #hooks: InstrumentHooks;
  #followsAll = true;
  #connected = false;
  #parser: MarketParser;
  #received = 0;
  /** The instrument of the event before: the next is nearly always of the same. */
  #latest: InstrumentStream | undefined;

  constructor(dialect: MarketDialect, options: NormalizerOptions) {
    this.#dialect = dialect;
    this.#options = options;
    this.#parser = dialect.parser();
    this.#hooks = {
      dialect,
      levelsMax: Math.min(options.levelsMax ?? Infinity, dialect.bookDepth ?? Infinity),
      quotesNeedBook: options.quotesNeedBook ?? true,
      counters: this.#counters,
      checksum: () => this.#parser.checksum,
      emit: (event) => this.#emit(event),
      wantSnapshot: (symbol) => options.onSnapshotWanted?.(symbol),
      dropped: (drop, symbol) => options.onDropped?.(drop, symbol, this.#received),
    };
  }

  /** What happened so far; the object is live. */
  get counters(): Readonly<NormalizerCounters> {
    return this.#counters;
  }

  /** A connection was made: what was scaled and numbered on the one before is forgotten, and books are wanted. */
  connected(atMicros: number): void {
    if (this.#connected) this.disconnected('disconnect', 'connected anew', atMicros);
    this.#connected = true;
    this.#received = atMicros;
    this.#parser = this.#dialect.parser();
    for (const instrument of this.#instruments.values()) instrument.connected();
  }

  /** The connection ended, or is as good as ended. Each instrument hears of it once until there is another. */
  disconnected(reason: 'disconnect' | 'stale', detail: string, atMicros: number): void {
    this.#connected = false;
    this.#received = atMicros;
    for (const instrument of this.#instruments.values()) instrument.disconnected({ reason, detail }, atMicros);
  }

  frame(bytes: Uint8Array, receivedMicros: number): void {
    this.#counters.frames += 1;
    this.#received = receivedMicros;
    const error = this.#parser.parse(bytes, receivedMicros, this.#out);
    this.#takeAll();
    if (error !== undefined) this.#malformed(error);
  }

  /** The answer to the request for a whole book; of no effect where the dialect has no such request. */
  snapshot(symbol: string, body: Uint8Array, receivedMicros: number): void {
    this.#received = receivedMicros;
    const error = this.#parser.parseSnapshot?.(body, symbol, receivedMicros, this.#out);
    this.#takeAll();
    if (error === undefined) return;
    this.#counters.malformed += 1;
    this.#options.onFrameError?.(error);
    this.#instruments.get(symbol)?.wantSnapshotAgain();
  }

  follow(symbols: readonly string[]): void {
    this.#followsAll = false;
    for (const symbol of symbols) {
      if (this.#instruments.has(symbol)) continue;
      const instrument = this.#add(symbol);
      if (this.#connected) instrument?.connected();
    }
  }

  /** Forgets them; what comes of them later is ignored. */
  unfollow(symbols: readonly string[]): void {
    this.#followsAll = false;
    this.#latest = undefined;
    for (const symbol of symbols) this.#instruments.delete(symbol);
  }

  /** Events of the instrument were lost behind this: its book is begun anew and a gap event says so. */
  lose(symbol: string, detail: string, atMicros: number): void {
    this.#received = atMicros;
    this.#instruments.get(symbol)?.lose('all', { reason: 'gap', detail }, atMicros);
  }

  whole(symbol: string): boolean {
    return this.#instruments.get(symbol)?.whole ?? false;
  }

  /** The live book; undefined while it is not whole. To be read before the next frame, not kept. */
  book(symbol: string): ScaledBook | undefined {
    return this.#instruments.get(symbol)?.book;
  }

  #takeAll(): void {
    const out = this.#out;
    // Nearly always; and taking it out keeps the array's room, which setting its length gives back.
    if (out.length === 1) return this.#take(out.pop() as ScaledEvent);
    for (let at = 0; at < out.length; at++) this.#take(out[at] as ScaledEvent);
    out.length = 0;
  }

  #take(event: ScaledEvent): void {
    if (event.kind === 'gap' && event.symbol === '') {
      // A hole of the whole connection.
      for (const [symbol, instrument] of this.#instruments) instrument.take({ ...event, symbol });
      return;
    }
    let instrument = this.#latest;
    if (instrument?.symbol !== event.symbol) {
      instrument = this.#instruments.get(event.symbol) ?? (this.#followsAll ? this.#add(event.symbol) : undefined);
      if (instrument === undefined) return;
      this.#latest = instrument;
    }
    instrument.take(event);
  }

  #add(symbol: string): InstrumentStream | undefined {
    if (this.#instruments.size >= SYMBOLS_MAX) {
      this.#options.onFrameError?.({ member: 'symbol', value: symbol, expected: `at most ${SYMBOLS_MAX} of them` });
      this.#counters.malformed += 1;
      return undefined;
    }
    const instrument = new InstrumentStream(symbol, this.#hooks);
    this.#instruments.set(symbol, instrument);
    return instrument;
  }

  #malformed(error: FrameError): void {
    this.#counters.malformed += 1;
    this.#options.onFrameError?.(error);
    // It may have held an update, and where neither a number nor a checksum would show that one is missing, it counts.
    if (this.#dialect.bookRule !== 'ordered' || this.#parser.checksum !== undefined) return;
    const loss = { reason: 'gap', detail: `a malformed frame: ${error.member}` } as const;
    for (const instrument of this.#instruments.values()) {
      if (instrument.whole) instrument.lose('book', loss, this.#received);
    }
  }

  #emit(event: ScaledEvent): void {
    this.#count(event);
    this.#options.onEvent(event, this.#received);
  }

  /** Spelt out, because an access by a name that varies costs more than everything else here. */
  #count(event: ScaledEvent): void {
    const { events } = this.#counters;
    switch (event.kind) {
      case 'quote':
        events.quote += 1;
        return;
      case 'trade':
        events.trade += 1;
        return;
      case 'delta':
        events.delta += 1;
        return;
      case 'gap':
        events.gap += 1;
        if (event.reason === 'resync') this.#counters.resyncs += 1;
        else this.#counters.gaps += 1;
        return;
      case 'snapshot':
      case 'bar':
      case 'mark':
      case 'funding':
        events[event.kind] += 1;
    }
  }
}
