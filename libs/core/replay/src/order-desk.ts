import type { EngineNews, ExecutionEngine } from '@portcullis/fills';
import { clientOrderIdPrefix } from '@portcullis/execution';
import { formatMoney } from '@portcullis/kernel';
import type { Denial, InProcessGate } from '@portcullis/risk';
import type { IntentOutput } from '@portcullis/run';
import { ExactText, moneyText } from './exact-text.ts';
import type { LastPrices } from './last-prices.ts';
import type { PreparedReplay } from './prepare-replay.ts';
import type { CashRecord, FillRecord, ReplaySink } from './records.ts';
import { ReplayFailure } from './replay-failure.ts';
import type { CashNews, FillNews } from './replay-ledger.ts';

type OrderNews = Extract<EngineNews, { readonly kind: 'order' }>;

/** Orders that a strategy may ask for at one moment of the run: above it, it answers its own orders without end. */
export const ORDERS_AT_ONCE_MAX = 100_000;
/** Characters of the number in a client order id. */
const NUMBER_LENGTH = 22;

export interface OrderCounts {
  readonly intents: number;
  readonly approved: number;
  readonly denied: number;
  readonly rejected: number;
  readonly fills: number;
  readonly liquidations: number;
  readonly denials: Readonly<Record<string, number>>;
}

/** Plain JSON. */
export interface OrderDeskSnapshot {
  readonly counts: OrderCounts;
  /** Number and lots not filled, in turns. */
  readonly open: readonly (readonly [number, number])[];
  readonly ordersAt: number;
  readonly ordersAtOnce: number;
}

/** What carries a run's orders through the gate to the venue and their news back, and counts both. */
export class OrderDesk {
  readonly #gate: InProcessGate;
  readonly #engine: ExecutionEngine;
  readonly #prices: LastPrices;
  readonly #sink: ReplaySink;
  readonly #ids: readonly string[];
  readonly #texts: readonly ExactText[];
  readonly #prefix: string;
  /** Lots not filled of the orders that the venue has or will have, by number; bounded by what the gate lets through. */
  readonly #open = new Map<number, number>();
  #intents = 0;
  #approved = 0;
  #denied = 0;
  #rejected = 0;
  #fills = 0;
  #liquidations = 0;
  readonly #denials = new Map<string, number>();
  #ordersAt = 0;
  #ordersAtOnce = 0;

  constructor(
    prepared: PreparedReplay,
    parts: {
      readonly gate: InProcessGate;
      readonly engine: ExecutionEngine;
      readonly prices: LastPrices;
      readonly sink: ReplaySink;
    },
  ) {
    this.#gate = parts.gate;
    this.#engine = parts.engine;
    this.#prices = parts.prices;
    this.#sink = parts.sink;
    this.#ids = prepared.instruments.map(({ rules }) => rules.id);
    this.#texts = prepared.instruments.map(({ rules }) => new ExactText(rules));
    this.#prefix = clientOrderIdPrefix(prepared.runId);
  }

  textOf(slot: number): ExactText {
    return this.#texts[slot] as ExactText;
  }

  instrumentOf(slot: number): string {
    return this.#ids[slot] as string;
  }

  /**
   * Asks the gate; gives its denial, which is told to the sink. Throws {@link ReplayFailure} (`runaway`) at more than
   * {@link ORDERS_AT_ONCE_MAX} intents of one moment.
   */
  judge(intent: IntentOutput, at: number): Denial | undefined {
    this.#countOrder(at);
    this.#intents += 1;
    this.#prices.tell(this.#gate);
    const { order, slot, side, type, timeInForce, postOnly, reduceOnly, quantity, price, expiry } = intent;
    const denial = this.#gate.decide(at, order, slot, {
      side,
      type,
      timeInForce,
      postOnly,
      reduceOnly,
      lots: quantity,
      price,
      stopPrice: undefined,
      expiry,
    });
    if (denial === undefined) {
      this.#approved += 1;
      return undefined;
    }
    this.#denied += 1;
    this.#denials.set(denial.code, (this.#denials.get(denial.code) ?? 0) + 1);
    const text = this.textOf(slot);
    this.#sink.denial({
      at,
      order,
      instrument: this.instrumentOf(slot),
      side,
      quantity: text.quantity(quantity),
      price: price === undefined ? null : text.price(price),
      code: denial.code,
      detail: denial.detail,
    });
    return denial;
  }

  /** Sends an approved order on its way. */
  submit(intent: IntentOutput, at: number): void {
    const { order, slot, side, type, timeInForce, postOnly, reduceOnly, quantity, price } = intent;
    this.#open.set(order, quantity);
    this.#engine.submit({ order, slot, side, type, timeInForce, postOnly, reduceOnly, quantity, price }, at);
  }

  /** Orders that the venue has, or that are on their way to it. */
  get working(): number {
    return this.#open.size;
  }

  /** Evidence that an order works or has ended. */
  order({ order, status }: OrderNews): void {
    if (status === 'ACCEPTED') return;
    if (status === 'REJECTED') this.#rejected += 1;
    this.#end(order);
  }

  /** A fill, before the run hears of it: what the gate judges next rests on it. */
  fill({ order, slot, side, quantity }: FillNews): void {
    if (order === 0) {
      this.#liquidations += 1;
      this.#gate.adjust(slot, side, quantity);
      return;
    }
    this.#fills += 1;
    this.#gate.fill(order, quantity);
    const left = (this.#open.get(order) ?? 0) - quantity;
    if (left > 0) this.#open.set(order, left);
    else this.#end(order);
  }

  record(news: FillNews, position: number): FillRecord {
    const { at, order, slot, side, price, quantity, fee, feeCurrency, liquidity } = news;
    const text = this.textOf(slot);
    return {
      at,
      order,
      clientOrderId: order === 0 ? '' : `${this.#prefix}${order.toString(36).padStart(NUMBER_LENGTH, '0')}`,
      instrument: this.instrumentOf(slot),
      side,
      price: text.price(price),
      quantity: text.quantity(quantity),
      fee: moneyText(fee),
      feeCurrency,
      liquidity,
      position: text.quantity(position),
    };
  }

  cashRecord({ at, slot, currency, amount, reason }: CashNews): CashRecord {
    return { at, instrument: this.instrumentOf(slot), currency, amount: formatMoney(amount), reason };
  }

  get counts(): OrderCounts {
    return {
      intents: this.#intents,
      approved: this.#approved,
      denied: this.#denied,
      rejected: this.#rejected,
      fills: this.#fills,
      liquidations: this.#liquidations,
      denials: Object.fromEntries(this.#denials),
    };
  }

  /** A strategy that answers each denial or fill with another order would never come to the next event. */
  #countOrder(at: number): void {
    if (at !== this.#ordersAt) {
      this.#ordersAt = at;
      this.#ordersAtOnce = 0;
    }
    this.#ordersAtOnce += 1;
    if (this.#ordersAtOnce <= ORDERS_AT_ONCE_MAX) return;
    throw new ReplayFailure('runaway', `the strategy asked for more than ${ORDERS_AT_ONCE_MAX} orders at ${at}`);
  }

  #end(order: number): void {
    if (this.#open.delete(order)) this.#gate.ended(order);
  }

  snapshot(): OrderDeskSnapshot {
    const { counts } = this;
    return { counts, open: [...this.#open], ordersAt: this.#ordersAt, ordersAtOnce: this.#ordersAtOnce };
  }

  restore({ counts, open, ordersAt, ordersAtOnce }: OrderDeskSnapshot): void {
    this.#intents = counts.intents;
    this.#approved = counts.approved;
    this.#denied = counts.denied;
    this.#rejected = counts.rejected;
    this.#fills = counts.fills;
    this.#liquidations = counts.liquidations;
    this.#denials.clear();
    for (const [code, count] of Object.entries(counts.denials)) this.#denials.set(code, count);
    this.#ordersAt = ordersAt;
    this.#ordersAtOnce = ordersAtOnce;
    this.#open.clear();
    for (const [order, left] of open) this.#open.set(order, left);
  }
}
