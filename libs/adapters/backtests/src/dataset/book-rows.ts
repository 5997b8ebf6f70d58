import { ArchiveReadError, type StreamColumns } from '@portcullis/archive';
import type { ReplayInput } from '@portcullis/replay';
import { EXPECTED, type SlotIncrements } from './exact-rows.ts';
import { exactly, NOT_EXACT, roundedDown } from './increments.ts';

const BID = 1;

/** The rows of one book stream become events: one row is one level, and an event may begin in one batch and end in the next. */
export class BookRows {
  readonly #increments: SlotIncrements;
  #bids: number[] = [];
  #asks: number[] = [];
  #next = 0;
  #isOff = false;

  constructor(increments: SlotIncrements) {
    this.#increments = increments;
  }

  /** Takes one row of these columns at a time; where it ends an event, puts that behind `events` and says so. */
  of(columns: StreamColumns): (row: number, events: ReplayInput[]) => boolean {
    const numbers = (name: string) => columns.columns[name] as ArrayLike<number>;
    const { price, quantity } = this.#increments;
    const [indexes, counts, sides] = [numbers('index'), numbers('count'), numbers('side')];
    const [prices, quantities] = [numbers('price'), numbers('quantity')];
    const [priceScales, quantityScales] = [numbers('priceScale'), numbers('quantityScale')];
    return (row, events) => {
      const count = counts[row] as number;
      if ((indexes[row] as number) !== this.#next) throw this.#broken(columns, row);
      if (count > 0) {
        const [ps, qs] = [priceScales[row] as number, quantityScales[row] as number];
        const ticks = exactly(prices[row] as number, price.num[ps] as number, price.den[ps] as number);
        const lots = roundedDown(quantities[row] as number, quantity.num[qs] as number, quantity.den[qs] as number);
        if (ticks <= 0 || lots === NOT_EXACT) this.#isOff = true;
        else ((sides[row] as number) === BID ? this.#bids : this.#asks).push(ticks, lots);
        this.#next++;
      }
      if (this.#next < count) return false;
      events.push(this.#event(columns, row));
      return true;
    };
  }

  #event({ columns, stream }: StreamColumns, row: number): ReplayInput {
    const number = (name: string) => (columns[name] as ArrayLike<number>)[row] as number;
    const { slot } = this.#increments;
    const [seq, tsEvent, tsInit] = [number('seq'), number('tsEvent'), number('tsInit')];
    const { kind } = stream;
    const [bids, asks, isOff] = [this.#bids, this.#asks, this.#isOff];
    this.#bids = [];
    this.#asks = [];
    this.#next = 0;
    this.#isOff = false;
    if (!isOff) return { kind: 'book', slot, seq, tsEvent, tsInit, snapshot: kind === 'snapshot', bids, asks };
    const what = `${kind} with a level that does not fit: ${EXPECTED}`;
    return { kind: 'malformed', slot, seq, tsEvent, tsInit, what };
  }

  #broken({ columns, stream }: StreamColumns, row: number): Error {
    const [index, tsEvent] = [columns['index']?.[row], columns['tsEvent']?.[row]];
    const what = `level ${String(index)} of the ${stream.kind} at tsEvent ${String(tsEvent)} follows level ${this.#next - 1}`;
    return new ArchiveReadError(stream.key, what);
  }
}
