import type { Side } from '@portcullis/contracts';
import type { OrderStatus } from '@portcullis/execution';
import type { Money, PriceTicks, QuantityLots } from '@portcullis/kernel';
import type { MarketInput } from '@portcullis/market';
import type { MlAdvice, OrderNumber } from '@portcullis/strategy';
import type { RunControl } from './run-input.ts';

/** The gate's answer to the intent of an order. */
export type VerdictInput =
  | { readonly kind: 'verdict'; readonly order: OrderNumber; readonly approved: true }
  | { readonly kind: 'verdict'; readonly order: OrderNumber; readonly approved: false; readonly code: string };

/** Evidence of how an order stands at the venue; fills are {@link FillInput}s. */
export interface OrderInput {
  readonly kind: 'order';
  readonly order: OrderNumber;
  readonly status: Exclude<OrderStatus, 'FILLED' | 'PARTIALLY_FILLED'>;
  /** The venue's words, or empty. */
  readonly reason: string;
}

/** One execution of ours. `tradeId` is the venue's; a kernel takes each once. */
export interface FillInput {
  readonly kind: 'fill';
  readonly order: OrderNumber;
  readonly slot: number;
  readonly tradeId: string;
  readonly side: Side;
  readonly price: PriceTicks;
  readonly quantity: QuantityLots;
  readonly fee: Money;
  readonly feeCurrency: string;
  readonly liquidity: 'maker' | 'taker' | 'unknown';
  /** The venue says that nothing more comes of the order, whatever fills of it were told. */
  readonly done?: true;
}

/** Money that came (above zero) or went without a fill: the funding of a perpetual, interest, a liquidation's fee. */
export interface CashInput {
  readonly kind: 'cash';
  readonly slot: number;
  readonly currency: string;
  readonly amount: Money;
  readonly reason: 'funding' | 'interest' | 'liquidation-fee';
}

/**
 * One input of a run in exact numbers: what the kernel takes, wherever it comes from. Live, `LiveRun` makes them of the
 * journal's records, one of each; in replay they come from the archive, the fill models and the gate.
 */
export type KernelInput =
  | MarketInput
  | VerdictInput
  | OrderInput
  | FillInput
  | CashInput
  /** The first input of every run. */
  | { readonly kind: 'start' }
  /** Market messages of an instrument from `expected` up to before `got` never arrived. */
  | { readonly kind: 'hole'; readonly slot: number; readonly expected: number; readonly got: number }
  /** An order of ours that the kernel had given up or never knew, told with its terms. */
  | {
      readonly kind: 'adopt';
      readonly order: OrderNumber;
      readonly slot: number;
      readonly side: Side;
      readonly price: PriceTicks | undefined;
      readonly quantity: QuantityLots;
    }
  | { readonly kind: 'advice'; readonly advice: MlAdvice }
  | { readonly kind: 'control'; readonly control: RunControl }
  | { readonly kind: 'timer' }
  | { readonly kind: 'stop'; readonly reason: string }
  /** The process is back; the journal before it was replayed. */
  | { readonly kind: 'resumed' }
  /** A record that tells nothing new or nothing to this run: told before, or of another run. */
  | { readonly kind: 'seen' }
  /** A message that cannot be right, left out; `what` says which field and why. */
  | { readonly kind: 'malformed'; readonly what: string };
