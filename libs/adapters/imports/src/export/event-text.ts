import type { ArchivedEvent } from '@portcullis/archive';
import type { MarketKind } from '@portcullis/contracts';
import { type FlatLevels, formatScaled } from '@portcullis/market';

type Cell = string | number;

/** Columns of an exported table, in their order. Book events have one row for each level, and one without where they have none. */
export const EXPORT_COLUMNS: Readonly<Record<MarketKind, readonly string[]>> = {
  quote: ['sequence', 'bidPrice', 'bidQuantity', 'askPrice', 'askQuantity'],
  trade: ['tradeId', 'price', 'quantity', 'aggressor'],
  delta: ['firstSequence', 'lastSequence', 'side', 'price', 'quantity'],
  snapshot: ['sequence', 'side', 'price', 'quantity'],
  bar: ['period', 'start', 'open', 'high', 'low', 'close', 'volume', 'takerVolume', 'quoteVolume', 'count'],
  mark: ['price', 'index'],
  funding: ['rate', 'nextAt'],
  gap: ['reason', 'detail', 'stream', 'from', 'to'],
};

/** Columns of every kind, before its own. Times are microseconds. */
export const COMMON_COLUMNS = ['venue', 'symbol', 'kind', 'seq', 'tsEvent', 'tsEventNanos', 'tsInit'] as const;

function commonOf(event: ArchivedEvent): Cell[] {
  const { venue, symbol, kind, seq, tsEvent, tsEventNanos, tsInit } = event;
  return [venue, symbol, kind, seq, tsEvent, tsEventNanos, tsInit];
}

/** An unknown number is an empty cell. */
function known(units: number, scale: number): string {
  return units < 0 ? '' : formatScaled(units, scale);
}

function pairs(levels: FlatLevels, event: { priceScale: number; quantityScale: number }): [string, string][] {
  return Array.from({ length: levels.length / 2 }, (_, level) => [
    formatScaled(levels[2 * level] ?? 0, event.priceScale),
    formatScaled(levels[2 * level + 1] ?? 0, event.quantityScale),
  ]);
}

/** The rows of one event as cells in the order of the columns; numbers are exact decimals. */
export function rowsOf(event: ArchivedEvent): Cell[][] {
  const common = commonOf(event);
  if (event.kind !== 'delta' && event.kind !== 'snapshot') return [[...common, ...cellsOf(event)]];
  const numbers = event.kind === 'delta' ? [event.firstSequence, event.lastSequence] : [event.sequence];
  const rows = [
    ...pairs(event.bids, event).map((pair) => [...common, ...numbers, 'bid', ...pair]),
    ...pairs(event.asks, event).map((pair) => [...common, ...numbers, 'ask', ...pair]),
  ];
  return rows.length > 0 ? rows : [[...common, ...numbers, '', '', '']];
}

function cellsOf(event: Exclude<ArchivedEvent, { kind: 'delta' | 'snapshot' }>): Cell[] {
  switch (event.kind) {
    case 'quote': {
      const { priceScale: price, quantityScale: quantity } = event;
      return [
        event.sequence,
        formatScaled(event.bidPrice, price),
        formatScaled(event.bidQuantity, quantity),
        formatScaled(event.askPrice, price),
        formatScaled(event.askQuantity, quantity),
      ];
    }
    case 'trade':
      return [
        event.tradeId,
        formatScaled(event.price, event.priceScale),
        formatScaled(event.quantity, event.quantityScale),
        event.aggressor,
      ];
    case 'bar':
      return [
        event.period,
        event.start,
        ...[event.open, event.high, event.low, event.close].map((units) => formatScaled(units, event.priceScale)),
        formatScaled(event.volume, event.quantityScale),
        known(event.takerVolume, event.quantityScale),
        event.quoteVolume,
        event.count < 0 ? '' : event.count,
      ];
    case 'mark':
      return [formatScaled(event.price, event.priceScale), known(event.index, event.priceScale)];
    case 'funding':
      return [formatScaled(event.rate, event.rateScale), event.nextAt === 0 ? '' : event.nextAt];
    case 'gap':
      return [event.reason, event.detail, event.stream, event.from, event.to];
  }
}

/** One event as one JSON object: as in a table, but with the levels of a book as lists of price and quantity. */
export function objectOf(event: ArchivedEvent): Record<string, unknown> {
  const cellsOfAll = commonOf(event);
  const common: Record<string, unknown> = Object.fromEntries(
    COMMON_COLUMNS.map((name, index) => [name, cellsOfAll[index]]),
  );
  if (event.kind === 'delta' || event.kind === 'snapshot') {
    const numbers =
      event.kind === 'delta'
        ? { firstSequence: event.firstSequence, lastSequence: event.lastSequence }
        : { sequence: event.sequence };
    return { ...common, ...numbers, bids: pairs(event.bids, event), asks: pairs(event.asks, event) };
  }
  const cells = cellsOf(event);
  const object: Record<string, unknown> = common;
  EXPORT_COLUMNS[event.kind].forEach((name, index) => {
    if (cells[index] !== '') object[name] = cells[index];
  });
  return object;
}

/** A cell as CSV has it: quoted where it holds a comma, a quote or a new line. */
export function csvCell(cell: Cell): string {
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
