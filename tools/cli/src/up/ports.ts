import { once } from 'node:events';
import { type Server, createServer } from 'node:net';
import { UserError } from '@portcullis/config';

const HOST = '127.0.0.1';

async function listen(port: number): Promise<Server> {
  const server = createServer();
  server.listen({ port, host: HOST, exclusive: true });
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}

/** As many free ports, all different: held together until all are known. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(0)));
  const ports = servers.map(portOf);
  await Promise.all(servers.map(close));
  return ports;
}

/** The port of the dashboard, or a {@link UserError} that names it when something else has it. 0 takes a free one. */
export async function dashboardPort(wanted: number): Promise<number> {
  try {
    const server = await listen(wanted);
    const port = portOf(server);
    await close(server);
    return port;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const why = code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${code})`;
    throw new UserError(
      `port ${wanted} of ${HOST} ${why}`,
      'choose another one: --port N, or --port 0 for any that is free',
      { cause },
    );
  }
}
