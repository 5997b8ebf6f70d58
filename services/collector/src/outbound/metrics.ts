import { Gauge, type Registry } from 'prom-client';
import type { Collector } from '../collector.ts';
import type { Lane } from '../state/lane.ts';

type Labels = Record<string, string>;

/** Adds the collector's own metrics; they are read when somebody asks, never counted twice. */
export function addCollectorMetrics(registry: Registry, collector: Collector): void {
  const gauge = (name: string, help: string, labelNames: readonly string[], values: () => [Labels, number][]): void => {
    new Gauge({
      name: `portcullis_collector_${name}`,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        for (const [labels, value] of values()) this.set(labels, value);
      },
    });
  };
  addInstrumentMetrics(gauge, collector);
  addVenueMetrics(gauge, collector);
  const single = (name: string, help: string, value: () => number): void =>
    gauge(name, help, [], () => [[{}, value()]]);
  const { feed, rawCapture } = collector;
  if (feed !== undefined) {
    single('dropped_total', 'Events other than quotes that the bus had no room for.', () => feed.counters.dropped);
    single('conflated_total', 'Quotes replaced by a newer one before they were sent.', () => feed.counters.conflated);
    single('unsayable_total', 'Events that the bus has no words for.', () => feed.counters.unsayable);
    single('outstanding_acks', 'Messages whose acknowledgement is still to come.', () => feed.counters.outstanding);
    single('waiting', 'Messages that wait for room on the bus.', () => feed.counters.waiting);
    single(
      'uncertain_total',
      'Messages without a good acknowledgement.',
      () => feed.counters.lost + feed.counters.refused,
    );
  }
  single('quality_windows_waiting', 'Closed quality windows that wait for the store.', () => collector.quality.waiting);
  single('compacting', 'Whether a compaction is under way.', () => Number(collector.compacting));
  if (rawCapture !== undefined) {
    single('raw_frames_total', 'Frames in raw captures.', () => rawCapture.counters.frames);
    single('raw_frames_dropped_total', 'Frames that the disk was too slow for.', () => rawCapture.counters.dropped);
  }
  const { archive } = collector;
  if (archive !== undefined) addUploaderMetrics(single, archive);
}

type AddGauge = (name: string, help: string, labelNames: readonly string[], values: () => [Labels, number][]) => void;

function addInstrumentMetrics(gauge: AddGauge, { pipeline, venues }: Collector): void {
  const labelsOf = ({ venue, symbol }: Lane): Labels => ({ venue, symbol });
  const names = ['venue', 'symbol'];
  const lanes = (): Lane[] => [...pipeline.lanes];
  gauge('events_total', 'Market events, by kind.', [...names, 'kind'], () =>
    lanes().flatMap((lane) => [...lane.events].map(([kind, n]): [Labels, number] => [{ ...labelsOf(lane), kind }, n])),
  );
  gauge('gaps_total', 'Gap events, by reason.', [...names, 'reason'], () =>
    lanes().flatMap((lane) =>
      [...lane.gaps].map(([reason, n]): [Labels, number] => [{ ...labelsOf(lane), reason }, n]),
    ),
  );
  gauge('archive_lost', 'Events that the spool had no room for and the archive was not told of yet.', names, () =>
    lanes().map((lane) => [labelsOf(lane), [...lane.lost.values()].reduce((sum, { count }) => sum + count, 0)]),
  );
  gauge('lag_seconds', 'Age of the last trade or delta at its arrival.', names, () =>
    lanes().map((lane) => [labelsOf(lane), lane.lagMicros / 1e6]),
  );
  gauge('whole', 'Whether the book is whole.', names, () =>
    venues.flatMap((feed) =>
      feed.symbols.map((symbol): [Labels, number] => [{ venue: feed.venue, symbol }, Number(feed.whole(symbol))]),
    ),
  );
}

function addVenueMetrics(gauge: AddGauge, collector: Collector): void {
  const perVenue = (
    name: string,
    help: string,
    value: (feed: Collector['venues'][number]) => number | undefined,
  ): void =>
    gauge(name, help, ['venue'], () =>
      collector.venues.flatMap((feed): [Labels, number][] => {
        const known = value(feed);
        return known === undefined ? [] : [[{ venue: feed.venue }, known]];
      }),
    );
  perVenue('reconnects_total', 'Connections to the venue after the first.', ({ counters }) => counters.reconnects);
  perVenue('frames_total', 'Frames of the venue.', ({ counters }) => counters.frames);
  perVenue('malformed_total', 'Frames that could not be read.', ({ counters }) => counters.malformed);
  perVenue('duplicates_total', 'Events that came twice.', ({ counters }) => counters.duplicates);
  perVenue('out_of_order_total', 'Events that came too late.', ({ counters }) => counters.outOfOrder);
  perVenue('checksums_bad_total', 'Books whose checksum was another.', ({ counters }) => counters.checksums.bad);
  perVenue('clock_offset_seconds', "The venue's clock minus ours.", ({ clock }) =>
    clock === undefined ? undefined : clock.offsetMicros / 1e6,
  );
  perVenue('clock_uncertainty_seconds', 'How wrong the clock offset can be.', ({ clock }) =>
    clock === undefined ? undefined : clock.uncertaintyMicros / 1e6,
  );
}

/** The numbers of the uploader's status, whatever it has. */
function addUploaderMetrics(
  single: (name: string, help: string, value: () => number) => void,
  archive: NonNullable<Collector['archive']>,
): void {
  for (const [name, value] of Object.entries(archive.status())) {
    if (typeof value !== 'number') continue;
    const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    single(`uploader_${snake}`, `The uploader's ${name}, as in /v1/uploader.`, () => {
      const now = (archive.status() as unknown as Record<string, unknown>)[name];
      return typeof now === 'number' ? now : 0;
    });
  }
}
