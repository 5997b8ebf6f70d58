import type { ScaledEvent } from '@portcullis/market';
import { Malformed, type Members, membersOf, symbolOf } from '../../market/frame-members.ts';
import { aboveZero, levelsOf, rowsOf, wholeNumber } from '../../market/wire-members.ts';
import { type WireNumber, unsignedNumber } from '../../market/wire-number.ts';
import { numberText } from './exact-json.ts';
import { checksumOf } from './kraken-checksum.ts';
import {
  MINUTE_MICROS,
  type WireBook,
  type WireQuote,
  type WireTrade,
  bookEvent,
  checkedCandle,
  nextCandle,
  quoteEvent,
  tradeEvent,
} from './kraken-events.ts';
import type { Candle, KrakenSymbol, Reading } from './kraken-symbols.ts';
import { rfc3339 } from './kraken-times.ts';

const PLACES_MAX = 18;

function unsigned(data: Members, member: string): WireNumber {
  return unsignedNumber(numberText(data[member]), member);
}

/** A frame of WebSocket v2. Source: Kraken API Center, "Spot Websocket v2": Book, Trade, Ticker, OHLC, Instrument. */
export function readV2(outer: Members, reading: Reading): readonly ScaledEvent[] {
  switch (outer['channel']) {
    case 'book':
      return readBooks(outer, reading);
    case 'trade':
      return readEach(outer, (data) => readTrade(data, reading)).map(tradeEvent);
    case 'ticker':
      return readEach(outer, (data) => readQuote(data, reading)).map(quoteEvent);
    case 'ohlc':
      return readCandles(outer, reading);
    case 'instrument':
      readInstruments(outer, reading);
      return [];
    case undefined:
      readAnswer(outer, reading);
      return [];
    default:
      return [];
  }
}

/** `{"method":"subscribe","success":false,"error":"Currency pair not supported X/Y","symbol":"X/Y",…}` */
function readAnswer(outer: Members, reading: Reading): void {
  const { error, success, symbol, method } = outer;
  if ((error === undefined || error === null) && success !== false) {
    if (method === 'subscribe') readAccepted(membersOf(outer['result'], 'result'), reading);
    return;
  }
  const reason = typeof error === 'string' ? error : 'no reason';
  throw new Malformed('error', typeof symbol === 'string' ? `${reason} (${symbol})` : reason, 'an accepted request');
}

/** `{"channel":"book","depth":1000,"snapshot":true,"symbol":"BTC/USD"}` */
function readAccepted(result: Members, reading: Reading): void {
  if (result['channel'] !== 'book') return;
  stateOf(result, reading).depth.tell(wholeNumber(numberText(result['depth']), 'depth'));
}

function readEach<Row>(outer: Members, read: (data: Members) => Row): Row[] {
  return rowsOf(outer['data'], 'data').map((row) => read(membersOf(row, 'data')));
}

function stateOf(data: Members, { symbols }: Reading): KrakenSymbol {
  return symbols.of(symbolOf(data, 'symbol'));
}

function readBooks(outer: Members, reading: Reading): ScaledEvent[] {
  const { type } = outer;
  if (type !== 'snapshot' && type !== 'update') throw new Malformed('type', type, 'snapshot or update');
  const books = readEach(outer, (data) => readBook(data, type === 'snapshot', reading));
  return books.map((book, at) => {
    // Checksums are judged after the frame was read, therefore only the last state of a symbol in it has one.
    const isLast = books.every(({ state }, later) => later <= at || state !== book.state);
    return bookEvent(isLast ? book : { ...book, checksum: undefined });
  });
}

function readBook(data: Members, isSnapshot: boolean, reading: Reading): WireBook {
  const state = stateOf(data, reading);
  const { timestamp, checksum } = data;
  return {
    state,
    isSnapshot,
    time: timestamp === undefined ? { micros: reading.receivedMicros, nanos: 0 } : rfc3339(timestamp, 'timestamp'),
    bids: sideOf(data, 'bids', isSnapshot),
    asks: sideOf(data, 'asks', isSnapshot),
    checksum: checksum === undefined ? undefined : checksumOf(numberText(checksum), 'checksum'),
    precision: reading.symbols.precision(state.symbol),
  };
}

function sideOf(data: Members, side: 'bids' | 'asks', isSnapshot: boolean): WireNumber[] {
  // No changes on this side.
  if (data[side] === undefined && !isSnapshot) return [];
  return levelsOf(data[side], side, (level) => {
    const { price, qty } = membersOf(level, side);
    return [numberText(price), numberText(qty)];
  });
}

function readTrade(data: Members, reading: Reading): WireTrade {
  const { side } = data;
  // The side of the taker.
  if (side !== 'buy' && side !== 'sell') throw new Malformed('side', side, 'buy or sell');
  return {
    state: stateOf(data, reading),
    time: rfc3339(data['timestamp'], 'timestamp'),
    tradeId: String(wholeNumber(numberText(data['trade_id']), 'trade_id')),
    price: aboveZero(unsigned(data, 'price'), 'price'),
    quantity: aboveZero(unsigned(data, 'qty'), 'qty'),
    aggressor: side,
  };
}

function readQuote(data: Members, reading: Reading): WireQuote {
  const { timestamp } = data;
  return {
    state: stateOf(data, reading),
    // Older frames have none.
    time: timestamp === undefined ? { micros: reading.receivedMicros, nanos: 0 } : rfc3339(timestamp, 'timestamp'),
    bid: unsigned(data, 'bid'),
    bidQuantity: unsigned(data, 'bid_qty'),
    ask: unsigned(data, 'ask'),
    askQuantity: unsigned(data, 'ask_qty'),
  };
}

function readCandles(outer: Members, reading: Reading): ScaledEvent[] {
  const rows = readEach(outer, (data) => {
    if (numberText(data['interval']) !== '1') return undefined;
    return { state: stateOf(data, reading), candle: checkedCandle(readCandle(data)) };
  });
  return rows.flatMap((row) => (row === undefined ? [] : (nextCandle(row.state, row.candle) ?? [])));
}

function readCandle(data: Members): Candle {
  const start = rfc3339(data['interval_begin'], 'interval_begin');
  if (start.micros % MINUTE_MICROS !== 0 || start.nanos !== 0) {
    throw new Malformed('interval_begin', data['interval_begin'], 'the beginning of a minute');
  }
  return {
    start: start.micros,
    prices: [unsigned(data, 'open'), unsigned(data, 'high'), unsigned(data, 'low'), unsigned(data, 'close')],
    volume: unsigned(data, 'volume'),
    count: wholeNumber(numberText(data['trades']), 'trades'),
  };
}

function readInstruments(outer: Members, { symbols }: Reading): void {
  const { pairs } = membersOf(outer['data'], 'data');
  // An update of currencies alone.
  if (pairs === undefined) return;
  const read = rowsOf(pairs, 'pairs').map((row) => {
    const data = membersOf(row, 'pairs');
    const precision = { price: placesOf(data, 'price_precision'), quantity: placesOf(data, 'qty_precision') };
    return [symbolOf(data, 'symbol'), precision] as const;
  });
  for (const [symbol, precision] of read) symbols.setPrecision(symbol, precision);
}

function placesOf(data: Members, member: string): number {
  const places = wholeNumber(numberText(data[member]), member);
  if (places > PLACES_MAX) throw new Malformed(member, data[member], `at most ${PLACES_MAX} places`);
  return places;
}
