import type { SeededRandom } from '@portcullis/kernel';
import type { Host, SimulatedProcess } from './nodes/process.ts';

const HOUR_MICROS = 3_600_000_000;
const BUS_DOWN_MICROS_MEAN = 1_500_000;
const CABLES = ['riskd', 'bridge', 'livyd', 'collector'] as const;

/** Crashes of the services, restarts of the bus and cut cables, each at random moments of its own. */
export class Trouble {
  readonly #host: Host;
  readonly #processes: readonly SimulatedProcess[];
  #healed = false;

  constructor(host: Host, processes: readonly SimulatedProcess[]) {
    this.#host = host;
    this.#processes = processes;
  }

  start(): void {
    const { crashesPerHour, busRestartsPerHour, partitionsPerHour } = this.#host.faults.drawn;
    for (const process of this.#processes) {
      this.#repeat(this.#host.random(`crashes ${process.name}`), crashesPerHour, () => process.armCrash());
    }
    const restarts = this.#host.random('bus restarts');
    this.#repeat(restarts, busRestartsPerHour, () => this.#restartBus(restarts));
    const cuts = this.#host.random('partitions');
    this.#repeat(cuts, partitionsPerHour, () => this.#cut(cuts));
  }

  /** Ends all trouble: cables are back, the bus is up, and every service starts once more. */
  heal(): void {
    this.#healed = true;
    this.#host.bus.start();
    for (const node of CABLES) this.#host.bus.heal(node);
    for (const process of this.#processes) process.crash(0);
  }

  #repeat(random: SeededRandom, perHour: number, act: () => void): void {
    if (perHour <= 0) return;
    this.#host.scheduler.after(random.exponential(HOUR_MICROS / perHour), () => {
      if (this.#healed) return;
      act();
      this.#repeat(random, perHour, act);
    });
  }

  #restartBus(random: SeededRandom): void {
    this.#host.marks.sometimes('bus restarted');
    this.#host.bus.stop();
    this.#host.scheduler.after(random.exponential(BUS_DOWN_MICROS_MEAN), () => this.#host.bus.start());
  }

  #cut(random: SeededRandom): void {
    // One cable, or several behind one switch.
    const first = random.pick(CABLES);
    const nodes = CABLES.filter((node) => random.chance(0.3) || node === first);
    const micros = random.exponential(this.#host.faults.drawn.partitionMicros);
    this.#host.marks.sometimes('service cut off');
    for (const node of nodes) this.#host.bus.cut(node);
    this.#host.scheduler.after(micros, () => nodes.forEach((node) => this.#host.bus.heal(node)));
  }
}
