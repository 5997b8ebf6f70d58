import { assert, required } from '@portcullis/kernel';
import { type BookEvent, FLOW_PARTY, type NewOrder, type OrderBook, type TradeExecuted } from '../src/index.ts';
import type { Command } from './commands.ts';
import { ticks } from './language.ts';

interface Account {
  readonly order: NewOrder;
  filled: number;
  spent: bigint;
  ended: boolean;
}

/** Keeps books on a book from its events alone, and checks the invariants of README.md after each command. */
export class Ledger {
  readonly #accounts = new Map<string, Account>();
  readonly #depth = { bids: new Map<number, number>(), asks: new Map<number, number>() };
  #tradeIdNext = 1;

  check(command: Command, events: readonly BookEvent[], book: OrderBook): void {
    for (const event of events) this.#record(event);
    checkOutcome(command, events);
    checkFlow(command, events, book);
    this.#checkBook(book);
  }

  #record(event: BookEvent): void {
    switch (event.kind) {
      case 'accepted':
        this.#accounts.set(event.order.orderId, { order: event.order, filled: 0, spent: 0n, ended: false });
        return;
      case 'trade':
        this.#recordTrade(event);
        return;
      case 'filled':
        same(this.#end(event.orderId).filled, event.quantity, 'sum of the fills');
        return;
      case 'canceled':
      case 'expired': {
        const { order, filled } = this.#end(event.orderId);
        if (order.type !== 'market-notional') {
          same(filled + required(event.leavesQuantity, 'leaves'), order.quantity, 'filled and left');
        }
        return;
      }
      case 'triggered':
        same(this.#account(event.orderId).ended, false, 'triggered after its end');
        return;
      case 'rejected':
      case 'cancel-rejected':
    }
  }

  #recordTrade(trade: TradeExecuted): void {
    same(trade.tradeId, this.#tradeIdNext++, 'trade id');
    assert(trade.quantity > 0, 'a trade of nothing');
    assert(trade.takerOrderId !== null || trade.makerOrderId !== null, 'the flow traded with itself');
    for (const [orderId, leaves] of [
      [trade.takerOrderId, trade.takerLeaves],
      [trade.makerOrderId, trade.makerLeaves],
    ] as const) {
      if (orderId === null) continue;
      const account = this.#account(orderId);
      same(account.ended, false, 'a trade after the end');
      account.filled += trade.quantity;
      account.spent += BigInt(trade.price) * BigInt(trade.quantity);
      const { order } = account;
      if (order.type === 'market-notional') assert(account.spent <= order.notional, 'more spent than the notional');
      else same(account.filled + required(leaves, 'leaves'), order.quantity, 'filled and left');
      if ('price' in order) {
        assert(
          order.side === 'buy' ? trade.price <= order.price : trade.price >= order.price,
          'a trade beyond the limit price',
        );
      }
    }
    const taker = trade.takerOrderId === null ? undefined : this.#account(trade.takerOrderId).order;
    assert(taker?.type !== 'post-only', 'a post-only order took');
    if (taker !== undefined && taker.selfTradePrevention !== 'none') {
      assert(trade.makerParty !== taker.party, 'a self-trade');
    }
  }

  #checkBook(book: OrderBook): void {
    const [bid, ask] = [book.bestBid(), book.bestAsk()];
    assert(bid === undefined || ask === undefined || bid.price < ask.price, 'a crossed book');
    let open = 0;
    const atLevels = new Map<string, number>();
    for (const [orderId, account] of this.#accounts) {
      const found = book.order(orderId);
      same(found === undefined, account.ended, 'ended');
      if (found === undefined) continue;
      open += 1;
      same(found.filledQuantity, account.filled, 'filled');
      same(found.filledQuantity + found.leavesQuantity, found.order.quantity as number, 'filled and left');
      assert(found.leavesQuantity > 0, 'an open order with nothing left');
      if (found.state === 'working' && 'price' in found.order) {
        const key = `${found.order.side} ${found.order.price}`;
        atLevels.set(key, (atLevels.get(key) ?? 0) + found.leavesQuantity);
      }
    }
    same(book.openOrderCount(), open, 'open orders');
    same(['a', 'b', 'c'].flatMap((party) => book.openOrders(party)).length, open, 'open orders by party');
    const depth = book.depth(Infinity);
    for (const [side, levels] of [
      ['buy', depth.bids],
      ['sell', depth.asks],
    ] as const) {
      for (const { price, quantity } of levels) {
        same<number>(
          quantity,
          (atLevels.get(`${side} ${price}`) ?? 0) + book.flowQuantity(side, price),
          'level quantity',
        );
        assert(quantity > 0, 'an empty level in the depth');
        atLevels.delete(`${side} ${price}`);
      }
    }
    same(atLevels.size, 0, 'levels that the depth does not show');
    this.#checkChanges(book, depth);
  }

  /** A reader who applies the drained changes alone has the same depth. */
  #checkChanges(book: OrderBook, depth: ReturnType<OrderBook['depth']>): void {
    const changes = book.drainChanges();
    same(changes.complete, true, 'complete changes');
    for (const side of ['bids', 'asks'] as const) {
      const known = this.#depth[side];
      for (const { price, quantity } of changes[side]) {
        if (quantity === 0) known.delete(price);
        else known.set(price, quantity);
      }
      const sorted = [...known].sort(([a], [b]) => (side === 'bids' ? b - a : a - b));
      const told = depth[side].map(({ price, quantity }) => `${quantity}@${price}`).join();
      same(sorted.map(([price, quantity]) => `${quantity}@${price}`).join(), told, 'depth from changes');
    }
  }

  #account(orderId: string): Account {
    return required(this.#accounts.get(orderId), `order ${orderId}`);
  }

  #end(orderId: string): Account {
    const account = this.#account(orderId);
    same(account.ended, false, 'a second end');
    account.ended = true;
    return account;
  }
}

// Plain comparisons: there are hundreds of thousands of them, and a matcher costs a hundred times as much.
function same<T>(actual: T, wanted: T, what: string): void {
  if (actual !== wanted) assert(false, `${what}: ${String(actual)} instead of ${String(wanted)}`);
}

function tradesOf(events: readonly BookEvent[]): TradeExecuted[] {
  return events.filter((event) => event.kind === 'trade');
}

/** What a new order may come to, by its type and time in force. */
function checkOutcome(command: Command, events: readonly BookEvent[]): void {
  if (command.kind !== 'submit') return;
  const { order } = command;
  const taken = tradesOf(events)
    .filter(({ takerOrderId }) => takerOrderId === order.orderId)
    .reduce((sum, trade) => sum + trade.quantity, 0);
  const isFilled = events.some((event) => event.kind === 'filled' && event.orderId === order.orderId);
  if (order.type === 'limit' && order.timeInForce === 'fok') {
    same<number>(taken, isFilled ? order.quantity : 0, 'traded by a fill-or-kill order');
  }
}

/** The flow displays exactly what was set, less what it traded; a print fills no more than its quantity. */
function checkFlow(command: Command, events: readonly BookEvent[], book: OrderBook): void {
  if (command.kind !== 'set-level' && command.kind !== 'print') return;
  const asTaker = tradesOf(events)
    .filter(({ takerParty }) => takerParty === FLOW_PARTY)
    .reduce((sum, trade) => sum + trade.quantity, 0);
  if (command.kind === 'print') {
    assert(asTaker <= command.quantity, 'a print filled more than its quantity');
    return;
  }
  const stopsRan = events.some(({ kind }) => kind === 'triggered');
  // Stops that the level set off may have taken from it already.
  if (!stopsRan) {
    same<number>(book.flowQuantity(command.side, ticks(command.price)), command.quantity - asTaker, 'flow');
  }
}
