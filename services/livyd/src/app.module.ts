import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { answerServiceInfo, type BusConnection, connectBus, JetStreamTransport } from '@portcullis/bus';
import { pinnedKeyring, UserError, wallMicros } from '@portcullis/config';
import { addHealthRoutes, jsonLogger, serviceRegistry } from '@portcullis/telemetry';
import { BusController, GATE_KEYS } from './inbound/bus.controller.ts';
import { ControlStateFollower } from './inbound/control-state.ts';
import { RunLeases } from './inbound/run-leases.ts';
import { checkRuns, type LivydConfig, preparedRun } from './livyd.config.ts';
import { LivydHeartbeat } from './outbound/heartbeat.ts';
import { addLivydMetrics } from './outbound/metrics.ts';
import { RunPublisher } from './outbound/run-publisher.ts';
import { RunHost } from './state/run-host.ts';
import { Runs, TIMER_MS } from './state/runs.ts';

const BUS = Symbol('bus connection');
/** How long runs may take to get their orders cancelled at the end; the service manager waits five seconds in all. */
const WIND_DOWN_MS_MAX = 3500;
const WIND_DOWN_POLL_MS = 20;

@Module({})
export class AppModule implements BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #bus: BusConnection;
  readonly #runs: Runs;
  readonly #publisher: RunPublisher;
  readonly #leases: RunLeases;
  readonly #heartbeat: LivydHeartbeat;
  #timer: NodeJS.Timeout | undefined;
  #unanswer: () => void = () => undefined;

  constructor(
    @Inject(BUS) bus: BusConnection,
    runs: Runs,
    publisher: RunPublisher,
    leases: RunLeases,
    heartbeat: LivydHeartbeat,
  ) {
    this.#bus = bus;
    this.#runs = runs;
    this.#publisher = publisher;
    this.#leases = leases;
    this.#heartbeat = heartbeat;
  }

  static with(config: LivydConfig, connection: BusConnection): DynamicModule {
    const { instance, leaseMs: ttlMs } = config;
    return {
      module: AppModule,
      controllers: [BusController],
      providers: [
        { provide: BUS, useValue: connection },
        { provide: GATE_KEYS, useValue: pinnedKeyring(config.gateKeys, 'gateKeys') },
        {
          provide: RunPublisher,
          useFactory: (connection: BusConnection) => new RunPublisher(connection),
          inject: [BUS],
        },
        {
          provide: Runs,
          useFactory: (publisher: RunPublisher) =>
            new Runs(
              config.runs.map((run) => new RunHost(() => preparedRun(run), config.dataDir)),
              (host, outputs) => publisher.perform(host, outputs),
            ),
          inject: [RunPublisher],
        },
        {
          provide: RunLeases,
          useFactory: (connection: BusConnection) => new RunLeases(connection, { holder: `livyd.${instance}`, ttlMs }),
          inject: [BUS],
        },
        {
          provide: LivydHeartbeat,
          useFactory: (connection: BusConnection, runs: Runs) => new LivydHeartbeat(connection, instance, runs),
          inject: [BUS, Runs],
        },
      ],
    };
  }

  /** Takes the leases, replays the journals, and lets time begin. */
  async open(): Promise<void> {
    const description = { name: 'livyd', version: '0.1.0', description: 'runs live strategies' };
    this.#unanswer = answerServiceInfo(this.#bus, description);
    await this.#leases.open(this.#runs);
    await new ControlStateFollower(this.#bus, this.#runs).start();
    this.#timer = setInterval(() => this.#runs.timer(wallMicros()), TIMER_MS);
  }

  /** While verdicts and order events still come in: every run gets its orders cancelled. */
  async beforeApplicationShutdown(): Promise<void> {
    if (!this.#runs.stopping) this.#runs.stop('livyd is stopping', wallMicros());
    const deadline = Date.now() + WIND_DOWN_MS_MAX;
    while (this.#runs.workingOrders > 0 && this.#runs.open && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, WIND_DOWN_POLL_MS));
    }
    clearInterval(this.#timer);
    this.#runs.halt();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#publisher.close();
    this.#heartbeat.stop();
    this.#unanswer();
    await this.#leases.release();
    await this.#bus.close();
  }
}

/** Starts the service: its health port first, so that waiting for a lease can be seen. `close` of what it returns stops it. */
export async function startLivyd(config: LivydConfig): Promise<NestFastifyApplication> {
  checkRuns(config);
  const { servers, seedFile } = config.bus;
  // Before Nest, whose own error handler would print a stack trace for a wrong key.
  const bus = await connectBus({ servers, identity: 'livyd', seedFile });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(config, bus), new FastifyAdapter(), {
    logger: jsonLogger('livyd'),
    abortOnError: false,
  });
  try {
    await open(app, config);
    return app;
  } catch (error) {
    await app.close();
    throw error;
  }
}

async function open(app: NestFastifyApplication, config: LivydConfig): Promise<void> {
  let deadLetters = 0;
  const transport = new JetStreamTransport({
    bus: app.get<BusConnection>(BUS),
    onDeadLetter: () => void (deadLetters += 1),
  });
  app.connectMicroservice({ strategy: transport });
  const runs = app.get(Runs);
  const registry = serviceRegistry('livyd');
  addLivydMetrics(registry, runs, app.get(RunPublisher), () => deadLetters);
  const notReady = (): string | undefined => (runs.open ? undefined : 'a run waits for its lease');
  addHealthRoutes(app.getHttpAdapter().getInstance(), { notReady }, registry);
  await app.listen(config.healthPort, config.host).catch((cause: Error) => {
    throw new UserError(
      `health port ${config.host}:${config.healthPort} cannot be opened (${cause.message})`,
      'end what uses it, or change healthPort',
      { cause },
    );
  });
  await app.get(AppModule).open();
  await app.startAllMicroservices();
}
