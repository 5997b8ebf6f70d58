import type { InstrumentRules } from '@portcullis/market';
import type { TradedInstrument } from './execution-config.ts';
import type { FeeSchedule } from './fee-schedule.ts';
import { type LiveOrder, RESTING, WAITING } from './live-order.ts';

/** What an instrument stands on: its index, its currencies' places in the account, its fees. */
export interface SlotPlace {
  readonly index: number;
  readonly base: number;
  readonly quote: number;
  readonly fees: FeeSchedule;
}

/** Everything that the venue keeps of one instrument: our orders, our position, the last price that it is valued at. */
export class VenueSlot {
  readonly index: number;
  readonly rules: InstrumentRules;
  readonly linear: boolean;
  readonly base: number;
  readonly quote: number;
  readonly fees: FeeSchedule;
  /** Fees of what is bought are taken in the base currency. */
  readonly feeInBase: boolean;
  /** In 10^-6 of a position's value. */
  readonly initialMargin: bigint;
  readonly maintenanceMargin: bigint;
  readonly liquidationFee: bigint;
  /** Orders without a market to meet, oldest first. */
  readonly waiting: LiveOrder[] = [];
  /** Resting orders, best price first, then oldest first. */
  readonly buys: LiveOrder[] = [];
  readonly sells: LiveOrder[] = [];
  /** Whether orders have ended or moved on since the lists were swept, which is at the end of what happens. */
  unswept = false;
  /** Living reduce-only orders at the venue. */
  reducing = 0;
  /** Signed lots. */
  position = 0;
  /** What the open position cost (linear), in quote money; below zero for a short. */
  cost = 0n;
  /** The cost, the value of a lot at one tick and the maintenance margin as floats: to see quickly that there is no danger. */
  costFloat = 0;
  readonly unitFloat: number;
  readonly maintenanceFloat: number;
  /** Values of the open orders of a linear perpetual that may add to the position. */
  buyValue = 0n;
  sellValue = 0n;
  /** Ticks; 0 before the first price. */
  mark = 0;
  /** Whether the data has marks of its own: then other prices move no mark. */
  marked = false;
  /** When the last bar that was told of it ends, microseconds. */
  toldUntil = 0;

  constructor(instrument: TradedInstrument, place: SlotPlace) {
    this.index = place.index;
    this.rules = instrument.rules;
    this.linear = instrument.contract === 'linear';
    this.base = place.base;
    this.quote = place.quote;
    this.fees = place.fees;
    this.feeInBase = instrument.feeCurrency === 'received' && !this.linear;
    this.initialMargin = BigInt(instrument.initialMargin);
    this.maintenanceMargin = BigInt(instrument.maintenanceMargin);
    this.unitFloat = Number(instrument.rules.moneyPerTickLot);
    this.maintenanceFloat = instrument.maintenanceMargin / 1_000_000;
    this.liquidationFee = BigInt(instrument.liquidationFee ?? instrument.maintenanceMargin);
  }

  get quiet(): boolean {
    return this.waiting.length === 0 && this.buys.length === 0 && this.sells.length === 0;
  }

  /** Quote money of a quantity at a price, exact. */
  value(price: number, lots: number): bigint {
    const product = price * lots;
    const units = Number.isSafeInteger(product) ? BigInt(product) : BigInt(price) * BigInt(lots);
    return units * this.rules.moneyPerTickLot;
  }

  wait(order: LiveOrder): void {
    order.place = WAITING;
    this.waiting.push(order);
  }

  rest(order: LiveOrder): void {
    order.place = RESTING;
    const side = order.sign > 0 ? this.buys : this.sells;
    let at = side.length;
    while (at > 0 && before(order, side[at - 1] as LiveOrder)) at -= 1;
    if (at === side.length) side.push(order);
    else side.splice(at, 0, order);
  }

  /** Takes ended orders out of the lists, and those that came to rest out of the waiting ones. */
  sweep(): void {
    this.unswept = false;
    keep(this.waiting, WAITING);
    keep(this.buys, RESTING);
    keep(this.sells, RESTING);
  }

  /** How much of an order would make the position smaller. */
  reducible(order: LiveOrder): number {
    const against = -this.position * order.sign;
    return against > 0 ? against : 0;
  }

  /** How much of a resting order may fill: a reduce-only one no more than the position. */
  fillable(order: LiveOrder): number {
    return order.reduceOnly ? Math.min(order.remaining, this.reducible(order)) : order.remaining;
  }

  /** Takes the last price as the mark, unless the data has marks of its own. */
  price(ticks: number): void {
    if (!this.marked) this.mark = ticks;
  }
}

function before(order: LiveOrder, other: LiveOrder): boolean {
  const better = (order.price - other.price) * order.sign;
  return better > 0 || (better === 0 && order.sequence < other.sequence);
}

function keep(list: LiveOrder[], place: number): void {
  let kept = 0;
  for (let at = 0; at < list.length; at++) {
    const order = list[at] as LiveOrder;
    if (order.place !== place) continue;
    if (kept !== at) list[kept] = order;
    kept += 1;
  }
  list.length = kept;
}
