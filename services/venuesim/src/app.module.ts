import type { DynamicModule } from '@nestjs/common';
import { type BusConnection, answerServiceInfo } from '@portcullis/bus';
import { beat } from './outbound/heartbeat.ts';
import type { Venue } from './venue.ts';

/** The running parts of the service. */
export interface Parts {
  readonly instance: string;
  readonly venue: Venue;
  /** Null where the configuration has no bus. */
  readonly bus: BusConnection | null;
}

const PRESENCE = Symbol('presence');

/**
 * The venue, with the bus beside it. They are started before Nest, whose own report of a failed start is a stack
 * trace, and ended by it.
 */
export class AppModule {
  static of(parts: Parts): DynamicModule {
    return { module: AppModule, providers: [{ provide: PRESENCE, useFactory: () => presence(parts) }] };
  }
}

/** Heartbeats and discovery. One provider ends everything, because Nest ends several in no order that we choose. */
function presence({ instance, venue, bus }: Parts): { onApplicationShutdown(): Promise<void> } {
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
