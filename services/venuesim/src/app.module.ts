import type { DynamicModule, LoggerService } from '@nestjs/common';
import { type BusConnection, answerServiceInfo, connectBus } from '@portcullis/bus';
import { busMarketSource } from './inbound/flow/bus-market-source.ts';
import type { VenueLog } from './inbound/http-server.ts';
import { beat } from './outbound/heartbeat.ts';
import { type Venue, startVenue } from './venue.ts';
import type { VenuesimConfig } from './venuesim.config.ts';

/** The running parts of the service; `null` stands for a bus that the configuration does not have. */
export const BUS = Symbol('bus');
export const VENUE = Symbol('venue');
const PRESENCE = Symbol('presence');

/** The venue, with the bus beside it. */
export class AppModule {
  static of(config: VenuesimConfig, logger: LoggerService): DynamicModule {
    const log: VenueLog = {
      log: (message, detail) => logger.log(detail === undefined ? message : { message, ...detail }),
      warn: (message, detail) => logger.warn(detail === undefined ? message : { message, ...detail }),
    };
    return {
      module: AppModule,
      providers: [
        { provide: BUS, useFactory: () => connected(config) },
        { provide: VENUE, inject: [BUS], useFactory: (bus: BusConnection | null) => opened(config, bus, log) },
        {
          provide: PRESENCE,
          inject: [BUS, VENUE],
          useFactory: (bus: BusConnection | null, venue: Venue) => presence(config, bus, venue),
        },
      ],
    };
  }
}

async function connected({ bus }: VenuesimConfig): Promise<BusConnection | null> {
  if (bus === undefined) return null;
  return connectBus({ servers: bus.servers, seedFile: bus.seedFile, identity: 'venuesim' });
}

function opened(config: VenuesimConfig, bus: BusConnection | null, log: VenueLog): Promise<Venue> {
  if (bus === null) return startVenue(config, { log });
  const malformed = (subject: string): void => log.warn('a market event does not parse', { subject });
  return startVenue(config, { log, liveSource: (instrument) => busMarketSource(bus, instrument, malformed) });
}

/** Heartbeats and discovery. Nest stops providers in no order that we choose, so one of them ends all, venue first. */
function presence(
  { instance }: VenuesimConfig,
  bus: BusConnection | null,
  venue: Venue,
): { onApplicationShutdown(): Promise<void> } {
  if (bus === null) return { onApplicationShutdown: () => venue.stop() };
  const description = "a pretend venue in Binance's dialect";
  const stopBeating = beat(bus, instance, venue);
  const stopAnswering = answerServiceInfo(bus, { name: 'venuesim', version: '0.1.0', description, id: instance });
  return {
    onApplicationShutdown: async () => {
      stopBeating();
      stopAnswering();
      await venue.stop();
      await bus.close();
    },
  };
}
