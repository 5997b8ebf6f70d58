import { type PriceTicks, type QuantityLots, required } from '@portcullis/kernel';
import { type BookEvent, type ExpiryReason, FLOW_PARTY, type NewOrder, type Side, type Trigger } from '../src/index.ts';
import type { Driven } from './commands.ts';

interface Entry {
  readonly order: NewOrder | null;
  readonly party: string;
  readonly side: Side;
  readonly price: number;
  leaves: number;
}

interface Waiting {
  readonly order: NewOrder;
  readonly trigger: Trigger;
}

/**
 * The rules of the book told once more, as plainly as possible: one array of all entries in the order of their
 * arrival, scanned for everything. Slow on purpose; the real book must give the same events.
 */
export class NaiveBook implements Driven {
  entries: Entry[] = [];
  waiting: Waiting[] = [];
  last: number | null = null;
  tradeIdNext = 1;
  events: BookEvent[] = [];
  pending: NewOrder[] = [];

  submit(order: NewOrder): BookEvent[] {
    const { orderId, party } = order;
    if (order.type === 'post-only' && this.reachable(order.side, order.price).length > 0) {
      return [{ kind: 'rejected', orderId, party, reason: 'would-take' }];
    }
    if (order.type === 'stop-limit' || order.type === 'stop-market') {
      if (this.last !== null && reached(order.trigger, this.last)) {
        return [{ kind: 'rejected', orderId, party, reason: 'would-trigger' }];
      }
      this.waiting.push({ order, trigger: order.trigger });
      return [{ kind: 'accepted', order }];
    }
    this.events = [{ kind: 'accepted', order }];
    this.send(order);
    return this.finish();
  }

  cancel(orderId: string): BookEvent[] {
    const working = this.entries.find((entry) => entry.order?.orderId === orderId);
    const waiting = this.waiting.find(({ order }) => order.orderId === orderId);
    const order = working?.order ?? waiting?.order;
    if (order === undefined || order === null) return [{ kind: 'cancel-rejected', orderId, reason: 'unknown-order' }];
    const leaves = working?.leaves ?? wanted(order);
    this.entries = this.entries.filter((entry) => entry !== working);
    this.waiting = this.waiting.filter((entry) => entry !== waiting);
    return [{ kind: 'canceled', orderId, party: order.party, leavesQuantity: leaves as QuantityLots }];
  }

  cancelAll(party: string): BookEvent[] {
    const ids = [...this.entries, ...this.waiting].flatMap(({ order }) =>
      order?.party === party ? [order.orderId] : [],
    );
    return ids.sort((a, b) => Number(a.slice(1)) - Number(b.slice(1))).flatMap((id) => this.cancel(id));
  }

  setLevel(side: Side, price: PriceTicks, quantity: QuantityLots): BookEvent[] {
    this.events = [];
    const pieces = this.entries.filter((entry) => entry.order === null && entry.side === side && entry.price === price);
    const displayed = pieces.reduce((sum, entry) => sum + entry.leaves, 0);
    for (let surplus = displayed - quantity; surplus > 0;) {
      const piece = required(pieces.pop(), 'flow to remove');
      const removed = Math.min(surplus, piece.leaves);
      piece.leaves -= removed;
      surplus -= removed;
    }
    this.tidy();
    if (quantity > displayed) {
      const left = this.cross(other(side), (at) => (side === 'buy' ? at <= price : at >= price), quantity - displayed);
      if (left > 0) this.entries.push({ order: null, party: FLOW_PARTY, side, price, leaves: left });
    }
    return this.finish();
  }

  recordedTrade(price: PriceTicks, quantity: QuantityLots, aggressorSide: Side): BookEvent[] {
    this.events = [];
    const restingSide = other(aggressorSide);
    let left = this.cross(restingSide, (at) => (aggressorSide === 'buy' ? at < price : at > price), quantity);
    for (const entry of this.entries.filter((one) => one.side === restingSide && one.price === price)) {
      const taken = Math.min(left, entry.leaves);
      if (taken === 0) break;
      left -= taken;
      if (entry.order === null) entry.leaves -= taken;
      else this.execute(null, entry, { quantity: taken, takerLeaves: null });
    }
    this.tidy();
    this.setLast(price);
    return this.finish();
  }

  /** The flow within `isCrossed` goes; the orders there trade with an aggressor of the flow. What is left of it. */
  cross(side: Side, isCrossed: (price: number) => boolean, quantity: number): number {
    this.entries = this.entries.filter(
      (entry) => entry.order !== null || entry.side !== side || !isCrossed(entry.price),
    );
    let left = quantity;
    const makers = byPriority(this.entries.filter((entry) => entry.side === side && isCrossed(entry.price)));
    for (const maker of makers) {
      const taken = Math.min(left, maker.leaves);
      left -= taken;
      if (taken > 0) this.execute(null, maker, { quantity: taken, takerLeaves: null });
    }
    this.tidy();
    return left;
  }

  send(order: NewOrder): void {
    const limit = 'price' in order ? order.price : order.side === 'buy' ? Infinity : -Infinity;
    const timeInForce = 'timeInForce' in order ? order.timeInForce : order.type === 'post-only' ? 'gtc' : 'market';
    if (timeInForce === 'fok' && this.rehearse(order, limit) > 0) {
      this.expire(order, 'fok', wanted(order));
      return;
    }
    const { leaves, traded, outcome } = this.take(order, limit);
    if (outcome === 'self-trade') return;
    if (outcome === 'filled' && traded === 0) this.expire(order, 'notional-below-lot', leaves);
    else if (outcome === 'filled') {
      this.events.push({
        kind: 'filled',
        orderId: order.orderId,
        party: order.party,
        quantity: traded as QuantityLots,
      });
    } else if (timeInForce === 'gtc') {
      this.entries.push({ order, party: order.party, side: order.side, price: limit, leaves });
    } else this.expire(order, timeInForce === 'market' ? 'no-liquidity' : 'ioc', leaves);
  }

  take(
    order: NewOrder,
    limit: number,
  ): { leaves: number; traded: number; outcome: 'filled' | 'exhausted' | 'self-trade' } {
    let money = order.type === 'market-notional' ? Number(order.notional) : Infinity;
    let leaves = wanted(order);
    let traded = 0;
    for (;;) {
      const maker = this.reachable(order.side, limit)[0];
      if (leaves === 0 || money === 0) return { leaves, traded, outcome: 'filled' };
      if (maker === undefined) return { leaves, traded, outcome: 'exhausted' };
      const quantity = Math.min(leaves, maker.leaves, Math.floor(money / maker.price));
      if (quantity === 0) return { leaves, traded, outcome: 'filled' };
      if (maker.party === order.party && order.selfTradePrevention !== 'none') {
        const makerOrder = required(maker.order, 'order of the maker');
        if (order.selfTradePrevention !== 'expire-taker') {
          this.entries = this.entries.filter((entry) => entry !== maker);
          this.expire(makerOrder, 'self-trade', maker.leaves, order.orderId);
          this.tidy();
        }
        if (order.selfTradePrevention === 'expire-maker') continue;
        this.expire(order, 'self-trade', leaves, makerOrder.orderId);
        return { leaves, traded, outcome: 'self-trade' };
      }
      leaves -= quantity;
      traded += quantity;
      money -= quantity * maker.price;
      this.execute(order, maker, { quantity, takerLeaves: order.type === 'market-notional' ? null : leaves });
      this.tidy();
    }
  }

  /** How many lots a fill-or-kill order would miss: it trades in a copy. */
  rehearse(order: NewOrder, limit: number): number {
    const copy = new NaiveBook();
    copy.entries = this.entries.map((entry) => ({ ...entry }));
    return copy.take(order, limit).leaves;
  }

  execute(
    taker: NewOrder | null,
    maker: Entry,
    { quantity, takerLeaves }: { quantity: number; takerLeaves: number | null },
  ): void {
    maker.leaves -= quantity;
    this.events.push({
      kind: 'trade',
      tradeId: this.tradeIdNext++,
      price: maker.price as PriceTicks,
      quantity: quantity as QuantityLots,
      takerSide: other(maker.side),
      takerOrderId: taker?.orderId ?? null,
      takerParty: taker?.party ?? FLOW_PARTY,
      takerLeaves: takerLeaves as QuantityLots | null,
      makerOrderId: maker.order?.orderId ?? null,
      makerParty: maker.party,
      makerLeaves: maker.order === null ? null : (maker.leaves as QuantityLots),
    });
    if (maker.order !== null && maker.leaves === 0) {
      const { orderId, party } = maker.order;
      this.events.push({ kind: 'filled', orderId, party, quantity: wanted(maker.order) as QuantityLots });
    }
    this.setLast(maker.price);
  }

  setLast(price: number): void {
    this.last = price;
    const hit = this.waiting.filter(({ trigger }) => reached(trigger, price));
    this.waiting = this.waiting.filter((one) => !hit.includes(one));
    const rank = ({ trigger }: Waiting): number =>
      trigger.direction === 'rises-to' ? trigger.price : 1_000_000 - trigger.price;
    this.pending.push(...hit.sort((a, b) => rank(a) - rank(b)).map(({ order }) => order));
  }

  /** The entries that a taker meets, in price-time priority. */
  reachable(takerSide: Side, limit: number): Entry[] {
    const within = (price: number): boolean => (takerSide === 'buy' ? price <= limit : price >= limit);
    return byPriority(this.entries.filter((entry) => entry.side !== takerSide && within(entry.price)));
  }

  /** Drops what is used up, and joins flow that is adjacent in a queue. */
  tidy(): void {
    const kept: Entry[] = [];
    for (const entry of this.entries.filter(({ leaves }) => leaves > 0)) {
      const ahead = kept.findLast(({ side, price }) => side === entry.side && price === entry.price);
      if (ahead?.order === null && entry.order === null) ahead.leaves += entry.leaves;
      else kept.push(entry);
    }
    this.entries = kept;
  }

  expire(order: NewOrder, reason: ExpiryReason, leaves: number, counterOrderId: string | null = null): void {
    const leavesQuantity = order.type === 'market-notional' ? null : (leaves as QuantityLots);
    this.events.push({
      kind: 'expired',
      orderId: order.orderId,
      party: order.party,
      reason,
      leavesQuantity,
      counterOrderId,
    });
  }

  finish(): BookEvent[] {
    for (let order = this.pending.shift(); order !== undefined; order = this.pending.shift()) {
      this.events.push({ kind: 'triggered', orderId: order.orderId, party: order.party });
      this.send(order);
    }
    this.tidy();
    return this.events;
  }
}

function other(side: Side): Side {
  return side === 'buy' ? 'sell' : 'buy';
}

function wanted(order: NewOrder): number {
  return order.type === 'market-notional' ? Infinity : order.quantity;
}

function reached(trigger: Trigger, price: number): boolean {
  return trigger.direction === 'rises-to' ? price >= trigger.price : price <= trigger.price;
}

/** Entries of one side, best price first; the sort is stable, so equal prices keep the order of their arrival. */
function byPriority(entries: Entry[]): Entry[] {
  return entries.sort((a, b) => (a.side === 'sell' ? a.price - b.price : b.price - a.price));
}
