import { Malformed, type Members, membersOf } from '../../market/frame-members.ts';
import { rowsOf, tradeIdOf } from '../../market/wire-members.ts';
import { type WireNumber, readNumber } from '../../market/wire-number.ts';
import { type Reading, bookOf, markOf, numberIn, symbolIn, timeIn, tradeOf, wholeIn } from './bybit-members.ts';

/** Levels of both sides in one list: 200 a side, removed and inserted. */
const ROWS_MAX = 1000;
const DELTA_PARTS = ['delete', 'update', 'insert'] as const;
const ZERO = readNumber('0') as WireNumber;

/**
 * A frame of the stream before V5, as captures until 2023 hold it: `orderBookL2_25.X`, `orderBook_200.100ms.X`,
 * `trade.X`, `instrument_info.100ms.X`. Throws {@link Malformed}. Source: Bybit, "Linear Perpetual" and "Inverse
 * Perpetual" API v2, Websocket Data.
 */
export function readV2(topic: string, frame: Members, reading: Reading): void {
  const symbol = symbolOfV2(topic);
  if (topic.startsWith('orderBook')) return readBook(symbol, frame, reading);
  if (topic.startsWith('trade.')) return readTrades(frame, reading);
  if (topic.startsWith('instrument_info.')) return readInstrument(symbol, frame, reading);
}

/** What follows the last point. */
export function symbolOfV2(topic: string): string {
  return topic.slice(topic.lastIndexOf('.') + 1);
}

/**
 * The venue numbers changes with `cross_seq`, which it counts over all instruments of an engine, so that it grows but
 * not by one. They are numbered here instead, from the whole book's number on, each one more than the one before; one
 * that is not new keeps the last number, which is how it shows that it came before.
 */
function readBook(name: string, frame: Members, { symbols, receivedMicros, out }: Reading): void {
  const symbol = symbols.of(symbolIn(name, 'topic'));
  const cross = wholeIn(frame['cross_seq'], 'cross_seq');
  const time = frame['timestamp_e6'];
  const tsEvent = time === undefined ? receivedMicros : timeIn(time, 'timestamp_e6', 1);
  const levels: Levels = { bids: [], asks: [] };
  if (frame['type'] === 'snapshot') {
    const { data } = frame;
    // Of linear contracts the list is a member, of inverse ones it is all there is.
    addRows(Array.isArray(data) ? data : membersOf(data, 'data')['order_book'], 'order_book', levels);
    // Not below our own count, so that numbers never fall back on one connection.
    const number = Math.max(cross, symbol.oldNumber + 1);
    out.push(bookOf(symbol, { kind: 'snapshot', number, tsEvent, ...levels }));
    symbol.oldNumber = number;
  } else if (frame['type'] === 'delta') {
    const data = membersOf(frame['data'], 'data');
    for (const part of DELTA_PARTS) if (data[part] !== undefined) addRows(data[part], part, levels);
    const number = cross > symbol.oldCross ? symbol.oldNumber + 1 : Math.max(0, symbol.oldNumber);
    out.push(bookOf(symbol, { kind: 'delta', number, tsEvent, ...levels }));
    symbol.oldNumber = number;
  } else throw new Malformed('type', frame['type'], 'snapshot or delta');
  symbol.oldCross = Math.max(cross, symbol.oldCross);
}

interface Levels {
  readonly bids: WireNumber[];
  readonly asks: WireNumber[];
}

function addRows(rows: unknown, member: string, { bids, asks }: Levels): void {
  for (const row of rowsOf(rows, member, ROWS_MAX)) {
    const level = membersOf(row, member);
    const side = level['side'] === 'Buy' ? bids : level['side'] === 'Sell' ? asks : undefined;
    if (side === undefined) throw new Malformed('side', level['side'], 'Buy or Sell');
    side.push(numberIn(level['price'], 'price'), member === 'delete' ? ZERO : numberIn(level['size'], 'size'));
  }
}

function readTrades(frame: Members, { symbols, out }: Reading): void {
  for (const row of rowsOf(frame['data'], 'data')) {
    const data = membersOf(row, 'data');
    const trade = {
      tsEvent: timeIn(data['trade_time_ms'], 'trade_time_ms', 1000),
      tradeId: tradeIdOf(data['trade_id'], 'trade_id'),
      price: data['price'],
      size: data['size'],
      side: data['side'],
    };
    out.push(tradeOf(symbols.of(symbolIn(data['symbol'], 'symbol')), trade));
  }
}

/**
 * Prices in ten-thousandths and rates in millionths (`mark_price_e4`, `funding_rate_e6`); a change leaves out what stays.
 */
function readInstrument(name: string, frame: Members, { symbols, out }: Reading): void {
  const symbol = symbols.of(symbolIn(name, 'topic'));
  const data = membersOf(frame['data'], 'data');
  const rows = frame['type'] === 'delta' ? rowsOf(data['update'], 'update') : [data];
  const tsEvent = timeIn(frame['timestamp_e6'], 'timestamp_e6', 1);
  for (const row of rows) {
    const { mark_price_e4: mark, index_price_e4: index, funding_rate_e6: rate } = membersOf(row, 'data');
    const { ticker } = symbol;
    const next = { mark: mark ?? ticker.markPrice, index: index ?? ticker.indexPrice };
    if ((mark !== undefined || index !== undefined) && next.mark !== undefined) {
      const texts = { mark: scaledText(next.mark), index: next.index === undefined ? '' : scaledText(next.index) };
      out.push(markOf(symbol, { tsEvent, ...texts }));
    }
    if (rate !== undefined) {
      const millionths = typeof rate === 'string' ? Number(rate) : rate;
      if (!Number.isSafeInteger(millionths)) throw new Malformed('funding_rate_e6', rate, 'a whole number');
      const numbers = { rateScale: 6, rate: millionths as number, nextAt: 0 };
      out.push({ kind: 'funding', symbol: symbol.symbol, tsEvent, tsEventNanos: 0, ...numbers });
    }
    ticker.markPrice = next.mark;
    ticker.indexPrice = next.index;
  }
}

/** Ten-thousandths as a decimal text. */
function scaledText(value: unknown): string {
  const digits = String(wholeIn(value, 'mark_price_e4')).padStart(5, '0');
  return `${digits.slice(0, -4)}.${digits.slice(-4)}`;
}
