import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type BusConnection, JetStreamTransport, Lease } from '@portcullis/bus';
import { AppModule } from './app.module.ts';
import type { BridgeServiceConfig } from './bridge.config.ts';
import { hearPermits } from './inbound/permits.ts';
import type { BridgeMetrics } from './state/bridge-metrics.ts';
import type { BridgeShell } from './state/bridge-shell.ts';

export interface Surroundings {
  readonly config: BridgeServiceConfig;
  readonly bus: BusConnection;
  readonly shell: BridgeShell;
  readonly metrics: BridgeMetrics;
  readonly logger: LoggerService;
  /** Aborts when the service has to stop. */
  readonly signal: AbortSignal;
  /** Hears whether orders can be taken, and why not. */
  readonly onState: (notReady: string | undefined) => void;
}

/**
 * Waits for the account's lease, then takes verdicts, cancels and kills until the lease is lost or the service stops. Between
 * leases the shell lives on: it sends nothing, but a local kill and what is due at the venue still work.
 */
export async function serveLeased(around: Surroundings): Promise<void> {
  const { bus, config, logger, shell, signal, onState } = around;
  onState('waiting for the lease');
  const lease = await Lease.acquire({
    bus,
    key: `bridge.${config.account}`,
    holder: config.instance,
    ttlMs: config.leaseTtlMs,
    signal,
    onWaiting: (holder) => {
      logger.warn(`the lease of account ${config.account} is held by ${holder}`);
    },
  });
  // A bucket that was made anew counts from one again; permits of a lower epoch would all be refused.
  const bridgeEpoch = Math.max(lease.epoch, shell.core.bridgeEpoch + 1);
  try {
    shell.start(bridgeEpoch, () => lease.held);
    onState(undefined);
    await consume(around, lease);
  } finally {
    onState('the lease is lost');
    shell.hear({ type: 'lease-lost' });
    await lease.release();
  }
}

async function consume({ bus, config, logger, metrics, shell, signal }: Surroundings, lease: Lease): Promise<void> {
  const ended = Promise.withResolvers<void>();
  const stop = (): void => ended.resolve();
  signal.addEventListener('abort', stop, { once: true });
  void lease.lost.then((reason) => {
    logger.error(`the lease was lost: ${reason}`);
    // At once, not after the consumers have drained: nothing may be written from here on.
    shell.hear({ type: 'lease-lost' });
    stop();
  });
  const transport = new JetStreamTransport({ bus, onDeadLetter: ({ stream }) => metrics.deadLetter(stream) });
  const app = await NestFactory.createMicroservice(AppModule.around(shell, metrics), { strategy: transport, logger });
  const stopPermits = hearPermits(bus, config.account, shell);
  try {
    await app.listen();
    if (!signal.aborted) await ended.promise;
  } finally {
    signal.removeEventListener('abort', stop);
    stopPermits();
    await app.close();
  }
}
