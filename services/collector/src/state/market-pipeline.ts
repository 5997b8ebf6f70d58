import { QUALITY_WINDOW_MICROS, type QualityWindow } from '@portcullis/contracts';
import { type DataStream, type NumberedEvent, type ScaledBook, type ScaledEvent, streamOf } from '@portcullis/market';
import type { Drop } from '@portcullis/venues/market';
import { Lane } from './lane.ts';

/** Levels a side in the snapshots that are stated again for those who read the bus. */
const BUS_LEVELS = 100;
/** Levels a side in the snapshots of the archive: as many as a venue gives. */
const ARCHIVE_LEVELS = 1000;

/** Where events are kept. False: there was no room. */
export interface ArchiveSink {
  append(venue: string, event: NumberedEvent): boolean;
}

/** Where events are published. False: there was no room. */
export interface BusSink {
  take(venue: string, event: NumberedEvent): boolean;
  leaveOut(venue: string, symbol: string): void;
}

export interface PipelineOptions {
  /** First number of every instrument. */
  readonly firstSequence: number;
  readonly archive: ArchiveSink | undefined;
  readonly bus: BusSink | undefined;
  /** The book of an instrument while it is whole. */
  readonly bookOf: (venue: string, symbol: string) => ScaledBook | undefined;
  readonly isWhole: (venue: string, symbol: string) => boolean;
}

/**
 * The way of every event: it is numbered, measured, kept and published. The policy under pressure: the archive gets
 * everything, and on the bus quotes alone are conflated. Where there is no room for anything else, the event is given up
 * and counted, its quality window is marked, and a gap event says so as soon as there is room again: on the bus, in the
 * archive, or both, wherever it is missing.
 */
export class MarketPipeline {
  readonly #options: PipelineOptions;
  readonly #lanes = new Map<string, Lane>();

  constructor(options: PipelineOptions) {
    this.#options = options;
  }

  get lanes(): Iterable<Lane> {
    return this.#lanes.values();
  }

  lane(venue: string, symbol: string): Lane {
    const key = `${venue} ${symbol}`;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = new Lane(venue, symbol, this.#options.firstSequence);
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  find(venue: string, symbol: string): Lane | undefined {
    return this.#lanes.get(`${venue} ${symbol}`);
  }

  /** From now on the instrument is followed, and its quality is measured. */
  begin(venue: string, symbol: string, streams: readonly DataStream[], at: number): void {
    this.lane(venue, symbol).begin(streams, at);
  }

  /** From now on it is not, which its readers hear. */
  end(venue: string, symbol: string, at: number, why: string): void {
    const lane = this.lane(venue, symbol);
    // There is no later to wait for.
    this.#tellLosses(lane, lane.lost.keys(), at, Number.POSITIVE_INFINITY);
    this.take(venue, lane.gapEvent('disconnect', at, { detail: why }), at);
    lane.end(at);
  }

  /** Something came twice or too late, and was left out. */
  dropped(venue: string, symbol: string, drop: Drop, at: number): void {
    const meter = this.find(venue, symbol)?.meter;
    if (drop.why === 'duplicate') meter?.duplicate(drop.stream, at);
    else meter?.outOfOrder(drop.stream, at);
  }

  take(venue: string, event: ScaledEvent, receivedMicros: number): void {
    const lane = this.lane(venue, event.symbol);
    lane.observe(event, receivedMicros);
    const stream = streamOf(event.kind) ?? 'all';
    const told = lane.lost.size > 0 ? this.#tellLosses(lane, ['all', stream], receivedMicros) : [];
    const numbered = this.#number(lane, event, receivedMicros);
    this.#keep(lane, stream, numbered);
    this.#publish(lane, numbered);
    // After the event itself, which is in the book already.
    for (const whole of told) this.#restateInArchive(lane, whole, receivedMicros);
  }

  /** After a loss between us and the bus: our book is whole, so say what was lost and then what is. */
  restateOnBus(venue: string, symbol: string, at: number, why: string): void {
    const lane = this.lane(venue, symbol);
    this.#publish(lane, this.#number(lane, lane.gapEvent('gap', at, { detail: why }), at));
    this.snapshotOnBus(lane, at);
    if (!this.#options.isWhole(venue, symbol)) return;
    this.#publish(lane, this.#number(lane, lane.gapEvent('resync', at, { detail: 'stated again' }), at));
  }

  /** States the book again for readers who come later. False: it is not whole. */
  snapshotOnBus(lane: Lane, at: number): boolean {
    const book = this.#options.bookOf(lane.venue, lane.symbol);
    if (book === undefined || this.#options.bus === undefined) return false;
    this.#publish(lane, this.#number(lane, lane.snapshotOf(book, BUS_LEVELS, at), at));
    return true;
  }

  /** Tells the archive what it lacks of streams of which nothing comes any more. */
  tellLosses(lane: Lane, at: number): void {
    for (const stream of this.#tellLosses(lane, lane.lost.keys(), at)) this.#restateInArchive(lane, stream, at);
  }

  /** Once in each quarter of an hour the archive gets a whole book, so that a replay can begin there. */
  snapshotInArchive(lane: Lane, at: number): void {
    const window = Math.floor(at / QUALITY_WINDOW_MICROS);
    const isFirst = lane.bookArchivedAt === 0;
    if (window === lane.bookArchivedAt || this.#options.archive === undefined || lane.lost.size > 0) return;
    const book = this.#options.bookOf(lane.venue, lane.symbol);
    if (book === undefined) return;
    lane.bookArchivedAt = window;
    // The stream itself has just begun with one.
    if (!isFirst) this.#archiveOnly(lane, lane.snapshotOf(book, ARCHIVE_LEVELS, at), at);
  }

  /** Quality windows that are over, by instrument. */
  closedWindows(now: number): { readonly lane: Lane; readonly windows: readonly QualityWindow[] }[] {
    return [...this.#lanes.values()]
      .map((lane) => ({ lane, windows: lane.takeWindows(now) }))
      .filter(({ windows }) => windows.length > 0);
  }

  #number(lane: Lane, event: ScaledEvent, tsInit: number): NumberedEvent {
    return { ...event, seq: lane.next(), tsInit };
  }

  #keep(lane: Lane, stream: DataStream | 'all', event: NumberedEvent): void {
    const { archive } = this.#options;
    if (archive === undefined) return;
    // What comes after a hole waits until the hole is told, but for gaps, which are always worth a try.
    const waits = event.kind !== 'gap' && (lane.lost.has(stream) || lane.lost.has('all'));
    if (!waits && archive.append(lane.venue, event)) {
      lane.kept(stream);
      return;
    }
    lane.lose(waits && !lane.lost.has(stream) ? 'all' : stream, event);
    this.#marksDrop(lane, event);
  }

  #publish(lane: Lane, event: NumberedEvent): void {
    if (this.#options.bus?.take(lane.venue, event) === false) this.#marksDrop(lane, event);
  }

  #marksDrop(lane: Lane, event: NumberedEvent): void {
    const stream = streamOf(event.kind);
    if (stream !== undefined) lane.meter?.drop(stream, 1, event.tsInit);
  }

  /** Says in the archive what of these streams it had no room for, if it has room again. Gives those of which it did. */
  #tellLosses(lane: Lane, streams: Iterable<DataStream | 'all'>, at: number, now = at): (DataStream | 'all')[] {
    return [...streams].filter((stream) => {
      const lost = lane.lost.get(stream);
      if (lost === undefined || now < lost.askAgainAt) return false;
      const { count, from, to } = lost;
      const detail = `${count} events found no room in the spool`;
      if (!this.#archiveOnly(lane, lane.gapEvent('gap', at, { stream, from, to, detail }), at)) return false;
      lane.lost.delete(stream);
      return true;
    });
  }

  #restateInArchive(lane: Lane, stream: DataStream | 'all', at: number): void {
    // Trades and the like simply go on; a book that is not whole gets a resync of its own.
    const hasBook = stream === 'all' || stream === 'book';
    if ((!hasBook && stream !== 'quote') || lane.lost.has(stream)) return;
    if (!this.#options.isWhole(lane.venue, lane.symbol)) return;
    const book = hasBook ? this.#options.bookOf(lane.venue, lane.symbol) : undefined;
    if (book !== undefined && !this.#archiveOnly(lane, lane.snapshotOf(book, ARCHIVE_LEVELS, at), at)) return;
    this.#archiveOnly(lane, lane.gapEvent('resync', at, { stream, detail: 'stated again' }), at);
  }

  /** Keeps what is not for the bus. False, and nothing is counted as lost: there was no room. */
  #archiveOnly(lane: Lane, event: ScaledEvent, at: number): boolean {
    const kept = this.#options.archive?.append(lane.venue, this.#number(lane, event, at)) ?? false;
    this.#options.bus?.leaveOut(lane.venue, lane.symbol);
    return kept;
  }
}
