import type { ScaledEvent } from '@portcullis/market';
import { type Scaled, atOneScale, scaledOfDouble } from '../scaled-text.ts';
import { LEAN_PERIODS, type LeanFile } from './lean-name.ts';

const DAY_MILLIS = 86_400_000;

interface Row {
  readonly file: LeanFile;
  readonly symbol: string;
  /** Start of its period (or its moment, for ticks), microseconds. */
  readonly start: number;
  readonly cells: readonly string[];
}

/** The start of a row, microseconds: milliseconds since midnight, or `YYYYMMDD HH:mm`. Or why it is none. */
function startOf(file: LeanFile, text: string): number | string {
  if (file.midnight === 0) {
    const [, year, month, day, clock] = /^(\d{4})(\d{2})(\d{2}) (\d{2}:\d{2})$/.exec(text) ?? [];
    const millis = Date.parse(`${year}-${month}-${day}T${clock}:00Z`);
    return Number.isNaN(millis) ? `time is ${JSON.stringify(text)}: expected YYYYMMDD HH:mm` : millis * 1000;
  }
  const millis = /^\d{1,8}$/.test(text) ? Number(text) : Number.NaN;
  if (millis < DAY_MILLIS) return file.midnight + millis * 1000;
  return `time is ${JSON.stringify(text.slice(0, 40))}: expected milliseconds since midnight`;
}

/** How many columns a row has, by what the file holds. */
function columnsOf({ resolution, tickType }: LeanFile): number {
  if (resolution === 'tick') return tickType === 'trade' ? 3 : 5;
  return tickType === 'trade' ? 6 : 11;
}

function numbersOf(cells: readonly string[], places: readonly number[]): { units: number[]; scale: number } | string {
  const numbers: Scaled[] = [];
  for (const place of places) {
    const text = cells[place] ?? '';
    const scaled = scaledOfDouble(text);
    if (scaled === undefined || scaled.units < 0) {
      return `column ${place + 1} is ${JSON.stringify(text.slice(0, 40))}: expected a number above or equal to zero`;
    }
    numbers.push(scaled);
  }
  return atOneScale(numbers) ?? `columns ${places.map((place) => place + 1).join(', ')} do not fit one scale`;
}

/**
 * The event of a row, undefined where a side of its quote is empty, or why it is refused. Trade bars become bars. A quote bar
 * becomes the quote at its end, because bids and asks of its beginning, highest and lowest do not belong to one moment.
 */
export function leanEvent(file: LeanFile, symbol: string, line: string): ScaledEvent | undefined | string {
  const cells = line.split(',');
  const expected = columnsOf(file);
  if (cells.length !== expected) return `${cells.length} columns: expected ${expected}`;
  const start = startOf(file, cells[0] ?? '');
  if (typeof start === 'string') return start;
  const period = LEAN_PERIODS[file.resolution];
  if (period > 0 && start % period !== 0) return `time ${cells[0]} is not on the grid of ${period / 1_000_000} s`;
  const row = { file, symbol, start, cells };
  if (file.tickType === 'quote') return quoteOf(row);
  return file.resolution === 'tick' ? tradeOf(row) : barOf(row);
}

function barOf({ file, symbol, start, cells }: Row): ScaledEvent | string {
  const prices = numbersOf(cells, [1, 2, 3, 4]);
  if (typeof prices === 'string') return prices;
  const volumes = numbersOf(cells, [5]);
  if (typeof volumes === 'string') return volumes;
  const [open = 0, high = 0, low = 0, close = 0] = prices.units;
  if (low === 0 || low > Math.min(open, close) || high < Math.max(open, close)) {
    return `open, high, low, close are ${cells.slice(1, 5).join(', ')}: expected 0 < low <= open, close <= high`;
  }
  const period = LEAN_PERIODS[file.resolution];
  return {
    kind: 'bar',
    symbol,
    tsEvent: start + period - 1,
    tsEventNanos: 0,
    period,
    start,
    open,
    high,
    low,
    close,
    volume: volumes.units[0] ?? 0,
    takerVolume: -1,
    quoteVolume: '',
    count: -1,
    priceScale: prices.scale,
    quantityScale: volumes.scale,
  };
}

function quoteOf({ file, symbol, start, cells }: Row): ScaledEvent | undefined | string {
  const isTick = file.resolution === 'tick';
  const [bid, bidSize, ask, askSize] = isTick ? [1, 2, 3, 4] : [4, 5, 9, 10];
  // A side that had no order in the whole period is left empty.
  if ([bid, ask].some((place) => (cells[place] ?? '') === '')) return undefined;
  const prices = numbersOf(cells, [bid, ask]);
  if (typeof prices === 'string') return prices;
  const quantities = numbersOf(cells, [bidSize, askSize]);
  if (typeof quantities === 'string') return quantities;
  const [bidPrice = 0, askPrice = 0] = prices.units;
  const [bidQuantity = 0, askQuantity = 0] = quantities.units;
  return {
    kind: 'quote',
    symbol,
    tsEvent: isTick ? start : start + LEAN_PERIODS[file.resolution] - 1,
    tsEventNanos: 0,
    sequence: 0,
    bidPrice,
    bidQuantity,
    askPrice,
    askQuantity,
    priceScale: prices.scale,
    quantityScale: quantities.scale,
  };
}

function tradeOf({ symbol, start, cells }: Row): ScaledEvent | string {
  const price = numbersOf(cells, [1]);
  if (typeof price === 'string') return price;
  const quantity = numbersOf(cells, [2]);
  if (typeof quantity === 'string') return quantity;
  return {
    kind: 'trade',
    symbol,
    tsEvent: start,
    tsEventNanos: 0,
    tradeId: '',
    price: price.units[0] ?? 0,
    quantity: quantity.units[0] ?? 0,
    aggressor: 'unknown',
    priceScale: price.scale,
    quantityScale: quantity.scale,
  };
}
