import type { Side } from '@portcullis/contracts';
import {
  type InputError,
  type Money,
  type QuantityLots,
  describeInputError,
  priceTicks,
  quantityLots,
  required,
} from '@portcullis/kernel';
import {
  type BarInput,
  type ExactQuote,
  type InstrumentDefinition,
  type InstrumentRules,
  type QuoteInput,
  type TradeInput,
  instrumentRules,
} from '@portcullis/market';
import type { MlAdvice, OrderChange, OrderNumber, OrderRequest, WorkingOrder, WorkingStatus } from '../context.ts';
import type {
  AnyContext,
  Strategy,
  StrategyFill,
  StrategyGap,
  StrategyInstance,
  StrategyOrderUpdate,
} from '../strategy.ts';

/** An instrument for tests: ticks of 0.01, lots of 0.001. `overrides` replaces fields. Throws where they make no instrument. */
export function testInstrument(overrides: Partial<InstrumentDefinition> = {}): InstrumentRules {
  const rules = instrumentRules({
    venue: 'test',
    symbol: 'BTCUSDT',
    base: 'BTC',
    quote: 'USDT',
    tickSize: '0.01',
    lotSize: '0.001',
    quantityMin: '0.001',
    quantityMax: '9000',
    priceMin: '0.01',
    priceMax: '1000000',
    notionalMin: '5',
    ...overrides,
  });
  if (!rules.ok) throw new RangeError(describeInputError(rules.error));
  return rules.value;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Microseconds that every market event moves the clock by. */
const STEP = 1000;

/**
 * A strategy alone with a world that its test sets. What it asks for is written down in {@link submitted} and
 * {@link canceled}; an order works as `PENDING`, and nothing happens to it until the test says so. Prices are in ticks and
 * quantities in lots. Only for tests: no gate, no venue, no kernel.
 */
export class StrategyStage implements AnyContext {
  now = 1_000_000;
  slot = 0;
  readonly instruments: readonly InstrumentRules[];
  /** Of each instrument, in lots. */
  readonly positions: number[];
  readonly book = undefined;
  maySubmit = true;
  advice: MlAdvice | undefined;
  readonly submitted: OrderRequest[] = [];
  readonly canceled: OrderNumber[] = [];
  readonly logs: string[] = [];
  readonly #quotes: (ExactQuote | undefined)[];
  readonly #strategy: Strategy;
  #working: Writable<WorkingOrder>[] = [];
  #instance: StrategyInstance;
  #seq = 0;
  #orders = 0;
  #fills = 0;

  /** Starts the strategy. Throws what is wrong with its parameters. */
  constructor(strategy: Strategy, parameters: unknown, instruments: readonly InstrumentRules[] = [testInstrument()]) {
    this.#strategy = strategy;
    this.instruments = instruments;
    this.positions = instruments.map(() => 0);
    this.#quotes = instruments.map(() => undefined);
    this.#instance = instanceOf(strategy, parameters, instruments);
    this.#instance.handlers.onStart?.(this);
  }

  get parameters(): unknown {
    return this.#instance.parameters;
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the state belongs to the strategy
  get state(): any {
    return this.#instance.state;
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  get indicators(): any {
    return this.#instance.indicators;
  }

  get workingOrders(): readonly WorkingOrder[] {
    return this.#working;
  }

  get instrument(): InstrumentRules {
    return required(this.instruments[this.slot], `instrument ${this.slot}`);
  }

  get position(): QuantityLots {
    return this.positionOf(this.slot);
  }

  get quote(): ExactQuote | undefined {
    return this.#quotes[this.slot];
  }

  positionOf(slot: number): QuantityLots {
    return quantityLots(this.positions[slot] ?? 0);
  }

  quoteOf(slot: number): ExactQuote | undefined {
    return this.#quotes[slot];
  }

  submit(order: OrderRequest): OrderNumber | undefined {
    if (!this.maySubmit) return undefined;
    if (!Number.isSafeInteger(order.quantity) || order.quantity <= 0) throw new RangeError('a quantity of nothing');
    if ((order.type === 'limit') !== (order.price !== undefined)) throw new RangeError('a price too many or too few');
    this.submitted.push(order);
    this.#orders += 1;
    const { side, price, quantity, slot = this.slot } = order;
    this.#working.push({
      number: this.#orders,
      slot,
      side,
      price,
      quantity,
      remaining: quantity,
      status: 'PENDING',
      cancelRequested: false,
    });
    return this.#orders;
  }

  cancel(number: OrderNumber): void {
    const order = this.#working.find((working) => working.number === number);
    if (order === undefined || order.cancelRequested) return;
    order.cancelRequested = true;
    this.canceled.push(number);
  }

  cancelAll(): void {
    for (const { number } of this.workingOrders) this.cancel(number);
  }

  modify(number: OrderNumber, _change: OrderChange): void {
    this.cancel(number);
  }

  getMlAdvice(): MlAdvice | undefined {
    return this.advice;
  }

  log(message: string): void {
    this.logs.push(message);
  }

  /** A quote of one lot on both sides. */
  quoteAt(bid: number, ask: number, slot = 0): void {
    this.slot = slot;
    const seq = (this.#seq += 1);
    const quote: QuoteInput = {
      kind: 'quote',
      slot,
      seq,
      tsEvent: this.now,
      tsInit: this.now,
      bidPrice: priceTicks(bid),
      bidQuantity: quantityLots(1),
      askPrice: priceTicks(ask),
      askQuantity: quantityLots(1),
    };
    this.#quotes[slot] = quote;
    this.#instance.handlers.onQuote?.(this, quote);
    this.now += STEP;
  }

  /** A trade of others. */
  tradeAt(
    price: number,
    quantity = 1,
    { aggressor = 'buy', slot = 0 }: { aggressor?: Side; slot?: number } = {},
  ): void {
    this.slot = slot;
    const seq = (this.#seq += 1);
    const trade: TradeInput = {
      kind: 'trade',
      slot,
      seq,
      tsEvent: this.now,
      tsInit: this.now,
      tradeId: `m${seq}`,
      price: priceTicks(price),
      quantity: quantityLots(quantity),
      aggressor,
    };
    this.#instance.handlers.onTrade?.(this, trade);
    this.now += STEP;
  }

  /** A bar; high and low are those of open and close unless given. */
  barAt(
    close: number,
    { open = close, high = Math.max(open, close), low = Math.min(open, close), slot = 0 } = {},
  ): void {
    this.slot = slot;
    const seq = (this.#seq += 1);
    const bar: BarInput = {
      kind: 'bar',
      slot,
      seq,
      tsEvent: this.now - 1,
      tsInit: this.now - 1,
      start: this.now - STEP,
      end: this.now,
      open: priceTicks(open),
      high: priceTicks(high),
      low: priceTicks(low),
      close: priceTicks(close),
      volume: quantityLots(1),
      count: 1,
    };
    this.#instance.handlers.onBar?.(this, bar);
    this.now += STEP;
  }

  /** A hole in what is known of an instrument: its quote is not known any more. */
  gap(reason: StrategyGap['reason'], slot = 0): void {
    this.slot = slot;
    if (reason !== 'resync') this.#quotes[slot] = undefined;
    this.#instance.handlers.onGap?.(this, { slot, reason, detail: '' });
  }

  /** The strategy's timer. */
  timer(): void {
    this.slot = 0;
    this.#instance.handlers.onTimer?.(this);
  }

  stop(): void {
    this.#instance.handlers.onStop?.(this, 'test');
  }

  /** Fills a working order, all that is left of it unless `quantity` says otherwise. */
  fill(number: OrderNumber, price: number, quantity?: number): void {
    const order = this.#order(number);
    const filled = Math.min(quantity ?? order.remaining, order.remaining);
    order.remaining = quantityLots(order.remaining - filled);
    order.status = 'PARTIALLY_FILLED';
    this.slot = order.slot;
    this.positions[order.slot] = this.positionOf(order.slot) + (order.side === 'buy' ? filled : -filled);
    const ended = order.remaining === 0;
    if (ended) this.#forget(number);
    const fill: StrategyFill = {
      order: number,
      slot: order.slot,
      tradeId: `t${(this.#fills += 1)}`,
      side: order.side,
      price: priceTicks(price),
      quantity: quantityLots(filled),
      fee: 0n as Money,
      feeCurrency: 'USDT',
      liquidity: 'taker',
    };
    this.#instance.handlers.onFill?.(this, fill);
    if (ended) this.#tell(order, 'FILLED', '');
  }

  /** Fills every working order at a price of the test. */
  fillAll(price: number): void {
    for (const { number } of [...this.workingOrders]) this.fill(number, price);
  }

  /** How a working order goes on without a fill, or ends: `DENIED`, `ACCEPTED`, `REJECTED`, `CANCELED`, `UNRESOLVED`, … */
  answer(number: OrderNumber, status: StrategyOrderUpdate['status'], reason = ''): void {
    const order = this.#order(number);
    this.slot = order.slot;
    if (isEnd(status)) this.#forget(number);
    else order.status = status;
    this.#tell(order, status, reason);
  }

  /** What the instance keeps survives a journey through JSON text into a fresh one. */
  reborn(): void {
    const kept = this.#instance.snapshot();
    this.#instance = instanceOf(this.#strategy, this.parameters, this.instruments);
    this.#instance.restore(kept);
  }

  #forget(number: OrderNumber): void {
    this.#working = this.#working.filter((working) => working.number !== number);
  }

  #order(number: OrderNumber): Writable<WorkingOrder> {
    return required(
      this.#working.find((working) => working.number === number),
      `working order ${number}`,
    );
  }

  #tell({ number, slot }: WorkingOrder, status: StrategyOrderUpdate['status'], reason: string): void {
    this.#instance.handlers.onOrder?.(this, { order: number, slot, status, reason });
  }
}

const ENDS: readonly string[] = ['DENIED', 'VOID', 'FILLED', 'CANCELED', 'EXPIRED', 'REJECTED', 'LAPSED'];

function isEnd(status: StrategyOrderUpdate['status']): status is Exclude<StrategyOrderUpdate['status'], WorkingStatus> {
  return ENDS.includes(status);
}

function instanceOf(
  strategy: Strategy,
  parameters: unknown,
  instruments: readonly InstrumentRules[],
): StrategyInstance {
  const instance = strategy.create(parameters, instruments);
  if (!instance.ok) throw new RangeError(describeInputError(instance.error));
  return instance.value;
}

/** Why a strategy refuses its parameters; undefined where it takes them. */
export function complaintOf(
  strategy: Strategy,
  parameters: unknown,
  instruments: readonly InstrumentRules[] = [testInstrument()],
): InputError | undefined {
  const created = strategy.create(parameters, instruments);
  return created.ok ? undefined : created.error;
}
