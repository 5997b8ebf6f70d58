import { type Money, money, quantityLots } from '@portcullis/kernel';
import type { Position } from '@portcullis/portfolio';

/** A position as JSON: money as whole 10^-12 in decimal digits. */
export type PositionText = Readonly<
  Record<'cost' | 'realised' | 'feesQuote' | 'feesBase' | 'cash', string> & {
    quantity: number;
    feesOther: Readonly<Record<string, string>>;
  }
>;

export function positionText(position: Position): PositionText {
  const { quantity, cost, realised, feesQuote, feesBase, feesOther, cash } = position;
  return {
    quantity,
    cost: String(cost),
    realised: String(realised),
    feesQuote: String(feesQuote),
    feesBase: String(feesBase),
    feesOther: Object.fromEntries(Object.entries(feesOther).map(([currency, fee]) => [currency, String(fee)])),
    cash: String(cash),
  };
}

export function positionOf(text: PositionText): Position {
  const amount = (digits: string): Money => money(BigInt(digits));
  return {
    quantity: quantityLots(text.quantity),
    cost: amount(text.cost),
    realised: amount(text.realised),
    feesQuote: amount(text.feesQuote),
    feesBase: amount(text.feesBase),
    feesOther: Object.fromEntries(Object.entries(text.feesOther).map(([currency, fee]) => [currency, amount(fee)])),
    cash: amount(text.cash),
  };
}
