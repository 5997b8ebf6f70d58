/** What a taking order would get: parallel arrays of prices and lots, used again for every order. */
export class Takings {
  readonly prices: number[] = [];
  readonly quantities: number[] = [];
  /** Lots that the order is after. */
  wanted = 0;
  count = 0;
  total = 0;

  clear(): void {
    this.count = 0;
    this.total = 0;
  }

  add(price: number, lots: number): void {
    this.prices[this.count] = price;
    this.quantities[this.count] = lots;
    this.count += 1;
    this.total += lots;
  }
}
