import { join } from 'node:path';
import { type BusConnection, connectBus, ensureKeys, natsServerConfig, provision, seedFileOf } from '@portcullis/bus';
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
  const bus: TestBus = {
    server,
    servers: [server.url],
    seedFile: (identity) => seedFileOf(keysDir, identity),
    connectAs: async (identity) => {
      const connection = await connectBus({ servers: [server.url], identity, seedFile: seedFileOf(keysDir, identity) });
      connections.push(connection);
      return connection;
    },
    stop: async () => {
      await Promise.all(
        connections.map((connection) => (server.running ? connection.close() : connection.nats.close())),
      );
      await server.stop();
    },
  };
  try {
    const provisioner = await bus.connectAs('provisioner');
    await provision(provisioner);
    return bus;
  } catch (error) {
    await bus.stop();
    throw error;
  }
}
