import type { MarketGap } from '@portcullis/contracts';
import { unreachable } from '@portcullis/kernel';
import type { Aggressor, NumberedEvent, ScaledGap } from '@portcullis/market';
import type { StreamColumns } from './columns-chunk.ts';

/** An event out of the archive. */
export type ArchivedEvent = NumberedEvent & { readonly venue: string };

/** Number columns of any width read alike. */
type Numbers = ArrayLike<number>;
type RowDecoder = (row: number) => ArchivedEvent;

const AGGRESSORS: readonly Aggressor[] = ['sell', 'unknown', 'buy'];

/** Makes events out of the rows of some columns. For book events it gives what all their rows share, without levels. */
export function rowDecoder(columns: StreamColumns): RowDecoder {
  const { kind } = columns.stream;
  switch (kind) {
    case 'quote':
      return quoteDecoder(columns);
    case 'trade':
      return tradeDecoder(columns);
    case 'delta':
      return deltaDecoder(columns);
    case 'snapshot':
      return snapshotDecoder(columns);
    case 'bar':
      return barDecoder(columns);
    case 'mark':
      return markDecoder(columns);
    case 'funding':
      return fundingDecoder(columns);
    case 'gap':
      return gapDecoder(columns);
    default:
      return unreachable(kind);
  }
}

export function numbers({ columns }: StreamColumns, name: string): Numbers {
  return columns[name] as Numbers;
}

function texts({ columns }: StreamColumns, name: string): readonly string[] {
  return columns[name] as readonly string[];
}

function commonColumns(columns: StreamColumns) {
  return {
    symbol: columns.stream.symbol,
    venue: columns.stream.venue,
    tsEvents: numbers(columns, 'tsEvent'),
    seqs: numbers(columns, 'seq'),
    tsInits: numbers(columns, 'tsInit'),
    nanos: numbers(columns, 'tsEventNanos'),
  };
}

function scaleColumns(columns: StreamColumns) {
  return { priceScales: numbers(columns, 'priceScale'), quantityScales: numbers(columns, 'quantityScale') };
}

// Each event is one literal, so that all events of a kind have one hidden class; a cell within the length is a number.

function quoteDecoder(columns: StreamColumns): RowDecoder {
  const { symbol, venue, tsEvents, seqs, tsInits, nanos } = commonColumns(columns);
  const { priceScales, quantityScales } = scaleColumns(columns);
  const sequences = numbers(columns, 'sequence');
  const bidPrices = numbers(columns, 'bidPrice');
  const bidQuantities = numbers(columns, 'bidQuantity');
  const askPrices = numbers(columns, 'askPrice');
  const askQuantities = numbers(columns, 'askQuantity');
  return (row) => ({
    kind: 'quote',
    venue,
    symbol,
    tsEvent: tsEvents[row] as number,
    tsEventNanos: nanos[row] as number,
    seq: seqs[row] as number,
    tsInit: tsInits[row] as number,
    sequence: sequences[row] as number,
    bidPrice: bidPrices[row] as number,
    bidQuantity: bidQuantities[row] as number,
    askPrice: askPrices[row] as number,
    askQuantity: askQuantities[row] as number,
    priceScale: priceScales[row] as number,
    quantityScale: quantityScales[row] as number,
  });
}

function tradeDecoder(columns: StreamColumns): RowDecoder {
  const { symbol, venue, tsEvents, seqs, tsInits, nanos } = commonColumns(columns);
  const { priceScales, quantityScales } = scaleColumns(columns);
  const tradeIds = texts(columns, 'tradeId');
  const aggressors = numbers(columns, 'aggressor');
  const prices = numbers(columns, 'price');
  const quantities = numbers(columns, 'quantity');
  return (row) => ({
    kind: 'trade',
    venue,
    symbol,
    tsEvent: tsEvents[row] as number,
    tsEventNanos: nanos[row] as number,
    seq: seqs[row] as number,
    tsInit: tsInits[row] as number,
    tradeId: tradeIds[row] as string,
    aggressor: AGGRESSORS[(aggressors[row] as number) + 1] ?? 'unknown',
    price: prices[row] as number,
    quantity: quantities[row] as number,
    priceScale: priceScales[row] as number,
    quantityScale: quantityScales[row] as number,
  });
}

function deltaDecoder(columns: StreamColumns): RowDecoder {
  const { symbol, venue, tsEvents, seqs, tsInits, nanos } = commonColumns(columns);
  const { priceScales, quantityScales } = scaleColumns(columns);
  const firstSequences = numbers(columns, 'firstSequence');
  const lastSequences = numbers(columns, 'lastSequence');
  return (row) => ({
    kind: 'delta',
    venue,
    symbol,
    tsEvent: tsEvents[row] as number,
    tsEventNanos: nanos[row] as number,
    seq: seqs[row] as number,
    tsInit: tsInits[row] as number,
    firstSequence: firstSequences[row] as number,
    lastSequence: lastSequences[row] as number,
    // Sequences have been checked before they came into the archive, which does not keep the link.
    previousSequence: -1,
    bids: [],
    asks: [],
    priceScale: priceScales[row] as number,
    quantityScale: quantityScales[row] as number,
  });
}

function snapshotDecoder(columns: StreamColumns): RowDecoder {
  const { symbol, venue, tsEvents, seqs, tsInits, nanos } = commonColumns(columns);
  const { priceScales, quantityScales } = scaleColumns(columns);
  const sequences = numbers(columns, 'sequence');
  return (row) => ({
    kind: 'snapshot',
    venue,
    symbol,
    tsEvent: tsEvents[row] as number,
    tsEventNanos: nanos[row] as number,
    seq: seqs[row] as number,
    tsInit: tsInits[row] as number,
    sequence: sequences[row] as number,
    bids: [],
    asks: [],
    priceScale: priceScales[row] as number,
    quantityScale: quantityScales[row] as number,
  });
}

function barDecoder(columns: StreamColumns): RowDecoder {
  const { symbol, venue, tsEvents, seqs, tsInits, nanos } = commonColumns(columns);
  const { priceScales, quantityScales } = scaleColumns(columns);
  const column = (name: string) => numbers(columns, name);
  const [periods, starts, counts] = [column('period'), column('start'), column('count')];
  const [opens, highs, lows, closes] = [column('open'), column('high'), column('low'), column('close')];
  const [volumes, takerVolumes] = [column('volume'), column('takerVolume')];
  const quoteVolumes = texts(columns, 'quoteVolume');
  return (row) => ({
    kind: 'bar',
    venue,
    symbol,
    tsEvent: tsEvents[row] as number,
    tsEventNanos: nanos[row] as number,
    seq: seqs[row] as number,
    tsInit: tsInits[row] as number,
    period: periods[row] as number,
    start: starts[row] as number,
    open: opens[row] as number,
    high: highs[row] as number,
    low: lows[row] as number,
    close: closes[row] as number,
    volume: volumes[row] as number,
    takerVolume: takerVolumes[row] as number,
    quoteVolume: quoteVolumes[row] as string,
    count: counts[row] as number,
    priceScale: priceScales[row] as number,
    quantityScale: quantityScales[row] as number,
  });
}

function markDecoder(columns: StreamColumns): RowDecoder {
  const { symbol, venue, tsEvents, seqs, tsInits, nanos } = commonColumns(columns);
  const prices = numbers(columns, 'price');
  const indexes = numbers(columns, 'index');
  const priceScales = numbers(columns, 'priceScale');
  return (row) => ({
    kind: 'mark',
    venue,
    symbol,
    tsEvent: tsEvents[row] as number,
    tsEventNanos: nanos[row] as number,
    seq: seqs[row] as number,
    tsInit: tsInits[row] as number,
    price: prices[row] as number,
    index: indexes[row] as number,
    priceScale: priceScales[row] as number,
  });
}

function fundingDecoder(columns: StreamColumns): RowDecoder {
  const { symbol, venue, tsEvents, seqs, tsInits, nanos } = commonColumns(columns);
  const rates = numbers(columns, 'rate');
  const rateScales = numbers(columns, 'rateScale');
  const nextAts = numbers(columns, 'nextAt');
  return (row) => ({
    kind: 'funding',
    venue,
    symbol,
    tsEvent: tsEvents[row] as number,
    tsEventNanos: nanos[row] as number,
    seq: seqs[row] as number,
    tsInit: tsInits[row] as number,
    rate: rates[row] as number,
    rateScale: rateScales[row] as number,
    nextAt: nextAts[row] as number,
  });
}

function gapDecoder(columns: StreamColumns): RowDecoder {
  const { symbol, venue, tsEvents, seqs, tsInits, nanos } = commonColumns(columns);
  const reasons = texts(columns, 'reason');
  const details = texts(columns, 'detail');
  const streams = texts(columns, 'stream');
  const froms = numbers(columns, 'from');
  const tos = numbers(columns, 'to');
  return (row) => ({
    kind: 'gap',
    venue,
    symbol,
    tsEvent: tsEvents[row] as number,
    tsEventNanos: nanos[row] as number,
    seq: seqs[row] as number,
    tsInit: tsInits[row] as number,
    reason: reasons[row] as MarketGap['reason'],
    detail: details[row] as string,
    stream: streams[row] as ScaledGap['stream'],
    from: froms[row] as number,
    to: tos[row] as number,
  });
}
