import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type BusConnection, JetStreamTransport, Lease, PublishQueue } from '@portcullis/bus';
import { wallMicros } from '@portcullis/config';
import type { Signer } from '@portcullis/kernel';
import { instrumentIdOf } from '@portcullis/market';
import type { GateConfig } from '@portcullis/risk';
import { AppModule } from './app.module.ts';
import { answerHeartbeats } from './inbound/bridge-heartbeats.ts';
import { BusOutbound } from './outbound/bus-outbound.ts';
import type { RiskdConfig } from './riskd.config.ts';
import { backlogDrained } from './state/backlog.ts';
import { ConflatedMarks } from './state/conflated-marks.ts';
import type { GateMetrics } from './state/gate-metrics.ts';
import { GateShell } from './state/gate-shell.ts';
import { type OpenGate, journalBytes, openGate } from './state/open-gate.ts';

/** What outlives an incarnation. */
export interface Surroundings {
  readonly config: RiskdConfig;
  readonly gateConfig: GateConfig;
  readonly signer: Signer;
  readonly bus: BusConnection;
  readonly metrics: GateMetrics;
  readonly logger: LoggerService;
  /** Aborts when the service has to stop. */
  readonly signal: AbortSignal;
  /** Hears why the gate is not ready; undefined when it is. */
  readonly onState: (notReady: string | undefined, gate: GateShell | undefined) => void;
}

/** Streams whose backlog has to be in before anything is approved: what was filled, what the venue says, what was killed. */
const BACKLOG = ['ORDERS', 'RECON', 'CONTROL'];
const TIMER_MS = 10_000;
const DRAIN_MS = 2000;

/**
 * One incarnation of the gate: holds the lease, reads the journal, consumes until the service stops or the lease is
 * lost. Resolves when it ended in order and another may follow; throws what a person or a supervisor has to see to.
 */
export async function liveOnce(around: Surroundings): Promise<void> {
  const { gateConfig, signer, config } = around;
  let lease = await acquire(around);
  try {
    const open = openGate(config.journalDir, gateConfig, signer);
    if (!lease.held) {
      // Reading took longer than the lease lives. If somebody else wrote in between, what was read is not all.
      lease = await acquire(around);
      if (journalBytes(config.journalDir) !== open.bytes) return open.journal.close();
    }
    await serveGate(around, open, lease);
  } finally {
    await lease.release();
  }
}

function acquire({ config, bus, signal, logger, onState }: Surroundings): Promise<Lease> {
  onState('waiting for the lease', undefined);
  return Lease.acquire({
    bus,
    key: `riskd.${config.account}`,
    holder: config.instance,
    ttlMs: config.leaseTtlMs,
    signal,
    onWaiting: (holder) => void logger.warn(`the lease of account ${config.account} is held by ${holder}`),
  });
}

async function serveGate(around: Surroundings, { core, journal }: OpenGate, lease: Lease): Promise<void> {
  const { bus, config, gateConfig, logger, metrics, signal, onState } = around;
  const ended = Promise.withResolvers<Error | 'stopped' | 'lease-lost'>();
  const queue = new PublishQueue(bus, {
    onFailure: ({ subject }, error) => void logger.error(`${subject} was not published: ${error.message}`),
  });
  const instruments = new Set(gateConfig.instruments.map(({ venue, symbol }) => instrumentIdOf(venue, symbol)));
  const marks = new ConflatedMarks(instruments);
  const gate = new GateShell({
    core,
    journal,
    marks,
    metrics,
    outbound: new BusOutbound(bus, queue, logger),
    onFatal: ended.resolve,
  });
  const stopping = new AbortController();
  signal.addEventListener('abort', () => ended.resolve('stopped'), { once: true });
  void lease.lost.then((reason) => {
    logger.error(`the lease was lost: ${reason}`);
    ended.resolve('lease-lost');
  });
  onState('recovering', gate);
  // A bucket that was made anew counts from one again; verdicts of a lower epoch would all be refused.
  const gateEpoch = Math.max(lease.epoch, core.gateEpoch + 1);
  void gate.take([{ type: 'started', at: wallMicros(), gateEpoch, config: gateConfig }]).catch(() => undefined);
  const transport = new JetStreamTransport({ bus, onDeadLetter: ({ stream }) => metrics.deadLetter(stream) });
  const app = await NestFactory.createMicroservice(AppModule.around(gate), { strategy: transport, logger });
  const stopAnswering = answerHeartbeats(bus, config.account, gate);
  const timer = setInterval(
    () => void gate.take([{ type: 'timer', at: wallMicros() }], { durable: false }).catch(() => undefined),
    TIMER_MS,
  );
  try {
    await app.listen();
    void catchUp(gate, around, stopping.signal).catch(
      (error: unknown) => void (stopping.signal.aborted || ended.resolve(error as Error)),
    );
    const end = await ended.promise;
    if (end === 'lease-lost') void gate.take([{ type: 'lease-lost', at: wallMicros() }]).catch(() => undefined);
    if (end instanceof Error) throw end;
  } finally {
    onState('stopping', undefined);
    stopping.abort();
    clearInterval(timer);
    stopAnswering();
    gate.stop();
    // Handlers wait for their publishes, and those for the bus: what is not stored by then is redone after the next start.
    const drained = app.close();
    await queue.close(bus.link.up ? DRAIN_MS : 0);
    await drained;
    journal.close();
  }
}

async function catchUp(gate: GateShell, { bus, onState }: Surroundings, signal: AbortSignal): Promise<void> {
  await backlogDrained(bus, BACKLOG, signal);
  await gate.catchUp();
  await gate.republish();
  onState(undefined, gate);
}
