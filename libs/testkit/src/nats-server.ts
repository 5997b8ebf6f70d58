import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectSocket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_MS_MAX = 20_000;
const STOP_MS_MAX = 10_000;
const POLL_MS = 20;

/** Where a server of a test runs. */
export interface NatsPlace {
  readonly port: number;
  readonly storeDir: string;
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

const running = new Set<ChildProcess>();
// A test run that is cut off leaves no server behind.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A real nats-server on 127.0.0.1 for one test suite, in a folder of its own, stopped and started as the test likes. */
export class NatsServer {
  readonly port: number;
  readonly url: string;
  readonly dir: string;
  #child: ChildProcess | undefined;

  private constructor(port: number, dir: string) {
    this.port = port;
    this.dir = dir;
    this.url = `nats://127.0.0.1:${port}`;
  }

  /** Starts the binary of NATS_SERVER_BIN (else `nats-server` of PATH) with the configuration that `conf` gives for its place. */
  static async start(options: {
    readonly conf: (place: NatsPlace) => string;
    readonly port?: number;
  }): Promise<NatsServer> {
    const dir = mkdtempSync(join(tmpdir(), 'portcullis-nats-'));
    const server = new NatsServer(options.port ?? (await freePort()), dir);
    const storeDir = join(dir, 'store');
    mkdirSync(storeDir);
    writeFileSync(join(dir, 'nats.conf'), options.conf({ port: server.port, storeDir }));
    await server.restart();
    return server;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /** Everything that the server logged. */
  log(): string {
    return readFileSync(join(this.dir, 'server.log'), 'utf8');
  }

  /** Starts it (again) on the same port with the same store; stops it first when it runs. Returns once it accepts connections. */
  async restart(): Promise<void> {
    await this.kill('SIGTERM');
    const log = openSync(join(this.dir, 'server.log'), 'a');
    const child = spawn(process.env['NATS_SERVER_BIN'] ?? 'nats-server', ['-c', join(this.dir, 'nats.conf')], {
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const failure = once(child, 'exit').then(
      () => `nats-server ended at once:\n${this.log()}`,
      (error: unknown) => `nats-server cannot be started (set NATS_SERVER_BIN): ${(error as Error).message}`,
    );
    this.#child = child;
    running.add(child);
    child.once('exit', () => {
      running.delete(child);
      if (this.#child === child) this.#child = undefined;
    });
    const problem = await Promise.race([this.#accepting(), failure]);
    if (problem !== undefined) throw new Error(problem);
  }

  /** Ends the process by a signal and waits until it is gone; the store stays. SIGKILL is a crash. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    const patience = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
    await gone;
    clearTimeout(patience);
  }

  /** Stops it and removes its folder. */
  async stop(): Promise<void> {
    await this.kill('SIGTERM');
    rmSync(this.dir, { recursive: true, force: true });
  }

  async #accepting(): Promise<string | undefined> {
    const deadline = Date.now() + READY_MS_MAX;
    while (Date.now() < deadline) {
      if (await accepts(this.port)) return undefined;
      await sleep(POLL_MS);
    }
    return `nats-server did not listen on port ${this.port} within ${READY_MS_MAX} ms:\n${this.log()}`;
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
