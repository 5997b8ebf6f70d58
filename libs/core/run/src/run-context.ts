import type { PriceTicks, QuantityLots } from '@portcullis/kernel';
import type { ExactQuote, InstrumentRules } from '@portcullis/market';
import type { OrderRequest, StrategyContext, WorkingOrder } from '@portcullis/strategy';
import { WORKING_ORDERS_MAX } from './working-orders.ts';

/** Intents that one handler call may make: a strategy that wants more is broken, and the gate's rate limit is for all. */
export const INTENTS_PER_CALL_MAX = 10;

/** Log lines of one handler call and characters of each that are kept. */
const LOGS_PER_CALL_MAX = 20;
const LOG_LENGTH_MAX = 500;

/** What one handler call asked for: it takes effect only when the handler returns. */
export interface Draft {
  readonly orders: { readonly intentId: string; readonly clientOrderId: string; readonly order: OrderRequest }[];
  readonly cancels: string[];
  readonly logs: string[];
}

/** What the kernel shows to one handler call. */
export interface CallView {
  readonly now: number;
  readonly parameters: unknown;
  readonly instrument: InstrumentRules;
  readonly position: QuantityLots;
  readonly quote: ExactQuote | undefined;
  readonly working: readonly WorkingOrder[];
  readonly maySubmit: boolean;
  /** The ids of the n-th intent of this call. */
  idsOf(n: number): { readonly intentId: string; readonly clientOrderId: string };
}

/** The context of one handler call. */
export class RunContext implements StrategyContext {
  readonly #view: CallView;
  readonly draft: Draft = { orders: [], cancels: [], logs: [] };
  #drafted: WorkingOrder[] = [];

  constructor(view: CallView) {
    this.#view = view;
  }

  get now(): number {
    return this.#view.now;
  }

  get parameters(): unknown {
    return this.#view.parameters;
  }

  get instrument(): InstrumentRules {
    return this.#view.instrument;
  }

  get position(): QuantityLots {
    return this.#view.position;
  }

  get quote(): ExactQuote | undefined {
    return this.#view.quote;
  }

  get maySubmit(): boolean {
    return this.#view.maySubmit;
  }

  get workingOrders(): readonly WorkingOrder[] {
    return this.#drafted.length === 0 ? this.#view.working : [...this.#view.working, ...this.#drafted];
  }

  submit(order: OrderRequest): string | undefined {
    if (!this.#view.maySubmit) return undefined;
    const complaint = orderComplaint(order, this.#view.instrument);
    if (complaint !== undefined) throw new RangeError(`this can never be an order: ${complaint}`);
    if (this.draft.orders.length >= INTENTS_PER_CALL_MAX) {
      throw new RangeError(`more than ${INTENTS_PER_CALL_MAX} intents in one handler call`);
    }
    if (this.workingOrders.length >= WORKING_ORDERS_MAX) {
      throw new RangeError(`more than ${WORKING_ORDERS_MAX} working orders`);
    }
    const ids = this.#view.idsOf(this.draft.orders.length);
    this.draft.orders.push({ ...ids, order });
    const { side, price, quantity } = order;
    this.#drafted = [
      ...this.#drafted,
      { ...ids, side, price, quantity, remaining: quantity, status: 'PENDING', cancelRequested: false },
    ];
    return ids.intentId;
  }

  cancel(clientOrderId: string): void {
    if (this.draft.cancels.length < WORKING_ORDERS_MAX) this.draft.cancels.push(clientOrderId);
  }

  log(message: string): void {
    if (this.draft.logs.length < LOGS_PER_CALL_MAX) this.draft.logs.push(message.slice(0, LOG_LENGTH_MAX));
  }
}

function orderComplaint(
  { type, timeInForce, postOnly, quantity, price }: OrderRequest,
  rules: InstrumentRules,
): string | undefined {
  if (!Number.isSafeInteger(quantity) || quantity <= 0) return `a quantity of ${quantity} lots`;
  if (quantity > rules.quantityMax) return `a quantity of ${quantity} lots, above the instrument's largest`;
  if ((type === 'limit') !== (price !== undefined)) {
    return type === 'limit' ? 'a limit order without a price' : 'a market order with a price';
  }
  if (price !== undefined && !isPrice(price)) return `a price of ${price} ticks`;
  if (postOnly === true && (type !== 'limit' || (timeInForce ?? 'GTC') !== 'GTC')) {
    return 'post-only without a GTC limit';
  }
  return undefined;
}

function isPrice(price: PriceTicks): boolean {
  return Number.isSafeInteger(price) && price > 0;
}
