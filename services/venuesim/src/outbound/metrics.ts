import { serviceRegistry } from '@portcullis/telemetry';
import { Gauge, type Registry } from 'prom-client';
import type { VenueCounters } from '../state/counters.ts';

/** The venue's counters as metrics, read when somebody asks. */
const METRICS: Readonly<Record<keyof VenueCounters, string>> = {
  ordersAccepted: 'Orders that the venue took in.',
  ordersRefused: 'Orders that the venue refused.',
  cancels: 'Orders that were canceled on request.',
  fills: 'Executions of accounts.',
  requests: 'Requests over REST and the websocket API.',
  prints: 'Public trades.',
  flowFrames: 'Frames of a recording or of a live market.',
  corruptLines: 'Lines of a capture that were passed over.',
  unfitValues: 'Prices and quantities of a flow that do not fit the increments.',
  sockets: 'Open websockets.',
  slowSocketsDropped: 'Websockets dropped because they did not keep up.',
  faultsApplied: 'Requests that a test had the venue fail.',
};

export function venueMetrics(counters: VenueCounters): Registry {
  const registry = serviceRegistry('venuesim');
  for (const [name, help] of Object.entries(METRICS)) {
    const key = name as keyof VenueCounters;
    const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    new Gauge({
      name: `venuesim_${snake}`,
      help,
      registers: [registry],
      collect() {
        this.set(counters[key]);
      },
    });
  }
  return registry;
}
