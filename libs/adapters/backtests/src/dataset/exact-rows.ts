import type { StreamColumns } from '@portcullis/archive';
import { type PriceTicks, type QuantityLots, unreachable } from '@portcullis/kernel';
import { formatScaled, type GapInput, type InstrumentRules } from '@portcullis/market';
import type { MalformedRecord, ReplayInput } from '@portcullis/replay';
import { exactly, type Increments, incrementsOf, roundedDown } from './increments.ts';

/** What rows of one instrument are made exact with. */
export interface SlotIncrements {
  readonly slot: number;
  readonly price: Increments;
  readonly quantity: Increments;
}

export function slotIncrements(slot: number, rules: InstrumentRules): SlotIncrements {
  return { slot, price: incrementsOf(rules.tickSize), quantity: incrementsOf(rules.lotSize) };
}

type Numbers = ArrayLike<number>;

/** Makes the rows from `first` up to before `end` of some columns exact, one event each, into `out` from `at` on. */
export type RowDecoder = (first: number, end: number, out: ReplayInput[], at: number) => void;

/** Each event is one literal with its fields in the order of the tape's, so that a kind has one hidden class. */
export function exactDecoder(columns: StreamColumns, of: SlotIncrements): RowDecoder {
  const { kind } = columns.stream;
  switch (kind) {
    case 'bar':
      return barDecoder(columns, of);
    case 'quote':
      return quoteDecoder(columns, of);
    case 'trade':
      return tradeDecoder(columns, of);
    case 'mark':
      return markDecoder(columns, of);
    case 'funding':
      return fundingDecoder(columns, of);
    case 'gap':
      return gapDecoder(columns, of);
    case 'delta':
    case 'snapshot':
      throw new Error(`the rows of a ${kind} are gathered by BookRows`);
    default:
      return unreachable(kind);
  }
}

function numbers({ columns }: StreamColumns, name: string): Numbers {
  return columns[name] as Numbers;
}

/** The scale that all rows share, or -1. */
function shared(scales: Numbers): number {
  const first = scales[0] ?? -1;
  for (let i = 1; i < scales.length; i++) if (scales[i] !== first) return -1;
  return first;
}

/** The factors of a chunk: one where its rows share a scale, else one a row. */
class Factors {
  num = 1;
  den = 1;
  readonly isShared: boolean;
  readonly #scales: Numbers;
  readonly #of: Increments;

  constructor(scales: Numbers, of: Increments) {
    this.#scales = scales;
    this.#of = of;
    const scale = shared(scales);
    this.isShared = scale >= 0;
    if (this.isShared) this.#take(scale);
  }

  row(row: number): void {
    this.#take(this.#scales[row] as number);
  }

  #take(scale: number): void {
    this.num = this.#of.num[scale] as number;
    this.den = this.#of.den[scale] as number;
  }
}

function barDecoder(columns: StreamColumns, { slot, price, quantity }: SlotIncrements): RowDecoder {
  const tsEvents = numbers(columns, 'tsEvent');
  const seqs = numbers(columns, 'seq');
  const tsInits = numbers(columns, 'tsInit');
  const starts = numbers(columns, 'start');
  const periods = numbers(columns, 'period');
  const [opens, highs] = [numbers(columns, 'open'), numbers(columns, 'high')];
  const [lows, closes] = [numbers(columns, 'low'), numbers(columns, 'close')];
  const volumes = numbers(columns, 'volume');
  const counts = numbers(columns, 'count');
  const prices = new Factors(numbers(columns, 'priceScale'), price);
  const quantities = new Factors(numbers(columns, 'quantityScale'), quantity);
  const isShared = prices.isShared && quantities.isShared;
  return (first, end, out, at) => {
    for (let row = first, to = at; row < end; row++, to++) {
      if (!isShared) {
        prices.row(row);
        quantities.row(row);
      }
      const open = exactly(opens[row] as number, prices.num, prices.den);
      const high = exactly(highs[row] as number, prices.num, prices.den);
      const low = exactly(lows[row] as number, prices.num, prices.den);
      const close = exactly(closes[row] as number, prices.num, prices.den);
      const volume = roundedDown(volumes[row] as number, quantities.num, quantities.den);
      const count = counts[row] as number;
      // Covers NOT_EXACT too, which is below zero.
      const good = low > 0 && open >= low && open <= high && close >= low && close <= high && volume >= 0;
      if (!good) {
        out[to] = malformed(columns, slot, row);
        continue;
      }
      const start = starts[row] as number;
      out[to] = {
        kind: 'bar',
        slot,
        seq: seqs[row] as number,
        tsEvent: tsEvents[row] as number,
        tsInit: tsInits[row] as number,
        start,
        end: start + (periods[row] as number),
        open: open as PriceTicks,
        high: high as PriceTicks,
        low: low as PriceTicks,
        close: close as PriceTicks,
        volume: volume as QuantityLots,
        count: count < 0 ? 0 : count,
      };
    }
  };
}

function quoteDecoder(columns: StreamColumns, { slot, price, quantity }: SlotIncrements): RowDecoder {
  const tsEvents = numbers(columns, 'tsEvent');
  const seqs = numbers(columns, 'seq');
  const tsInits = numbers(columns, 'tsInit');
  const [bids, asks] = [numbers(columns, 'bidPrice'), numbers(columns, 'askPrice')];
  const [bidSizes, askSizes] = [numbers(columns, 'bidQuantity'), numbers(columns, 'askQuantity')];
  const prices = new Factors(numbers(columns, 'priceScale'), price);
  const quantities = new Factors(numbers(columns, 'quantityScale'), quantity);
  const isShared = prices.isShared && quantities.isShared;
  return (first, end, out, at) => {
    for (let row = first, to = at; row < end; row++, to++) {
      if (!isShared) {
        prices.row(row);
        quantities.row(row);
      }
      const bidPrice = exactly(bids[row] as number, prices.num, prices.den);
      const askPrice = exactly(asks[row] as number, prices.num, prices.den);
      const bidQuantity = roundedDown(bidSizes[row] as number, quantities.num, quantities.den);
      const askQuantity = roundedDown(askSizes[row] as number, quantities.num, quantities.den);
      const good = bidPrice > 0 && askPrice > bidPrice && bidQuantity >= 0 && askQuantity >= 0;
      if (!good) {
        out[to] = malformed(columns, slot, row);
        continue;
      }
      out[to] = {
        kind: 'quote',
        slot,
        seq: seqs[row] as number,
        tsEvent: tsEvents[row] as number,
        tsInit: tsInits[row] as number,
        bidPrice: bidPrice as PriceTicks,
        bidQuantity: bidQuantity as QuantityLots,
        askPrice: askPrice as PriceTicks,
        askQuantity: askQuantity as QuantityLots,
      };
    }
  };
}

const AGGRESSORS = ['sell', 'unknown', 'buy'] as const;

function tradeDecoder(columns: StreamColumns, { slot, price, quantity }: SlotIncrements): RowDecoder {
  const tsEvents = numbers(columns, 'tsEvent');
  const seqs = numbers(columns, 'seq');
  const tsInits = numbers(columns, 'tsInit');
  const tradeIds = columns.columns['tradeId'] as readonly string[];
  const aggressors = numbers(columns, 'aggressor');
  const [values, sizes] = [numbers(columns, 'price'), numbers(columns, 'quantity')];
  const prices = new Factors(numbers(columns, 'priceScale'), price);
  const quantities = new Factors(numbers(columns, 'quantityScale'), quantity);
  const isShared = prices.isShared && quantities.isShared;
  return (first, end, out, at) => {
    for (let row = first, to = at; row < end; row++, to++) {
      if (!isShared) {
        prices.row(row);
        quantities.row(row);
      }
      const ticks = exactly(values[row] as number, prices.num, prices.den);
      const lots = roundedDown(sizes[row] as number, quantities.num, quantities.den);
      if (!(ticks > 0 && lots >= 0)) {
        out[to] = malformed(columns, slot, row);
        continue;
      }
      out[to] = {
        kind: 'trade',
        slot,
        seq: seqs[row] as number,
        tsEvent: tsEvents[row] as number,
        tsInit: tsInits[row] as number,
        tradeId: tradeIds[row] as string,
        price: ticks as PriceTicks,
        quantity: lots as QuantityLots,
        aggressor: AGGRESSORS[(aggressors[row] as number) + 1] ?? 'unknown',
      };
    }
  };
}

function markDecoder(columns: StreamColumns, { slot, price }: SlotIncrements): RowDecoder {
  const tsEvents = numbers(columns, 'tsEvent');
  const seqs = numbers(columns, 'seq');
  const tsInits = numbers(columns, 'tsInit');
  const values = numbers(columns, 'price');
  const scales = numbers(columns, 'priceScale');
  return (first, end, out, at) => {
    for (let row = first, to = at; row < end; row++, to++) {
      const scale = scales[row] as number;
      // A mark is a venue's own computation, as fine as it likes: it means the tick at or below it.
      const ticks = roundedDown(values[row] as number, price.num[scale] as number, price.den[scale] as number);
      if (!(ticks > 0)) {
        out[to] = malformed(columns, slot, row);
        continue;
      }
      out[to] = {
        kind: 'mark',
        slot,
        seq: seqs[row] as number,
        tsEvent: tsEvents[row] as number,
        tsInit: tsInits[row] as number,
        price: ticks as PriceTicks,
      };
    }
  };
}

function fundingDecoder(columns: StreamColumns, { slot }: SlotIncrements): RowDecoder {
  const tsEvents = numbers(columns, 'tsEvent');
  const seqs = numbers(columns, 'seq');
  const tsInits = numbers(columns, 'tsInit');
  const [rates, scales, nextAts] = [
    numbers(columns, 'rate'),
    numbers(columns, 'rateScale'),
    numbers(columns, 'nextAt'),
  ];
  return (first, end, out, at) => {
    for (let row = first, to = at; row < end; row++, to++) {
      out[to] = {
        kind: 'funding',
        slot,
        seq: seqs[row] as number,
        tsEvent: tsEvents[row] as number,
        tsInit: tsInits[row] as number,
        rate: rates[row] as number,
        rateScale: scales[row] as number,
        nextAt: nextAts[row] as number,
      };
    }
  };
}

function gapDecoder(columns: StreamColumns, { slot }: SlotIncrements): RowDecoder {
  const column = (name: string) => columns.columns[name] as readonly string[];
  const [reasons, details, streams] = [column('reason'), column('detail'), column('stream')];
  const [froms, tos] = [numbers(columns, 'from'), numbers(columns, 'to')];
  return (first, end, out, at) => {
    for (let row = first, to = at; row < end; row++, to++) {
      out[to] = {
        kind: 'gap',
        slot,
        seq: numbers(columns, 'seq')[row] as number,
        tsEvent: numbers(columns, 'tsEvent')[row] as number,
        tsInit: numbers(columns, 'tsInit')[row] as number,
        reason: reasons[row] as GapInput['reason'],
        detail: details[row] as string,
        stream: streams[row] as GapInput['stream'],
        from: froms[row] as number,
        to: tos[row] as number,
      };
    }
  };
}

/** Says what a row holds, for one of its numbers fits neither the increments nor the others. */
function malformed(columns: StreamColumns, slot: number, row: number): MalformedRecord {
  const { kind } = columns.stream;
  const names = kind === 'bar' ? ['open', 'high', 'low', 'close', 'volume'] : SHOWN[kind as 'quote' | 'trade' | 'mark'];
  const scaleOf = (name: string) =>
    numbers(columns, /volume|quantity/i.test(name) ? 'quantityScale' : 'priceScale')[row] as number;
  const said = names.map((name) => `${name} ${formatScaled(numbers(columns, name)[row] as number, scaleOf(name))}`);
  return {
    kind: 'malformed',
    slot,
    seq: numbers(columns, 'seq')[row] as number,
    tsEvent: numbers(columns, 'tsEvent')[row] as number,
    tsInit: numbers(columns, 'tsInit')[row] as number,
    what: `${kind} with ${said.join(', ')}: ${EXPECTED}`,
  };
}

const SHOWN = {
  quote: ['bidPrice', 'bidQuantity', 'askPrice', 'askQuantity'],
  trade: ['price', 'quantity'],
  mark: ['price'],
} as const;
export const EXPECTED = 'expected prices above zero on the tick size that fit each other, and quantities from zero';
