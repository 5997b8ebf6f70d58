import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { join } from 'node:path';
import { type BusConnection, connectBus, natsServerConfig, provision, seedFileOf } from '@portcullis/bus';
import { wallMicros } from '@portcullis/config';
import { Child, untilReady } from './child.ts';
import { ACCOUNT, type Plan, SERVICES, type ServiceName, serviceConfigs } from './configs.ts';
import { commandLineOf } from './lock.ts';
import { isReady, readStatus } from './status-client.ts';
import { natsServerBinary, programOf } from './tools.ts';
import { writeUpFile } from './up-file.ts';

const NATS_READY_MS = 20_000;
const VENUE_READY_MS = 20_000;
const OTHERS_READY_MS = 30_000;
const GATE_OPEN_MS = 10_000;
/** Services that wait for others. */
const STARTED_ALONE: readonly ServiceName[] = ['venuesim', 'livyd', 'strategyd'];

/** All processes of one platform on this machine: started in order, kept alive, stopped in order. */
export class Platform {
  readonly plan: Plan;
  readonly startedAt = wallMicros();
  readonly #children = new Map<string, Child>();
  readonly #say: (text: string) => void;
  #isStopping = false;

  constructor(plan: Plan, say: (text: string) => void) {
    this.plan = plan;
    this.#say = say;
  }

  get natsUrl(): string {
    return `nats://127.0.0.1:${this.plan.ports.nats}`;
  }

  get dashboard(): string {
    return `http://127.0.0.1:${this.plan.ports.health.observer}/`;
  }

  /** How often each process was started again. */
  get restarts(): Record<string, number> {
    return Object.fromEntries([...this.#children].map(([name, child]) => [name, child.restarts]));
  }

  /** Starts everything. Throws when a process does not come up; what had started is then stopped by {@link stop}. */
  async start(signal: AbortSignal): Promise<void> {
    const { layout, ports } = this.plan;
    for (const dir of [layout.runDir, layout.logsDir, layout.natsDir]) mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.#endLeftovers();
    await this.#startNats(signal);
    await this.asProvisioner(async (bus) => void (await provision(bus)));
    this.#writeConfigs();
    const venue = this.#startService('venuesim');
    await untilReady(venue, () => isReady(ports.health.venuesim), { withinMs: VENUE_READY_MS, signal });
    for (const service of SERVICES.filter((name) => !STARTED_ALONE.includes(name))) this.#startService(service);
    const observer = this.#childOf('observer');
    await untilReady(observer, () => isReady(ports.health.observer), { withinMs: OTHERS_READY_MS, signal });
    // Runs come last: what they want before the gate knows its exposure would only be denied.
    await this.#untilGateIsOpen(signal);
    this.#startService('livyd');
    // The lab trades nothing: it takes no time from those who do.
    this.#startService('strategyd');
  }

  /** A gate that stays shut (a latch, a break) must not keep the runs from showing that they wait. */
  async #untilGateIsOpen(signal: AbortSignal): Promise<void> {
    const deadline = Date.now() + GATE_OPEN_MS;
    while (Date.now() < deadline) {
      signal.throwIfAborted();
      const status = await readStatus(this.dashboard);
      if (status?.tradingState === 'ACTIVE' || status?.tradingState === 'REDUCING') return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Stops one process and does not start it again. */
  async stopOne(name: string): Promise<void> {
    const child = this.#children.get(name);
    await child?.stop();
    this.#record();
  }

  /** Stops what still runs, the newest first, the bus last. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const child of [...this.#children.values()].reverse()) if (child.running) await child.stop();
    rmSync(this.#leftoversFile(), { force: true });
  }

  /** Does something with the rights of set-up, which the services do not have. */
  async asProvisioner<T>(act: (bus: BusConnection) => Promise<T>): Promise<T> {
    const bus = await connectBus({
      servers: [this.natsUrl],
      identity: 'provisioner',
      seedFile: seedFileOf(this.plan.keys.seedsDir, 'provisioner'),
    });
    try {
      return await act(bus);
    } finally {
      await bus.close();
    }
  }

  async #startNats(signal: AbortSignal): Promise<void> {
    const { layout, ports, keys } = this.plan;
    const file = join(layout.natsDir, 'nats.conf');
    writeFileSync(
      file,
      natsServerConfig({ port: ports.nats, storeDir: join(layout.natsDir, 'store'), users: keys.busUsers }),
      { mode: 0o600 },
    );
    const child = this.#child('nats-server', await natsServerBinary(), ['-c', file]);
    child.start();
    await untilReady(child, () => accepts(ports.nats), { withinMs: NATS_READY_MS, signal });
  }

  #writeConfigs(): void {
    for (const [service, config] of Object.entries(serviceConfigs(this.plan))) {
      writeFileSync(this.#configFile(service), `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
    }
  }

  #startService(service: ServiceName): Child {
    const child = this.#child(service, process.execPath, [programOf(service), '--config', this.#configFile(service)]);
    child.start();
    return child;
  }

  #child(name: string, command: string, args: readonly string[]): Child {
    const spec = { name, command, args, logFile: join(this.plan.layout.logsDir, `${name}.log`) };
    const child = new Child(spec, {
      started: () => this.#record(),
      ended: (_name, how) => {
        if (this.#isStopping) return;
        // What a person can mend is said in one line; the rest is in the log.
        const [why = ''] = /^error: .*$/m.exec(child.tail) ?? [];
        this.#say(`${name} ${how}; it is started again (its log: ${spec.logFile})${why === '' ? '' : `\n  ${why}`}`);
      },
    });
    this.#children.set(name, child);
    return child;
  }

  #childOf(name: string): Child {
    const child = this.#children.get(name);
    if (child === undefined) throw new Error(`${name} was not started`);
    return child;
  }

  #configFile(service: string): string {
    return join(this.plan.layout.runDir, `${service}.json`);
  }

  #leftoversFile(): string {
    return join(this.plan.layout.runDir, 'processes.json');
  }

  /** Writes down what runs: for other commands, and for the next start, should this process be killed. */
  #record(): void {
    const { layout, keys, ports } = this.plan;
    const processes = Object.fromEntries(
      [...this.#children].flatMap(([name, { pid }]) => (pid === undefined ? [] : [[name, pid]])),
    );
    writeFileSync(this.#leftoversFile(), JSON.stringify(processes), { mode: 0o600 });
    writeUpFile(layout.upFile, {
      version: 1,
      pid: process.pid,
      startedAt: this.startedAt,
      state: layout.stateName,
      stateDir: layout.stateDir,
      account: ACCOUNT,
      natsUrl: this.natsUrl,
      seedsDir: keys.seedsDir,
      dashboard: this.dashboard,
      ports: { nats: ports.nats, venue: ports.venue, ...ports.health },
      processes,
    });
  }

  /** Ends what a supervisor that was killed left running on this state: nobody else uses these files. */
  #endLeftovers(): void {
    let left: Record<string, number>;
    try {
      left = JSON.parse(readFileSync(this.#leftoversFile(), 'utf8')) as Record<string, number>;
    } catch {
      return;
    }
    for (const [name, pid] of Object.entries(left)) {
      // The number may have been given to another program since: only what was started with our files is ours.
      if (commandLineOf(pid)?.includes(this.plan.layout.stateDir) !== true) continue;
      this.#say(`${name} (process ${pid}) was left over by an earlier start; it is ended`);
      process.kill(pid, 'SIGKILL');
    }
    rmSync(this.#leftoversFile(), { force: true });
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
