import { wallMicros } from '@portcullis/config';
import { MARKET_KINDS } from '@portcullis/contracts';
import type { Collector } from '../collector.ts';
import type { Lane } from '../state/lane.ts';

const NANOS_PER_MICRO = 1000;
/** How often the loop is looked at: what is measured contains it. */
export const LOOP_RESOLUTION_MS = 10;

/** One instrument as `/v1/instruments` shows it. */
export function instrumentsOf(collector: Collector): Record<string, unknown>[] {
  return collector.venues.flatMap((feed) =>
    feed.symbols.map((symbol) => {
      const lane = collector.pipeline.find(feed.venue, symbol);
      return {
        venue: feed.venue,
        symbol,
        whole: feed.whole(symbol),
        streams: feed.config.streams,
        events: Object.fromEntries(lane?.events ?? []),
        gaps: Object.fromEntries(lane?.gaps ?? []),
        lagMicros: lane?.lagMicros ?? null,
        lastAt: lane?.lastAt ?? null,
      };
    }),
  );
}

/** Sums over everything that was collected since the start, those included that are not any more. */
export function statusOf(collector: Collector): Record<string, unknown> {
  const lanes = [...collector.pipeline.lanes];
  const { loopDelay, feed } = collector;
  const delay = (nanos: number): number =>
    Math.max(0, Math.round(nanos / NANOS_PER_MICRO) - LOOP_RESOLUTION_MS * NANOS_PER_MICRO);
  return {
    startedAt: collector.startedAt,
    at: wallMicros(),
    events: sum(lanes, (lane) => lane.events),
    gaps: sum(lanes, (lane) => lane.gaps),
    instruments: lanes.filter(({ meter }) => meter !== undefined).length,
    broken: collector.broken,
    venues: collector.venues.map((venue) => ({
      venue: venue.venue,
      clock: venue.clock ?? null,
      ...venue.counters,
    })),
    bus: feed?.counters ?? null,
    published: feed === undefined ? null : Object.fromEntries(MARKET_KINDS.map((kind) => [kind, feed.published(kind)])),
    uploader: collector.archive?.status() ?? null,
    qualityWaiting: collector.quality.waiting,
    rawCapture: collector.rawCapture?.counters ?? null,
    eventLoopDelayMicros: {
      p50: delay(loopDelay.percentile(50)),
      p99: delay(loopDelay.percentile(99)),
      max: delay(loopDelay.max),
    },
  };
}

function sum(lanes: readonly Lane[], of: (lane: Lane) => ReadonlyMap<string, number>): Record<string, number> {
  const total: Record<string, number> = {};
  for (const lane of lanes) {
    for (const [name, count] of of(lane)) total[name] = (total[name] ?? 0) + count;
  }
  return total;
}
