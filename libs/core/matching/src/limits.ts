/** Lots that one order, or the flow at one level, may have: far beyond any market, and sums of two stay safe. */
export const ORDER_QUANTITY_MAX = 2 ** 52 - 1;

/** Lots that the orders of all parties may have at one level. With the flow's lots the sum is a safe integer. */
export const LEVEL_QUANTITY_MAX = 2 ** 52 - 1;

/** The bounds of a book. Each has a default that is generous for one instrument. */
export interface BookLimits {
  /** Open orders (working and waiting) of all parties. More are rejected with `order-count-max`. */
  readonly orderCountMax: number;
  /** Levels of one side that hold flow. Beyond it, the levels farthest from the touch are left out. */
  readonly flowLevelCountMax: number;
  /** Changed levels of one side remembered until they are drained. Beyond it, the drain says `complete: false`. */
  readonly changedLevelCountMax: number;
}

export const BOOK_LIMITS_DEFAULT: BookLimits = {
  orderCountMax: 200_000,
  flowLevelCountMax: 20_000,
  changedLevelCountMax: 20_000,
};
