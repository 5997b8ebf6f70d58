import { type InputError, type Money, type Result, assert, ok } from '@portcullis/kernel';
import type { BarInput, FundingInput, MarkInput, MarketInput } from '@portcullis/market';
import { admissionFault } from './admission.ts';
import { BarModel } from './bar-model.ts';
import { BookModel } from './book-model.ts';
import { checkOptions } from './checked-options.ts';
import type { Latency } from './execution-config.ts';
import type {
  EngineNews,
  EngineOrder,
  ExecutionCounters,
  ExecutionEngine,
  ExecutionOptions,
} from './execution-engine.ts';
import { Funding } from './funding.ts';
import { Liquidation } from './liquidation.ts';
import { IN_FLIGHT, type LiveOrder, liveOrder, mayStay } from './live-order.ts';
import type { BarMarket, MarketModel } from './market-model.ts';
import { MessageLane } from './message-lane.ts';
import type { ModelSetup } from './model-setup.ts';
import { OrderDesk } from './order-desk.ts';
import { QuoteModel } from './quote-model.ts';
import { Taker } from './taker.ts';
import { TradeModel } from './trade-model.ts';
import { venueParts } from './venue-parts.ts';
import type { VenueSlot } from './venue-slot.ts';
import { type VenueWhole, loadVenue, savedVenue } from './venue-snapshot.ts';

/** Orders that may be open or on their way at once; a venue has a bound too. */
const OPEN_ORDERS_MAX = 10_000;
/** The shortest time that there is. */
const HELD_MICROS = 1;

/**
 * The venue of one replay, by the models of its configuration. Refuses options that cannot be meant. What each model takes
 * for granted is in `docs/fill-models.md`.
 */
export function executionEngine(options: ExecutionOptions): Result<ExecutionEngine, InputError> {
  const checked = checkOptions(options);
  return checked.ok ? ok(new RecordedVenue(options)) : checked;
}

class RecordedVenue implements ExecutionEngine {
  readonly #whole: VenueWhole;
  readonly #latency: Latency;
  readonly #slots: readonly VenueSlot[];
  readonly #desk: OrderDesk;
  readonly #taker: Taker;
  readonly #model: MarketModel;
  /** The model where its market are bars. */
  readonly #barMarket: BarMarket | undefined;
  readonly #idleWithoutOrders: boolean;
  /**
   * Bars of several instruments end at one moment but are told one after the other. A cancel sent in answer to the first of
   * them may not save an order from the bar of another one, so without a latency it then takes {@link HELD_MICROS}.
   */
  readonly #holdsCancels: boolean;
  #sequence = 0;
  /** When something is due next. */
  #dueAt = Infinity;

  constructor(options: ExecutionOptions) {
    const { config } = options;
    const parts = venueParts(options);
    const counts = { malformed: 0, crossed: 0, untrusted: 0 };
    const desk = new OrderDesk({ ...parts, latency: config.latency });
    const taker = new Taker(desk);
    const setup: ModelSetup = { desk, taker, config, counts };
    const barModel = isOfBars(setup) ? new BarModel(setup) : undefined;
    const model = barModel ?? modelOf(setup);
    this.#latency = config.latency;
    this.#slots = parts.slots;
    this.#desk = desk;
    this.#taker = taker;
    this.#model = model;
    this.#barMarket = barModel;
    this.#idleWithoutOrders = barModel !== undefined && parts.slots.every((slot) => !slot.linear);
    this.#holdsCancels = barModel !== undefined && parts.slots.length > 1 && config.latency.cancelMicros === 0;
    this.#whole = {
      ...parts,
      identity: `${config.model} ${parts.slots.map((slot) => slot.rules.id).join(' ')}`,
      desk,
      model,
      counts,
      orderLane: new MessageLane(),
      cancelLane: new MessageLane(),
      liquidation: new Liquidation(desk, config.slippage),
      funding: new Funding(desk),
      bars: [],
    };
  }

  get idle(): boolean {
    return this.#idleWithoutOrders && this.#desk.orders.size === 0;
  }

  get nextNewsAt(): number {
    return this.#desk.news.nextAt;
  }

  get nextDueAt(): number {
    return this.#dueAt;
  }

  get balances(): ReadonlyMap<string, Money> {
    return this.#whole.account.balances;
  }

  get counters(): ExecutionCounters {
    const { fills, rejected } = this.#desk;
    return { ...this.#whole.counts, fills, rejected, liquidations: this.#whole.liquidation.count };
  }

  submit(order: EngineOrder, at: number): void {
    const { orderLane, cancelLane } = this.#whole;
    const desk = this.#desk;
    if (this.#slots[order.slot] === undefined) assert(false, `there is no instrument ${order.slot}`);
    if (desk.orders.has(order.order)) assert(false, `order ${order.order} is at the venue already`);
    const arrivesAt = orderLane.arrival(at + this.#latency.orderMicros + desk.jitter());
    this.#sequence += 1;
    const live = liveOrder(order, arrivesAt, this.#sequence);
    desk.orders.set(live.order, live);
    if (arrivesAt > at || !orderLane.empty || !cancelLane.empty) {
      orderLane.push({ at: arrivesAt, order: live.order, sequence: live.sequence });
      this.#schedule();
      return;
    }
    this.#pass(at);
    this.#arrive(live);
  }

  cancel(order: number, at: number): void {
    const { orderLane, cancelLane } = this.#whole;
    const live = this.#desk.orders.get(order);
    // It is over at the venue: news of it are on their way, or were heard.
    if (live === undefined) return;
    const isHeld = this.#holdsCancels && (this.#slots[live.slot] as VenueSlot).toldUntil < at;
    const leaves = at + (isHeld ? HELD_MICROS : this.#latency.cancelMicros) + this.#desk.jitter();
    const arrivesAt = cancelLane.arrival(Math.max(leaves, live.arrivesAt));
    if (arrivesAt > at || !orderLane.empty || !cancelLane.empty) {
      this.#sequence += 1;
      cancelLane.push({ at: arrivesAt, order, sequence: this.#sequence });
      this.#schedule();
      return;
    }
    this.#pass(at);
    this.#cancelled(order);
  }

  market(event: MarketInput): void {
    const slot = this.#slots[event.slot];
    if (slot === undefined || !(event.tsEvent >= 0)) {
      this.#whole.counts.malformed += 1;
      return;
    }
    if (event.kind === 'bar') {
      this.#bar(event, slot);
      return;
    }
    this.#pass(event.tsEvent);
    if (event.kind === 'mark') this.#mark(event, slot);
    else if (event.kind === 'funding') this.#rate(event, slot);
    else this.#model.market(event, slot);
    if (slot.unswept) slot.sweep();
    if (slot.linear) this.#watch(slot);
  }

  advance(at: number): void {
    this.#pass(at);
  }

  takeNews(at: number): readonly EngineNews[] {
    if (at >= this.#dueAt) this.#pass(at);
    return this.#desk.news.take(at);
  }

  snapshot(): string {
    return savedVenue(this.#whole, this.#sequence);
  }

  restore(snapshot: string): void {
    this.#sequence = loadVenue(this.#whole, snapshot);
    this.#schedule();
  }

  /** Lets the venue's time come to `at`: whatever is due until then happens first. */
  #pass(at: number): void {
    while (this.#dueAt <= at) this.#next();
    if (at > this.#desk.now) this.#desk.now = at;
  }

  /** What is due next: payments, then our messages as they were sent, then ends of bars. */
  #next(): void {
    const { orderLane, cancelLane, funding, bars } = this.#whole;
    const desk = this.#desk;
    const at = this.#dueAt;
    if (at > desk.now) desk.now = at;
    const isOrder = orderLane.headAt === at;
    const isCancel = cancelLane.headAt === at;
    if (funding.nextAt === at) {
      funding.settle();
      this.#watchAll();
    } else if (isOrder && (!isCancel || orderLane.headSequence < cancelLane.headSequence)) {
      const message = orderLane.shift();
      const order = message === undefined ? undefined : desk.orders.get(message.order);
      if (order !== undefined) this.#arrive(order);
    } else if (isCancel) {
      const message = cancelLane.shift();
      if (message !== undefined) this.#cancelled(message.order);
    } else {
      const bar = bars.shift();
      if (bar !== undefined) this.#finish(bar);
    }
    this.#schedule();
  }

  #schedule(): void {
    const { orderLane, cancelLane, funding, bars } = this.#whole;
    this.#dueAt = Math.min(orderLane.headAt, cancelLane.headAt, funding.nextAt, bars[0]?.tsEvent ?? Infinity);
  }

  #arrive(order: LiveOrder): void {
    const desk = this.#desk;
    const slot = this.#slots[order.slot] as VenueSlot;
    slot.wait(order);
    if (order.reduceOnly) slot.reducing += 1;
    const fault = this.#fault(order, slot);
    if (fault !== undefined) desk.refuse(order, slot, fault);
    else if (this.#model.ready(slot)) this.#taker.meet(order, slot, this.#model);
    else if (!order.market && mayStay(order) && !order.postOnly) desk.accept(order);
    if (slot.unswept) slot.sweep();
  }

  /** Why the venue refuses an order at its door; blocks what a limit that may stay needs. */
  #fault(order: LiveOrder, slot: VenueSlot): string | undefined {
    const fault = admissionFault(order, slot.rules);
    if (fault !== undefined) return fault;
    if (this.#desk.orders.size > OPEN_ORDERS_MAX) return `more than ${OPEN_ORDERS_MAX} open orders`;
    if (order.market || !mayStay(order) || this.#whole.account.reserve(order, slot)) return undefined;
    return slot.linear ? 'insufficient margin' : 'insufficient balance';
  }

  #cancelled(number: number): void {
    const order = this.#desk.orders.get(number);
    if (order === undefined || order.place === IN_FLIGHT) return;
    const slot = this.#slots[order.slot] as VenueSlot;
    this.#desk.end(order, slot, 'CANCELED', '');
    slot.sweep();
  }

  #bar(bar: BarInput, slot: VenueSlot): void {
    const market = this.#barMarket;
    if (market === undefined) {
      this.#pass(bar.tsEvent);
      return;
    }
    if (!isBarInOrder(bar)) {
      this.#whole.counts.malformed += 1;
      this.#pass(bar.tsEvent);
      return;
    }
    this.#pass(bar.start);
    if (this.#holdsCancels) this.#passHeld(bar.start);
    slot.toldUntil = bar.tsEvent;
    if (slot.linear) slot.price(bar.open);
    if (!slot.quiet) {
      market.open(bar, slot);
      if (slot.unswept) slot.sweep();
    }
    if (!slot.linear && (slot.quiet || !market.finishes)) return;
    this.#whole.bars.push(bar);
    this.#schedule();
  }

  /** A cancel that left when a bar begins, which may be the moment at which the one before ended, comes before its open. */
  #passHeld(start: number): void {
    const { orderLane, cancelLane } = this.#whole;
    if (cancelLane.empty) return;
    const until = start + HELD_MICROS;
    while (cancelLane.headAt <= until && orderLane.headAt > until) {
      const message = cancelLane.shift();
      if (message !== undefined) this.#cancelled(message.order);
    }
    this.#schedule();
  }

  /** The end of a bar. Its worst comes first: what was liquidated at it cannot be saved by what it touched. */
  #finish(bar: BarInput): void {
    const slot = this.#slots[bar.slot] as VenueSlot;
    if (slot.linear && this.#whole.liquidation.checkBar(slot, bar)) this.#sweepAll();
    this.#barMarket?.finish(bar, slot);
    if (slot.unswept) slot.sweep();
    if (!slot.linear) return;
    if (this.#whole.liquidation.checkBar(slot, bar)) this.#sweepAll();
    slot.price(bar.close);
    this.#watch(slot);
  }

  #mark({ price }: MarkInput, slot: VenueSlot): void {
    if (!Number.isSafeInteger(price) || price <= 0) {
      this.#whole.counts.malformed += 1;
      return;
    }
    slot.marked = true;
    slot.mark = price;
  }

  #rate(event: FundingInput, slot: VenueSlot): void {
    const { funding, counts } = this.#whole;
    if (!Funding.inOrder(event)) {
      counts.malformed += 1;
      return;
    }
    funding.tell(event, slot);
    this.#schedule();
    this.#pass(event.tsEvent);
  }

  /** After the mark of a slot may have moved. */
  #watch(slot: VenueSlot): void {
    if (slot.position !== 0 && this.#whole.liquidation.check(slot)) this.#sweepAll();
  }

  #watchAll(): void {
    for (const slot of this.#slots) if (slot.linear) this.#watch(slot);
  }

  #sweepAll(): void {
    for (const slot of this.#slots) if (slot.unswept) slot.sweep();
  }
}

function isOfBars({ config: { model } }: ModelSetup): boolean {
  return model === 'next-open' || model === 'worst-of' || model === 'limit-touch';
}

function modelOf(setup: ModelSetup): MarketModel {
  switch (setup.config.model) {
    case 'quotes':
      return new QuoteModel(setup);
    case 'trades':
      return new TradeModel(setup);
    case 'book':
      return new BookModel(setup);
    case 'next-open':
    case 'worst-of':
    case 'limit-touch':
      return new BarModel(setup);
  }
}

/** Whether orders may meet a bar: whole prices above zero that fit each other, and times that do. */
function isBarInOrder({ open, high, low, close, volume, start, tsEvent }: BarInput): boolean {
  if (!Number.isSafeInteger(open) || !Number.isSafeInteger(high) || !Number.isSafeInteger(low) || low <= 0) {
    return false;
  }
  if (!Number.isSafeInteger(close) || !(open >= low && open <= high && close >= low && close <= high)) return false;
  return Number.isSafeInteger(volume) && volume >= 0 && start <= tsEvent;
}
