/** The part of the venue's ledger that the checkers read. Decimal strings; times in microseconds since the epoch. */
export type CheckedEntry =
  | {
      readonly type: 'received';
      readonly at: number;
      /** When the bytes were written, by the bridge's wall clock. */
      readonly sentAt: number;
      readonly order: Readonly<Record<string, unknown>>;
      readonly venueOrderId: string;
      readonly accepted: boolean;
    }
  | {
      readonly type: 'fill';
      readonly at: number;
      readonly venueOrderId: string;
      readonly clientOrderId: string;
      readonly tradeId: string;
      readonly side: 'buy' | 'sell';
      readonly price: string;
      readonly quantity: string;
    }
  | { readonly type: 'ended'; readonly at: number; readonly venueOrderId: string; readonly clientOrderId: string };
