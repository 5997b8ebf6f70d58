import type { CancelRequest, OrderEvent, OrderIntent, RiskVerdict } from '@portcullis/contracts';
import { type OrderStatus, statusAfter } from '@portcullis/execution';
import { type Decimal, formatDecimal, parseDecimal, pow10 } from '@portcullis/kernel';
import { RecentIds, setBounded } from './recent-ids.ts';

/** Where an order stands in its whole life: before the bridge knows of it the gate's answer, or that there is none. */
export type LifeState = 'PENDING' | 'DENIED' | 'APPROVED' | OrderStatus;

export interface LifeStep {
  readonly state: string;
  readonly at: number;
  readonly detail: string;
}

export interface FillView {
  readonly tradeId: string;
  readonly intentId: string;
  readonly runId: string;
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  readonly price: string;
  readonly quantity: string;
  readonly fee: string;
  readonly feeCurrency: string;
  readonly liquidity: string;
  readonly at: number;
}

export interface VerdictView {
  readonly verdictId: string;
  readonly intentId: string;
  readonly runId: string;
  readonly instrument: string;
  readonly decision: 'approved' | 'denied';
  /** Denial code, or undefined. */
  readonly code: string | undefined;
  readonly detail: Readonly<Record<string, string>>;
  readonly at: number;
  readonly killEpoch: number;
  readonly gateEpoch: number;
}

/** One order from the intent to its end. What has not been heard of yet is undefined: the streams do not wait for each other. */
export interface OrderLife {
  readonly intentId: string;
  runId: string;
  strategy: string;
  instrument: string;
  origin: string;
  side: 'buy' | 'sell' | undefined;
  type: string | undefined;
  timeInForce: string | undefined;
  postOnly: boolean;
  reduceOnly: boolean;
  quantity: string | undefined;
  price: string | undefined;
  clientOrderId: string | undefined;
  venueOrderId: string | undefined;
  status: OrderStatus | undefined;
  state: LifeState;
  verdict: VerdictView | undefined;
  filledQuantity: string;
  averagePrice: string | undefined;
  reason: string;
  createdAt: number;
  updatedAt: number;
  readonly steps: LifeStep[];
  readonly fills: FillView[];
}

/** Orders kept for looking at; the oldest goes first. */
export const ORDERS_MAX = 5000;
/** Steps and fills kept of one order. */
const STEPS_MAX = 60;
const FILLS_PER_ORDER_MAX = 200;
/** Ids remembered against repetition: a service repeats its newest messages after a restart. */
const IDS_MAX = 100_000;

type Told<T> = { readonly life: OrderLife } & T;

/** The orders of all runs, joined by intent id from three streams in whatever order they come. */
export class OrderLives {
  readonly #lives = new Map<string, OrderLife>();
  readonly #intents = new RecentIds(IDS_MAX);
  readonly #verdicts = new RecentIds(IDS_MAX);
  readonly #events = new RecentIds(IDS_MAX);
  readonly #cancels = new RecentIds(IDS_MAX);
  readonly #byClientOrderId = new Map<string, OrderLife>();
  readonly #unresolved = new Set<string>();

  /** Orders that are unresolved now. */
  get unresolved(): number {
    return this.#unresolved.size;
  }

  /** The newest first. */
  recent(limit: number, wanted: (life: OrderLife) => boolean = () => true): OrderLife[] {
    const found: OrderLife[] = [];
    for (const life of [...this.#lives.values()].reverse()) {
      if (found.length >= limit) break;
      if (wanted(life)) found.push(life);
    }
    return found;
  }

  /** Undefined when it is a repetition. */
  intent(intent: OrderIntent): OrderLife | undefined {
    if (!this.#intents.add(intent.intentId)) return undefined;
    const life = this.#lifeOf(intent.intentId, intent);
    const { side, type, timeInForce, postOnly, reduceOnly, quantity, origin } = intent;
    Object.assign(life, {
      side,
      type,
      timeInForce,
      postOnly,
      reduceOnly,
      quantity,
      origin,
      price: intent.price,
      createdAt: intent.tsEvent,
    });
    step(life, { state: 'INTENT', at: intent.tsEvent, detail: '' });
    return life;
  }

  verdict(verdict: RiskVerdict): Told<{ readonly verdict: VerdictView }> | undefined {
    if (!this.#verdicts.add(verdict.verdictId)) return undefined;
    const life = this.#lifeOf(verdict.intentId, { ...verdict, tsEvent: verdict.issuedAt });
    const view: VerdictView = {
      verdictId: verdict.verdictId,
      intentId: verdict.intentId,
      runId: verdict.runId,
      instrument: verdict.instrument,
      decision: verdict.decision,
      code: verdict.decision === 'denied' ? verdict.denial.code : undefined,
      detail: verdict.decision === 'denied' ? verdict.denial.detail : {},
      at: verdict.issuedAt,
      killEpoch: verdict.killEpoch,
      gateEpoch: verdict.gateEpoch,
    };
    life.verdict = view;
    if (verdict.decision === 'approved') this.#named(life, verdict.venueOrder.clientOrderId);
    step(life, { state: verdict.decision.toUpperCase(), at: verdict.issuedAt, detail: view.code ?? '' });
    return { life, verdict: view };
  }

  event(event: OrderEvent): Told<{ readonly fill: FillView | undefined }> | undefined {
    if (!this.#events.add(event.eventId)) return undefined;
    const life = this.#lifeOf(event.intentId, event);
    this.#named(life, event.clientOrderId);
    life.status = statusAfter(life.status, event);
    if (event.type === 'accepted') life.venueOrderId = event.venueOrderId;
    if (event.type === 'submitted') fillInFrom(life, event);
    if (life.status === 'UNRESOLVED') this.#unresolved.add(event.intentId);
    else this.#unresolved.delete(event.intentId);
    const fill = event.type === 'fill' ? fillOf(event) : undefined;
    if (fill !== undefined) book(life, fill);
    life.reason = reasonOf(event) ?? life.reason;
    step(life, {
      state: event.type === 'fill' ? 'FILL' : life.status,
      at: event.tsEvent,
      detail: fill === undefined ? (reasonOf(event) ?? '') : `${fill.quantity} @ ${fill.price}`,
    });
    return { life, fill };
  }

  /** A wish to cancel one order; one for a whole run, or for an order that is not known (any more), shows nowhere. */
  cancel(request: CancelRequest): OrderLife | undefined {
    const life = request.clientOrderId === undefined ? undefined : this.#byClientOrderId.get(request.clientOrderId);
    if (life === undefined || !this.#cancels.add(request.cancelId)) return undefined;
    step(life, { state: 'CANCEL ASKED', at: request.tsEvent, detail: request.reason });
    return life;
  }

  #named(life: OrderLife, clientOrderId: string): void {
    life.clientOrderId = clientOrderId;
    setBounded(this.#byClientOrderId, clientOrderId, life, ORDERS_MAX);
  }

  #lifeOf(
    intentId: string,
    owner: { readonly runId: string; readonly strategy: string; readonly instrument: string; readonly tsEvent: number },
  ): OrderLife {
    const known = this.#lives.get(intentId);
    if (known !== undefined) return known;
    const life = unheardOf(intentId, owner);
    setBounded(this.#lives, intentId, life, ORDERS_MAX);
    return life;
  }
}

function unheardOf(
  intentId: string,
  owner: { readonly runId: string; readonly strategy: string; readonly instrument: string; readonly tsEvent: number },
): OrderLife {
  return {
    intentId,
    runId: owner.runId,
    strategy: owner.strategy,
    instrument: owner.instrument,
    origin: 'run',
    side: undefined,
    type: undefined,
    timeInForce: undefined,
    postOnly: false,
    reduceOnly: false,
    quantity: undefined,
    price: undefined,
    clientOrderId: undefined,
    venueOrderId: undefined,
    status: undefined,
    state: 'PENDING',
    verdict: undefined,
    filledQuantity: '0',
    averagePrice: undefined,
    reason: '',
    createdAt: owner.tsEvent,
    updatedAt: owner.tsEvent,
    steps: [],
    fills: [],
  };
}

function step(life: OrderLife, told: LifeStep): void {
  life.steps.push(told);
  if (life.steps.length > STEPS_MAX) life.steps.shift();
  life.updatedAt = Math.max(life.updatedAt, told.at);
  life.state =
    life.status ??
    (life.verdict === undefined ? 'PENDING' : life.verdict.decision === 'approved' ? 'APPROVED' : 'DENIED');
}

/** The order as the bridge sends it, for orders whose intent is no longer in the stream. */
function fillInFrom(life: OrderLife, { venueOrder }: Extract<OrderEvent, { type: 'submitted' }>): void {
  life.side ??= venueOrder.side;
  life.type ??= venueOrder.type;
  life.timeInForce ??= venueOrder.timeInForce;
  life.quantity ??= venueOrder.quantity;
  life.price ??= venueOrder.price;
}

function fillOf(event: Extract<OrderEvent, { type: 'fill' }>): FillView {
  const { tradeId, intentId, runId, instrument, side, price, quantity, fee, feeCurrency, liquidity, tsEvent } = event;
  return { tradeId, intentId, runId, instrument, side, price, quantity, fee, feeCurrency, liquidity, at: tsEvent };
}

function book(life: OrderLife, fill: FillView): void {
  life.side ??= fill.side;
  life.fills.push(fill);
  if (life.fills.length > FILLS_PER_ORDER_MAX) life.fills.shift();
  const quantity = sum(life.fills.map((one) => decimal(one.quantity)));
  const value = sum(life.fills.map((one) => product(decimal(one.price), decimal(one.quantity))));
  life.filledQuantity = formatDecimal(quantity.units, quantity.scale);
  life.averagePrice =
    quantity.units === 0n ? undefined : quotient(value, quantity, Math.max(2, decimal(fill.price).scale));
}

function reasonOf(event: OrderEvent): string | undefined {
  if (event.type === 'lapsed') return event.detail === '' ? event.reason : `${event.reason}: ${event.detail}`;
  if (event.type === 'rejected') return `${event.code} ${event.reason}`.trim();
  return 'reason' in event ? event.reason : undefined;
}

function decimal(text: string): Decimal {
  const parsed = parseDecimal(text);
  return parsed.ok ? parsed.value : { units: 0n, scale: 0 };
}

function sum(values: readonly Decimal[]): Decimal {
  const scale = Math.max(0, ...values.map((value) => value.scale));
  return { units: values.reduce((total, value) => total + value.units * pow10(scale - value.scale), 0n), scale };
}

function product(a: Decimal, b: Decimal): Decimal {
  return { units: a.units * b.units, scale: a.scale + b.scale };
}

/** For showing: rounded down to `digits` after the point. */
function quotient(a: Decimal, b: Decimal, digits: number): string {
  const shift = digits + b.scale - a.scale;
  const numerator = shift >= 0 ? a.units * pow10(shift) : a.units / pow10(-shift);
  return formatDecimal(numerator / b.units, digits);
}
