import fc from 'fast-check';
import type { BookEvent, NewOrder, OrderBook, SelfTradePrevention, Side, TimeInForce, Trigger } from '../src/index.ts';
import { limit, lots, market, marketNotional, postOnly, stopLimit, stopMarket, ticks } from './language.ts';

/** One command to a book, as data. */
export type Command =
  | { readonly kind: 'submit'; readonly order: NewOrder }
  | { readonly kind: 'cancel'; readonly orderId: string }
  | { readonly kind: 'cancel-all'; readonly party: string }
  | { readonly kind: 'set-level'; readonly side: Side; readonly price: number; readonly quantity: number }
  | { readonly kind: 'print'; readonly price: number; readonly quantity: number; readonly aggressorSide: Side };

/** What the property tests drive: the book, or the naive one that it is compared with. */
export type Driven = Pick<OrderBook, 'submit' | 'cancel' | 'cancelAll' | 'setLevel' | 'recordedTrade'>;

export function apply(book: Driven, command: Command): BookEvent[] {
  switch (command.kind) {
    case 'submit':
      return book.submit(command.order);
    case 'cancel':
      return book.cancel(command.orderId);
    case 'cancel-all':
      return book.cancelAll(command.party);
    case 'set-level':
      return book.setLevel(command.side, ticks(command.price), lots(command.quantity));
    case 'print':
      return book.recordedTrade(ticks(command.price), lots(command.quantity), command.aggressorSide);
  }
}

const side = fc.constantFrom<Side>('buy', 'sell');
const party = fc.constantFrom('a', 'b', 'c');
// Few prices and small quantities, so that queues form, cross and empty all the time.
const price = fc.integer({ min: 96, max: 104 });
const quantity = fc.integer({ min: 1, max: 9 });
const timeInForce = fc.constantFrom<TimeInForce>('gtc', 'gtc', 'ioc', 'fok');
const prevent = fc.constantFrom<SelfTradePrevention>('none', 'expire-taker', 'expire-maker', 'expire-both');
const trigger = fc.record({ price, direction: fc.constantFrom<Trigger['direction']>('rises-to', 'falls-to') });

const orderOf = fc.record({
  // Limits are drawn more often, so that there is a book to meet.
  type: fc.constantFrom(
    'limit',
    'limit',
    'limit',
    'post-only',
    'market',
    'market-notional',
    'stop-limit',
    'stop-market',
  ),
  side,
  party,
  price,
  quantity,
  timeInForce,
  prevent,
  trigger,
});

function newOrder(orderId: string, drawn: typeof orderOf extends fc.Arbitrary<infer T> ? T : never): NewOrder {
  const who = { party: drawn.party, prevent: drawn.prevent };
  const at: Trigger = { price: ticks(drawn.trigger.price), direction: drawn.trigger.direction };
  switch (drawn.type) {
    case 'post-only':
      return postOnly(orderId, drawn.side, drawn.quantity, drawn.price, who);
    case 'market':
      return market(orderId, drawn.side, drawn.quantity, who);
    case 'market-notional':
      // Not a multiple of any price, so that something is left over.
      return marketNotional(orderId, drawn.side, BigInt(drawn.quantity * drawn.price - 50), who);
    case 'stop-limit':
      return stopLimit(orderId, drawn.side, drawn.quantity, {
        ...who,
        trigger: at,
        price: drawn.price,
        timeInForce: drawn.timeInForce,
      });
    case 'stop-market':
      return stopMarket(orderId, drawn.side, drawn.quantity, at, who);
    case 'limit':
      return limit(orderId, drawn.side, drawn.quantity, drawn.price, { ...who, timeInForce: drawn.timeInForce });
  }
}

/** Sequences of commands. Orders are numbered `o0`, `o1`, …; cancels name earlier, ended or unknown ones. */
export const commands: fc.Arbitrary<Command[]> = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: orderOf.map((order) => ({ kind: 'submit' as const, order })) },
      { weight: 3, arbitrary: fc.nat(40).map((back) => ({ kind: 'cancel' as const, back })) },
      { weight: 1, arbitrary: party.map((name) => ({ kind: 'cancel-all' as const, party: name })) },
      {
        weight: 5,
        arbitrary: fc.record({ kind: fc.constant('set-level' as const), side, price, quantity: fc.nat(20) }),
      },
      {
        weight: 3,
        arbitrary: fc.record({ kind: fc.constant('print' as const), price, quantity, aggressorSide: side }),
      },
    ),
    { minLength: 10, maxLength: 120, size: 'max' },
  )
  .map((drawn) => {
    let count = 0;
    return drawn.map((command): Command => {
      if (command.kind === 'submit') return { kind: 'submit', order: newOrder(`o${count++}`, command.order) };
      if (command.kind === 'cancel') return { kind: 'cancel', orderId: `o${Math.max(0, count - 1 - command.back)}` };
      return command;
    });
  });
