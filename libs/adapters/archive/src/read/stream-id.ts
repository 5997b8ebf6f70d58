import type { MarketKind } from '@portcullis/contracts';
import type { DataStream } from '@portcullis/market';
import type { Partition } from '../partition.ts';

/** One stream of the archive: the events of one kind of one instrument, over all days. */
export interface StreamId {
  /** `venue=V/kind=K/symbol=S`, values percent-encoded: what streams are ordered by, code unit by code unit. */
  readonly key: string;
  readonly venue: string;
  readonly kind: MarketKind;
  readonly symbol: string;
  /** The stream whose windows were left out, in the gaps that the quality filter itself puts in. */
  readonly quality?: DataStream;
}

export function streamId({ venue, kind, symbol }: Omit<Partition, 'date'>): StreamId {
  return {
    key: `venue=${encodeURIComponent(venue)}/kind=${kind}/symbol=${encodeURIComponent(symbol)}`,
    venue,
    kind,
    symbol,
  };
}

/** The stream of gaps that stand for what the quality filter leaves out; it is in no file. */
export function qualityStreamId(venue: string, symbol: string, quality: DataStream): StreamId {
  const gaps = streamId({ venue, kind: 'gap', symbol });
  return { ...gaps, key: `${gaps.key}/quality=${quality}`, quality };
}
