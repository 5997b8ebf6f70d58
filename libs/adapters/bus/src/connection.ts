import { setTimeout as sleep } from 'node:timers/promises';
import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import { AuthorizationError, connect, type NatsConnection } from '@nats-io/transport-node';
import { type Secret, UserError } from '@portcullis/config';
import { type Identity, identityNamed, inboxPrefix } from '@portcullis/contracts';
import { authenticatorOf } from './authenticator.ts';
import { apiPrefixOf } from './grants.ts';
import { loadSeed } from './keys.ts';
import { Link } from './link.ts';

const RECONNECT_MS_MIN = 50;
const RECONNECT_MS_MAX = 250;
/** How soon a server that hangs without closing its socket is noticed: two pings unanswered. */
const PING_INTERVAL_MS = 2000;
const PINGS_UNANSWERED_MAX = 2;
const FIRST_CONNECT_MS = 10_000;
const FIRST_CONNECT_RETRY_MS = 100;

/** The nkey seed of the identity: the file that holds it, or the seed itself. */
export type IdentityKey = { readonly seedFile: string } | { readonly seed: Secret };

export type ConnectOptions = IdentityKey & {
  readonly servers: readonly string[];
  /** A name of the table of identities. */
  readonly identity: string;
  /** How long to try for the first connection. Afterwards it reconnects for ever. */
  readonly firstConnectMs?: number;
};

/** A connection as one identity. It reconnects by itself, for ever; what is in flight at a break has an unknown outcome. */
export interface BusConnection {
  readonly identity: Identity;
  readonly nats: NatsConnection;
  readonly jetstream: JetStreamClient;
  /** Prefix of the JetStream API in this identity's account. */
  readonly apiPrefix: string;
  /** Whether the socket is up, and when it came back. */
  readonly link: Link;
  /** Flushes what was published and closes. */
  close(): Promise<void>;
}

/**
 * Connects as an identity, with its private inbox. Throws {@link UserError} when the key is no key, when the server
 * refuses it, or when no server answers within `firstConnectMs`.
 */
export async function connectBus(options: ConnectOptions): Promise<BusConnection> {
  const identity = identityNamed(options.identity);
  const seed = 'seed' in options ? options.seed : loadSeed(options.seedFile);
  const nats = await firstConnection(options, seed);
  const apiPrefix = apiPrefixOf(identity);
  return {
    identity,
    nats,
    apiPrefix,
    link: new Link(nats),
    jetstream: jetstream(nats, { apiPrefix }),
    close: async () => {
      // A drain waits for the server; without one there is nobody to flush to.
      if (!nats.isClosed()) await nats.drain().catch(() => nats.close());
    },
  };
}

async function firstConnection(options: ConnectOptions, seed: Secret): Promise<NatsConnection> {
  const deadline = Date.now() + (options.firstConnectMs ?? FIRST_CONNECT_MS);
  for (;;) {
    try {
      return await dial(options, seed);
    } catch (cause) {
      if (refusesKey(cause)) {
        const where = 'seedFile' in options ? ` from ${options.seedFile}` : '';
        throw new UserError(
          `the bus refuses identity ${options.identity} with the key${where}`,
          'the server knows another public key: run set-up again and restart the server',
          { cause },
        );
      }
      if (Date.now() >= deadline) {
        throw new UserError(
          `no bus answers at ${options.servers.join(', ')} (${(cause as Error).message})`,
          'start nats-server (portcullis up does), or correct bus.servers',
          { cause },
        );
      }
      await sleep(FIRST_CONNECT_RETRY_MS);
    }
  }
}

/** A server under load can also run out of time while it checks; that passes, and is not the key's fault. */
function refusesKey(cause: unknown): boolean {
  return cause instanceof AuthorizationError && !/timeout/i.test(cause.message);
}

function dial(options: ConnectOptions, seed: Secret): Promise<NatsConnection> {
  return connect({
    servers: [...options.servers],
    name: options.identity,
    authenticator: authenticatorOf(seed),
    inboxPrefix: inboxPrefix(options.identity),
    maxReconnectAttempts: -1,
    reconnectDelayHandler: () => RECONNECT_MS_MIN + Math.random() * (RECONNECT_MS_MAX - RECONNECT_MS_MIN),
    // A server that restarts may know us only after its own set-up.
    ignoreAuthErrorAbort: true,
    ignoreClusterUpdates: true,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: PINGS_UNANSWERED_MAX,
    noAsyncTraces: true,
    timeout: 5000,
  });
}
