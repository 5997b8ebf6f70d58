import type { Cursor } from '@portcullis/archive';
import type { PriceTicks, QuantityLots } from '@portcullis/kernel';
import type { InstrumentDefinition } from '@portcullis/market';
import { BacktestError } from '../backtest-error.ts';
import type { DataInfo, DataInput, EventSource, InputBatch, QualityCount } from './input-batch.ts';

/** Bytes of one segment: what is allocated at once. */
const SEGMENT_BYTES = 8 * 1024 * 1024;
const SEGMENT_NUMBERS = SEGMENT_BYTES / Float64Array.BYTES_PER_ELEMENT;
/** Events handed out between two breaths. */
const BATCH_EVENTS = 4096;

/** First number of each record: `kind + 16 × slot + 16,384 × stream`; then seq, tsEvent, tsInit, and what the kind has. */
const KINDS = ['bar', 'quote', 'trade', 'mark', 'funding', 'book', 'other'] as const;
const [BAR, QUOTE, TRADE, MARK, FUNDING, BOOK] = [0, 1, 2, 3, 4, 5];
const SLOT = 16;
const SLOTS_MAX = 1024;
const STREAM = SLOT * SLOTS_MAX;
const AGGRESSORS = ['sell', 'unknown', 'buy'] as const;

/** A tape as it crosses to another thread: its numbers lie in shared memory, which nobody writes any more. */
export interface SharedTape {
  readonly info: DataInfo;
  readonly quality: readonly QualityCount[];
  readonly definitions: readonly InstrumentDefinition[];
  readonly segments: readonly { readonly numbers: SharedArrayBuffer; readonly used: number; readonly events: number }[];
  /** Gaps, malformed records, and the ids of trades that are no plain numbers. */
  readonly others: readonly (DataInput | string)[];
  /** Keys of the streams that cursors name. */
  readonly streams: readonly string[];
  /** `index` of the cursor after an event where it is not 0, by the number of the event. */
  readonly ties: ReadonlyMap<number, number>;
}

/**
 * Events of a source in memory, made exact once and replayed any number of times, also by several threads at once. About
 * 64 bytes for a quote, 96 for a bar. Undefined where they take more than `bytesMax`: then read the archive each time.
 */
export async function loadTape(
  source: EventSource,
  definitions: readonly InstrumentDefinition[],
  bytesMax: number,
): Promise<Tape | undefined> {
  const writer = new TapeWriter();
  for await (const batch of source.batches(definitions)) {
    for (let index = 0; index < batch.events.length; index++) {
      writer.write(batch.events[index] as DataInput, batch.cursorAfter(index));
    }
    if (writer.bytes > bytesMax) return undefined;
  }
  return new Tape({ info: source.info, quality: await source.quality(), definitions, ...writer.end() });
}

class TapeWriter {
  readonly #segments: { numbers: SharedArrayBuffer; used: number; events: number }[] = [];
  readonly #others: (DataInput | string)[] = [];
  readonly #streams = new Map<string, number>();
  readonly #ties = new Map<number, number>();
  #view = new Float64Array(new SharedArrayBuffer(0));
  #used = 0;
  #events = 0;
  #all = 0;

  get bytes(): number {
    return this.#segments.length * SEGMENT_BYTES + (this.#others.length + this.#ties.size) * 100;
  }

  write(event: DataInput, { stream, index }: Cursor): void {
    let place = this.#streams.get(stream);
    if (place === undefined) this.#streams.set(stream, (place = this.#streams.size));
    if (index > 0) this.#ties.set(this.#all, index);
    this.#all += 1;
    const fields = this.#fields(event);
    this.#room(4 + fields.length);
    const kind = event.kind === 'gap' || event.kind === 'malformed' ? 'other' : event.kind;
    const view = this.#view;
    view[this.#used++] = KINDS.indexOf(kind) + SLOT * event.slot + STREAM * place;
    view[this.#used++] = event.seq;
    view[this.#used++] = event.tsEvent;
    view[this.#used++] = event.tsInit;
    for (const field of fields) view[this.#used++] = field;
    this.#events += 1;
  }

  end(): Pick<SharedTape, 'segments' | 'others' | 'streams' | 'ties'> {
    this.#close();
    const streams = [...this.#streams.keys()];
    return { segments: this.#segments, others: this.#others, streams, ties: this.#ties };
  }

  #fields(event: DataInput): readonly number[] {
    switch (event.kind) {
      case 'bar':
        return [event.start, event.end, event.open, event.high, event.low, event.close, event.volume, event.count];
      case 'quote':
        return [event.bidPrice, event.bidQuantity, event.askPrice, event.askQuantity];
      case 'trade': {
        const number = Number(event.tradeId);
        const isPlain = Number.isSafeInteger(number) && number >= 0 && String(number) === event.tradeId;
        const id = isPlain ? number : -this.#others.push(event.tradeId);
        return [id, event.price, event.quantity, AGGRESSORS.indexOf(event.aggressor)];
      }
      case 'mark':
        return [event.price];
      case 'funding':
        return [event.rate, event.rateScale, event.nextAt];
      case 'book':
        return [event.snapshot ? 1 : 0, event.bids.length, event.asks.length, ...event.bids, ...event.asks];
      case 'gap':
      case 'malformed':
        return [this.#others.push(event) - 1];
    }
  }

  #room(numbers: number): void {
    if (this.#used + numbers <= this.#view.length) return;
    this.#close();
    const bytes = Math.max(SEGMENT_NUMBERS, numbers) * Float64Array.BYTES_PER_ELEMENT;
    const segment = new SharedArrayBuffer(bytes);
    this.#segments.push({ numbers: segment, used: 0, events: 0 });
    this.#view = new Float64Array(segment);
    this.#used = 0;
    this.#events = 0;
  }

  #close(): void {
    const last = this.#segments.at(-1);
    if (last === undefined) return;
    last.used = this.#used;
    last.events = this.#events;
  }
}

/** See {@link loadTape}. */
export class Tape implements EventSource {
  readonly info: DataInfo;
  /** To be posted to a worker thread, where `new Tape(shared)` is the same tape. */
  readonly shared: SharedTape;

  constructor(shared: SharedTape) {
    this.shared = shared;
    this.info = shared.info;
  }

  async *batches(
    definitions: readonly InstrumentDefinition[],
    after?: Cursor,
  ): AsyncGenerator<InputBatch, void, undefined> {
    this.#check(definitions);
    let first = 0;
    let isBehind = after === undefined;
    for (const { numbers, used, events } of this.shared.segments) {
      const reader = new SegmentReader(new Float64Array(numbers, 0, used), this.shared, first);
      first += events;
      while (!reader.ended) {
        const batch = reader.next(BATCH_EVENTS);
        if (isBehind) {
          yield batch;
          continue;
        }
        const last = batch.events.at(-1) as DataInput;
        if (after === undefined || last.tsEvent < after.tsEvent) continue;
        const rest = behind(batch, after);
        if (rest === undefined) continue;
        isBehind = true;
        if (rest.events.length > 0) yield rest;
      }
    }
    if (!isBehind) {
      throw BacktestError.of({ field: 'cursor', value: JSON.stringify(after), expected: 'a place of this data' });
    }
  }

  async quality(): Promise<readonly QualityCount[]> {
    return this.shared.quality;
  }

  #check(definitions: readonly InstrumentDefinition[]): void {
    this.shared.definitions.forEach((definition, slot) => {
      const given = definitions[slot];
      if (given?.tickSize === definition.tickSize && given.lotSize === definition.lotSize) return;
      const value = `${given?.tickSize} and ${given?.lotSize}`;
      const expected = `${definition.tickSize} and ${definition.lotSize}, as the tape was made with`;
      throw BacktestError.of({ field: `instruments.${slot}.tickSize and lotSize`, value, expected });
    });
  }
}

/** What of a batch lies behind a cursor; undefined where its event is not in it. */
function behind(batch: InputBatch, after: Cursor): InputBatch | undefined {
  for (let index = 0; index < batch.events.length; index++) {
    const { tsEvent, seq } = batch.events[index] as DataInput;
    if (tsEvent !== after.tsEvent || seq !== after.seq) continue;
    const cursor = batch.cursorAfter(index);
    if (cursor.stream !== after.stream || cursor.index !== after.index) continue;
    const start = index + 1;
    return { events: batch.events.slice(start), cursorAfter: (at) => batch.cursorAfter(at + start) };
  }
  return undefined;
}

class SegmentReader {
  readonly #view: Float64Array;
  readonly #tape: SharedTape;
  /** Number of the next event of the tape. */
  #number: number;
  #at = 0;

  constructor(view: Float64Array, tape: SharedTape, number: number) {
    this.#view = view;
    this.#tape = tape;
    this.#number = number;
  }

  get ended(): boolean {
    return this.#at >= this.#view.length;
  }

  next(most: number): InputBatch {
    const events: DataInput[] = [];
    const streams = new Uint16Array(most);
    const first = this.#number;
    while (events.length < most && this.#at < this.#view.length) {
      streams[events.length] = Math.floor((this.#view[this.#at] as number) / STREAM);
      events.push(this.#event());
    }
    this.#number += events.length;
    const { streams: keys, ties } = this.#tape;
    const cursorAfter = (index: number): Cursor => {
      const { tsEvent, seq } = events[index] as DataInput;
      const stream = keys[streams[index] as number] as string;
      return { tsEvent, seq, stream, index: ties.get(first + index) ?? 0 };
    };
    return { events, cursorAfter };
  }

  /** Each kind is one literal with its fields in the order of the archive's, so that a kind has one hidden class. */
  #event(): DataInput {
    const kind = (this.#view[this.#at] as number) % SLOT;
    if (kind === BAR) return this.#bar();
    if (kind === QUOTE) return this.#quote();
    if (kind === TRADE) return this.#trade();
    return this.#rare(kind);
  }

  #bar(): DataInput {
    const view = this.#view;
    const at = this.#at;
    this.#at = at + 12;
    return {
      kind: 'bar',
      slot: slotOf(view[at] as number),
      seq: view[at + 1] as number,
      tsEvent: view[at + 2] as number,
      tsInit: view[at + 3] as number,
      start: view[at + 4] as number,
      end: view[at + 5] as number,
      open: view[at + 6] as PriceTicks,
      high: view[at + 7] as PriceTicks,
      low: view[at + 8] as PriceTicks,
      close: view[at + 9] as PriceTicks,
      volume: view[at + 10] as QuantityLots,
      count: view[at + 11] as number,
    };
  }

  #quote(): DataInput {
    const view = this.#view;
    const at = this.#at;
    this.#at = at + 8;
    return {
      kind: 'quote',
      slot: slotOf(view[at] as number),
      seq: view[at + 1] as number,
      tsEvent: view[at + 2] as number,
      tsInit: view[at + 3] as number,
      bidPrice: view[at + 4] as PriceTicks,
      bidQuantity: view[at + 5] as QuantityLots,
      askPrice: view[at + 6] as PriceTicks,
      askQuantity: view[at + 7] as QuantityLots,
    };
  }

  #trade(): DataInput {
    const view = this.#view;
    const at = this.#at;
    this.#at = at + 8;
    const id = view[at + 4] as number;
    return {
      kind: 'trade',
      slot: slotOf(view[at] as number),
      seq: view[at + 1] as number,
      tsEvent: view[at + 2] as number,
      tsInit: view[at + 3] as number,
      tradeId: id >= 0 ? String(id) : (this.#tape.others[-id - 1] as string),
      price: view[at + 5] as PriceTicks,
      quantity: view[at + 6] as QuantityLots,
      aggressor: AGGRESSORS[view[at + 7] as number] ?? 'unknown',
    };
  }

  #rare(kind: number): DataInput {
    const view = this.#view;
    const at = this.#at;
    const [head, seq, tsEvent, tsInit] = view.subarray(at, at + 4) as unknown as [number, number, number, number];
    const slot = slotOf(head);
    if (kind === MARK) {
      this.#at = at + 5;
      return { kind: 'mark', slot, seq, tsEvent, tsInit, price: view[at + 4] as PriceTicks };
    }
    if (kind === FUNDING) {
      this.#at = at + 7;
      const [rate, rateScale, nextAt] = view.subarray(at + 4, at + 7) as unknown as [number, number, number];
      return { kind: 'funding', slot, seq, tsEvent, tsInit, rate, rateScale, nextAt };
    }
    if (kind === BOOK) {
      const bidsEnd = at + 7 + (view[at + 5] as number);
      this.#at = bidsEnd + (view[at + 6] as number);
      const bids = Array.from(view.subarray(at + 7, bidsEnd));
      const asks = Array.from(view.subarray(bidsEnd, this.#at));
      return { kind: 'book', slot, seq, tsEvent, tsInit, snapshot: view[at + 4] === 1, bids, asks };
    }
    this.#at = at + 5;
    return this.#tape.others[view[at + 4] as number] as DataInput;
  }
}

function slotOf(head: number): number {
  return Math.floor(head / SLOT) % SLOTS_MAX;
}
