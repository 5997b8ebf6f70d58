import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { connectBus } from '@portcullis/bus';
import { UserError } from '@portcullis/config';
import { addHealthRoutes, jsonLogger, serviceRegistry } from '@portcullis/telemetry';
import { RunsController } from './inbound/runs.controller.ts';
import { Artefacts } from './outbound/artefacts.ts';
import { addStrategydMetrics } from './outbound/metrics.ts';
import { Lab } from './state/lab.ts';
import { checkStrategydConfig, type StrategydConfig } from './strategyd.config.ts';
import { Strategyd } from './strategyd.ts';

const LOG = 'strategyd';
/** Of a request's body; what is larger fits into no message of the queue. */
const BODY_BYTES_MAX = 256 * 1024;
const SERVICE = Symbol('strategyd');

@Module({})
export class AppModule implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #strategyd: Strategyd;

  constructor(@Inject(SERVICE) strategyd: Strategyd) {
    this.#strategyd = strategyd;
  }

  static with(strategyd: Strategyd): DynamicModule {
    return {
      module: AppModule,
      controllers: [RunsController],
      providers: [
        { provide: SERVICE, useValue: strategyd },
        { provide: Lab, useValue: strategyd.lab },
        { provide: Artefacts, useValue: strategyd.artefacts },
      ],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.#strategyd.start();
  }

  /** Nothing new is taken, what runs is given back, the connection ends. */
  async onApplicationShutdown(): Promise<void> {
    await this.#strategyd.stop();
  }
}

export interface RunningStrategyd {
  readonly app: NestFastifyApplication;
  readonly strategyd: Strategyd;
  readonly port: number;
}

/** Starts the service and its port. `app.close()` drains and stops it. Throws a {@link UserError} for what a person can mend. */
export async function startStrategyd(input: StrategydConfig): Promise<RunningStrategyd> {
  const config = checkStrategydConfig(input);
  // Before Nest, whose own error handler would print a stack trace for a wrong key.
  const bus =
    config.bus === undefined
      ? undefined
      : await connectBus({ servers: config.bus.servers, identity: 'strategyd', seedFile: config.bus.seedFile });
  const logger = jsonLogger('strategyd');
  const strategyd = await Strategyd.open(config, bus, { warn: (what) => logger.warn(what, LOG) });
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with(strategyd),
    new FastifyAdapter({ bodyLimit: BODY_BYTES_MAX }),
    { logger, abortOnError: false },
  );
  const registry = serviceRegistry('strategyd');
  addStrategydMetrics(registry, strategyd.lab, strategyd.numbers);
  addHealthRoutes(app.getHttpAdapter().getInstance(), { notReady: () => strategyd.notReady() }, registry);
  try {
    await app.listen(config.healthPort, config.host).catch((cause: Error) => {
      throw new UserError(
        `health port ${config.host}:${config.healthPort} cannot be opened (${cause.message})`,
        'end what uses it, or change healthPort',
        { cause },
      );
    });
  } catch (error) {
    await app.close();
    throw error;
  }
  const address = app.getHttpServer().address();
  return { app, strategyd, port: typeof address === 'object' && address !== null ? address.port : config.healthPort };
}
