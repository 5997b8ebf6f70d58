/** Levels of one side as price, quantity, price, quantity…; every price once. */
type FlatSide = readonly number[];

/** A whole book as a library gives it, best levels first. */
export interface WholeBook {
  readonly bids: FlatSide;
  readonly asks: FlatSide;
}

/** The levels to set to come from one book to the other; a quantity of 0 removes. Empty where both are alike. */
export function bookDiff(before: WholeBook, after: WholeBook): { readonly bids: number[]; readonly asks: number[] } {
  return { bids: sideDiff(before.bids, after.bids), asks: sideDiff(before.asks, after.asks) };
}

function sideDiff(before: FlatSide, after: FlatSide): number[] {
  const left = new Map<number, number>();
  for (let at = 0; at < before.length; at += 2) left.set(before[at] as number, before[at + 1] as number);
  const changes: number[] = [];
  for (let at = 0; at < after.length; at += 2) {
    const price = after[at] as number;
    const quantity = after[at + 1] as number;
    if (left.get(price) !== quantity) changes.push(price, quantity);
    left.delete(price);
  }
  for (const price of left.keys()) changes.push(price, 0);
  return changes;
}
