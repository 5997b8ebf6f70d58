import { type InputError, describeInputError } from '@portcullis/kernel';
import type {
  BarInput,
  BookInput,
  ExactLevels,
  FundingInput,
  MarketInput,
  QuoteInput,
  TradeInput,
} from '@portcullis/market';

/** A record of the data that is no event of its instrument, as its reader found it: counted, told, never matched. */
export interface MalformedRecord {
  readonly kind: 'malformed';
  readonly slot: number;
  readonly seq: number;
  readonly tsEvent: number;
  readonly tsInit: number;
  /** Which field, its value, what was expected. */
  readonly what: string;
}

/** What a replay is fed: events in the increments of its instruments, and what could not become one. */
export type ReplayInput = MarketInput | MalformedRecord;

/** Digits after the point that a funding rate may have: more would leave exact money. */
const RATE_SCALE_MAX = 18;

const isSafe = Number.isSafeInteger;
const TIME = 'whole microseconds since the epoch';
const PRICE = 'a price above zero, in whole ticks';
const QUANTITY = 'a quantity from zero, in whole lots';

/** What keeps an event from being put in order: its slot, its number or a time. Undefined when nothing does. */
export function unplaced(event: MarketInput, slots: number): InputError | undefined {
  const { slot, seq, tsEvent, tsInit } = event;
  if (!isSafe(slot) || slot < 0 || slot >= slots) return wrong('slot', slot, `one of the ${slots} of the run, from 0`);
  if (!isSafe(seq) || seq < 0) return wrong('seq', seq, 'a whole number from zero');
  if (!isSafe(tsEvent) || tsEvent < 0) return wrong('tsEvent', tsEvent, TIME);
  if (!isSafe(tsInit) || tsInit < 0) return wrong('tsInit', tsInit, TIME);
  return undefined;
}

/** What makes an event that can be put in order useless: prices, quantities or times that cannot be right. */
export function unusable(event: MarketInput): InputError | undefined {
  switch (event.kind) {
    case 'bar':
      return unusableBar(event);
    case 'quote':
      return unusableQuote(event);
    case 'trade':
      return unusableTrade(event);
    case 'book':
      return unusableLevels('bids', event.bids) ?? unusableLevels('asks', event.asks) ?? unusableBook(event);
    case 'mark':
      return isSafe(event.price) && event.price > 0 ? undefined : wrong('price', event.price, PRICE);
    case 'funding':
      return unusableFunding(event);
    case 'gap':
      if (!isSafe(event.from) || event.from < 0) return wrong('from', event.from, TIME);
      return isSafe(event.to) && event.to >= 0 ? undefined : wrong('to', event.to, TIME);
    default:
      return wrong('kind', (event as { kind?: unknown }).kind, 'a kind of market event');
  }
}

/** The text of a `malformed` input for an event. */
export function malformedText(
  event: { readonly kind: string; readonly slot: number; readonly seq: number },
  error: InputError,
): string {
  return `${event.kind} ${event.seq} of instrument ${event.slot}: ${describeInputError(error)}`;
}

function unusableBar(bar: BarInput): InputError | undefined {
  const { open, high, low, close, volume } = bar;
  if (!isSafe(low) || low <= 0) return wrong('low', low, PRICE);
  if (!isSafe(high) || high < low) return wrong('high', high, 'a price of at least the low');
  if (!isSafe(open) || open < low || open > high) return wrong('open', open, 'a price between low and high');
  if (!isSafe(close) || close < low || close > high) return wrong('close', close, 'a price between low and high');
  if (!isSafe(volume) || volume < 0) return wrong('volume', volume, QUANTITY);
  if (!isSafe(bar.start) || bar.start < 0) return wrong('start', bar.start, TIME);
  if (bar.start > bar.tsEvent) return wrong('start', bar.start, `a time up to that of the event, ${bar.tsEvent}`);
  if (!isSafe(bar.end) || bar.end <= bar.start) return wrong('end', bar.end, 'a time after the start');
  return isSafe(bar.count) && bar.count >= 0 ? undefined : wrong('count', bar.count, 'a whole number from zero');
}

function unusableQuote(quote: QuoteInput): InputError | undefined {
  const { bidPrice, bidQuantity, askPrice, askQuantity } = quote;
  if (!isSafe(bidPrice) || bidPrice <= 0) return wrong('bidPrice', bidPrice, PRICE);
  if (!isSafe(askPrice) || askPrice <= bidPrice) return wrong('askPrice', askPrice, 'a price above the bid');
  if (!isSafe(bidQuantity) || bidQuantity < 0) return wrong('bidQuantity', bidQuantity, QUANTITY);
  if (!isSafe(askQuantity) || askQuantity < 0) return wrong('askQuantity', askQuantity, QUANTITY);
  return undefined;
}

function unusableTrade({ price, quantity }: TradeInput): InputError | undefined {
  if (!isSafe(price) || price <= 0) return wrong('price', price, PRICE);
  return isSafe(quantity) && quantity >= 0 ? undefined : wrong('quantity', quantity, QUANTITY);
}

function unusableLevels(field: string, levels: ExactLevels): InputError | undefined {
  if (levels.length % 2 !== 0) return wrong(field, levels.length, 'price and quantity in turns');
  for (let at = 0; at < levels.length; at += 2) {
    const price = levels[at] as number;
    const quantity = levels[at + 1] as number;
    if (!isSafe(price) || price <= 0) return wrong(field, price, PRICE);
    if (!isSafe(quantity) || quantity < 0) return wrong(field, quantity, QUANTITY);
  }
  return undefined;
}

/** A snapshot is a whole book, so its best prices have to fit each other; changes are judged in the book they change. */
function unusableBook({ snapshot, bids, asks }: BookInput): InputError | undefined {
  if (!snapshot) return undefined;
  let bid = 0;
  let ask = Infinity;
  for (let at = 0; at < bids.length; at += 2) if (bids[at + 1] !== 0) bid = Math.max(bid, bids[at] as number);
  for (let at = 0; at < asks.length; at += 2) if (asks[at + 1] !== 0) ask = Math.min(ask, asks[at] as number);
  return bid < ask ? undefined : wrong('bids', bid, `a best bid below the best ask of ${ask}`);
}

function unusableFunding({ rate, rateScale, nextAt }: FundingInput): InputError | undefined {
  if (!isSafe(rate)) return wrong('rate', rate, 'a whole number');
  if (!isSafe(rateScale) || rateScale < 0 || rateScale > RATE_SCALE_MAX) {
    return wrong('rateScale', rateScale, `0 to ${RATE_SCALE_MAX}`);
  }
  return isSafe(nextAt) && nextAt >= 0 ? undefined : wrong('nextAt', nextAt, TIME);
}

function wrong(field: string, value: unknown, expected: string): InputError {
  return { field, value: String(value), expected };
}
