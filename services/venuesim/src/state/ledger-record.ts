import type { InstrumentDefinition } from '@portcullis/market';
import type { PreventionMode, VenueOrderType, VenueTimeInForce } from './order.ts';

/** Who asked, over which door, and with what: the parameters as received, without signature and key. */
export interface RequestOrigin {
  readonly keyId: string;
  readonly via: 'rest' | 'ws-api';
  readonly parameters: Readonly<Record<string, string>>;
}

/** One side of a trade, when it is an account's order. */
export interface TradeParty {
  readonly account: string;
  readonly orderId: number;
  readonly commission: string;
  readonly commissionAsset: string;
}

/** What happened, without the place in the ledger. Amounts, prices and quantities are decimal strings. */
export type LedgerEntry =
  | { readonly type: 'venue-started'; readonly instance: string; readonly version: 1 }
  | { readonly type: 'venue-stopped' }
  | { readonly type: 'market-opened'; readonly definition: InstrumentDefinition }
  | { readonly type: 'account-funded'; readonly account: string; readonly balances: Readonly<Record<string, string>> }
  | {
      readonly type: 'order-accepted';
      readonly orderId: number;
      readonly account: string;
      readonly symbol: string;
      readonly clientOrderId: string;
      readonly side: 'BUY' | 'SELL';
      readonly orderType: VenueOrderType;
      readonly timeInForce: VenueTimeInForce;
      readonly price: string;
      readonly stopPrice: string;
      readonly quantity: string;
      readonly quoteQuantity: string;
      readonly prevention: PreventionMode;
      readonly request: RequestOrigin;
    }
  | {
      readonly type: 'order-refused';
      readonly account: string;
      readonly code: number;
      readonly msg: string;
      readonly request: RequestOrigin;
    }
  | {
      readonly type: 'trade';
      readonly symbol: string;
      readonly tradeId: number;
      readonly price: string;
      readonly quantity: string;
      readonly takerSide: 'BUY' | 'SELL';
      /** Null for the flow and the generated crowd. */
      readonly taker: TradeParty | null;
      readonly maker: TradeParty | null;
    }
  | { readonly type: 'order-triggered'; readonly account: string; readonly orderId: number }
  | { readonly type: 'order-filled'; readonly account: string; readonly orderId: number }
  | {
      readonly type: 'order-canceled';
      readonly account: string;
      readonly orderId: number;
      readonly cancelId: string;
      readonly request: RequestOrigin;
    }
  | { readonly type: 'order-expired'; readonly account: string; readonly orderId: number; readonly reason: string }
  | {
      readonly type: 'cancel-refused';
      readonly account: string;
      readonly code: number;
      readonly msg: string;
      readonly request: RequestOrigin;
    };

/** An entry with its place: `seq` rises by one, `at` is the venue's wall clock in microseconds. */
export type LedgerRecord = LedgerEntry & { readonly seq: number; readonly at: number };
