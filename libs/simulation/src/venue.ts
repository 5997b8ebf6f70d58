import type { VenueOrder } from '@portcullis/contracts';
import {
  type Money,
  type PriceTicks,
  type QuantityLots,
  type SeededRandom,
  ZERO_LOTS,
  addLots,
  divideRounded,
  money,
  priceTicks,
  quantityLots,
  required,
} from '@portcullis/kernel';
import {
  type InstrumentRules,
  baseAmount,
  formatPrice,
  formatQuantity,
  notional,
  parsePrice,
  parseQuantity,
} from '@portcullis/market';
import { type BookEvent, type NewOrder, OrderBook } from '@portcullis/matching';

/** The venue's own record of an order of ours: the oracle. Strings on increments, times in microseconds. */
export type LedgerEntry =
  | {
      readonly type: 'received';
      readonly at: number;
      /** When the bytes were written. */ readonly sentAt: number;
      readonly order: VenueOrder;
      readonly venueOrderId: string;
      readonly accepted: boolean;
      readonly code: string;
    }
  | {
      readonly type: 'fill';
      readonly at: number;
      readonly venueOrderId: string;
      readonly clientOrderId: string;
      readonly tradeId: string;
      readonly side: 'buy' | 'sell';
      readonly price: string;
      readonly quantity: string;
    }
  | {
      readonly type: 'ended';
      readonly at: number;
      readonly venueOrderId: string;
      readonly clientOrderId: string;
      readonly status: 'FILLED' | 'CANCELED' | 'EXPIRED';
    };

export interface VenueFill {
  readonly tradeId: string;
  readonly price: PriceTicks;
  readonly quantity: QuantityLots;
  readonly fee: Money;
  readonly feeCurrency: string;
  readonly maker: boolean;
  readonly at: number;
}

/** An order of ours as the venue knows it. */
export interface VenueRecord {
  readonly venueOrderId: string;
  readonly order: VenueOrder;
  /** When the venue took it, microseconds. */
  readonly receivedAt: number;
  status: 'NEW' | 'PARTIALLY_FILLED' | 'FILLED' | 'CANCELED' | 'EXPIRED';
  executed: QuantityLots;
  readonly fills: VenueFill[];
  updatedAt: number;
}

export type VenueAnswer =
  | { readonly accepted: true; readonly record: VenueRecord }
  | { readonly accepted: false; readonly code: string; readonly reason: string };

const OUR_PARTY = 'ours';
/** Fee in parts per million of what is received. */
const FEE_PPM = 1_000n;
const FEE_UNITS = 10_000n;
/** Ended orders that a query still finds; venues forget too. */
const RECORDS_MAX = 20_000;

/**
 * A venue with a price-time book of many parties, exact balances and an append-only ledger. Client order ids are unique
 * among open orders only, as at the real ones, so a second send of the same order would be a second order.
 */
export class SimulatedVenue {
  readonly ledger: LedgerEntry[] = [];
  readonly rules: InstrumentRules;
  readonly #book = OrderBook.empty();
  readonly #records = new Map<string, VenueRecord>();
  readonly #byClientId = new Map<string, VenueRecord>();
  readonly #balances: Map<string, Money>;
  readonly #now: () => number;
  /** Called for each change of an order of ours: the private stream. */
  onChange: (record: VenueRecord, fill: VenueFill | undefined) => void = () => undefined;
  /** Called for each trade at the venue. */
  onTrade: (price: PriceTicks, quantity: QuantityLots, takerSide: 'buy' | 'sell') => void = () => undefined;
  #orderIdNext = 1;
  #flowIdNext = 1;

  constructor(rules: InstrumentRules, balances: Readonly<Record<string, Money>>, now: () => number) {
    this.rules = rules;
    this.#balances = new Map(Object.entries(balances));
    this.#now = now;
  }

  get book(): OrderBook {
    return this.#book;
  }

  /** Takes an order of ours, once per call: sending twice trades twice. */
  receive(order: VenueOrder, sentAt: number): VenueAnswer {
    const venueOrderId = String(this.#orderIdNext++);
    const refusal = this.#refusal(order);
    if (refusal !== undefined) return this.#refuse(order, sentAt, venueOrderId, refusal);
    const at = this.#now();
    const record: VenueRecord = {
      venueOrderId,
      order,
      receivedAt: at,
      status: 'NEW',
      executed: ZERO_LOTS,
      fills: [],
      updatedAt: at,
    };
    const events = this.#bookOrder(venueOrderId, order);
    const rejected = events.find((event) => event.kind === 'rejected');
    if (rejected !== undefined) return this.#refuse(order, sentAt, venueOrderId, rejected.reason);
    this.ledger.push({ type: 'received', at, sentAt, order, venueOrderId, accepted: true, code: '' });
    this.#remember(record);
    this.onChange(record, undefined);
    this.#apply(events);
    return { accepted: true, record };
  }

  /** Says no to an order for a reason that lies outside the book, such as its receive window. */
  refuse(order: VenueOrder, sentAt: number, code: string): VenueAnswer {
    return this.#refuse(order, sentAt, String(this.#orderIdNext++), code);
  }

  /** Cancels an open order by client id. False when none is open under it. */
  cancel(clientOrderId: string): boolean {
    const record = this.#byClientId.get(clientOrderId);
    if (record === undefined || !isOpen(record)) return false;
    this.#apply(this.#book.cancel(record.venueOrderId));
    return true;
  }

  query(clientOrderId: string): VenueRecord | undefined {
    return this.#byClientId.get(clientOrderId);
  }

  openOrders(): VenueRecord[] {
    return [...this.#records.values()].filter(isOpen);
  }

  /** All fills of ours with a trade id above `after`. */
  fillsAfter(after: number): { readonly record: VenueRecord; readonly fill: VenueFill }[] {
    const found = [...this.#records.values()].flatMap((record) => record.fills.map((fill) => ({ record, fill })));
    return found
      .filter(({ fill }) => Number(fill.tradeId) > after)
      .sort((a, b) => Number(a.fill.tradeId) - Number(b.fill.tradeId));
  }

  /** Free and locked amounts, exact. Nothing is locked in this model: only the totals matter to the books. */
  balances(): ReadonlyMap<string, Money> {
    return this.#balances;
  }

  /** An order of some other party. */
  flow(order: {
    readonly side: 'buy' | 'sell';
    readonly price: PriceTicks;
    readonly quantity: QuantityLots;
    readonly take: boolean;
  }): string {
    const orderId = `f${this.#flowIdNext++}`;
    const timeInForce = order.take ? 'ioc' : 'gtc';
    this.#apply(
      this.#book.submit({
        orderId,
        party: `flow-${this.#flowIdNext % 7}`,
        side: order.side,
        selfTradePrevention: 'none',
        type: 'limit',
        price: order.price,
        quantity: order.quantity,
        timeInForce,
      }),
    );
    return orderId;
  }

  cancelFlow(orderId: string): void {
    this.#book.cancel(orderId);
  }

  #refusal(order: VenueOrder): string | undefined {
    if (order.symbol !== this.rules.symbol) return '-1121';
    const open = this.#byClientId.get(order.clientOrderId);
    return open !== undefined && isOpen(open) ? '-2010' : undefined;
  }

  #refuse(order: VenueOrder, sentAt: number, venueOrderId: string, code: string): VenueAnswer {
    this.ledger.push({ type: 'received', at: this.#now(), sentAt, order, venueOrderId, accepted: false, code });
    return { accepted: false, code, reason: `refused: ${code}` };
  }

  #bookOrder(orderId: string, order: VenueOrder): BookEvent[] {
    const quantity = parseQuantity(this.rules, order.quantity);
    const price = order.price === undefined ? undefined : parsePrice(this.rules, order.price);
    if (!quantity.ok || price?.ok === false) {
      return [{ kind: 'rejected', orderId, party: OUR_PARTY, reason: 'invalid-price' }];
    }
    const common = {
      orderId,
      party: OUR_PARTY,
      side: order.side,
      selfTradePrevention: 'expire-taker',
      quantity: quantity.value,
    } as const;
    let request: NewOrder;
    if (price === undefined) request = { ...common, type: 'market' };
    else if (order.postOnly) request = { ...common, type: 'post-only', price: price.value };
    else {
      request = {
        ...common,
        type: 'limit',
        price: price.value,
        timeInForce: order.timeInForce.toLowerCase() as 'gtc' | 'ioc' | 'fok',
      };
    }
    return this.#book.submit(request);
  }

  #remember(record: VenueRecord): void {
    this.#records.set(record.venueOrderId, record);
    this.#byClientId.set(record.order.clientOrderId, record);
    if (this.#records.size <= RECORDS_MAX) return;
    for (const old of this.#records.values()) {
      if (isOpen(old)) continue;
      this.#records.delete(old.venueOrderId);
      this.#byClientId.delete(old.order.clientOrderId);
      return;
    }
  }

  #apply(events: readonly BookEvent[]): void {
    for (const event of events) {
      if (event.kind === 'trade') {
        this.onTrade(event.price, event.quantity, event.takerSide);
        const makerSide = event.takerSide === 'buy' ? 'sell' : 'buy';
        if (event.takerParty === OUR_PARTY) {
          this.#fill(required(event.takerOrderId, 'taker'), event.takerSide, event, false);
        }
        if (event.makerParty === OUR_PARTY) this.#fill(required(event.makerOrderId, 'maker'), makerSide, event, true);
      } else if (event.kind === 'filled' || event.kind === 'canceled' || event.kind === 'expired') {
        this.#end(
          event.orderId,
          event.kind === 'filled' ? 'FILLED' : event.kind === 'canceled' ? 'CANCELED' : 'EXPIRED',
        );
      }
    }
  }

  #fill(
    venueOrderId: string,
    side: 'buy' | 'sell',
    trade: { readonly tradeId: number; readonly price: PriceTicks; readonly quantity: QuantityLots },
    maker: boolean,
  ): void {
    const record = required(this.#records.get(venueOrderId), `order ${venueOrderId} at the venue`);
    const { rules } = this;
    const value = notional(rules, trade.price, trade.quantity);
    const amount = baseAmount(rules, trade.quantity);
    const [received, feeCurrency] = side === 'buy' ? [amount, rules.base] : [value, rules.quote];
    const fee = money(divideRounded(received * FEE_PPM, 1_000_000n * FEE_UNITS) * FEE_UNITS);
    this.#move(rules.base, side === 'buy' ? amount : -amount);
    this.#move(rules.quote, side === 'buy' ? -value : value);
    this.#move(feeCurrency, -fee);
    const fill: VenueFill = {
      tradeId: String(trade.tradeId),
      price: trade.price,
      quantity: trade.quantity,
      fee,
      feeCurrency,
      maker,
      at: this.#now(),
    };
    record.fills.push(fill);
    record.executed = addLots(record.executed, trade.quantity);
    record.updatedAt = this.#now();
    const { clientOrderId } = record.order;
    this.ledger.push({
      type: 'fill',
      at: this.#now(),
      venueOrderId,
      clientOrderId,
      tradeId: fill.tradeId,
      side,
      price: formatPrice(rules, fill.price),
      quantity: formatQuantity(rules, fill.quantity),
    });
    const whole = parseQuantity(rules, record.order.quantity);
    record.status = whole.ok && record.executed >= whole.value ? 'FILLED' : 'PARTIALLY_FILLED';
    this.onChange(record, fill);
  }

  #end(orderId: string, status: 'FILLED' | 'CANCELED' | 'EXPIRED'): void {
    const record = this.#records.get(orderId);
    if (record === undefined) return;
    record.status = status;
    record.updatedAt = this.#now();
    this.ledger.push({
      type: 'ended',
      at: this.#now(),
      venueOrderId: orderId,
      clientOrderId: record.order.clientOrderId,
      status,
    });
    if (status !== 'FILLED') this.onChange(record, undefined);
  }

  #move(currency: string, amount: bigint): void {
    this.#balances.set(currency, money((this.#balances.get(currency) ?? 0n) + amount));
  }
}

function isOpen(record: VenueRecord): boolean {
  return record.status === 'NEW' || record.status === 'PARTIALLY_FILLED';
}

const LEVELS = 8;
const REGIME_STEPS_MEAN = 40;

/** Other people's trading around a fair price that drifts in regimes, so that trends and turns both happen. */
export class VenueFlow {
  readonly #venue: SimulatedVenue;
  readonly #random: SeededRandom;
  #fair: number;
  #drift = 0;
  #regimeLeft = 0;
  #resting: string[] = [];

  constructor(venue: SimulatedVenue, random: SeededRandom, fairTicks: number) {
    this.#venue = venue;
    this.#random = random;
    this.#fair = fairTicks;
  }

  /** One step of the market: makers re-quote around the fair price, then perhaps a taker trades. */
  step(): void {
    const random = this.#random;
    if (this.#regimeLeft-- <= 0) {
      this.#regimeLeft = Math.round(random.exponential(REGIME_STEPS_MEAN));
      this.#drift = random.integer(-4, 4);
    }
    this.#fair = Math.max(1_000, this.#fair + this.#drift + random.integer(-3, 3));
    for (const orderId of this.#resting) this.#venue.cancelFlow(orderId);
    this.#resting = [];
    const lots = (): QuantityLots => quantityLots(random.integer(1_000, 60_000));
    for (let level = 1; level <= LEVELS; level++) {
      const away = level * random.integer(1, 3);
      this.#resting.push(
        this.#venue.flow({ side: 'buy', price: priceTicks(this.#fair - away), quantity: lots(), take: false }),
      );
      this.#resting.push(
        this.#venue.flow({ side: 'sell', price: priceTicks(this.#fair + away), quantity: lots(), take: false }),
      );
    }
    if (random.chance(0.5)) {
      const side = random.chance(0.5 + this.#drift / 20) ? 'buy' : 'sell';
      const reach = side === 'buy' ? 6 : -6;
      this.#venue.flow({ side, price: priceTicks(this.#fair + reach), quantity: lots(), take: true });
    }
  }
}
