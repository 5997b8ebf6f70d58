import type { MarketGap } from '@portcullis/contracts';
import { type BookChange, ScaledBook } from './scaled-book.ts';
import type { ScaledDelta, ScaledEvent, ScaledGap, ScaledSnapshot } from './scaled-event.ts';
import { type SequenceOutcome, SequenceRule, type SequenceRuleName } from './sequence-rule.ts';

/** Deltas kept while a snapshot is on its way: a quarter of an hour at ten a second. */
export const BUFFERED_DELTAS_MAX = 10_000;
/** Numbers in their levels, because one delta may hold thousands: 16 MB. */
export const BUFFERED_NUMBERS_MAX = 2_000_000;
/**
 * How far an event of the book may lie before the one told before it to be put level with it. Further back the earlier
 * time was wrong, and is not spread. Microseconds.
 */
const STEP_BACK_MAX = 60_000_000;

/**
 * What became of a delta. `applied`: it is in the book and was told. `stale`: it came before. `covered`: the snapshot
 * has it. `kept`: it waits for the snapshot. `dropped`: it came before the stream's own snapshot, which has it. `idle`:
 * a sign of life without content. `gap`, `crossed`, `unsafe`, `checksum`: the book is lost, and a gap event said so.
 */
export type DeltaFate = 'applied' | 'stale' | 'covered' | 'kept' | 'dropped' | 'idle' | BookLoss;
export type BookLoss = 'gap' | 'crossed' | 'unsafe' | 'checksum';

/**
 * What became of a snapshot. `whole`: the book is whole now. `old`: deltas between it and the first that was kept are
 * missing, so a newer one is wanted. `unneeded`: the book is whole without it. A loss: it was refused, or the deltas
 * after it were, and another one is wanted.
 */
export type SnapshotFate = 'whole' | 'old' | 'unneeded' | BookLoss;

export interface BookSyncOptions {
  readonly rule: SequenceRuleName;
  /** Whether snapshots are asked for and come beside the stream, or are frames of the stream itself. */
  readonly snapshots: 'rest' | 'stream';
  readonly levelsMax?: number;
  /** The venue's checksum of the book, over so many levels a side; levels flat, best first, at the book's scales. */
  readonly checksum?: {
    readonly depth: number;
    of(bids: readonly number[], asks: readonly number[]): number;
  };
  /** Whether the book matched, each time when a checksum was compared. */
  readonly onChecksum?: (matched: boolean) => void;
  /** Every event of the book, in order, each when the book is in the state after it. */
  readonly emit: (event: ScaledDelta | ScaledSnapshot | ScaledGap) => void;
}

/**
 * The book of one instrument through holes and reconnects, under any venue's rule of sequence. While it waits for a
 * snapshot that is fetched beside the stream it keeps the deltas; the snapshot is told, then the deltas after it, then a
 * `resync` that says that the book is whole. A snapshot frame of the stream itself starts or replaces the book.
 * Emitted deltas are renumbered so that each begins at the last number + 1, so that one rule reads them all; their last
 * number stays the venue's, or is our own count where the venue gives none. When the numbers fall back (the venue began
 * anew), the book is told whole, as a snapshot with the new number.
 * Readers order by time, so no event is told with a time before the one before it: a fetched snapshot has the local
 * clock, which is ahead by the way back at least, and the delta after it has the venue's.
 */
export class BookSync {
  readonly #options: BookSyncOptions;
  readonly #sequence: SequenceRule;
  readonly #book: ScaledBook;
  readonly #bids: number[] = [];
  readonly #asks: number[] = [];
  #buffer: ScaledDelta[] = [];
  #buffered = 0;
  #whole = false;
  /** What was lost, as the `resync` has to name it. */
  #lost: ScaledGap['stream'] = 'book';
  #lastEventAt = 0;

  constructor(options: BookSyncOptions) {
    this.#options = options;
    this.#sequence = new SequenceRule(options.rule, options.snapshots);
    this.#book = new ScaledBook(options.levelsMax);
  }

  get whole(): boolean {
    return this.#whole;
  }

  /** Of use only while it is whole. */
  get book(): ScaledBook {
    return this.#book;
  }

  /** The number of the last update in the book, as it was emitted. */
  get sequence(): number {
    return this.#sequence.last;
  }

  onDelta(delta: ScaledDelta): DeltaFate {
    if (!this.#whole) return this.#keep(delta);
    const fate = this.#advance(delta);
    if (isLoss(fate)) this.#lose(fate, delta);
    return fate;
  }

  onSnapshot(snapshot: ScaledSnapshot): SnapshotFate {
    const replaces = this.#whole;
    if (this.#options.snapshots === 'rest') {
      if (replaces) return 'unneeded';
      const first = this.#buffer.find(({ lastSequence }) => lastSequence > snapshot.sequence);
      if (first !== undefined && !this.#sequence.joins(first, snapshot.sequence)) return 'old';
    }
    const change = this.#book.replace(snapshot);
    if (change !== 'applied') return this.#refused(change, snapshot);
    if (!this.#matches(snapshot.checksum)) return this.#refused('checksum', snapshot);
    const kept = this.#takeBuffer();
    this.#whole = true;
    this.#tell(this.#numbered(snapshot, kept));
    for (const [at, delta] of kept.entries()) {
      const fate = this.#advance(delta);
      if (!isLoss(fate)) continue;
      this.#lose(fate, delta);
      for (const later of kept.slice(at + 1)) this.#keep(later);
      return fate;
    }
    if (!replaces) this.#resynced(snapshot);
    return 'whole';
  }

  /**
   * Nothing is known any more: what the deltas before and after had between them is lost. Tells nothing by itself; `at`
   * is the time under which somebody else tells it.
   */
  lose(stream: ScaledGap['stream'], at = 0): void {
    this.#whole = false;
    if (at > this.#lastEventAt) this.#lastEventAt = at;
    this.#takeBuffer();
    if (this.#lost !== 'all') this.#lost = stream;
  }

  /** Takes the delta in if it is the next; what it was otherwise. */
  #advance(delta: ScaledDelta): DeltaFate {
    const outcome: SequenceOutcome = this.#sequence.judge(delta);
    if (outcome !== 'next' && outcome !== 'restart') return outcome;
    const first = this.#sequence.last + 1;
    const change = this.#book.apply(delta);
    if (change !== 'applied') return change;
    if (!this.#matches(delta.checksum)) return 'checksum';
    const last = this.#sequence.take(delta);
    const tsEvent = this.#notBefore(delta.tsEvent);
    if (outcome === 'restart') this.#tell(this.#asSnapshot(delta, tsEvent));
    else if (delta.firstSequence === first && delta.lastSequence === last && delta.tsEvent === tsEvent) {
      this.#tell(delta);
    } else this.#tell({ ...delta, ...timeOf(delta, tsEvent), firstSequence: first, lastSequence: last });
    return 'applied';
  }

  #keep(delta: ScaledDelta): 'kept' | 'dropped' {
    if (this.#options.snapshots === 'stream') return 'dropped';
    this.#buffer.push(delta);
    this.#buffered += numbersIn(delta);
    while (this.#buffer.length > BUFFERED_DELTAS_MAX || this.#buffered > BUFFERED_NUMBERS_MAX) {
      const oldest = this.#buffer.shift();
      if (oldest === undefined) break;
      this.#buffered -= numbersIn(oldest);
    }
    return 'kept';
  }

  #takeBuffer(): ScaledDelta[] {
    const taken = this.#buffer;
    this.#buffer = [];
    this.#buffered = 0;
    return taken;
  }

  #lose(loss: BookLoss, delta: ScaledDelta): void {
    const detail = loss === 'gap' ? this.#sequence.expectation(delta) : lossDetail(loss, delta.lastSequence);
    this.#whole = false;
    this.#takeBuffer();
    this.#keep(delta);
    if (this.#lost !== 'all') this.#lost = 'book';
    this.#tell(this.#gap('gap', { detail, from: this.#lastEventAt, to: delta.tsEvent }, delta));
  }

  #refused(loss: BookLoss, snapshot: ScaledSnapshot): BookLoss {
    const replaced = this.#whole;
    this.#whole = false;
    const times = { from: this.#lastEventAt, to: snapshot.tsEvent };
    const detail = `a snapshot was refused: ${lossDetail(loss, snapshot.sequence)}`;
    // Without a book before it nothing is lost that was not lost already.
    if (replaced) this.#tell(this.#gap('gap', { detail, ...times }, snapshot));
    return loss;
  }

  #resynced(snapshot: ScaledSnapshot): void {
    const detail = `whole at update ${this.#sequence.last}`;
    const at = { symbol: snapshot.symbol, tsEvent: this.#lastEventAt, tsEventNanos: 0 };
    const gap = this.#gap('resync', { detail, from: 0, to: 0 }, at);
    this.#lost = 'book';
    this.#tell(gap);
  }

  /**
   * The snapshot with its number, and put before the deltas that follow it or, where none has come yet, not behind the
   * last of those that it covers.
   */
  #numbered(snapshot: ScaledSnapshot, kept: readonly ScaledDelta[]): ScaledSnapshot {
    const sequence = this.#sequence.start(snapshot.sequence);
    const beside = kept.find(({ lastSequence }) => lastSequence > sequence) ?? kept.at(-1) ?? snapshot;
    const tsEvent = this.#notBefore(Math.min(snapshot.tsEvent, beside.tsEvent));
    if (sequence === snapshot.sequence && tsEvent === snapshot.tsEvent) return snapshot;
    return { ...snapshot, ...timeOf(snapshot, tsEvent), sequence };
  }

  #notBefore(tsEvent: number): number {
    const last = this.#lastEventAt;
    return tsEvent < last && last - tsEvent <= STEP_BACK_MAX ? last : tsEvent;
  }

  #asSnapshot(delta: ScaledDelta, at: number): ScaledSnapshot {
    const { symbol } = delta;
    const { tsEvent, tsEventNanos } = timeOf(delta, at);
    const { priceScale, quantityScale } = this.#book;
    const sequence = this.#sequence.last;
    const bids = this.#book.flat('buy', Infinity);
    const asks = this.#book.flat('sell', Infinity);
    return { kind: 'snapshot', symbol, tsEvent, tsEventNanos, priceScale, quantityScale, sequence, bids, asks };
  }

  #matches(checksum: number | undefined): boolean {
    const { checksum: venue, onChecksum } = this.#options;
    if (checksum === undefined || venue === undefined) return true;
    const bids = this.#book.flat('buy', venue.depth, this.#bids);
    const asks = this.#book.flat('sell', venue.depth, this.#asks);
    const matched = venue.of(bids, asks) === checksum;
    onChecksum?.(matched);
    return matched;
  }

  #gap(
    reason: MarketGap['reason'],
    { detail, from, to }: Pick<ScaledGap, 'detail' | 'from' | 'to'>,
    event: Pick<ScaledEvent, 'symbol' | 'tsEvent' | 'tsEventNanos'>,
  ): ScaledGap {
    const { symbol } = event;
    const stream = reason === 'resync' ? this.#lost : 'book';
    const time = timeOf(event, this.#notBefore(event.tsEvent));
    return { kind: 'gap', symbol, ...time, reason, detail, stream, from, to };
  }

  #tell(event: ScaledDelta | ScaledSnapshot | ScaledGap): void {
    if (event.tsEvent > this.#lastEventAt) this.#lastEventAt = event.tsEvent;
    this.#options.emit(event);
  }
}

/** The event's time, or another without its nanoseconds. */
function timeOf(
  event: Pick<ScaledEvent, 'tsEvent' | 'tsEventNanos'>,
  tsEvent: number,
): Pick<ScaledEvent, 'tsEvent' | 'tsEventNanos'> {
  return { tsEvent, tsEventNanos: tsEvent === event.tsEvent ? event.tsEventNanos : 0 };
}

function numbersIn({ bids, asks }: ScaledDelta): number {
  return bids.length + asks.length;
}

function isLoss(fate: DeltaFate): fate is BookLoss {
  return fate === 'gap' || fate === 'crossed' || fate === 'unsafe' || fate === 'checksum';
}

const LOSS_DETAILS = {
  crossed: 'the best bid is at or above the best ask',
  unsafe: 'a price or quantity is out of range',
  checksum: "the venue's checksum is another",
  gap: 'updates are missing',
} as const satisfies Record<BookLoss | Exclude<BookChange, 'applied'>, string>;

function lossDetail(loss: BookLoss, sequence: number): string {
  return `${LOSS_DETAILS[loss]} at update ${sequence}`;
}
