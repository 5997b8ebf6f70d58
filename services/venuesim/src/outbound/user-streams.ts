import { ZERO_TEXT, amountText, priceText, quantityText } from '../state/amounts.ts';
import type { VenueCounters } from '../state/counters.ts';
import { isOpen } from '../state/order.ts';
import type { VenueBooks } from '../state/venue-books.ts';
import type { AccountListener, ExecutionReport } from '../state/venue-engine.ts';
import type { FrameSocket } from './stream-hub.ts';

/** A user data subscription on one websocket. */
export interface UserSubscriber {
  readonly socket: FrameSocket;
  readonly subscriptionId: number;
}

/** Tells accounts what happens to their orders and balances. */
export class UserStreams implements AccountListener {
  readonly #subscribers = new Map<string, Set<UserSubscriber>>();
  readonly #books: VenueBooks;
  readonly #counters: VenueCounters;
  #executionId = 0;

  constructor(books: VenueBooks, counters: VenueCounters) {
    this.#books = books;
    this.#counters = counters;
  }

  subscribe(account: string, subscriber: UserSubscriber): void {
    const present = this.#subscribers.get(account);
    if (present === undefined) this.#subscribers.set(account, new Set([subscriber]));
    else present.add(subscriber);
  }

  unsubscribe(account: string, subscriber: UserSubscriber): void {
    this.#subscribers.get(account)?.delete(subscriber);
  }

  executed(report: ExecutionReport): void {
    if (report.kind === 'TRADE') this.#counters.fills++;
    this.#executionId++;
    this.#send(report.order.account, () => executionFrame(report, this.#executionId));
  }

  balancesChanged(account: string, assets: readonly string[], at: number): void {
    this.#send(account, () => ({
      e: 'outboundAccountPosition',
      E: at,
      u: at,
      B: assets.map((asset) => {
        const { free, locked } = this.#books.accounts.of(account, asset);
        return { a: asset, f: amountText(free), l: amountText(locked) };
      }),
    }));
  }

  #send(account: string, event: () => unknown): void {
    const subscribers = this.#subscribers.get(account);
    if (subscribers === undefined || subscribers.size === 0) return;
    const text = JSON.stringify(event());
    for (const { socket, subscriptionId } of [...subscribers]) {
      socket.send(`{"subscriptionId":${subscriptionId},"event":${text}}`);
    }
  }
}

/** `executionReport`, with the field names of Binance's user data stream. */
function executionFrame({ kind, order, fill, cancelId, at }: ExecutionReport, executionId: number): unknown {
  const { rules } = order;
  const canceled = kind === 'CANCELED';
  return {
    e: 'executionReport',
    E: at,
    s: order.symbol,
    c: canceled ? cancelId : order.clientOrderId,
    S: order.side,
    o: order.type,
    f: order.timeInForce,
    q: quantityText(rules, order.quantity),
    p: priceText(rules, order.price),
    P: priceText(rules, order.stopPrice),
    F: ZERO_TEXT,
    g: -1,
    C: canceled ? order.clientOrderId : '',
    x: kind,
    X: order.status,
    r: 'NONE',
    i: order.orderId,
    l: quantityText(rules, fill?.quantity ?? 0),
    z: quantityText(rules, order.executed),
    L: priceText(rules, fill?.price ?? 0),
    n: fill === undefined ? '0' : amountText(fill.commission),
    N: fill === undefined ? null : fill.commissionAsset,
    T: fill?.at ?? at,
    t: fill?.tradeId ?? -1,
    I: executionId,
    w: order.working && isOpen(order),
    m: fill?.isMaker ?? false,
    M: false,
    O: order.createdAt,
    Z: amountText(order.executedQuote),
    Y: fill === undefined ? ZERO_TEXT : amountText(fill.quote),
    Q: amountText(order.quoteQuantity),
    ...(order.working ? { W: order.workingAt } : {}),
    V: order.prevention,
  };
}
