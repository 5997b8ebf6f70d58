import type { NumberedEvent } from '@portcullis/market';
import { dateOf, partitionPath } from '../partition.ts';
import { scanLogs } from './spool-log.ts';
import type { WaitingSegment } from './spool-segments.ts';

/** Which logged events are in segments already. */
export interface CoveredEvents {
  /** The highest number that was ever given to an event of this spool, as far as it can be seen. */
  readonly ordinalMax: number;
  has(venue: string, event: NumberedEvent, ordinal: number): boolean;
}

/** By the notes of segments in the spool, and by what the logs say of those that have left it. */
export function coveredEvents(logs: readonly string[], segments: readonly WaitingSegment[]): CoveredEvents {
  const upTos = new Map<string, number>();
  let ordinalMax = 0;
  const cut = ({ partition, upTo }: { partition: string; upTo: number }): void => {
    upTos.set(partition, Math.max(upTo, upTos.get(partition) ?? 0));
    ordinalMax = Math.max(ordinalMax, upTo);
  };
  for (const { partition, upTo } of segments) {
    if (upTo !== undefined) cut({ partition: partitionPath(partition), upTo });
  }
  ordinalMax = Math.max(ordinalMax, scanLogs(logs, { cut }).ordinalMax);
  return {
    ordinalMax,
    has: (venue, { kind, symbol, tsEvent }, ordinal) => {
      const path = partitionPath({ venue, kind, symbol, date: dateOf(tsEvent) });
      return ordinal <= (upTos.get(path) ?? 0);
    },
  };
}
