import { type SeededRandom, assert } from '@portcullis/kernel';
import type { SimulatedBus } from '../bus.ts';
import type { FaultDial } from '../faults.ts';
import { LEASE_TTL_MICROS, type SimulatedLeases } from '../leases.ts';
import type { MarkName, Marks } from '../marks.ts';
import type { Scheduler } from '../scheduler.ts';

/** What every simulated process runs on. */
export interface Host {
  readonly scheduler: Scheduler;
  readonly bus: SimulatedBus;
  readonly leases: SimulatedLeases;
  readonly faults: FaultDial;
  readonly marks: Marks;
  readonly random: (name: string) => SeededRandom;
}

/** Thrown at a boundary between two effects when the process dies there. */
class PowerCut extends Error {}

const LEASE_RETRY_MICROS = 200_000;
const LEASE_RENEWAL_MICROS = 1_000_000;
/** After losing its lease a service ends and its supervisor starts it again. */
const SUPERVISOR_MICROS = 1_000_000;
/** A crash that was armed and found no boundary happens all the same. */
const ARMED_MICROS_MAX = 1_000_000;

/**
 * A process with a clock of its own that can die at any boundary between two effects. All that it scheduled or asked
 * for is cut off by an incarnation counter; only its disk stays.
 */
export abstract class SimulatedProcess {
  readonly name: string;
  protected readonly host: Host;
  readonly #skewMicros: number;
  readonly #luck: SeededRandom;
  #incarnation = 0;
  #running = false;
  #machineBootedAt: number;
  #boundariesLeft: number | undefined;
  #leaseUntil = 0;

  constructor(host: Host, name: string) {
    this.host = host;
    this.name = name;
    this.#luck = host.random(`crash ${name}`);
    const { clockSkewMicros } = host.faults.drawn;
    this.#skewMicros = Math.round((host.random(`clock ${name}`).unit() * 2 - 1) * clockSkewMicros);
    this.#machineBootedAt = host.scheduler.now;
  }

  get running(): boolean {
    return this.#running;
  }

  /** The wall clock of this process, microseconds. */
  get wall(): number {
    return this.host.scheduler.now + this.#skewMicros;
  }

  /** A clock that never jumps and starts anew with the machine, microseconds. */
  get monotonic(): number {
    return this.host.scheduler.now - this.#machineBootedAt;
  }

  /** Starts the process on its disk. */
  boot(): void {
    assert(!this.#running, `${this.name} runs already`);
    this.#running = true;
    this.#incarnation += 1;
    this.#boundariesLeft = undefined;
    this.host.scheduler.record(this.name, 'boot');
    this.guard(() => this.onBoot());
  }

  /** Ends the process, with its machine or alone, and starts it again after `downMicros`. */
  crash(downMicros: number): void {
    if (!this.#running) return;
    const machine = this.#luck.chance(0.5);
    this.host.scheduler.record(this.name, machine ? 'machine crash' : 'crash');
    this.host.marks.sometimes(`${this.name} crashed` as MarkName);
    this.#end(downMicros);
    if (!machine) return;
    this.#machineBootedAt = this.host.scheduler.now;
    const lost = this.loseUnsynced();
    if (lost > 0) this.host.marks.sometimes('machine crash lost journal records');
  }

  /** Lets the process die at one of its next boundaries, or in a moment if it meets none. */
  armCrash(): void {
    if (!this.#running || this.#boundariesLeft !== undefined) return;
    this.#boundariesLeft = this.#luck.integer(0, 8);
    this.after(ARMED_MICROS_MAX, () => {
      throw new PowerCut();
    });
  }

  /** Starts from the journal and attaches to the bus. */
  protected abstract onBoot(): void;
  /** What the disk loses when the machine dies; returns how many records. */
  protected abstract loseUnsynced(): number;
  /** The process is gone: what it held in memory may be dropped. */
  protected abstract onEnd(): void;
  /** The lease is lost. The process ends right after. */
  protected abstract onLeaseLost(): void;

  /** A place between two effects where the process may die. */
  protected boundary(): void {
    if (this.#boundariesLeft === undefined) return;
    if (this.#boundariesLeft <= 0) throw new PowerCut();
    this.#boundariesLeft -= 1;
  }

  /** Runs on behalf of this incarnation; when it dies in there, the rest does not happen. */
  protected guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      this.crash(this.#luck.exponential(2_000_000) + 100_000);
    }
  }

  /** Runs after `delayMicros`, unless this incarnation has ended by then. */
  protected after(delayMicros: number, run: () => void): void {
    this.host.scheduler.after(delayMicros, this.ours(run));
  }

  /** Runs every `periodMicros` until this incarnation ends. */
  protected every(periodMicros: number, run: () => void): void {
    this.after(periodMicros, () => {
      this.every(periodMicros, run);
      run();
    });
  }

  /** A callback that does nothing once this incarnation has ended. */
  protected ours<A extends unknown[]>(run: (...args: A) => void): (...args: A) => void {
    const incarnation = this.#incarnation;
    return (...args) => {
      if (this.#running && incarnation === this.#incarnation) this.guard(() => run(...args));
    };
  }

  /** Attaches to a stream. The handler acks by returning; when the process dies in it, the message comes again. */
  protected consume(
    stream: string,
    handler: (message: Parameters<Parameters<SimulatedBus['attach']>[2]>[0]) => void,
    filter?: (subject: string) => boolean,
  ): void {
    const incarnation = this.#incarnation;
    this.host.bus.attach(
      this.name,
      stream,
      (message) => {
        this.guard(() => handler(message));
        return this.#running && incarnation === this.#incarnation;
      },
      filter,
    );
  }

  /** Waits for the lease, then goes on with its epoch, keeps it alive, and ends the process when it is lost. */
  protected lease(key: string, go: (epoch: number) => void): void {
    const epoch = this.host.bus.reaches(this.name) ? this.host.leases.acquire(key) : undefined;
    if (epoch === undefined) return this.after(LEASE_RETRY_MICROS, () => this.lease(key, go));
    this.#leaseUntil = this.monotonic + LEASE_TTL_MICROS;
    this.every(LEASE_RENEWAL_MICROS, () => this.#renew(key, epoch));
    go(epoch);
  }

  #renew(key: string, epoch: number): void {
    if (this.host.bus.reaches(this.name) && this.host.leases.renew(key, epoch)) {
      this.#leaseUntil = this.monotonic + LEASE_TTL_MICROS;
    } else if (this.monotonic >= this.#leaseUntil) {
      this.host.marks.sometimes('lease lost');
      this.onLeaseLost();
      this.#end(SUPERVISOR_MICROS);
    }
  }

  #end(downMicros: number): void {
    this.#running = false;
    this.host.bus.detach(this.name);
    this.onEnd();
    const incarnation = this.#incarnation;
    this.host.scheduler.after(downMicros, () => {
      if (!this.#running && incarnation === this.#incarnation) this.boot();
    });
  }
}
