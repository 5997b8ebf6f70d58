import type { MarketInput, MarketInputKind } from '@portcullis/market';

/** What names an event among those of its instrument. Plain JSON. */
interface EventName {
  readonly kind: MarketInputKind;
  readonly slot: number;
  readonly seq: number;
  readonly tsEvent: number;
}

/** Plain JSON. */
export interface EventCountsSnapshot {
  readonly byKind: readonly number[];
  readonly malformed: number;
  readonly duplicates: number;
  readonly outOfOrder: number;
  readonly from: number;
  readonly to: number;
  readonly lastOf: readonly (EventName | null)[];
  readonly lastSlot: number;
}

const KINDS = ['bar', 'quote', 'trade', 'book', 'mark', 'funding', 'gap'] as const satisfies readonly MarketInputKind[];

/** Counts what a run was fed, and remembers the last event of each instrument, to name it beside one out of order. */
export class EventCounts {
  #bars = 0;
  #quotes = 0;
  #trades = 0;
  #books = 0;
  #marks = 0;
  #fundings = 0;
  #gaps = 0;
  malformed = 0;
  #duplicates = 0;
  #outOfOrder = 0;
  #from = 0;
  #to = 0;
  readonly #lastOf: (EventName | undefined)[];
  #lastSlot = 0;

  constructor(slots: number) {
    this.#lastOf = Array.from({ length: slots }, () => undefined);
  }

  /** Events that were used. */
  get events(): number {
    return this.#bars + this.#quotes + this.#trades + this.#books + this.#marks + this.#fundings + this.#gaps;
  }

  get leftOut(): number {
    return this.#duplicates + this.#outOfOrder;
  }

  /** An event that is in order. */
  admitted(event: MarketInput): void {
    this.#lastOf[event.slot] = event;
    this.#lastSlot = event.slot;
  }

  used(event: MarketInput): void {
    if (this.#from === 0) this.#from = event.tsEvent;
    this.#to = event.tsEvent;
    switch (event.kind) {
      case 'bar':
        this.#bars += 1;
        return;
      case 'quote':
        this.#quotes += 1;
        return;
      case 'trade':
        this.#trades += 1;
        return;
      case 'book':
        this.#books += 1;
        return;
      case 'mark':
        this.#marks += 1;
        return;
      case 'funding':
        this.#fundings += 1;
        return;
      case 'gap':
        this.#gaps += 1;
        return;
    }
  }

  /** Counts an event that is out of order, and says beside which it is. */
  disorder(event: MarketInput, why: 'duplicate' | 'out-of-order'): string {
    if (why === 'duplicate') this.#duplicates += 1;
    else this.#outOfOrder += 1;
    const own = this.#lastOf[event.slot];
    const before =
      own !== undefined && (event.seq <= own.seq || event.tsEvent < own.tsEvent) ? own : this.#lastOf[this.#lastSlot];
    const after = before === undefined ? '' : ` after ${named(before)}`;
    return why === 'duplicate' ? `${named(event)} came twice,${after}` : `${named(event)} came${after}, out of order`;
  }

  summary(): {
    readonly events: number;
    readonly eventsByKind: Readonly<Record<string, number>>;
    readonly from: number;
    readonly to: number;
    readonly malformed: number;
    readonly duplicates: number;
    readonly outOfOrder: number;
    readonly gaps: number;
  } {
    const counts = this.#byKind();
    const some = KINDS.map((kind, i) => [kind, counts[i] as number] as const).filter(([, count]) => count > 0);
    return {
      events: this.events,
      eventsByKind: Object.fromEntries(some),
      from: this.#from,
      to: this.#to,
      malformed: this.malformed,
      duplicates: this.#duplicates,
      outOfOrder: this.#outOfOrder,
      gaps: this.#gaps,
    };
  }

  #byKind(): readonly number[] {
    return [this.#bars, this.#quotes, this.#trades, this.#books, this.#marks, this.#fundings, this.#gaps];
  }

  snapshot(): EventCountsSnapshot {
    const name = (event: EventName | undefined): EventName | null =>
      event === undefined ? null : { kind: event.kind, slot: event.slot, seq: event.seq, tsEvent: event.tsEvent };
    return {
      byKind: this.#byKind(),
      malformed: this.malformed,
      duplicates: this.#duplicates,
      outOfOrder: this.#outOfOrder,
      from: this.#from,
      to: this.#to,
      lastOf: this.#lastOf.map(name),
      lastSlot: this.#lastSlot,
    };
  }

  restore(snapshot: EventCountsSnapshot): void {
    const [bars = 0, quotes = 0, trades = 0, books = 0, marks = 0, fundings = 0, gaps = 0] = snapshot.byKind;
    this.#bars = bars;
    this.#quotes = quotes;
    this.#trades = trades;
    this.#books = books;
    this.#marks = marks;
    this.#fundings = fundings;
    this.#gaps = gaps;
    this.malformed = snapshot.malformed;
    this.#duplicates = snapshot.duplicates;
    this.#outOfOrder = snapshot.outOfOrder;
    this.#from = snapshot.from;
    this.#to = snapshot.to;
    for (const [slot, event] of snapshot.lastOf.entries()) this.#lastOf[slot] = event ?? undefined;
    this.#lastSlot = snapshot.lastSlot;
  }
}

function named({ kind, slot, seq, tsEvent }: EventName): string {
  return `${kind} ${seq} of instrument ${slot} at ${tsEvent}`;
}
