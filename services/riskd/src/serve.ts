import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type BusConnection, answerServiceInfo, connectBus } from '@portcullis/bus';
import { addHealthRoutes, jsonLogger, serviceRegistry } from '@portcullis/telemetry';
import { liveOnce } from './incarnation.ts';
import { beat } from './outbound/heartbeat.ts';
import { type RiskdConfig, gateConfigOf, signerOf } from './riskd.config.ts';
import { GateMetrics } from './state/gate-metrics.ts';
import type { GateShell } from './state/gate-shell.ts';

/** Where riskd is and how it stands, for the program that started it. */
export interface RiskdStatus {
  /** Port of health and metrics. */
  readonly healthPort: number;
  /** Undefined while intents are judged. */
  notReady(): string | undefined;
}

/**
 * Runs riskd until `signal` aborts: one incarnation of the gate after the other, a new one whenever the lease was lost.
 * Throws UserError for what a person can mend.
 */
export async function serve(
  config: RiskdConfig,
  { signal, onStatus }: { readonly signal: AbortSignal; readonly onStatus?: (status: RiskdStatus) => void },
): Promise<void> {
  const gateConfig = gateConfigOf(config);
  const signer = signerOf(config);
  const logger = jsonLogger('riskd');
  const registry = serviceRegistry('riskd');
  const metrics = new GateMetrics(registry);
  let notReady: string | undefined = 'starting';
  let gate: GateShell | undefined;
  const bus = await connectBus({ servers: config.bus.servers, identity: 'riskd', seedFile: config.bus.seedFile });
  const http = new FastifyAdapter().getInstance();
  addHealthRoutes(http, { notReady: () => notReady }, registry);
  const stopBeating = beat(bus, config.instance, () => {
    const trouble = notReady ?? gate?.core.notReady;
    return {
      state: notReady === undefined ? 'ready' : 'starting',
      ...(trouble === undefined ? {} : { detail: trouble }),
      counters: { ...metrics.counters },
    };
  });
  const onState = (reason: string | undefined, current: GateShell | undefined): void => {
    notReady = reason;
    gate = current;
  };
  let discovery: BusConnection | undefined;
  try {
    await http.listen({ host: config.host, port: config.healthPort });
    const address = http.server.address();
    onStatus?.({
      healthPort: typeof address === 'object' && address !== null ? address.port : config.healthPort,
      notReady: () => notReady,
    });
    discovery = await answerDiscovery(config);
    while (!signal.aborted) await liveOnce({ config, gateConfig, signer, bus, metrics, logger, signal, onState });
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stopBeating();
    await http.close();
    await discovery?.close();
    await bus.close();
  }
}

/** Answers `$SRV.*` on a connection without any other right: whoever answers can be made to write into any inbox. */
async function answerDiscovery({
  bus,
  discoverySeedFile,
  instance,
  account,
}: RiskdConfig): Promise<BusConnection | undefined> {
  if (discoverySeedFile === undefined) return undefined;
  const connection = await connectBus({ servers: bus.servers, identity: 'riskdctl', seedFile: discoverySeedFile });
  answerServiceInfo(connection, {
    name: 'riskd',
    version: '0.1.0',
    description: `the gate of account ${account}`,
    metadata: { instance, account },
  });
  return connection;
}
