import { join } from 'node:path';
import {
  type BusConnection,
  connectBus,
  ensureKeys,
  natsServerConfig,
  provision,
  readStream,
  seedFileOf,
} from '@portcullis/bus';
import { NatsServer } from './nats-server.ts';

/** A bus as the platform has it: real server, generated configuration, keys, streams and durables. */
export interface TestBus {
  readonly server: NatsServer;
  /** For `bus.servers` in a service's configuration. */
  readonly servers: string[];
  /** For `bus.seedFile` in a service's configuration. */
  seedFile(identity: string): string;
  /** Connects as an identity; closed by `stop`. */
  connectAs(identity: string): Promise<BusConnection>;
  /** The bodies of all messages that a stream holds, read as JSON, oldest first. */
  readAll<T>(stream: string): Promise<T[]>;
  /** Closes every connection made here, stops the server, removes its folder. */
  stop(): Promise<void>;
}

/** Starts a provisioned bus on a free port. `extraConf` is added to the server's configuration. */
export async function startBus(options: { readonly extraConf?: string } = {}): Promise<TestBus> {
  let keysDir = '';
  const server = await NatsServer.start({
    conf: ({ port, storeDir }) => {
      keysDir = join(storeDir, '..', 'keys');
      return natsServerConfig({ port, storeDir, users: ensureKeys(keysDir) }) + (options.extraConf ?? '');
    },
  });
  const connections: BusConnection[] = [];
  let provisioner: Promise<BusConnection> | undefined;
  const asProvisioner = (): Promise<BusConnection> => (provisioner ??= bus.connectAs('provisioner'));
  const bus: TestBus = {
    server,
    servers: [server.url],
    seedFile: (identity) => seedFileOf(keysDir, identity),
    connectAs: async (identity) => {
      const connection = await connectBus({ servers: [server.url], identity, seedFile: seedFileOf(keysDir, identity) });
      connections.push(connection);
      return connection;
    },
    readAll: async <T>(stream: string) => {
      const bodies: T[] = [];
      await readStream(await asProvisioner(), stream, ({ data }) =>
        bodies.push(JSON.parse(Buffer.from(data).toString()) as T),
      );
      return bodies;
    },
    stop: async () => {
      await Promise.all(
        connections.map((connection) => (server.running ? connection.close() : connection.nats.close())),
      );
      await server.stop();
    },
  };
  try {
    await provision(await asProvisioner());
    return bus;
  } catch (error) {
    await bus.stop();
    throw error;
  }
}
