import type { OrderEvent, Side } from '@portcullis/contracts';
import { type OrderStatus, isTerminal, statusAfter } from '@portcullis/execution';
import { type QuantityLots, addLots, assert, describeInputError, quantityLots } from '@portcullis/kernel';
import { type InstrumentRules, parseQuantity } from '@portcullis/market';
import type { ExposureBooks, Owner } from './exposure.ts';

/** An order of ours from its approval until nothing can come of it any more. */
export interface LedgerOrder extends Owner {
  readonly clientOrderId: string;
  readonly intentId: string;
  readonly side: Side;
  readonly lots: QuantityLots;
  readonly reduces: boolean;
  /** Undefined until the bridge says something about it. */
  readonly status: OrderStatus | undefined;
  readonly filled: QuantityLots;
  /** What the venue says was filled; fills up to it that did not arrive yet stay reserved after the end of the order. */
  readonly reported: QuantityLots;
  /** When it was approved, or since when it is unresolved. */
  readonly since: number;
}

/** What an event did to the books. */
export interface Applied {
  /** Signed lots that the position changed by. */
  readonly filled: number;
  readonly order: LedgerOrder | undefined;
  /** Something that should not happen and that a person should know. */
  readonly surprise?: string;
}

const NOTHING: Applied = { filled: 0, order: undefined };

/** Ids of events and fills that are remembered, so that one told twice counts once; hours of trading. */
const SEEN_MAX = 100_000;
/** Ended orders that are remembered for late fills; later ones still count, with an alert. */
const ENDED_MAX = 10_000;

/**
 * Our orders and what they reserve. An approval reserves the whole quantity; fills turn reservation into position; the
 * rest is released only by evidence that nothing more can come: canceled, expired, rejected, lapsed or filled.
 */
export class OrderLedger {
  readonly #books: ExposureBooks;
  readonly #open = new Map<string, LedgerOrder>();
  readonly #ended = new Map<string, LedgerOrder>();
  readonly #seen = new Set<string>();

  constructor(books: ExposureBooks) {
    this.#books = books;
  }

  /** Orders that still reserve something, oldest first. */
  get open(): ReadonlyMap<string, LedgerOrder> {
    return this.#open;
  }

  reserve(order: Omit<LedgerOrder, 'status' | 'filled' | 'reported'>): void {
    assert(!this.#open.has(order.clientOrderId), `order ${order.clientOrderId} is reserved already`);
    this.#open.set(order.clientOrderId, {
      ...order,
      status: undefined,
      filled: quantityLots(0),
      reported: quantityLots(0),
    });
    this.#books.reserve(order, order.side, order.lots, order.reduces);
  }

  /** Books an event of the bridge once, however often it arrives. `at` is the time of its arrival. */
  apply(rules: InstrumentRules, event: OrderEvent, at: number): Applied {
    if (!this.#remember(event.eventId)) return NOTHING;
    // Two reports of one fill differ in their event id when they came by different ways, never in the trade id.
    if (event.type === 'fill' && !this.#remember(`${event.clientOrderId} ${event.tradeId}`)) return NOTHING;
    const known =
      this.#open.get(event.clientOrderId) ?? this.#ended.get(event.clientOrderId) ?? this.#adopted(rules, event, at);
    if (known === undefined) return this.#unknown(rules, event);
    const before = reservedBy(known);
    const fill = event.type === 'fill' ? lotsOf(rules, event.quantity) : 0;
    const status = statusAfter(known.status, event);
    const next: LedgerOrder = {
      ...known,
      status,
      filled: addLots(known.filled, fill),
      reported: quantityLots(Math.max(known.reported, reportedBy(rules, event))),
      since: status === known.status ? known.since : at,
    };
    if (fill > 0) this.#books.fill(known, known.side, fill);
    this.#books.reserve(known, known.side, reservedBy(next) - before, known.reduces);
    this.#place(next);
    const surprise = surpriseOf(known, next, event);
    return {
      filled: known.side === 'buy' ? fill : -fill,
      order: next,
      ...(surprise === undefined ? {} : { surprise }),
    };
  }

  /** Whether the order still reserves something or waits for its end. */
  isOpen(clientOrderId: string): boolean {
    return this.#open.has(clientOrderId);
  }

  #place(order: LedgerOrder): void {
    const over = order.status !== undefined && isTerminal(order.status) && reservedBy(order) === 0;
    if (!over) {
      this.#ended.delete(order.clientOrderId);
      this.#open.set(order.clientOrderId, order);
      return;
    }
    this.#open.delete(order.clientOrderId);
    this.#ended.set(order.clientOrderId, order);
    dropOldest(this.#ended, ENDED_MAX);
  }

  /** An order that we do not know but that the bridge is about to send counts in full: better reserved twice than not at all. */
  #adopted(rules: InstrumentRules, event: OrderEvent, at: number): LedgerOrder | undefined {
    if (event.type !== 'submitted') return undefined;
    const { clientOrderId, intentId, runId, strategy, instrument, venueOrder } = event;
    const lots = lotsOf(rules, venueOrder.quantity);
    this.reserve({
      clientOrderId,
      intentId,
      runId,
      strategy,
      instrument,
      side: venueOrder.side,
      lots,
      reduces: false,
      since: at,
    });
    return this.#open.get(clientOrderId);
  }

  #unknown(rules: InstrumentRules, event: OrderEvent): Applied {
    const surprise = `event ${event.type} of order ${event.clientOrderId}, which the gate does not know`;
    if (event.type !== 'fill') return { ...NOTHING, surprise };
    const lots = lotsOf(rules, event.quantity);
    this.#books.fill(event, event.side, lots);
    return { filled: event.side === 'buy' ? lots : -lots, order: undefined, surprise };
  }

  #remember(id: string): boolean {
    if (this.#seen.has(id)) return false;
    this.#seen.add(id);
    dropOldest(this.#seen, SEEN_MAX);
    return true;
  }
}

/** What an order still reserves: all that may yet be filled, and after its end what was filled but not told to us yet. */
export function reservedBy(order: LedgerOrder): QuantityLots {
  const ceiling = order.status !== undefined && isTerminal(order.status) ? order.reported : order.lots;
  return quantityLots(Math.max(0, ceiling - order.filled));
}

function reportedBy(rules: InstrumentRules, event: OrderEvent): number {
  return event.type === 'fill' || event.type === 'canceled' || event.type === 'expired'
    ? lotsOf(rules, event.cumulativeQuantity)
    : 0;
}

/** The quantities of an event in lots; one that is not in lots means that the instrument's rules are not what we were told. */
function lotsOf(rules: InstrumentRules, text: string): QuantityLots {
  const lots = parseQuantity(rules, text);
  assert(lots.ok, `${rules.id}: quantity ${text} is not in lots`);
  return lots.value;
}

/** What makes an event impossible to book exactly, if anything. Has to be asked before {@link OrderLedger.apply}. */
export function unbookable(rules: InstrumentRules, event: OrderEvent): string | undefined {
  const quantities =
    event.type === 'submitted'
      ? [event.venueOrder.quantity]
      : event.type === 'fill'
        ? [event.quantity, event.cumulativeQuantity]
        : event.type === 'canceled' || event.type === 'expired'
          ? [event.cumulativeQuantity]
          : [];
  const wrong = quantities.map((text) => parseQuantity(rules, text)).find((lots) => !lots.ok);
  return wrong === undefined || wrong.ok ? undefined : describeInputError(wrong.error);
}

function surpriseOf(before: LedgerOrder, after: LedgerOrder, event: OrderEvent): string | undefined {
  if (event.type !== 'fill') return undefined;
  if (after.filled > after.lots) return `order ${after.clientOrderId} was filled beyond its quantity`;
  const ended = before.status !== undefined && isTerminal(before.status);
  if (ended && after.filled > before.reported) {
    return `order ${after.clientOrderId} was filled after its end as ${before.status}`;
  }
  return undefined;
}

function dropOldest(from: Map<string, unknown> | Set<string>, max: number): void {
  if (from.size <= max) return;
  const oldest = from.keys().next();
  if (!oldest.done) from.delete(oldest.value);
}
