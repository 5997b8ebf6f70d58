import type { TimeInForce } from '@portcullis/contracts';
import type { QuantityLots } from '@portcullis/kernel';
import type { ExactQuote, InstrumentRules } from '@portcullis/market';
import type {
  BookView,
  IndicatorSet,
  MlAdvice,
  OrderChange,
  OrderNumber,
  OrderRequest,
  StrategyContext,
  WorkingOrder,
} from '@portcullis/strategy';
import type { KernelHoldings } from './kernel-holdings.ts';
import { WORKING_ORDERS_MAX } from './kernel-orders.ts';
import type { IntentOutput } from './kernel-output.ts';

/** Intents that one handler call may make: a strategy that wants more is broken, and the gate's rate limit is for all. */
export const INTENTS_PER_CALL_MAX = 10;

/** Log lines of one handler call and characters of each that are kept. */
const LOGS_PER_CALL_MAX = 20;
const LOG_LENGTH_MAX = 500;

const TIMES_IN_FORCE: ReadonlySet<string> = new Set(['GTC', 'IOC', 'FOK'] satisfies readonly TimeInForce[]);

/** What the context looks at; the kernel itself. */
export interface KernelView {
  readonly now: number;
  readonly slot: number;
  readonly setup: { readonly instruments: readonly InstrumentRules[] };
  readonly maySubmit: boolean;
  readonly lastOrder: OrderNumber;
  readonly expiry: number;
  readonly holdings: KernelHoldings;
  /** How many {@link working} are. */
  readonly workingOrders: number;
  working(): readonly WorkingOrder[];
}

/** What a handler asked for, in its order; it takes effect only when the handler returns. */
export interface Draft {
  readonly intents: IntentOutput[];
  readonly cancels: OrderNumber[];
  readonly changes: { readonly order: OrderNumber; readonly change: OrderChange }[];
  readonly logs: string[];
}

/** The one context of a run. Each handler call finds it emptied of the last one's wishes. */
export class KernelContext implements StrategyContext {
  readonly #view: KernelView;
  readonly parameters: unknown;
  state: unknown;
  indicators: IndicatorSet;
  readonly draft: Draft = { intents: [], cancels: [], changes: [], logs: [] };
  /** Whether anything was asked for since {@link clear}. */
  isDirty = false;
  #open = false;

  constructor(
    view: KernelView,
    parameters: unknown,
    own: { readonly state: unknown; readonly indicators: IndicatorSet },
  ) {
    this.#view = view;
    this.parameters = parameters;
    this.state = own.state;
    this.indicators = own.indicators;
  }

  /** Before a handler call. */
  begin(): void {
    this.#open = true;
  }

  /** After it. */
  end(): void {
    this.#open = false;
  }

  clear(): void {
    if (!this.isDirty) return;
    this.isDirty = false;
    this.draft.intents.length = 0;
    this.draft.cancels.length = 0;
    this.draft.changes.length = 0;
    this.draft.logs.length = 0;
  }

  get now(): number {
    return this.#view.now;
  }

  get instruments(): readonly InstrumentRules[] {
    return this.#view.setup.instruments;
  }

  get slot(): number {
    return this.#view.slot;
  }

  get instrument(): InstrumentRules {
    return this.#view.setup.instruments[this.#view.slot] as InstrumentRules;
  }

  get position(): QuantityLots {
    return this.#view.holdings.quantityOf(this.#view.slot);
  }

  positionOf(slot: number): QuantityLots {
    this.#rules(slot);
    return this.#view.holdings.quantityOf(slot);
  }

  get quote(): ExactQuote | undefined {
    return this.#view.holdings.quoteOf(this.#view.slot);
  }

  quoteOf(slot: number): ExactQuote | undefined {
    this.#rules(slot);
    return this.#view.holdings.quoteOf(slot);
  }

  get book(): BookView | undefined {
    return this.#view.holdings.bookOf(this.#view.slot);
  }

  get maySubmit(): boolean {
    return this.#view.maySubmit;
  }

  get workingOrders(): readonly WorkingOrder[] {
    const working = this.#view.working();
    return this.draft.intents.length === 0 ? working : [...working, ...this.draft.intents.map(pending)];
  }

  getMlAdvice(): MlAdvice | undefined {
    return this.#view.holdings.adviceOf(this.#view.slot);
  }

  submit(order: OrderRequest): OrderNumber | undefined {
    this.#inCall();
    if (!this.#view.maySubmit) return undefined;
    const slot = order.slot ?? this.#view.slot;
    const complaint = orderComplaint(order, this.#rules(slot));
    if (complaint !== undefined) throw new RangeError(`this can never be an order: ${complaint}`);
    const { intents } = this.draft;
    if (intents.length >= INTENTS_PER_CALL_MAX) {
      throw new RangeError(`more than ${INTENTS_PER_CALL_MAX} intents in one handler call`);
    }
    if (this.#view.workingOrders + intents.length >= WORKING_ORDERS_MAX) {
      throw new RangeError(`more than ${WORKING_ORDERS_MAX} working orders`);
    }
    this.isDirty = true;
    const number = this.#view.lastOrder + intents.length + 1;
    const { side, type, quantity, price, timeInForce, postOnly, reduceOnly } = order;
    intents.push({
      kind: 'intent',
      order: number,
      slot,
      side,
      type,
      timeInForce: timeInForce ?? (type === 'market' ? 'IOC' : 'GTC'),
      postOnly: postOnly === true,
      reduceOnly: reduceOnly === true,
      quantity,
      price,
      reference: this.#view.holdings.markOf(slot),
      expiry: this.#view.expiry,
    });
    return number;
  }

  cancel(order: OrderNumber): void {
    this.#inCall();
    const { cancels, changes } = this.draft;
    if (cancels.length >= WORKING_ORDERS_MAX) return;
    this.isDirty = true;
    cancels.push(order);
    // What was asked for last counts: an order that shall go is not to be followed by another.
    if (changes.some((change) => change.order === order)) {
      changes.splice(0, changes.length, ...changes.filter((change) => change.order !== order));
    }
  }

  cancelAll(): void {
    for (const { number } of this.workingOrders) this.cancel(number);
  }

  modify(order: OrderNumber, change: OrderChange): void {
    this.#inCall();
    const found = this.workingOrders.find(({ number }) => number === order);
    if (found === undefined) return;
    const rules = this.#rules(found.slot);
    const terms = { side: found.side, quantity: change.quantity ?? found.quantity };
    const price = change.price ?? found.price;
    // An order without a price is a market order, and stays one.
    const type = found.price === undefined ? 'market' : 'limit';
    const complaint = orderComplaint(price === undefined ? { ...terms, type } : { ...terms, type, price }, rules);
    if (complaint !== undefined) throw new RangeError(`this can never be an order: ${complaint}`);
    if (this.draft.changes.length >= WORKING_ORDERS_MAX) return;
    this.isDirty = true;
    this.draft.changes.push({ order, change: { ...change } });
  }

  log(message: string): void {
    if (this.draft.logs.length >= LOGS_PER_CALL_MAX) return;
    this.isDirty = true;
    this.draft.logs.push(String(message).slice(0, LOG_LENGTH_MAX));
  }

  #inCall(): void {
    if (!this.#open) throw new Error('the context is good during the call that got it, not after it');
  }

  #rules(slot: number): InstrumentRules {
    const { instruments } = this.#view.setup;
    const rules = instruments[slot];
    if (rules === undefined) throw new RangeError(`slot ${slot} is none of the run's ${instruments.length}`);
    return rules;
  }
}

function pending({ order, slot, side, price, quantity }: IntentOutput): WorkingOrder {
  return { number: order, slot, side, price, quantity, remaining: quantity, status: 'PENDING', cancelRequested: false };
}

/** What keeps a request from ever being an order of the instrument. */
export function orderComplaint(
  { type, side, timeInForce, postOnly, quantity, price }: OrderRequest,
  rules: InstrumentRules,
): string | undefined {
  // Strategies that are somebody's own file may come without types.
  if (type !== 'limit' && type !== 'market') return `a type of ${String(type)}`;
  if (timeInForce !== undefined && !TIMES_IN_FORCE.has(timeInForce)) return `a time in force of ${String(timeInForce)}`;
  if (!Number.isSafeInteger(quantity) || quantity <= 0) return `a quantity of ${quantity} lots`;
  if (quantity > rules.quantityMax) return `a quantity of ${quantity} lots, above the instrument's largest`;
  if ((type === 'limit') !== (price !== undefined)) {
    return type === 'limit' ? 'a limit order without a price' : 'a market order with a price';
  }
  if (price !== undefined && !(Number.isSafeInteger(price) && price > 0)) return `a price of ${price} ticks`;
  if (side !== 'buy' && side !== 'sell') return `a side of ${String(side)}`;
  if (postOnly === true && (type !== 'limit' || (timeInForce ?? 'GTC') !== 'GTC')) {
    return 'post-only without a GTC limit';
  }
  return undefined;
}
