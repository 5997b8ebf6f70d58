import type { Aggressor, ScaledEvent } from '@portcullis/market';
import { type Scaled, atOneScale, scaledOf, scaledOfDouble } from '../scaled-text.ts';
import { type ColumnMap, timeUnitOf } from './column-map.ts';
import type { Table } from './table-rows.ts';
import { type ExactTime, type TimeUnit, timeOf } from './time-text.ts';

/** Why a row is refused. */
export class RowRefusal {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

export interface RowOptions {
  readonly symbol: string;
  /** Microseconds of one period, for bars. */
  readonly period: number;
}

const BUYS = new Set(['buy', 'b', 'bid', '1']);
const SELLS = new Set(['sell', 's', 'ask', 'a', '-1']);
const NEITHER = new Set(['', 'any', 'unknown', 'none', 'null', '0']);
const YES = new Set(['true', 't', '1', 'yes']);
const NO = new Set(['false', 'f', '0', 'no']);

/** Makes events of a table's rows. A row that fits is one event; `rounded` counts numbers that were printed doubles with a computation's trace. */
export class RowReader {
  readonly #map: ColumnMap;
  readonly #options: RowOptions;
  readonly #unit: TimeUnit;
  readonly #doubles: ReadonlyMap<string, boolean>;
  readonly #index: ReadonlyMap<string, number>;
  #cells: readonly string[] = [];
  rounded = 0;

  /** `unit` is undefined only where the table gives nanoseconds by itself. */
  constructor(map: ColumnMap, table: Pick<Table, 'doubles' | 'hasNanos'>, options: RowOptions) {
    this.#map = map;
    this.#options = options;
    this.#unit = table.hasNanos ? 'ns' : (timeUnitOf(map) ?? 'iso');
    this.#index = new Map(map.columns.map(({ field }, index) => [field, index]));
    this.#doubles = new Map(map.columns.map(({ field }, index) => [field, table.doubles[index] === true]));
  }

  /** The event of one row, without a trade id where the table has none. */
  event(cells: readonly string[]): ScaledEvent | RowRefusal {
    this.#cells = cells;
    const time = timeOf(this.#text('ts'), this.#unit);
    if (time === undefined) return this.#refuse('ts', `a time in ${this.#unit}`);
    switch (this.#map.kind) {
      case 'trade':
        return this.#trade(time);
      case 'quote':
        return this.#quote(time);
      case 'bar':
        return this.#bar(time);
    }
  }

  #text(field: string): string {
    return this.#cells[this.#index.get(field) ?? -1] ?? '';
  }

  #has(field: string): boolean {
    return this.#index.has(field);
  }

  #refuse(field: string, expected: string): RowRefusal {
    const column = this.#map.columns[this.#index.get(field) ?? -1]?.column ?? field;
    const text = this.#text(field);
    const shown = text === '' ? 'is empty' : `is ${JSON.stringify(text.slice(0, 40))}`;
    return new RowRefusal(`${column} ${shown}: expected ${expected}`);
  }

  /** The numbers of some fields at one scale, or the refusal of the first that is wrong. */
  #numbers(fields: readonly string[]): { readonly units: number[]; readonly scale: number } | RowRefusal {
    const numbers: Scaled[] = [];
    for (const field of fields) {
      const text = this.#text(field);
      const isDouble = this.#doubles.get(field) === true;
      const scaled = isDouble ? scaledOfDouble(text) : scaledOf(text);
      if (scaled === undefined || scaled.units < 0) {
        return this.#refuse(field, 'a number above or equal to zero that an exact integer holds');
      }
      if (isDouble && (scaled as { rounded?: boolean }).rounded === true) this.rounded += 1;
      numbers.push(scaled);
    }
    return atOneScale(numbers) ?? this.#refuse(fields[0] ?? '', `numbers of similar size in ${fields.join(', ')}`);
  }

  #trade({ micros, nanos }: ExactTime): ScaledEvent | RowRefusal {
    const price = this.#numbers(['price']);
    const quantity = this.#numbers(['quantity']);
    if (price instanceof RowRefusal) return price;
    if (quantity instanceof RowRefusal) return quantity;
    if (price.units[0] === 0) return this.#refuse('price', 'a price above zero');
    const aggressor = this.#aggressor();
    if (aggressor instanceof RowRefusal) return aggressor;
    const tradeId = this.#text('id');
    if (this.#has('id') && (tradeId === '' || tradeId.length > 64)) return this.#refuse('id', '1 to 64 characters');
    return {
      kind: 'trade',
      symbol: this.#options.symbol,
      tsEvent: micros,
      tsEventNanos: nanos,
      tradeId,
      price: price.units[0] ?? 0,
      quantity: quantity.units[0] ?? 0,
      aggressor,
      priceScale: price.scale,
      quantityScale: quantity.scale,
    };
  }

  #aggressor(): Aggressor | RowRefusal {
    if (!this.#has('side')) return 'unknown';
    const word = this.#text('side').toLowerCase();
    const isMaker = this.#map.columns.find(({ field }) => field === 'side')?.reading === 'maker';
    if (isMaker) {
      // The buyer waited in the book, so the seller came to it.
      if (YES.has(word)) return 'sell';
      return NO.has(word) ? 'buy' : this.#refuse('side', 'true or false: whether the buyer is the maker');
    }
    if (BUYS.has(word)) return 'buy';
    if (SELLS.has(word)) return 'sell';
    return NEITHER.has(word) ? 'unknown' : this.#refuse('side', 'buy, sell or any');
  }

  #quote({ micros, nanos }: ExactTime): ScaledEvent | RowRefusal {
    const prices = this.#numbers(['bid', 'ask']);
    const quantities = this.#numbers(['bidQuantity', 'askQuantity']);
    if (prices instanceof RowRefusal) return prices;
    if (quantities instanceof RowRefusal) return quantities;
    const sequence = this.#has('sequence') ? Number(this.#text('sequence')) : 0;
    if (!Number.isSafeInteger(sequence) || sequence < 0) return this.#refuse('sequence', 'a whole number');
    const [bidPrice = 0, askPrice = 0] = prices.units;
    const [bidQuantity = 0, askQuantity = 0] = quantities.units;
    return {
      kind: 'quote',
      symbol: this.#options.symbol,
      tsEvent: micros,
      tsEventNanos: nanos,
      sequence,
      bidPrice,
      bidQuantity,
      askPrice,
      askQuantity,
      priceScale: prices.scale,
      quantityScale: quantities.scale,
    };
  }

  #bar({ micros }: ExactTime): ScaledEvent | RowRefusal {
    const { period, symbol } = this.#options;
    if (micros % period !== 0) return this.#refuse('ts', `a start on the grid of ${period / 1_000_000} s`);
    const prices = this.#numbers(['open', 'high', 'low', 'close']);
    const volumes = this.#numbers(this.#has('takerVolume') ? ['volume', 'takerVolume'] : ['volume']);
    if (prices instanceof RowRefusal) return prices;
    if (volumes instanceof RowRefusal) return volumes;
    const [open = 0, high = 0, low = 0, close = 0] = prices.units;
    if (low === 0 || low > Math.min(open, close) || high < Math.max(open, close)) {
      return this.#refuse('low', 'low <= open, close <= high, all above zero');
    }
    const count = this.#has('count') ? Number(this.#text('count')) : -1;
    if (!Number.isSafeInteger(count)) return this.#refuse('count', 'a whole number');
    const quoteVolume = this.#text('quoteVolume');
    if (quoteVolume !== '' && !/^\d+(\.\d+)?$/.test(quoteVolume)) return this.#refuse('quoteVolume', 'a plain decimal');
    const [volume = 0, takerVolume = -1] = volumes.units;
    return {
      kind: 'bar',
      symbol,
      tsEvent: micros + period - 1,
      tsEventNanos: 0,
      period,
      start: micros,
      open,
      high,
      low,
      close,
      volume,
      takerVolume,
      quoteVolume,
      count,
      priceScale: prices.scale,
      quantityScale: volumes.scale,
    };
  }
}
