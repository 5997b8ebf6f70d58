import type { BookDelta, BookSnapshot, MarketBar, MarketEvent } from '@portcullis/contracts';
import { type InputError, type Result, assert, describeInputError, err, ok } from '@portcullis/kernel';
import {
  type BarInput,
  type BookInput,
  type InstrumentRules,
  type MarketInput,
  exactQuote,
  exactTrade,
  parseMarketQuantity,
  parsePrice,
} from '@portcullis/market';
import type { KernelInput } from './kernel-input.ts';

/**
 * The exact input of a market message of the bus, for the one instrument of a live run. What cannot be right for the
 * instrument, and kinds that no live run is given, become `malformed` inputs with the reason; a change of the book that is
 * left out leaves a hole as well, since the book is another one without it.
 */
export function marketInputs(rules: InstrumentRules, event: MarketEvent): readonly KernelInput[] {
  const { id, venue, symbol } = rules;
  assert(event.venue === venue && event.symbol === symbol, `${event.symbol}.${event.venue} came to a run of ${id}`);
  const exact = exactInput(rules, event);
  if (exact.ok) return [exact.value];
  const malformed = { kind: 'malformed', what: describeInputError(exact.error) } as const;
  if (event.kind !== 'delta' && event.kind !== 'snapshot') return [malformed];
  return [malformed, { kind: 'hole', slot: 0, expected: event.seq, got: event.seq + 1 }];
}

function exactInput(rules: InstrumentRules, event: MarketEvent): Result<MarketInput, InputError> {
  const { seq, tsEvent, tsInit } = event;
  const placed = { slot: 0, seq, tsEvent, tsInit };
  switch (event.kind) {
    case 'quote': {
      const quote = exactQuote(rules, event);
      return quote.ok ? ok({ kind: 'quote', slot: 0, ...quote.value }) : quote;
    }
    case 'trade': {
      const trade = exactTrade(rules, event);
      return trade.ok ? ok({ kind: 'trade', slot: 0, ...trade.value }) : trade;
    }
    case 'bar':
      return exactBar(rules, event);
    case 'gap': {
      const { reason, detail, stream = 'all' } = event;
      // Live a hole is over when the collector says so, whatever its bounds are: the gate sees it that way too.
      return ok({ kind: 'gap', ...placed, reason, detail, stream, from: 0, to: 0 });
    }
    case 'snapshot':
    case 'delta':
      return exactBook(rules, event);
    case 'mark':
    case 'funding':
      return err({ field: 'kind', value: event.kind, expected: 'a kind that a live run is given' });
  }
}

function exactBook(rules: InstrumentRules, event: BookDelta | BookSnapshot): Result<BookInput, InputError> {
  const { seq, tsEvent, tsInit } = event;
  const sides: Record<'bids' | 'asks', number[]> = { bids: [], asks: [] };
  for (const side of ['bids', 'asks'] as const) {
    for (const [at, [level, size]] of event[side].entries()) {
      const price = parsePrice(rules, level, `${side}.${at}`);
      if (!price.ok) return price;
      const quantity = parseMarketQuantity(rules, size, `${side}.${at}`);
      if (!quantity.ok) return quantity;
      sides[side].push(price.value, quantity.value);
    }
  }
  return ok({ kind: 'book', slot: 0, seq, tsEvent, tsInit, snapshot: event.kind === 'snapshot', ...sides });
}

function exactBar(rules: InstrumentRules, event: MarketBar): Result<BarInput, InputError> {
  const { seq, tsEvent, tsInit, start, period, count } = event;
  const [open, high, low, close] = (['open', 'high', 'low', 'close'] as const).map((field) =>
    parsePrice(rules, event[field], field),
  );
  const volume = parseMarketQuantity(rules, event.volume, 'volume');
  for (const parsed of [open, high, low, close, volume]) if (parsed?.ok === false) return parsed;
  if (!open?.ok || !high?.ok || !low?.ok || !close?.ok || !volume.ok) {
    return err({ field: 'bar', value: JSON.stringify(event).slice(0, 80), expected: 'four prices and a volume' });
  }
  const prices = { open: open.value, high: high.value, low: low.value, close: close.value };
  const span = { start, end: start + period };
  return ok({ kind: 'bar', slot: 0, seq, tsEvent, tsInit, ...span, ...prices, volume: volume.value, count });
}
