import {
  type Money,
  type QuantityLots,
  ZERO_LOTS,
  ZERO_MONEY,
  addMoney,
  assert,
  money,
  negateMoney,
  quantityLots,
  subtractMoney,
} from '@portcullis/kernel';
import { type InstrumentRules, baseAmount, notional } from '@portcullis/market';
import type { PriceTicks } from '@portcullis/kernel';

/** One execution of ours in exact units. */
export interface FillAmount {
  readonly side: 'buy' | 'sell';
  readonly price: PriceTicks;
  readonly quantity: QuantityLots;
  readonly fee: Money;
  readonly feeCurrency: string;
}

/**
 * A position of one instrument, at average cost. Every number is exact; the one division (the cost of a
 * partial close) leaves its remainder in `cost`, so that realised profit and cost always sum to the cash flow.
 */
export interface Position {
  /** Signed: above zero long, below zero short. Fees taken in the base currency do not change it. */
  readonly quantity: QuantityLots;
  /** What the open quantity cost, in quote currency; below zero for a short (proceeds received). */
  readonly cost: Money;
  /** Profit of closed quantity before fees, in quote currency. */
  readonly realised: Money;
  readonly feesQuote: Money;
  readonly feesBase: Money;
  /** Fees in any other currency, by currency. */
  readonly feesOther: Readonly<Record<string, Money>>;
  /** Sum of bought quantity minus sold, in quote currency: money that left (below zero) or came in. */
  readonly cash: Money;
}

export const FLAT: Position = {
  quantity: ZERO_LOTS,
  cost: ZERO_MONEY,
  realised: ZERO_MONEY,
  feesQuote: ZERO_MONEY,
  feesBase: ZERO_MONEY,
  feesOther: {},
  cash: ZERO_MONEY,
};

/** The position after a fill. A fill that crosses zero closes at average cost and opens the rest at its own price. */
export function applyFill(rules: InstrumentRules, position: Position, fill: FillAmount): Position {
  assert(fill.quantity > 0, 'a fill has a quantity above zero');
  const sign = fill.side === 'buy' ? 1 : -1;
  const signed = sign * fill.quantity;
  const value = notional(rules, fill.price, fill.quantity);
  const opposite = Math.sign(position.quantity) === -sign;
  const closing = opposite ? Math.min(Math.abs(position.quantity), fill.quantity) : 0;
  const opening = fill.quantity - closing;
  const closedCost = closing === 0 ? 0n : (position.cost * BigInt(closing)) / BigInt(Math.abs(position.quantity));
  const closedValue = notional(rules, fill.price, quantityLots(closing));
  const realisedNow = closing === 0 ? 0n : sign < 0 ? closedValue - closedCost : -closedValue - closedCost;
  const openedCost = BigInt(sign) * notional(rules, fill.price, quantityLots(opening));
  const next = {
    quantity: quantityLots(position.quantity + signed),
    cost: money(position.cost - closedCost + openedCost),
    realised: money(position.realised + realisedNow),
    cash: sign > 0 ? subtractMoney(position.cash, value) : addMoney(position.cash, value),
  };
  return { ...next, ...feesAfter(rules, position, fill) };
}

function feesAfter(
  rules: InstrumentRules,
  position: Position,
  fill: FillAmount,
): Pick<Position, 'feesQuote' | 'feesBase' | 'feesOther'> {
  const { feesQuote, feesBase, feesOther } = position;
  if (fill.fee === 0n || fill.feeCurrency === rules.quote) {
    return { feesQuote: addMoney(feesQuote, fill.fee), feesBase, feesOther };
  }
  if (fill.feeCurrency === rules.base) return { feesQuote, feesBase: addMoney(feesBase, fill.fee), feesOther };
  const before = feesOther[fill.feeCurrency] ?? ZERO_MONEY;
  return { feesQuote, feesBase, feesOther: { ...feesOther, [fill.feeCurrency]: addMoney(before, fill.fee) } };
}

/** Profit of the open quantity if it were closed at `mark`, before fees. */
export function unrealisedProfit(rules: InstrumentRules, position: Position, mark: PriceTicks): Money {
  return subtractMoney(notional(rules, mark, position.quantity), position.cost);
}

/** All fees as quote currency, base fees valued at `mark`. Fees in other currencies are not in it. */
export function feesInQuote(rules: InstrumentRules, position: Position, mark: PriceTicks): Money {
  // Rounded towards zero below 10^-12 of the quote currency: a valuation, never booked.
  const valued = (position.feesBase * notional(rules, mark, quantityLots(1))) / baseAmount(rules, quantityLots(1));
  return money(position.feesQuote + valued);
}

/** What the venue's balances must have changed by because of this position: exact, fees included. */
export function balanceChanges(rules: InstrumentRules, position: Position): ReadonlyMap<string, Money> {
  const changes = new Map<string, Money>();
  const add = (currency: string, amount: Money): void =>
    void changes.set(currency, addMoney(changes.get(currency) ?? ZERO_MONEY, amount));
  add(rules.base, subtractMoney(baseAmount(rules, position.quantity), position.feesBase));
  add(rules.quote, subtractMoney(position.cash, position.feesQuote));
  for (const [currency, fee] of Object.entries(position.feesOther)) add(currency, negateMoney(fee));
  return changes;
}
