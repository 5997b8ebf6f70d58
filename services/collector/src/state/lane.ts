import type { MarketGap, MarketKind, QualityWindow } from '@portcullis/contracts';
import {
  type DataStream,
  type NumberedEvent,
  QualityMeter,
  type ScaledBook,
  type ScaledEvent,
  type ScaledGap,
  type ScaledSnapshot,
} from '@portcullis/market';

/** Events of one stream that the archive had no room for, until it hears so. */
export interface ArchiveLoss {
  count: number;
  /** Times of the first and the last. */
  readonly from: number;
  to: number;
  /** Not before this time is the archive asked again whether it has room. */
  readonly askAgainAt: number;
}

const ASK_AGAIN_MICROS_MIN = 1_000_000;
const ASK_AGAIN_MICROS_MAX = 60_000_000;

/** Everything that the collector knows about one instrument. */
export class Lane {
  readonly venue: string;
  readonly symbol: string;
  /** Undefined while the instrument is not followed. */
  meter: QualityMeter | undefined;
  readonly events = new Map<MarketKind, number>();
  readonly gaps = new Map<MarketGap['reason'], number>();
  /** Age of the last trade or delta when it arrived, by the venue's clock and ours; negative when ours is behind. */
  lagMicros = 0;
  lastAt = 0;
  /** Nothing shows what its book lost on the way here: its windows are DEGRADED at best. */
  bookUnproved = false;
  /** What the archive lacks, by stream. */
  readonly lost = new Map<DataStream | 'all', ArchiveLoss>();
  readonly #patience = new Map<DataStream | 'all', number>();
  /** The quarter of an hour of which the archive has a whole book. */
  bookArchivedAt = 0;
  readonly #ended: QualityWindow[] = [];
  #sequence: number;
  #bookSequence = 0;

  /** `firstSequence`: above every number of an earlier process, so the microsecond of its start. */
  constructor(venue: string, symbol: string, firstSequence: number) {
    this.venue = venue;
    this.symbol = symbol;
    this.#sequence = firstSequence - 1;
  }

  next(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  /** From now on its quality is measured. */
  begin(streams: readonly DataStream[], now: number): void {
    this.meter ??= new QualityMeter({ streams, from: now });
  }

  /** From now on it is not; the windows that are open are closed early. */
  end(now: number): void {
    if (this.meter === undefined) return;
    this.#ended.push(...this.#judged(this.meter.tick(now)), ...this.partial(now));
    this.meter = undefined;
  }

  /** Takes the quality windows that are over. */
  takeWindows(now: number): QualityWindow[] {
    return [...this.#ended.splice(0), ...this.#judged(this.meter?.tick(now) ?? [])];
  }

  /** The windows that are open, as far as they have been observed. */
  partial(now: number): QualityWindow[] {
    return this.#judged(this.meter?.partial(now) ?? []);
  }

  observe(event: ScaledEvent, receivedMicros: number): void {
    this.meter?.observe(event, receivedMicros);
    this.lastAt = receivedMicros;
    this.events.set(event.kind, (this.events.get(event.kind) ?? 0) + 1);
    if (event.kind === 'gap') this.gaps.set(event.reason, (this.gaps.get(event.reason) ?? 0) + 1);
    else if (event.kind === 'delta') this.#bookSequence = event.lastSequence;
    else if (event.kind === 'snapshot') this.#bookSequence = event.sequence;
    if (event.kind === 'trade' || event.kind === 'delta') this.lagMicros = receivedMicros - event.tsEvent;
  }

  /** Counts an event that the archive had no room for. Each loss of a stream in a row is asked about later. */
  lose(stream: DataStream | 'all', event: NumberedEvent): void {
    const known = this.lost.get(stream);
    if (known !== undefined) {
      known.count += 1;
      known.to = event.tsEvent;
      return;
    }
    const patience = this.#patience.get(stream) ?? ASK_AGAIN_MICROS_MIN;
    this.#patience.set(stream, Math.min(ASK_AGAIN_MICROS_MAX, 2 * patience));
    const { tsEvent, tsInit } = event;
    this.lost.set(stream, { count: 1, from: tsEvent, to: tsEvent, askAgainAt: tsInit + patience });
  }

  /** The archive took an event of the stream: it has room. */
  kept(stream: DataStream | 'all'): void {
    if (this.#patience.size > 0) this.#patience.delete(stream);
  }

  #judged(windows: readonly QualityWindow[]): QualityWindow[] {
    if (!this.bookUnproved) return [...windows];
    return windows.map((window) =>
      window.stream === 'book' && window.state === 'GOOD'
        ? { ...window, state: 'DEGRADED', reasons: [...window.reasons, 'no number or checksum of the venue proves it'] }
        : window,
    );
  }

  /** The best levels of a whole book, for those who come later. */
  snapshotOf(book: ScaledBook, levels: number, at: number): ScaledSnapshot {
    return {
      kind: 'snapshot',
      symbol: this.symbol,
      tsEvent: at,
      tsEventNanos: 0,
      priceScale: book.priceScale,
      quantityScale: book.quantityScale,
      sequence: this.#bookSequence,
      bids: book.flat('buy', levels),
      asks: book.flat('sell', levels),
    };
  }

  gapEvent(
    reason: MarketGap['reason'],
    at: number,
    what: Pick<ScaledGap, 'detail'> & Partial<Pick<ScaledGap, 'stream' | 'from' | 'to'>>,
  ): ScaledGap {
    const { detail, stream = 'all', from = 0, to = 0 } = what;
    return { kind: 'gap', symbol: this.symbol, tsEvent: at, tsEventNanos: 0, reason, detail, stream, from, to };
  }
}
