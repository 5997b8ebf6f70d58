import { type Result, err, ok } from '@portcullis/kernel';
import type { TextLevel } from './flow-feed.ts';

/** A frame of a capture. Stamps are microseconds since the epoch, of the recording machine. */
export type CaptureFrame = { readonly stamp: number; readonly symbol: string | undefined } & (
  | { readonly kind: 'snapshot'; readonly sequence: number; readonly bids: TextLevel[]; readonly asks: TextLevel[] }
  | {
      readonly kind: 'depth';
      readonly first: number;
      readonly last: number;
      readonly bids: TextLevel[];
      readonly asks: TextLevel[];
    }
  | { readonly kind: 'quote'; readonly sequence: number; readonly bid: TextLevel; readonly ask: TextLevel }
  | {
      readonly kind: 'trade' | 'aggregate';
      readonly price: string;
      readonly quantity: string;
      readonly takerSide: 'BUY' | 'SELL';
    }
  /** A stream that says nothing about the book or its trades (bars, tickers, marks). */
  | { readonly kind: 'other' }
);

/** How far a stamp may be from the time that the frame itself carries: clocks differ, but not by so much. */
const STAMP_DISTANCE_US_MAX = 3_600_000_000;
const STAMP = /^[0-9]{19} /;
const DECIMAL = /^[0-9]{1,20}(\.[0-9]{1,20})?$/;

/**
 * One line of the hftbacktest capture format: `<local receive time in ns> <frame as the exchange sent it>`. A frame
 * without `stream` is the REST depth snapshot. Spot, USD-M and COIN-M frames are understood alike; what only futures
 * have is left out.
 */
export function parseCaptureLine(line: string): Result<CaptureFrame, string> {
  if (!STAMP.test(line)) return err('it does not begin with a receive time of 19 digits (ns)');
  const stamp = Number(line.slice(0, 16));
  let message: unknown;
  try {
    message = JSON.parse(line.slice(20));
  } catch {
    return err('its frame is not whole JSON');
  }
  if (!isObject(message)) return err('its frame is no JSON object');
  const data = 'data' in message ? message.data : message;
  if (!isObject(data)) return err('its frame has no data');
  const sentMillis = data.E ?? data.T;
  if (typeof sentMillis === 'number' && Math.abs(sentMillis * 1000 - stamp) > STAMP_DISTANCE_US_MAX) {
    return err('its receive time is more than an hour away from the time in its frame');
  }
  return frameOf(data, { stamp, symbol: symbolOf(message, data) });
}

function frameOf(
  data: Record<string, unknown>,
  head: { readonly stamp: number; readonly symbol: string | undefined },
): Result<CaptureFrame, string> {
  if (typeof data.lastUpdateId === 'number') {
    const [bids, asks] = [levels(data.bids), levels(data.asks)];
    if (bids === undefined || asks === undefined) return err('its snapshot has no levels');
    return ok({ ...head, kind: 'snapshot', sequence: data.lastUpdateId, bids, asks });
  }
  switch (data.e) {
    case 'depthUpdate': {
      const [bids, asks] = [levels(data.b), levels(data.a)];
      if (bids === undefined || asks === undefined || typeof data.U !== 'number' || typeof data.u !== 'number') {
        return err('its depth update has no levels or no sequence numbers');
      }
      return ok({ ...head, kind: 'depth', first: data.U, last: data.u, bids, asks });
    }
    case 'trade':
    case 'aggTrade':
      return tradeOf(data, head);
    case undefined:
    case 'bookTicker':
      return quoteOf(data, head);
    default:
      return ok({ ...head, kind: 'other' });
  }
}

function tradeOf(
  data: Record<string, unknown>,
  head: { readonly stamp: number; readonly symbol: string | undefined },
): Result<CaptureFrame, string> {
  const { p: price, q: quantity, m: buyerIsMaker } = data;
  if (!isDecimal(price) || !isDecimal(quantity) || typeof buyerIsMaker !== 'boolean') {
    return err('its trade has no price, quantity or side');
  }
  // Futures print insurance-fund and liquidation bookings that no book has seen.
  if (data.X !== undefined && data.X !== 'MARKET') return ok({ ...head, kind: 'other' });
  const kind = data.e === 'trade' ? 'trade' : 'aggregate';
  return ok({ ...head, kind, price, quantity, takerSide: buyerIsMaker ? 'SELL' : 'BUY' });
}

function quoteOf(
  data: Record<string, unknown>,
  head: { readonly stamp: number; readonly symbol: string | undefined },
): Result<CaptureFrame, string> {
  const { u, b, B, a, A } = data;
  if (typeof u !== 'number' || !isDecimal(b) || !isDecimal(B) || !isDecimal(a) || !isDecimal(A)) {
    return data.e === undefined ? ok({ ...head, kind: 'other' }) : err('its quote has no prices, quantities or number');
  }
  return ok({ ...head, kind: 'quote', sequence: u, bid: [b, B], ask: [a, A] });
}

function symbolOf(message: Record<string, unknown>, data: Record<string, unknown>): string | undefined {
  if (typeof data.s === 'string') return data.s;
  if (typeof message.stream === 'string') return message.stream.split('@')[0]?.toUpperCase();
  return typeof data.symbol === 'string' ? data.symbol : undefined;
}

function levels(value: unknown): TextLevel[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const pairs: TextLevel[] = [];
  for (const pair of value as unknown[]) {
    const [price, quantity] = Array.isArray(pair) ? (pair as unknown[]) : [];
    if (!isDecimal(price) || !isDecimal(quantity)) return undefined;
    pairs.push([price, quantity]);
  }
  return pairs;
}

function isDecimal(value: unknown): value is string {
  return typeof value === 'string' && DECIMAL.test(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
