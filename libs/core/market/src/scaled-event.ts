import type { MarketGap } from '@portcullis/contracts';

/**
 * Market events in scaled integers, the form in which frames are parsed, books are kept and the archive is written.
 *
 * A price `p` stands for `p × 10^-priceScale`, a quantity `q` for `q × 10^-quantityScale`: exact without knowing the
 * instrument's tick and lot sizes, which a capture or an import may not have. All are safe integers.
 * Times are integer microseconds since the epoch; `tsEventNanos` (0 to 999) is what the venue gave beyond them.
 */
interface ScaledFields {
  /** The venue's spelling. In a gap that a parser tells it may be '': then every instrument of the connection has it. */
  readonly symbol: string;
  readonly tsEvent: number;
  readonly tsEventNanos: number;
}

interface Scales {
  /** Digits after the point, 0 to 18. */
  readonly priceScale: number;
  readonly quantityScale: number;
}

export type Aggressor = 'buy' | 'sell' | 'unknown';

export interface ScaledQuote extends ScaledFields, Scales {
  readonly kind: 'quote';
  /** The venue's number of the book update that made this quote, 0 where it gives none. */
  readonly sequence: number;
  readonly bidPrice: number;
  readonly bidQuantity: number;
  readonly askPrice: number;
  readonly askQuantity: number;
}

export interface ScaledTrade extends ScaledFields, Scales {
  readonly kind: 'trade';
  readonly tradeId: string;
  readonly price: number;
  readonly quantity: number;
  readonly aggressor: Aggressor;
}

/** Levels of one side, flat: price, quantity, price, quantity… A quantity of 0 removes the level. */
export type FlatLevels = readonly number[];

export interface ScaledDelta extends ScaledFields, Scales {
  readonly kind: 'delta';
  /** The range of updates in it. As a parser gives them: the venue's own. Out of a book sync: `first` follows the last. */
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** The `lastSequence` of the delta before it where the venue says so (`pu`, `prevSeqId`), else -1. */
  readonly previousSequence: number;
  readonly bids: FlatLevels;
  readonly asks: FlatLevels;
  /** The venue's checksum of the book after this delta, where there is one. */
  readonly checksum?: number;
}

export interface ScaledSnapshot extends ScaledFields, Scales {
  readonly kind: 'snapshot';
  readonly sequence: number;
  readonly bids: FlatLevels;
  readonly asks: FlatLevels;
  readonly checksum?: number;
}

/** One finished period `[start, start + period)`, microseconds; `tsEvent` is its last microsecond. */
export interface ScaledBar extends ScaledFields, Scales {
  readonly kind: 'bar';
  readonly period: number;
  readonly start: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Base currency or contracts, in quantity units. */
  readonly volume: number;
  /** Volume that takers bought, in quantity units; -1 where unknown. */
  readonly takerVolume: number;
  /** Quote-currency volume as a decimal string, because it can leave the safe range; '' where unknown. */
  readonly quoteVolume: string;
  /** Trades; -1 where unknown. */
  readonly count: number;
}

export interface ScaledMark extends ScaledFields {
  readonly kind: 'mark';
  readonly priceScale: number;
  readonly price: number;
  /** -1 where the venue gives none. */
  readonly index: number;
}

export interface ScaledFunding extends ScaledFields {
  readonly kind: 'funding';
  readonly rateScale: number;
  /** May be negative: then shorts pay longs. */
  readonly rate: number;
  /** 0 where the venue does not say. */
  readonly nextAt: number;
}

/** The stream's own account of a hole. `from` and `to` are 0 where unknown; `stream` is 'all' where all have it. */
export interface ScaledGap extends ScaledFields {
  readonly kind: 'gap';
  readonly reason: MarketGap['reason'];
  readonly detail: string;
  readonly stream: DataStream | 'all';
  readonly from: number;
  readonly to: number;
}

export type ScaledEvent =
  ScaledQuote | ScaledTrade | ScaledDelta | ScaledSnapshot | ScaledBar | ScaledMark | ScaledFunding | ScaledGap;

/** An event with what its collector (or import) added: its number and the time when it was made from the frame. */
export type NumberedEvent = ScaledEvent & {
  /** Grows by at least one per instrument across all kinds. */
  readonly seq: number;
  readonly tsInit: number;
};

/** What quality is measured by: deltas and snapshots are one stream, the book. */
export const DATA_STREAMS = ['quote', 'trade', 'book', 'bar', 'mark', 'funding'] as const;
export type DataStream = (typeof DATA_STREAMS)[number];

/** The stream to which an event belongs; undefined for a gap, which says its own. */
export function streamOf(kind: ScaledEvent['kind']): DataStream | undefined {
  if (kind === 'gap') return undefined;
  return kind === 'delta' || kind === 'snapshot' ? 'book' : kind;
}
