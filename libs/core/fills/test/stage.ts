import { type Money, money, parseMoney } from '@portcullis/kernel';
import { type InstrumentDefinition, type InstrumentRules, type MarketInput, instrumentRules } from '@portcullis/market';
import {
  type EngineNews,
  type EngineOrder,
  type ExecutionConfig,
  type ExecutionEngine,
  type TradedInstrument,
  executionEngine,
} from '../src/index.ts';

/** A tick of 1 USD and a lot of 1 BTC, so that a price of 100 for 2 lots is 200 USD. */
const definition: InstrumentDefinition = {
  venue: 'sim',
  symbol: 'BTCUSD',
  base: 'BTC',
  quote: 'USD',
  tickSize: '1',
  lotSize: '1',
  quantityMin: '1',
  quantityMax: '1000000',
  priceMin: '1',
  priceMax: '1000000',
  notionalMin: '0',
};

export function rulesOf(changes: Partial<InstrumentDefinition> = {}): InstrumentRules {
  const made = instrumentRules({ ...definition, ...changes });
  if (!made.ok) throw new Error(made.error.expected);
  return made.value;
}

export function spot(changes: Partial<TradedInstrument> = {}): TradedInstrument {
  return {
    rules: rulesOf(),
    contract: 'spot',
    fees: [{ volumeFrom: money(0n), makerRate: 0, takerRate: 0 }],
    feeCurrency: 'quote',
    initialMargin: 1_000_000,
    maintenanceMargin: 0,
    ...changes,
  };
}

/** A perpetual at ten times: initial margin 10 %, maintenance margin 5 %, which is also the fee of a liquidation. */
export function linear(changes: Partial<TradedInstrument> = {}): TradedInstrument {
  return spot({ contract: 'linear', initialMargin: 100_000, maintenanceMargin: 50_000, ...changes });
}

/** Rates in percent of the value. */
export function fees(maker: number, taker: number): TradedInstrument['fees'] {
  return [{ volumeFrom: money(0n), makerRate: maker * 1_000_000, takerRate: taker * 1_000_000 }];
}

export const PLAIN: ExecutionConfig = {
  model: 'quotes',
  latency: { feedMicros: 0, orderMicros: 0, cancelMicros: 0, answerMicros: 0, jitterMicros: 0 },
  queue: 'back',
  slippage: { kind: 'none' },
  participationMax: 0,
  seed: 'stage',
};

export type Setup = Partial<Omit<ExecutionConfig, 'latency'>> & {
  readonly latency?: Partial<ExecutionConfig['latency']>;
  readonly instruments?: readonly TradedInstrument[];
  /** Amounts by currency; unlimited when left out. */
  readonly balances?: Readonly<Record<string, string>>;
};

export function amount(text: string): Money {
  const parsed = parseMoney(text);
  if (!parsed.ok) throw new Error(parsed.error.expected);
  return parsed.value;
}

export function engineOf({ instruments = [spot()], balances, latency, ...config }: Setup): ExecutionEngine {
  const made = executionEngine({
    config: { ...PLAIN, ...config, latency: { ...PLAIN.latency, ...latency } },
    instruments,
    balances:
      balances === undefined
        ? 'unlimited'
        : new Map(Object.entries(balances).map(([currency, text]) => [currency, amount(text)])),
  });
  if (!made.ok) throw new Error(`${made.error.field} is ${made.error.value}, expected ${made.error.expected}`);
  return made.value;
}

/** What a market event of a test says beside its time; the rest is filled in. */
type Told<Event> = Event extends MarketInput ? { kind: Event['kind'] } & Partial<Record<keyof Event, unknown>> : never;

/** A venue on a stage: scenes are played to it, and it tells what it said since it was last asked, a line each. */
export class Stage {
  readonly engine: ExecutionEngine;
  #seq = 0;
  #order = 0;
  at = 0;

  constructor(setup: Setup = {}) {
    this.engine = engineOf(setup);
  }

  tell(at: number, event: Told<MarketInput>): this {
    this.at = Math.max(this.at, at);
    this.#seq += 1;
    this.engine.market({ slot: 0, seq: this.#seq, tsEvent: at, tsInit: at, ...event } as unknown as MarketInput);
    return this;
  }

  /** A bar of a minute, [minute, minute + 1), in `[open, high, low, close]`. */
  bar(minute: number, prices: readonly [number, number, number, number], more: Record<string, unknown> = {}): this {
    const [open, high, low, close] = prices;
    const start = minute * 60;
    const bar = { start, end: start + 60, open, high, low, close, volume: 1000, count: 1, ...more };
    return this.tell(start + 59, { kind: 'bar', ...bar });
  }

  quote(at: number, bid: readonly [number, number], ask: readonly [number, number], slot = 0): this {
    return this.tell(at, {
      kind: 'quote',
      slot,
      bidPrice: bid[0],
      bidQuantity: bid[1],
      askPrice: ask[0],
      askQuantity: ask[1],
    });
  }

  trade(at: number, price: number, quantity: number, aggressor: 'buy' | 'sell' | 'unknown' = 'unknown'): this {
    return this.tell(at, { kind: 'trade', tradeId: `m${at}`, price, quantity, aggressor });
  }

  book(at: number, bids: readonly number[], asks: readonly number[], snapshot = false): this {
    return this.tell(at, { kind: 'book', snapshot, bids, asks });
  }

  gap(at: number, stream: string, reason = 'disconnected'): this {
    return this.tell(at, { kind: 'gap', reason, detail: '', stream, from: 0, to: 0 });
  }

  mark(at: number, price: number, slot = 0): this {
    return this.tell(at, { kind: 'mark', slot, price });
  }

  /** `12 buy @100 post-only`: lots, side, limit in ticks (a market order without), terms. Gives its number. */
  order(at: number, text: string, more: Partial<EngineOrder> = {}): number {
    const [lots = '', side = '', ...terms] = text.split(' ');
    const limit = terms.find((term) => term.startsWith('@'));
    this.#order += 1;
    this.at = Math.max(this.at, at);
    this.engine.submit(
      {
        order: this.#order,
        slot: 0,
        side: side as EngineOrder['side'],
        type: limit === undefined ? 'market' : 'limit',
        timeInForce: terms.includes('IOC') ? 'IOC' : terms.includes('FOK') ? 'FOK' : 'GTC',
        postOnly: terms.includes('post-only'),
        reduceOnly: terms.includes('reduce-only'),
        quantity: Number(lots) as EngineOrder['quantity'],
        price: limit === undefined ? undefined : (Number(limit.slice(1)) as NonNullable<EngineOrder['price']>),
        ...more,
      },
      at,
    );
    return this.#order;
  }

  cancel(at: number, order: number): this {
    this.at = Math.max(this.at, at);
    this.engine.cancel(order, at);
    return this;
  }

  /** What reaches us until `until`, by default the time of the last scene. */
  heard(until = this.at): readonly string[] {
    this.engine.advance(until);
    return this.engine.takeNews(until).map(line);
  }

  /** What the account holds, as decimal texts. */
  get held(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.engine.balances].map(([currency, held]) => [currency, plain(held)]));
  }
}

function line(news: EngineNews): string {
  switch (news.kind) {
    case 'order':
      return `${news.at}: ${news.order} ${news.status}${news.reason === '' ? '' : ` (${news.reason.split(':')[0]})`}`;
    case 'fill': {
      const fee = news.fee === 0n ? '' : ` fee ${plain(news.fee)} ${news.feeCurrency}`;
      return `${news.at}: ${news.order} ${news.side} ${news.quantity}@${news.price} ${news.liquidity}${fee}`;
    }
    case 'cash':
      return `${news.at}: ${news.reason} ${plain(news.amount)} ${news.currency}`;
  }
}

function plain(value: bigint): string {
  const text = `${value < 0n ? -value : value}`.padStart(13, '0');
  return `${value < 0n ? '-' : ''}${text.slice(0, -12)}.${text.slice(-12)}`.replace(/\.?0+$/, '');
}
