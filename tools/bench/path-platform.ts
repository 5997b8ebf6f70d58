import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { type Server, type Socket, connect, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { ed25519Signer } from '@portcullis/kernel';
import { type TestBus, btcusdt, freePort, newKeyPem } from '@portcullis/testkit';
import { sharedMicros } from './statistics.ts';

const SERVICES = resolve(import.meta.dirname, '../../services');
export const INSTRUMENT = btcusdt();
export const ACCOUNT = 'main';
export const STRATEGY = 'bench';

/** riskd, bridge and the venue as real processes, with a tap on the wire between bridge and venue. */
export class PathPlatform {
  readonly #children: ChildProcess[] = [];
  readonly #tap: Tap;
  readonly #dir: string;

  private constructor(dir: string, tap: Tap) {
    this.#dir = dir;
    this.#tap = tap;
  }

  static async start(bus: TestBus, dir: string): Promise<PathPlatform> {
    const venuePort = await freePort();
    const tap = await Tap.open(venuePort);
    const platform = new PathPlatform(dir, tap);
    const write = (name: string, text: string): string => {
      writeFileSync(join(dir, name), text, { mode: 0o600 });
      return join(dir, name);
    };
    const pem = newKeyPem();
    const apiKey = randomBytes(24).toString('hex');
    const secretFile = write('venue.secret', randomBytes(24).toString('hex'));
    const common = (service: string): object => ({
      instance: `${service}-bench`,
      healthPort: 0,
      bus: { servers: bus.servers, seedFile: bus.seedFile(service) },
    });
    const own = (name: string): string => {
      mkdirSync(join(dir, name));
      return join(dir, name);
    };
    await platform.#run('venuesim', {
      ...common('venuesim'),
      port: venuePort,
      ledgerDir: own('venuesim'),
      accounts: [
        { name: ACCOUNT, balances: { BTC: '100', USDT: '10000000' }, keys: [{ id: 'bench', apiKey, secretFile }] },
      ],
      markets: [{ instrument: INSTRUMENT, flow: { kind: 'none' } }],
      limits: { weightPerMinute: 1_000_000, ordersPer10Seconds: 100_000, ordersPerDay: 10_000_000 },
    });
    await platform.#run('riskd', {
      ...common('riskd'),
      account: ACCOUNT,
      venue: INSTRUMENT.venue,
      strategies: [STRATEGY],
      instruments: [INSTRUMENT],
      limits: LIMITS,
      approvers: [],
      signingKeyFile: write('gate.pem', pem),
      journalDir: own('riskd'),
    });
    await platform.#run('bridge', {
      ...common('bridge'),
      account: ACCOUNT,
      venue: INSTRUMENT.venue,
      restUrl: `http://127.0.0.1:${tap.port}`,
      wsApiUrl: `ws://127.0.0.1:${venuePort}/ws-api/v3`,
      instruments: [INSTRUMENT],
      gateKeys: [ed25519Signer(pem).publicKeyBase64],
      apiKeyFile: write('venue.key', apiKey),
      apiSecretFile: secretFile,
      dataDir: own('bridge'),
    });
    return platform;
  }

  /** Resolves with the moment at which the first bytes of the order with this client id came out of the bridge. */
  sent(clientOrderId: string): Promise<number> {
    return this.#tap.sent(clientOrderId);
  }

  /** What the processes logged last, for a person to see why nothing happens. */
  logs(): string {
    return ['venuesim', 'riskd', 'bridge']
      .map((name) => `--- ${name}\n${readFileSync(join(this.#dir, `${name}.log`), 'utf8').slice(-1500)}`)
      .join('\n');
  }

  async stop(): Promise<void> {
    for (const child of this.#children.reverse()) {
      if (child.exitCode !== null) continue;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const patience = setTimeout(() => child.kill('SIGKILL'), 8000);
      await gone;
      clearTimeout(patience);
    }
    this.#tap.close();
  }

  async #run(service: string, config: object): Promise<void> {
    const file = join(this.#dir, `${service}.json`);
    writeFileSync(file, JSON.stringify(config));
    const log = openSync(join(this.#dir, `${service}.log`), 'a');
    const child = spawn(process.execPath, [join(SERVICES, service, 'dist/main.js'), '--config', file], {
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#children.push(child);
    await once(child, 'spawn');
  }
}

const LIMITS = {
  limitsVersion: 1,
  entries: [
    {
      scope: 'account',
      limits: {
        orderNotionalMax: '10000',
        positionMax: '10',
        collarBasisPoints: 1000,
        spreadBasisPointsMax: 100,
        markAgeMillisMax: 5000,
        orderRate: { count: 10_000, windowMillis: 1000 },
        reductionRate: { count: 10_000, windowMillis: 1000 },
      },
    },
  ],
};

/** Passes bytes on and notes when an order's came by. */
class Tap {
  readonly #server: Server;
  readonly #waiting = new Map<string, (at: number) => void>();
  readonly port: number;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async open(target: number): Promise<Tap> {
    const server = createServer({ noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port was given');
    const tap = new Tap(server, address.port);
    server.on('connection', (socket) => tap.#join(socket, target));
    return tap;
  }

  sent(clientOrderId: string): Promise<number> {
    return new Promise((done) => this.#waiting.set(clientOrderId, done));
  }

  close(): void {
    this.#server.close();
  }

  #join(socket: Socket, target: number): void {
    const onward = connect({ port: target, host: '127.0.0.1', noDelay: true });
    socket.on('data', (chunk) => {
      const at = sharedMicros();
      const id = /newClientOrderId=([0-9a-z]+)/.exec(chunk.toString('latin1'))?.[1];
      if (id !== undefined) {
        this.#waiting.get(id)?.(at);
        this.#waiting.delete(id);
      }
      onward.write(chunk);
    });
    onward.pipe(socket);
    const end = (): void => {
      socket.destroy();
      onward.destroy();
    };
    for (const side of [socket, onward]) side.on('error', end).on('close', end);
  }
}
