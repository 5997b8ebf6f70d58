import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type BusConnection, JetStreamTransport, answerServiceInfo, connectBus } from '@portcullis/bus';
import { UserError } from '@portcullis/config';
import { addHealthRoutes, jsonLogger, serviceRegistry } from '@portcullis/telemetry';
import { Gauge } from 'prom-client';
import { AppModule } from './app.module.ts';
import { guardBrowsers } from './inbound/browser-guard.ts';
import type { ObserverConfig } from './observer.config.ts';
import { AlertDesk } from './outbound/alert-desk.ts';
import { EventStream } from './outbound/event-stream.ts';
import { Pulse } from './outbound/pulse.ts';
import { Watch } from './state/watch.ts';

/** A kill's body is some hundred bytes. */
const BODY_BYTES_MAX = 4096;
const VERSION = '0.1.0';

/** A running observer. */
export interface Observer {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts observer with a checked configuration. Throws {@link UserError} when the bus or the port cannot be had. */
export async function startObserver(
  config: ObserverConfig,
  logger: LoggerService = jsonLogger('observer'),
): Promise<Observer> {
  const bus = await connectBus({ servers: config.bus.servers, identity: 'observer', seedFile: config.bus.seedFile });
  try {
    return await serve(config, bus, logger);
  } catch (error) {
    await bus.close();
    throw error;
  }
}

async function serve(config: ObserverConfig, bus: BusConnection, logger: LoggerService): Promise<Observer> {
  const adapter = new FastifyAdapter({ bodyLimit: BODY_BYTES_MAX, forceCloseConnections: true });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.of(config, bus), adapter, { logger });
  guardBrowsers(app, config.host);
  const watch = app.get(Watch);
  const events = app.get(EventStream);
  addHealth(app, bus, watch);
  app.connectMicroservice({ strategy: new JetStreamTransport({ bus }) });
  await app.startAllMicroservices();
  await listen(app, config);
  const pulse = app.get(Pulse);
  pulse.start(watch, events);
  const forget = answerServiceInfo(bus, {
    name: 'observer',
    version: VERSION,
    description: 'HTTP API and dashboard',
    id: config.instance,
  });
  return {
    url: (await app.getUrl()).replace('[::1]', 'localhost'),
    close: async () => {
      forget();
      pulse.stop();
      events.close();
      await app.close();
      await app.get(AlertDesk).close();
      await bus.close();
    },
  };
}

async function listen(app: NestFastifyApplication, { host, healthPort }: ObserverConfig): Promise<void> {
  try {
    await app.listen(healthPort, host);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new UserError(
      `port ${healthPort} of ${host} is taken`,
      'choose another healthPort, or end the program that uses it',
      { cause },
    );
  }
}

function addHealth(app: NestFastifyApplication, bus: BusConnection, watch: Watch): void {
  const registry = serviceRegistry('observer');
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect: function () {
        this.set(read());
      },
    });
  };
  const counters = (): ReturnType<typeof watch.projection.counters> => watch.projection.counters(watch.order.lost);
  gauge('portcullis_observer_dead_letters', 'Messages that some service could not use.', () => counters().deadLetters);
  gauge('portcullis_observer_alerts', 'Causes of alerts.', () => counters().alerts);
  gauge(
    'portcullis_observer_breaks',
    'Differences between our books and the venue in the newest reports.',
    () => counters().breaks,
  );
  gauge('portcullis_observer_unresolved_orders', 'Orders whose outcome is not known.', () => counters().unresolved);
  gauge('portcullis_observer_unread', 'Messages that what is shown lacks.', () => counters().unread);
  addHealthRoutes(
    app.getHttpAdapter().getInstance(),
    { notReady: () => (bus.link.up ? undefined : 'the bus is away') },
    registry,
  );
}
