import type { QualityLedger } from '@portcullis/archive';
import type { QualityWindow } from '@portcullis/contracts';
import { type DataStream, type NumberedEvent, QualityMeter, barWindows } from '@portcullis/market';
import type { Dropped } from './importer.ts';

/** What an import says about the quality of what it brings. */
export interface ImportQuality {
  observe(event: NumberedEvent): void;
  dropped(drop: Dropped): void;
  /** Writes what has not been written; how many windows there were in all. */
  finish(): Promise<number>;
}

export interface QualityTarget {
  readonly venue: string;
  readonly ledger: Pick<QualityLedger, 'record'>;
  /** The streams that the files have, by symbol. */
  readonly streams: ReadonlyMap<string, ReadonlySet<DataStream>>;
  /** Bars of this period are expected without a hole. */
  readonly expectedPeriod: number | undefined;
}

/** Windows of a symbol that go to the ledger together: some days of a few streams. */
const WINDOWS_TOGETHER = 4 * 96;
/** Days recorded at once. */
const PARALLEL = 16;
/** An import with nothing for so long in it has several parts, and what is between them was never observed. */
const PART_MICROS = 86_400_000_000;

export function qualityOf(target: QualityTarget): ImportQuality {
  return target.expectedPeriod === undefined ? new MeterQuality(target) : new BarQuality(target, target.expectedPeriod);
}

/** Bars against what their period makes expected. Stretches without a hole are kept, not each bar. */
class BarQuality implements ImportQuality {
  readonly #target: QualityTarget;
  readonly #period: number;
  readonly #stretches = new Map<string, { from: number; to: number }[]>();

  constructor(target: QualityTarget, period: number) {
    this.#target = target;
    this.#period = period;
  }

  observe(event: NumberedEvent): void {
    if (event.kind !== 'bar') return;
    const stretches = this.#stretches.get(event.symbol) ?? [];
    const last = stretches.at(-1);
    if (last?.to === event.start) last.to = event.start + this.#period;
    else stretches.push({ from: event.start, to: event.start + this.#period });
    this.#stretches.set(event.symbol, stretches);
  }

  dropped(): void {
    // A row twice in the files is no fault of the stream.
  }

  async finish(): Promise<number> {
    let count = 0;
    for (const [symbol, stretches] of this.#stretches) {
      const from = stretches[0]?.from ?? 0;
      const to = stretches.at(-1)?.to ?? 0;
      const windows = [
        ...barWindows({ starts: startsOf(stretches, this.#period), periodMicros: this.#period, from, to }),
      ];
      // Days are objects of their own, so several can be on their way at once.
      const days = Map.groupBy(windows, ({ start }) => Math.floor(start / PART_MICROS));
      const parts = [...days.values()];
      for (let at = 0; at < parts.length; at += PARALLEL) {
        const some = parts.slice(at, at + PARALLEL);
        await Promise.all(some.map((day) => this.#target.ledger.record(this.#target.venue, symbol, day)));
      }
      count += windows.length;
    }
    return count;
  }
}

function* startsOf(stretches: readonly { from: number; to: number }[], period: number): Generator<number> {
  for (const { from, to } of stretches) for (let start = from; start < to; start += period) yield start;
}

/** The streams of captures and tables, measured as a collector would have done it at the time. */
class MeterQuality implements ImportQuality {
  readonly #target: QualityTarget;
  readonly #meters = new Map<string, { readonly meter: QualityMeter; last: number }>();
  readonly #waiting = new Map<string, QualityWindow[]>();
  #recording: Promise<void> = Promise.resolve();
  #count = 0;

  constructor(target: QualityTarget) {
    this.#target = target;
  }

  observe(event: NumberedEvent): void {
    this.#meterAt(event.symbol, event.tsInit)?.observe(event, event.tsInit);
  }

  dropped({ why, stream, symbol, at }: Dropped): void {
    const meter = this.#meterAt(symbol, at);
    if (why === 'duplicate') meter?.duplicate(stream, at);
    else meter?.outOfOrder(stream, at);
  }

  #meterAt(symbol: string, at: number): QualityMeter | undefined {
    let entry = this.#meters.get(symbol);
    if (entry !== undefined && at > entry.last + PART_MICROS) {
      this.#take(symbol, [...entry.meter.tick(entry.last), ...entry.meter.partial(entry.last)]);
      entry = undefined;
    }
    if (entry === undefined) {
      const streams = [...(this.#target.streams.get(symbol) ?? [])];
      if (streams.length === 0) return undefined;
      entry = { meter: new QualityMeter({ streams, from: at }), last: at };
      this.#meters.set(symbol, entry);
    }
    if (at > entry.last) {
      entry.last = at;
      const closed = entry.meter.tick(at);
      if (closed.length > 0) this.#take(symbol, closed);
    }
    return entry.meter;
  }

  #take(symbol: string, windows: readonly QualityWindow[]): void {
    this.#count += windows.length;
    const waiting = this.#waiting.get(symbol) ?? [];
    waiting.push(...windows);
    this.#waiting.set(symbol, waiting);
    if (waiting.length >= WINDOWS_TOGETHER) this.#record(symbol);
  }

  #record(symbol: string): void {
    const windows = this.#waiting.get(symbol) ?? [];
    this.#waiting.delete(symbol);
    // In the order of time, and one at a time; the import waits for the last.
    this.#recording = this.#recording.then(() => this.#target.ledger.record(this.#target.venue, symbol, windows));
    this.#recording.catch(() => undefined);
  }

  async finish(): Promise<number> {
    for (const [symbol, { meter, last }] of this.#meters) {
      this.#take(symbol, [...meter.tick(last), ...meter.partial(last)]);
    }
    for (const symbol of [...this.#waiting.keys()]) this.#record(symbol);
    await this.#recording;
    return this.#count;
  }
}
