import { MARKET_KINDS } from '@portcullis/contracts';
import { Gauge, type Registry } from 'prom-client';
import type { MarketSource } from '../inbound/market-source.ts';
import type { MarketFeed } from './market-feed.ts';

/** Adds the collector's own metrics; they are read when somebody asks, never counted twice. */
export function addCollectorMetrics(registry: Registry, source: MarketSource, feed: MarketFeed): void {
  const registers = [registry];
  new Gauge({
    name: 'portcullis_collector_events_total',
    help: 'Market events published, by kind.',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const kind of MARKET_KINDS) this.set({ kind }, feed.published(kind));
    },
  });
  new Gauge({
    name: 'portcullis_collector_gaps_total',
    help: 'Gap events, by reason.',
    labelNames: ['reason'],
    registers,
    collect() {
      for (const [reason, count] of source.gaps) this.set({ reason }, count);
    },
  });
  const single = (name: string, help: string, value: () => number): void => {
    new Gauge({
      name: `portcullis_collector_${name}`,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  };
  single('reconnects_total', 'Connections to the venue after the first.', () => source.reconnects);
  single('malformed_total', 'Frames that could not be read.', () => source.malformed);
  single('dropped_total', 'Trades, deltas and snapshots given up.', () => feed.counters.dropped);
  single('conflated_total', 'Quotes replaced by a newer one before they were sent.', () => feed.counters.conflated);
  single(
    'uncertain_total',
    'Messages without a good acknowledgement.',
    () => feed.counters.lost + feed.counters.refused,
  );
  single('outstanding_acks', 'Messages whose acknowledgement is still to come.', () => feed.counters.outstanding);
  single('waiting', 'Messages that wait for room on the bus.', () => feed.counters.waiting);
  single('lag_seconds', 'Age of the last trade or delta at its arrival.', () => source.lagMicros / 1e6);
}
