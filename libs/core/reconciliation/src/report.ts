/** Where the venue says an order stands. */
export type ReportedStatus = 'new' | 'partially-filled' | 'filled' | 'canceled' | 'expired' | 'rejected';

/** The venue's account of one order. Quantities are decimal strings as the venue printed them. */
export interface OrderReport {
  readonly clientOrderId: string;
  readonly venueOrderId: string;
  readonly symbol: string;
  readonly status: ReportedStatus;
  /** All that was ever executed of it. */
  readonly executedQuantity: string;
  /** Venue time, microseconds since the epoch. */
  readonly at: number;
  /** Why it ended, in the venue's words, where it says so. */
  readonly reason?: string;
}

/** The venue's account of one execution. Listings of trades name only the venue's order id. */
export interface FillReport {
  readonly clientOrderId?: string;
  readonly venueOrderId: string;
  readonly symbol: string;
  readonly tradeId: string;
  readonly side: 'buy' | 'sell';
  readonly price: string;
  readonly quantity: string;
  readonly fee: string;
  readonly feeCurrency: string;
  readonly liquidity: 'maker' | 'taker';
  /** Venue time, microseconds since the epoch. */
  readonly at: number;
}

/** The venue's account of one currency. */
export interface BalanceReport {
  readonly currency: string;
  readonly free: string;
  readonly locked: string;
}

export function isOpenStatus(status: ReportedStatus): boolean {
  return status === 'new' || status === 'partially-filled';
}
