import type { MarketKind } from '@portcullis/contracts';
import { assert, unreachable } from '@portcullis/kernel';
import type {
  Aggressor,
  FlatLevels,
  NumberedEvent,
  ScaledBar,
  ScaledDelta,
  ScaledQuote,
  ScaledSnapshot,
  ScaledTrade,
} from '@portcullis/market';
import { ARCHIVE_COLUMNS } from '../columns.ts';
import type { DuckInput } from '../duck.ts';
import { TextCells } from '../duck-vectors.ts';
import { LongColumn, SmallColumn, type TypedColumn, typedColumn } from './typed-columns.ts';

const ROWS_FIRST = 64;
const SIDES: Readonly<Record<Aggressor, number>> = { buy: 1, sell: -1, unknown: 0 };
const BID = 1;
const ASK = -1;
/** Bytes of a row of the widest kind, about. */
const ROW_BYTES = 100;

/**
 * Events of one kind as the columns of {@link ARCHIVE_COLUMNS}, a row each, or a row for each level of a book event.
 * Values are as they come; what does not fit its column (no safe integer, a scale beyond a byte) is a bug of the parser
 * and throws.
 */
export class EventColumns {
  readonly kind: MarketKind;
  readonly #columns: readonly TypedColumn[];
  readonly #long: Readonly<Record<string, LongColumn>>;
  readonly #small: Readonly<Record<string, SmallColumn>>;
  readonly #text: Readonly<Record<string, TextCells>>;
  #capacity = ROWS_FIRST;
  #rows = 0;
  #tsEventLast = -1;
  #seqLast = -1;
  #sorted = true;
  tsEventMin = Number.MAX_SAFE_INTEGER;
  tsEventMax = 0;
  seqMin = Number.MAX_SAFE_INTEGER;
  seqMax = 0;

  constructor(kind: MarketKind) {
    this.kind = kind;
    const columns = ARCHIVE_COLUMNS[kind].map(({ name, type }) => [name, typedColumn(type, ROWS_FIRST)] as const);
    const of = <T extends TypedColumn>(type: abstract new (...parameters: never[]) => T): Record<string, T> =>
      Object.fromEntries(
        columns.filter((column): column is readonly [string, T & (typeof column)[1]] => column[1] instanceof type),
      );
    this.#columns = columns.map(([, column]) => column);
    this.#long = of(LongColumn);
    this.#small = of(SmallColumn);
    this.#text = of(TextCells);
  }

  get rows(): number {
    return this.#rows;
  }

  /** True while every event came after the one before it by (tsEvent, seq): such rows need no sorting. */
  get sorted(): boolean {
    return this.#sorted;
  }

  /** About what it takes of memory. */
  get bytes(): number {
    let units = 0;
    for (const column of Object.values(this.#text)) units += column.units;
    return this.#capacity * ROW_BYTES + units * 2;
  }

  /** As {@link ARCHIVE_COLUMNS} orders them. The arrays hold until the next append. */
  views(): DuckInput[] {
    return this.#columns.map((column) => column.view(this.#rows));
  }

  append(event: NumberedEvent): void {
    assert(event.kind === this.kind, `a ${event.kind} among events of kind ${this.kind}`);
    const rows = rowsOf(event);
    this.#reserve(this.#rows + rows);
    this.#putCommon(event, rows);
    this.#putKind(event, rows);
    this.#rows += rows;
    this.#note(event);
  }

  #reserve(rows: number): void {
    if (rows <= this.#capacity) return;
    while (this.#capacity < rows) this.#capacity *= 2;
    for (const column of this.#columns) column.reserve(this.#capacity);
  }

  #note({ tsEvent, seq }: NumberedEvent): void {
    if (tsEvent < this.#tsEventLast || (tsEvent === this.#tsEventLast && seq <= this.#seqLast)) this.#sorted = false;
    this.#tsEventLast = tsEvent;
    this.#seqLast = seq;
    if (tsEvent < this.tsEventMin) this.tsEventMin = tsEvent;
    if (tsEvent > this.tsEventMax) this.tsEventMax = tsEvent;
    if (seq < this.seqMin) this.seqMin = seq;
    if (seq > this.seqMax) this.seqMax = seq;
  }

  #putCommon({ tsEvent, seq, tsInit, tsEventNanos }: NumberedEvent, rows: number): void {
    const at = this.#rows;
    this.#long['tsEvent']?.repeat(at, rows, tsEvent);
    this.#long['seq']?.repeat(at, rows, seq);
    this.#long['tsInit']?.repeat(at, rows, tsInit);
    this.#small['tsEventNanos']?.repeat(at, rows, tsEventNanos);
  }

  #putKind(event: NumberedEvent, rows: number): void {
    switch (event.kind) {
      case 'quote':
        return this.#putQuote(event);
      case 'trade':
        return this.#putTrade(event);
      case 'delta':
        this.#putLong('firstSequence', event.firstSequence, rows);
        this.#putLong('lastSequence', event.lastSequence, rows);
        return this.#putLevels(event, rows);
      case 'snapshot':
        this.#putLong('sequence', event.sequence, rows);
        return this.#putLevels(event, rows);
      case 'bar':
        return this.#putBar(event);
      case 'mark':
        this.#putLong('price', event.price);
        this.#putLong('index', event.index);
        return this.#putSmall('priceScale', event.priceScale);
      case 'funding':
        this.#putLong('rate', event.rate);
        this.#putSmall('rateScale', event.rateScale);
        return this.#putLong('nextAt', event.nextAt);
      case 'gap':
        this.#putText('reason', event.reason);
        this.#putText('detail', event.detail);
        this.#putText('stream', event.stream);
        this.#putLong('from', event.from);
        return this.#putLong('to', event.to);
      default:
        return unreachable(event);
    }
  }

  #putQuote(event: ScaledQuote): void {
    this.#putLong('sequence', event.sequence);
    this.#putLong('bidPrice', event.bidPrice);
    this.#putLong('bidQuantity', event.bidQuantity);
    this.#putLong('askPrice', event.askPrice);
    this.#putLong('askQuantity', event.askQuantity);
    this.#putScales(event);
  }

  #putTrade(event: ScaledTrade): void {
    this.#putText('tradeId', event.tradeId);
    this.#putSmall('aggressor', SIDES[event.aggressor]);
    this.#putLong('price', event.price);
    this.#putLong('quantity', event.quantity);
    this.#putScales(event);
  }

  #putBar(event: ScaledBar): void {
    this.#putLong('period', event.period);
    this.#putLong('start', event.start);
    this.#putLong('open', event.open);
    this.#putLong('high', event.high);
    this.#putLong('low', event.low);
    this.#putLong('close', event.close);
    this.#putLong('volume', event.volume);
    this.#putLong('takerVolume', event.takerVolume);
    this.#putText('quoteVolume', event.quoteVolume);
    this.#putLong('count', event.count);
    this.#putScales(event);
  }

  #putLevels(event: ScaledDelta | ScaledSnapshot, rows: number): void {
    const levels = (event.bids.length + event.asks.length) / 2;
    assert(Number.isSafeInteger(levels), 'levels come in pairs of price and quantity');
    this.#putSmall('count', levels, rows);
    this.#putScales(event, rows);
    if (levels === 0) {
      this.#putSide([0, 0], 0, 0);
      return;
    }
    this.#putSide(event.bids, BID, 0);
    this.#putSide(event.asks, ASK, event.bids.length / 2);
  }

  #putSide(levels: FlatLevels, side: number, first: number): void {
    const { price, quantity } = this.#long;
    const { index, side: sides } = this.#small;
    for (let level = 0; level * 2 < levels.length; level++) {
      const row = this.#rows + first + level;
      index?.put(row, first + level);
      sides?.put(row, side);
      price?.put(row, levels[level * 2] as number);
      quantity?.put(row, levels[level * 2 + 1] as number);
    }
  }

  #putScales({ priceScale, quantityScale }: { priceScale: number; quantityScale: number }, rows = 1): void {
    this.#putSmall('priceScale', priceScale, rows);
    this.#putSmall('quantityScale', quantityScale, rows);
  }

  #putLong(name: string, value: number, rows = 1): void {
    this.#long[name]?.repeat(this.#rows, rows, value);
  }

  #putSmall(name: string, value: number, rows = 1): void {
    this.#small[name]?.repeat(this.#rows, rows, value);
  }

  #putText(name: string, value: string): void {
    this.#text[name]?.put(this.#rows, value);
  }
}

/** Rows that an event takes. */
function rowsOf(event: NumberedEvent): number {
  if (event.kind !== 'delta' && event.kind !== 'snapshot') return 1;
  return Math.max(1, (event.bids.length + event.asks.length) / 2);
}
