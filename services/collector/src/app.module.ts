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
import { UserError } from '@portcullis/config';
import { addHealthRoutes, jsonLogger, serviceRegistry } from '@portcullis/telemetry';
import { Collector } from './collector.ts';
import { type CollectorConfig, checkCollectorConfig } from './collector.config.ts';
import { CollectorController } from './inbound/collector.controller.ts';
import type { ConfigFile } from './inbound/config-file.ts';
import { CollectorHeartbeat } from './outbound/heartbeat.ts';
import { addCollectorMetrics } from './outbound/metrics.ts';

const BUS = Symbol('bus connection');
const INSTANCE = Symbol('instance');
const LOG = 'collector';

@Module({})
export class AppModule implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #bus: BusConnection | null;
  readonly #instance: string;
  readonly #collector: Collector;
  #heartbeat: CollectorHeartbeat | undefined;
  #unanswer: () => void = () => undefined;

  constructor(@Inject(BUS) bus: BusConnection | null, @Inject(INSTANCE) instance: string, collector: Collector) {
    this.#bus = bus;
    this.#instance = instance;
    this.#collector = collector;
  }

  static with(collector: Collector, instance: string, bus: BusConnection | undefined): DynamicModule {
    return {
      module: AppModule,
      controllers: [CollectorController],
      providers: [
        { provide: BUS, useValue: bus ?? null },
        { provide: INSTANCE, useValue: instance },
        { provide: Collector, useValue: collector },
      ],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    const description = { name: 'collector', version: '0.1.0', description: 'follows public market streams' };
    const { feed } = this.#collector;
    if (this.#bus !== null && feed !== undefined) {
      this.#unanswer = answerServiceInfo(this.#bus, description);
      this.#heartbeat = new CollectorHeartbeat(this.#bus, this.#instance, this.#collector, feed);
    }
    await this.#collector.start();
  }

  /** In this order: nothing new comes in, what is here goes out, the connection ends. */
  async onApplicationShutdown(): Promise<void> {
    await this.#collector.stop();
    this.#heartbeat?.stop();
    this.#unanswer();
    await this.#bus?.close();
  }
}

export interface RunningCollector {
  readonly app: NestFastifyApplication;
  readonly collector: Collector;
  readonly port: number;
}

/**
 * Starts the service and its port. `app.close()` drains and stops it. With a `file` instruments can be added and removed
 * while it runs. Throws a {@link UserError} for what a person can mend.
 */
export async function startCollector(input: CollectorConfig, file?: ConfigFile): Promise<RunningCollector> {
  const config = checkCollectorConfig(input);
  // Before Nest, whose own error handler would print a stack trace for a wrong key.
  const bus =
    config.bus === undefined
      ? undefined
      : await connectBus({ servers: config.bus.servers, identity: 'collector', seedFile: config.bus.seedFile });
  const logger = jsonLogger('collector');
  const log = { log: (what: string) => logger.log(what, LOG), warn: (what: string) => logger.warn(what, LOG) };
  const collector = await Collector.open({ config, file, bus, log });
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with(collector, config.instance, bus),
    new FastifyAdapter(),
    { logger, abortOnError: false },
  );
  const registry = serviceRegistry('collector');
  addCollectorMetrics(registry, collector);
  addHealthRoutes(app.getHttpAdapter().getInstance(), { notReady: () => notReady(collector) }, registry);
  await app.listen(config.healthPort, config.host).catch((cause: Error) => {
    throw new UserError(
      `health port ${config.host}:${config.healthPort} cannot be opened (${cause.message})`,
      'end what uses it, or change healthPort',
      { cause },
    );
  });
  const address = app.getHttpServer().address();
  return { app, collector, port: typeof address === 'object' && address !== null ? address.port : config.healthPort };
}

function notReady({ broken }: Collector): string | undefined {
  if (broken.length === 0) return undefined;
  const more = broken.length > 5 ? ` and ${broken.length - 5} more` : '';
  return `not whole: ${broken.slice(0, 5).join(', ')}${more}`;
}
