import type { VenueOrder } from '@portcullis/contracts';
import type {
  BalanceReport,
  CancelOutcome,
  FillReport,
  FillsFrom,
  LookupOutcome,
  OrderReport,
  SendAnswer,
  SubmitOutcome,
} from '@portcullis/execution';

/** An order of ours as the venue is asked about it. */
export interface OrderAddress {
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly venueOrderId?: string;
}

/** What the private stream tells, as it arrives. */
export interface PrivateStreamListener {
  /** An order's state, with the execution that changed it if one did. */
  report(report: OrderReport, fills: readonly FillReport[]): void;
  up(): void;
  /** Nothing more is heard until `up`; `reason` has no secrets in it. */
  down(reason: string): void;
}

/** The private side of a venue. Orders go in as they were approved; numbers come out as the venue printed them. */
export interface VenueTrading {
  /**
   * Sends one order, once. `gate` is asked last, when the connection stands and before the first byte is written.
   * Never throws: what happened is the outcome.
   */
  submit(order: VenueOrder, gate: () => SendAnswer): Promise<SubmitOutcome>;
  /** Never throws. */
  cancel(order: OrderAddress): Promise<CancelOutcome>;
  /** Asks for one order, its executions included; by the open orders too when the query does not find it. Never throws. */
  lookup(order: OrderAddress): Promise<LookupOutcome>;
  /** All open orders of the account. Throws {@link VenueTrouble}. */
  openOrders(): Promise<readonly OrderReport[]>;
  /** Executions of one symbol from a cursor on. Throws {@link VenueTrouble}. */
  fills(from: FillsFrom): Promise<readonly FillReport[]>;
  /** All balances. Throws {@link VenueTrouble}. */
  balances(): Promise<readonly BalanceReport[]>;
  /** Listens to the account until the port is closed; connects again by itself. */
  watch(listener: PrivateStreamListener): void;
  close(): Promise<void>;
}

/** A query that failed. The message has no secrets in it. */
export class VenueTrouble extends Error {
  override readonly name = 'VenueTrouble';
}
