import {
  type InputError,
  type PriceTicks,
  type QuantityLots,
  type Result,
  priceTicks,
  quantityLots,
} from '@portcullis/kernel';
import type { ExactQuote } from '@portcullis/market';
import { btcusdtRules } from '@portcullis/testkit/instrument';
import type {
  OrderRequest,
  Strategy,
  StrategyContext,
  StrategyEvent,
  StrategyInstance,
  WorkingOrder,
} from '../src/index.ts';

export const rules = btcusdtRules({ lotSize: '0.001', quantityMin: '0.001' });

/** A strategy alone with a world that the test sets: what it asks for is written down, nothing happens by itself. */
export class Stage implements StrategyContext {
  now = 1_000_000;
  readonly instrument = rules;
  readonly parameters: unknown;
  position: QuantityLots = quantityLots(0);
  quote: ExactQuote | undefined;
  workingOrders: WorkingOrder[] = [];
  maySubmit = true;
  readonly submitted: OrderRequest[] = [];
  readonly canceled: string[] = [];
  readonly #instance: StrategyInstance;

  constructor(strategy: Strategy, parameters: unknown) {
    const instance = strategy.create(parameters, rules);
    if (!instance.ok) throw new Error(`${instance.error.field}: ${instance.error.expected}`);
    this.#instance = instance.value;
    this.parameters = instance.value.parameters;
  }

  submit(order: OrderRequest): string {
    this.submitted.push(order);
    return `intent-${this.submitted.length}`;
  }

  cancel(clientOrderId: string): void {
    this.canceled.push(clientOrderId);
  }

  log(): void {}

  tell(event: StrategyEvent): void {
    this.#instance.handle(this, event);
  }

  quoteAt(bid: number, ask: number): void {
    this.quote = {
      seq: 1,
      tsEvent: this.now,
      tsInit: this.now,
      bidPrice: priceTicks(bid),
      bidQuantity: quantityLots(1),
      askPrice: priceTicks(ask),
      askQuantity: quantityLots(1),
    };
    this.tell({ type: 'quote', quote: this.quote });
    this.now += 1000;
  }

  works(side: 'buy' | 'sell', price: PriceTicks, quantity: QuantityLots, rest: Partial<WorkingOrder> = {}): void {
    const id = `order-${this.workingOrders.length + 1}`;
    this.workingOrders.push({
      clientOrderId: id,
      intentId: id,
      side,
      price,
      quantity,
      remaining: quantity,
      status: 'ACCEPTED',
      cancelRequested: false,
      ...rest,
    });
  }

  /** What the instance keeps survives a journey through JSON text. */
  reborn(): void {
    this.#instance.restore(this.#instance.snapshot());
  }
}

export function complaint(strategy: Strategy, parameters: unknown): InputError | undefined {
  const created: Result<unknown, InputError> = strategy.create(parameters, rules);
  return created.ok ? undefined : created.error;
}
