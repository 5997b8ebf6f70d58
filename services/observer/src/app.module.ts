import { type DynamicModule, Module } from '@nestjs/common';
import type { BusConnection } from '@portcullis/bus';
import { ApiController } from './inbound/api.controller.ts';
import { KillController } from './inbound/kill.controller.ts';
import { PageController } from './inbound/page.controller.ts';
import { PresenceListener } from './inbound/presence.listener.ts';
import { StreamsConsumer } from './inbound/streams.consumer.ts';
import type { ObserverConfig } from './observer.config.ts';
import { AlertDesk } from './outbound/alert-desk.ts';
import { EventStream } from './outbound/event-stream.ts';
import { KillRelay } from './outbound/kill-relay.ts';
import { Pulse } from './outbound/pulse.ts';
import { Watch } from './state/watch.ts';
import { BUS, CONFIG } from './tokens.ts';

@Module({})
export class AppModule {
  static of(config: ObserverConfig, bus: BusConnection): DynamicModule {
    const watch = new Watch(config);
    return {
      module: AppModule,
      controllers: [PageController, ApiController, KillController, StreamsConsumer],
      providers: [
        PresenceListener,
        { provide: CONFIG, useValue: config },
        { provide: BUS, useValue: bus },
        { provide: Watch, useValue: watch },
        { provide: EventStream, useValue: new EventStream() },
        { provide: KillRelay, useValue: new KillRelay(bus) },
        { provide: AlertDesk, useValue: new AlertDesk(bus, watch.startedAt) },
        { provide: Pulse, useValue: new Pulse(bus, config.instance) },
      ],
    };
  }
}
