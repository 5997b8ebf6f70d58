import type { Cursor } from '@portcullis/archive';
import type { PriceTicks, QuantityLots } from '@portcullis/kernel';
import type { ReplayInput } from '@portcullis/replay';
import type { InputBatch } from './input-batch.ts';

/** First number of each record: `kind + 16 × slot + 16,384 × stream`; then seq, tsEvent, tsInit, and what the kind has. */
const KINDS = ['bar', 'quote', 'trade', 'mark', 'funding', 'book', 'other'] as const;
const [BAR, QUOTE, TRADE, MARK, FUNDING, BOOK] = [0, 1, 2, 3, 4, 5];
const SLOT = 16;
const SLOTS_MAX = 1024;
const STREAM = SLOT * SLOTS_MAX;
const AGGRESSORS = ['sell', 'unknown', 'buy'] as const;

/** Events that nobody writes any more. Their numbers lie in shared memory: posted to a thread they are not copied. */
export interface TapeSegment {
  readonly numbers: Float64Array;
  readonly events: number;
  /** Gaps, malformed records, and the ids of trades that are no plain numbers. */
  readonly others: readonly (ReplayInput | string)[];
  /** Keys of the streams that cursors name. */
  readonly streams: readonly string[];
  /** `index` of the cursor after an event where it is not 0, by the number of the event in the segment. */
  readonly ties: ReadonlyMap<number, number>;
}

/** Writes events into segments of some size; each is handed to `take` when it is full. */
export class SegmentWriter {
  readonly #bytes: number;
  readonly #take: (segment: TapeSegment) => void;
  #others: (ReplayInput | string)[] = [];
  #streams = new Map<string, number>();
  #ties = new Map<number, number>();
  #view = new Float64Array(new SharedArrayBuffer(0));
  #used = 0;
  #events = 0;

  constructor(bytes: number, take: (segment: TapeSegment) => void) {
    this.#bytes = bytes;
    this.#take = take;
  }

  write(event: ReplayInput, { stream, index }: Cursor): void {
    this.#room(event.kind === 'book' ? 7 + event.bids.length + event.asks.length : ROOM);
    let place = this.#streams.get(stream);
    if (place === undefined) this.#streams.set(stream, (place = this.#streams.size));
    if (index > 0) this.#ties.set(this.#events, index);
    const kind = event.kind === 'gap' || event.kind === 'malformed' ? 'other' : event.kind;
    const view = this.#view;
    view[this.#used++] = KINDS.indexOf(kind) + SLOT * event.slot + STREAM * place;
    view[this.#used++] = event.seq;
    view[this.#used++] = event.tsEvent;
    view[this.#used++] = event.tsInit;
    for (const field of this.#fields(event)) view[this.#used++] = field;
    this.#events += 1;
  }

  /** Hands out what is not full. */
  flush(): void {
    if (this.#events === 0) return;
    this.#take({
      numbers: this.#view.subarray(0, this.#used),
      events: this.#events,
      others: this.#others,
      streams: [...this.#streams.keys()],
      ties: this.#ties,
    });
    this.#others = [];
    this.#streams = new Map();
    this.#ties = new Map();
    this.#view = new Float64Array(new SharedArrayBuffer(0));
    this.#used = 0;
    this.#events = 0;
  }

  #fields(event: ReplayInput): readonly number[] {
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
    this.flush();
    const bytes = Math.max(this.#bytes, numbers * Float64Array.BYTES_PER_ELEMENT);
    this.#view = new Float64Array(new SharedArrayBuffer(bytes));
  }
}

/** Numbers of the largest record that is no book. */
const ROOM = 12;

/** The segment for another process, to which shared memory cannot be sent. */
export function copiedSegment(segment: TapeSegment): TapeSegment {
  return { ...segment, numbers: segment.numbers.slice() };
}

/** Makes the events of a segment again. */
export class SegmentReader {
  readonly #view: Float64Array;
  readonly #segment: TapeSegment;
  /** Number of the next event. */
  #number = 0;
  #at = 0;

  constructor(segment: TapeSegment) {
    this.#view = segment.numbers;
    this.#segment = segment;
  }

  get ended(): boolean {
    return this.#at >= this.#view.length;
  }

  next(most: number): InputBatch {
    const events: ReplayInput[] = [];
    const streams = new Uint16Array(most);
    const first = this.#number;
    while (events.length < most && this.#at < this.#view.length) {
      streams[events.length] = Math.floor((this.#view[this.#at] as number) / STREAM);
      events.push(this.#event());
    }
    this.#number += events.length;
    const { streams: keys, ties } = this.#segment;
    const cursorAfter = (index: number): Cursor => {
      const { tsEvent, seq } = events[index] as ReplayInput;
      const stream = keys[streams[index] as number] as string;
      return { tsEvent, seq, stream, index: ties.get(first + index) ?? 0 };
    };
    return { events, cursorAfter };
  }

  /** Each kind is one literal with its fields in the order of the archive's, so that a kind has one hidden class. */
  #event(): ReplayInput {
    const kind = (this.#view[this.#at] as number) % SLOT;
    if (kind === BAR) return this.#bar();
    if (kind === QUOTE) return this.#quote();
    if (kind === TRADE) return this.#trade();
    return this.#rare(kind);
  }

  #bar(): ReplayInput {
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

  #quote(): ReplayInput {
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

  #trade(): ReplayInput {
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
      tradeId: id >= 0 ? String(id) : (this.#segment.others[-id - 1] as string),
      price: view[at + 5] as PriceTicks,
      quantity: view[at + 6] as QuantityLots,
      aggressor: AGGRESSORS[view[at + 7] as number] ?? 'unknown',
    };
  }

  #rare(kind: number): ReplayInput {
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
    return this.#segment.others[view[at + 4] as number] as ReplayInput;
  }
}

function slotOf(head: number): number {
  return Math.floor(head / SLOT) % SLOTS_MAX;
}
