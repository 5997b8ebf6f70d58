import { setTimeout as sleep } from 'node:timers/promises';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { PublishQueue, answerServiceInfo, connectBus } from '@portcullis/bus';
import { readSecretFile } from '@portcullis/config';
import { addHealthRoutes, jsonLogger, serviceRegistry } from '@portcullis/telemetry';
import { BinanceSpotTrading, type VenueTrading } from '@portcullis/venues';
import { type BridgeServiceConfig, coreConfigOf, venueKeysOf } from './bridge.config.ts';
import { addKillRoute, obeyKillFile } from './inbound/local-kill.ts';
import { serveLeased } from './leased.ts';
import { AlertLog } from './outbound/alert-log.ts';
import { BusOutbound } from './outbound/bus-outbound.ts';
import { VenueDesk } from './outbound/venue-desk.ts';
import { BridgeMetrics } from './state/bridge-metrics.ts';
import { BridgeShell } from './state/bridge-shell.ts';
import { lockDataDir } from './state/data-dir-lock.ts';
import { PublishedMark } from './state/published-mark.ts';

/** Heartbeats, due questions and the kill file, all on one beat: the gate answers each heartbeat with a permit of two seconds. */
const BEAT_MS = 500;
/** For answers and messages that are under way when the service stops; what is not done by then is redone at the next start. */
const DRAIN_MS = 2000;

/** Where the bridge is and how it stands, for the program that started it. */
export interface BridgeStatus {
  /** Port of health, metrics and `POST /kill`. */
  readonly healthPort: number;
  readonly shell: BridgeShell;
  /** Undefined while verdicts are taken. */
  notReady(): string | undefined;
}

export interface ServeOptions {
  readonly signal: AbortSignal;
  readonly onStatus?: (status: BridgeStatus) => void;
}

/** Runs the bridge until `signal` aborts. Throws UserError for what a person can mend. */
export async function serve(config: BridgeServiceConfig, options: ServeOptions): Promise<void> {
  const coreConfig = coreConfigOf(config);
  const keys = venueKeysOf(config);
  const logger = jsonLogger('bridge');
  const registry = serviceRegistry('bridge');
  const metrics = new BridgeMetrics(registry);
  const fatal = Promise.withResolvers<never>();
  fatal.promise.catch(() => undefined);
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  const lock = await lockDataDir(config.dataDir);
  const mark = new PublishedMark(config.dataDir);
  const onFatal = (error: Error): void => {
    fatal.reject(error);
    ending.abort();
  };
  const shell = new BridgeShell({ config: coreConfig, dataDir: config.dataDir, metrics, mark, onFatal });
  const venue = await openVenue(config, keys);
  const desk = new VenueDesk({ shell, venue, metrics });
  shell.attach(desk);
  shell.attach(new AlertLog(logger));
  // Whatever the journal says, this process has no lease yet.
  shell.take({ type: 'lease-lost' });
  const beat = setInterval(() => pulse(shell, config.dataDir, mark), BEAT_MS);
  try {
    await serveOnBus({ config, options, signal, shell, desk, venue, mark, metrics, logger, registry });
    if (!options.signal.aborted) await fatal.promise;
  } finally {
    clearInterval(beat);
    await venue.close();
    shell.close();
    lock.release();
  }
}

function openVenue(config: BridgeServiceConfig, keys: ReturnType<typeof venueKeysOf>): Promise<VenueTrading> {
  return BinanceSpotTrading.open({
    ...keys,
    recvWindowMs: config.recvWindowMs,
    timeoutMs: config.requestTimeoutMs,
    ...(config.restUrl === undefined ? {} : { restUrl: config.restUrl }),
    ...(config.wsApiUrl === undefined ? {} : { wsApiUrl: config.wsApiUrl }),
  });
}

function pulse(shell: BridgeShell, dataDir: string, mark: PublishedMark): void {
  obeyKillFile(shell, dataDir);
  const { core } = shell;
  if (core.leased) shell.hear({ type: 'heartbeat-due' });
  // Without the lease only what is unfinished has to be looked at; an idle bridge writes nothing.
  else if (core.openOrderCount > 0 || core.latches.some((latch) => !latch.confirmed)) shell.hear({ type: 'timer' });
  mark.save();
}

interface OnBus {
  readonly config: BridgeServiceConfig;
  readonly options: ServeOptions;
  readonly signal: AbortSignal;
  readonly shell: BridgeShell;
  readonly desk: VenueDesk;
  readonly venue: VenueTrading;
  readonly mark: PublishedMark;
  readonly metrics: BridgeMetrics;
  readonly logger: ReturnType<typeof jsonLogger>;
  readonly registry: ReturnType<typeof serviceRegistry>;
}

async function serveOnBus(parts: OnBus): Promise<void> {
  const { config, options, signal, shell, desk, venue, mark, metrics, logger, registry } = parts;
  let leaseless: string | undefined = 'starting';
  const notReady = (): string | undefined =>
    leaseless ?? (shell.core.reconciled ? undefined : 'the account is not reconciled yet');
  const http = new FastifyAdapter().getInstance();
  addHealthRoutes(http, { notReady }, registry);
  if (config.killTokenFile !== undefined) addKillRoute(http, shell, readSecretFile(config.killTokenFile, 'kill token'));
  try {
    await http.listen({ host: config.host, port: config.healthPort });
    const address = http.server.address();
    const healthPort = typeof address === 'object' && address !== null ? address.port : config.healthPort;
    options.onStatus?.({ healthPort, shell, notReady });
    const bus = await connectBus({ servers: config.bus.servers, identity: 'bridge', seedFile: config.bus.seedFile });
    const queue = new PublishQueue(bus, {
      onFailure: ({ subject }, error) => logger.error(`${subject} was not published: ${error.message}`),
    });
    const outbound = new BusOutbound({ bus, queue, mark });
    shell.attach(outbound);
    shell.publishThrough(outbound);
    answerServiceInfo(bus, {
      name: 'bridge',
      version: '0.1.0',
      description: `the bridge of account ${config.account}`,
      metadata: { instance: config.instance, account: config.account },
    });
    venue.watch(desk.listener);
    try {
      const onState = (reason: string | undefined): void => void (leaseless = reason);
      while (!signal.aborted) await serveLeased({ config, bus, shell, metrics, logger, signal, onState });
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      // Answers that are on their way still become order events, so the messages are drained after them.
      await Promise.race([desk.idle(), sleep(DRAIN_MS)]);
      await queue.close(bus.link.up ? DRAIN_MS : 0);
      await bus.close();
    }
  } finally {
    await http.close();
  }
}
