import type { DataStream, NumberedEvent, ScaledEvent } from '@portcullis/market';
import type { Findings } from '../findings.ts';

/** What came twice or too late in a capture and was left out, as its normalizer tells it. */
export interface Dropped {
  readonly why: 'duplicate' | 'out-of-order';
  readonly stream: DataStream;
  readonly symbol: string;
  readonly at: number;
}

/** What an importer gets: where events go, and where it says what is wrong. */
export interface ImportContext {
  readonly venue: string;
  readonly findings: Findings;
  /** Events of one instrument come with growing numbers. */
  emit(event: NumberedEvent): void;
  /** A row that does not fit. Counted and, for the first of them, kept. */
  refuse(place: { readonly file: string; readonly line: number }, reason: string): void;
  /** Rows that were there already, in the same words. */
  duplicate(count: number): void;
  dropped(drop: Dropped): void;
  /** Bytes of a file on the disk that were read. */
  onBytes(file: string, bytes: number): void;
  /** Called often between events: lets what was emitted be written, and throws when the import is to stop. */
  settle(): Promise<void>;
  /** What was emitted up to here may become visible. */
  endOfFile(): Promise<void>;
}

/** Reads all files into a context. It is run twice for one import: once to check, once to write. */
export type Importer = (context: ImportContext) => Promise<void>;

/**
 * Where the numbers of quotes begin that are numbered apart from trades: above every microsecond, so that the two never
 * have one number, whichever is imported first. In the same microsecond a trade comes before a quote.
 */
const QUOTES_FROM = 4_000_000_000_000_000;

/**
 * The number of events without one: the microsecond when they happened (or were received), or one more than the event
 * before it where that is higher. The same rows get the same numbers in every import.
 */
export class SequenceByTime {
  readonly #last = new Map<string, number>();

  /** Of a trade or a quote out of a file that has one kind alone. */
  ofKind({ kind, symbol, tsEvent }: ScaledEvent): number {
    return kind === 'quote' ? QUOTES_FROM + this.next(`quote ${symbol}`, tsEvent) : this.next(symbol, tsEvent);
  }

  next(symbol: string, micros: number): number {
    const number = Math.max(micros, (this.#last.get(symbol) ?? -1) + 1);
    this.#last.set(symbol, number);
    return number;
  }
}

/** Rows between two looks at the context. */
export const SETTLE_ROWS = 4096;
