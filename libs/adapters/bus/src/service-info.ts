import { randomUUID } from 'node:crypto';
import type { BusConnection } from './connection.ts';
import { discoveryAs } from './grants.ts';

/** What `nats micro ls` and `nats micro info` show of a service (ADR-32 of NATS). */
export interface ServiceDescription {
  /** One token, for example `riskd`. */
  readonly name: string;
  /** A semantic version. */
  readonly version: string;
  readonly description: string;
  /** Tells instances apart; random when left out. */
  readonly id?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

const TYPE_PREFIX = 'io.nats.micro.v1';

/**
 * Answers `$SRV.PING`, `$SRV.INFO` and `$SRV.STATS`, also when asked for our name or id alone. Returns a function that
 * stops it. The connection's identity has to be one that answers; riskd uses `riskdctl` for it.
 */
export function answerServiceInfo(bus: BusConnection, service: ServiceDescription): () => void {
  const { name, version, description, metadata = {} } = service;
  const id = service.id ?? randomUUID();
  const common = { name, id, version, metadata };
  const started = new Date().toISOString();
  const answers = {
    PING: { type: `${TYPE_PREFIX}.ping_response`, ...common },
    INFO: { type: `${TYPE_PREFIX}.info_response`, ...common, description, endpoints: [] },
    STATS: { type: `${TYPE_PREFIX}.stats_response`, ...common, started, endpoints: [] },
  } as const;
  const subscriptions = Object.entries(answers).flatMap(([verb, answer]) => {
    const body = JSON.stringify(answer);
    return [`$SRV.${verb}`, `$SRV.${verb}.${name}`, `$SRV.${verb}.${name}.${id}`].map((subject) =>
      bus.nats.subscribe(subject, { callback: (error, question) => void (error === null && question.respond(body)) }),
    );
  });
  return () => {
    for (const subscription of subscriptions) subscription.unsubscribe();
  };
}

/** A service that answered. */
export interface ServiceFound {
  readonly name: string;
  readonly id: string;
  readonly version: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Asks all services of the platform and collects answers until none came for `stallMs`. The identity has to be one that asks. */
export async function findServices(bus: BusConnection, stallMs = 300): Promise<ServiceFound[]> {
  const found: ServiceFound[] = [];
  const subject = discoveryAs(bus.identity).replace('>', 'PING');
  for await (const answer of await bus.nats.requestMany(subject, '', {
    strategy: 'stall',
    stall: stallMs,
    maxWait: 10 * stallMs,
  })) {
    found.push(answer.json<ServiceFound>());
  }
  return found;
}
