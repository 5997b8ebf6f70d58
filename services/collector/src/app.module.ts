import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { answerServiceInfo, type BusConnection, connectBus } from '@portcullis/bus';
import { UserError, wallMicros } from '@portcullis/config';
import { addHealthRoutes, jsonLogger, serviceRegistry } from '@portcullis/telemetry';
import { type CollectorConfig, rulesOf } from './collector.config.ts';
import { MarketSource } from './inbound/market-source.ts';
import { CollectorHeartbeat } from './outbound/heartbeat.ts';
import { MarketFeed } from './outbound/market-feed.ts';
import { addCollectorMetrics } from './outbound/metrics.ts';
import { Outbox } from './state/outbox.ts';

const BUS = Symbol('bus connection');

@Module({})
export class AppModule implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #bus: BusConnection;
  readonly #source: MarketSource;
  readonly #feed: MarketFeed;
  readonly #heartbeat: CollectorHeartbeat;
  #unanswer: () => void = () => undefined;

  constructor(@Inject(BUS) bus: BusConnection, source: MarketSource, feed: MarketFeed, heartbeat: CollectorHeartbeat) {
    this.#bus = bus;
    this.#source = source;
    this.#feed = feed;
    this.#heartbeat = heartbeat;
  }

  static with(config: CollectorConfig, connection: BusConnection): DynamicModule {
    const { venue, instance } = config;
    return {
      module: AppModule,
      providers: [
        { provide: BUS, useValue: connection },
        { provide: Outbox, useFactory: () => new Outbox({ venue, firstSequence: wallMicros() }) },
        {
          provide: MarketFeed,
          useFactory: (connection: BusConnection, outbox: Outbox) => new MarketFeed(connection, outbox),
          inject: [BUS, Outbox],
        },
        {
          provide: MarketSource,
          useFactory: (feed: MarketFeed) => new MarketSource(config, rulesOf(config), feed),
          inject: [MarketFeed],
        },
        {
          provide: CollectorHeartbeat,
          useFactory: (connection: BusConnection, source: MarketSource, feed: MarketFeed) =>
            new CollectorHeartbeat(connection, instance, source, feed),
          inject: [BUS, MarketSource, MarketFeed],
        },
      ],
    };
  }

  onApplicationBootstrap(): void {
    const description = { name: 'collector', version: '0.1.0', description: 'follows public market streams' };
    this.#unanswer = answerServiceInfo(this.#bus, description);
    this.#source.start();
  }

  /** In this order: nothing new comes in, what is here goes out, the connection ends. */
  async onApplicationShutdown(): Promise<void> {
    this.#source.stop();
    await this.#feed.drain();
    this.#heartbeat.stop();
    this.#unanswer();
    await this.#bus.close();
  }
}

/** Starts the service and its health port. `close` of what it returns drains and stops it. */
export async function startCollector(config: CollectorConfig): Promise<NestFastifyApplication> {
  rulesOf(config);
  const { servers, seedFile } = config.bus;
  // Before Nest, whose own error handler would print a stack trace for a wrong key.
  const bus = await connectBus({ servers, identity: 'collector', seedFile });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(config, bus), new FastifyAdapter(), {
    logger: jsonLogger('collector'),
    abortOnError: false,
  });
  const source = app.get(MarketSource);
  const registry = serviceRegistry('collector');
  addCollectorMetrics(registry, source, app.get(MarketFeed));
  const notReady = (): string | undefined => (source.live ? undefined : 'a book is not whole');
  addHealthRoutes(app.getHttpAdapter().getInstance(), { notReady }, registry);
  await app.listen(config.healthPort, config.host).catch((cause: Error) => {
    throw new UserError(
      `health port ${config.host}:${config.healthPort} cannot be opened (${cause.message})`,
      'end what uses it, or change healthPort',
      { cause },
    );
  });
  return app;
}
