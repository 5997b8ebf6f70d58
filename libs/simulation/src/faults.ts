import { SeededRandom } from '@portcullis/kernel';

/** How bad the world is. Every number is a probability unless its name ends in a unit. The F-numbers are the rows of the failure table. */
export interface Faults {
  /** A bus delivery is repeated later (F2, F16). */
  readonly duplicate: number;
  /** Mean of the extra delay of a bus delivery. */
  readonly busDelayMicros: number;
  /** Mean time that a consumer of a stream needs to go on after a disconnect, each its own; core NATS goes on at once (F4, F20). */
  readonly consumerResumeMicros: number;
  /** A message on core NATS (permits, heartbeats) is lost (F4). */
  readonly coreLoss: number;
  /** The venue does an order request but its answer is lost or is a 5xx (F1, F3). */
  readonly replyLoss: number;
  /** A request never reaches the venue and the connection just hangs (F1). */
  readonly requestLoss: number;
  /** A request is held up on its way for seconds, beyond its receive window or not (F1). */
  readonly requestLate: number;
  /** The bridge's process stands still for a moment between its decision and the write (F14). */
  readonly sendStall: number;
  /** Mean delay of the venue's answers, each way. */
  readonly venueDelayMicros: number;
  /** How long the venue's queries do not show yet what happened (F1). */
  readonly queryLagMicros: number;
  /** A frame of the private stream is lost while the stream lives on (F11). */
  readonly frameLoss: number;
  /** A frame of the private stream is repeated (F9). */
  readonly frameDuplicate: number;
  /** Ends of the private stream per simulated hour (F11). */
  readonly streamDropsPerHour: number;
  /** Crashes per simulated hour of each of riskd, bridge and livyd, at any boundary between two effects (F3). */
  readonly crashesPerHour: number;
  /** Restarts of the whole bus per simulated hour (F20). */
  readonly busRestartsPerHour: number;
  /** Pulls of the cable between one service and the bus per simulated hour (F4, F29). */
  readonly partitionsPerHour: number;
  /** Mean length of such a cut. */
  readonly partitionMicros: number;
  /** Holes in the market data per simulated hour (F5, F7). */
  readonly marketGapsPerHour: number;
  /** Kills per simulated hour, each followed by a clear; above zero there is at least one in every hour (F14, F21). */
  readonly killsPerHour: number;
  /** Verdicts per simulated hour that somebody without the gate's key publishes (F22). */
  readonly forgeriesPerHour: number;
  /** The wall clock of each service is off by at most this (F6). */
  readonly clockSkewMicros: number;
}

export type FaultName = keyof Faults;

export const NO_FAULTS: Faults = {
  duplicate: 0,
  busDelayMicros: 300,
  consumerResumeMicros: 1_000,
  coreLoss: 0,
  replyLoss: 0,
  requestLoss: 0,
  requestLate: 0,
  sendStall: 0,
  venueDelayMicros: 2_000,
  queryLagMicros: 0,
  frameLoss: 0,
  frameDuplicate: 0,
  streamDropsPerHour: 0,
  crashesPerHour: 0,
  busRestartsPerHour: 0,
  partitionsPerHour: 0,
  partitionMicros: 3_000_000,
  marketGapsPerHour: 0,
  killsPerHour: 0,
  forgeriesPerHour: 0,
  clockSkewMicros: 0,
};

/** The strongest that the swarm draws. A `--fault` may go further. */
export const WORST_FAULTS: Faults = {
  duplicate: 0.5,
  busDelayMicros: 50_000,
  consumerResumeMicros: 3_000_000,
  coreLoss: 0.3,
  replyLoss: 0.2,
  requestLoss: 0.2,
  requestLate: 0.1,
  sendStall: 0.1,
  venueDelayMicros: 200_000,
  queryLagMicros: 1_000_000,
  frameLoss: 0.3,
  frameDuplicate: 0.5,
  streamDropsPerHour: 60,
  crashesPerHour: 60,
  busRestartsPerHour: 20,
  partitionsPerHour: 30,
  partitionMicros: 20_000_000,
  marketGapsPerHour: 60,
  killsPerHour: 20,
  forgeriesPerHour: 60,
  clockSkewMicros: 300_000,
};

export const FAULT_NAMES = Object.keys(NO_FAULTS) as readonly FaultName[];

/** Faults for a seed: a quarter of the seeds has none (false alarms show there), the others a random subset at random strengths. */
export function swarmFaults(seed: string): Faults {
  const random = SeededRandom.stream(seed, 'swarm');
  const calm = random.chance(0.25);
  const drawn: Record<FaultName, number> = { ...NO_FAULTS };
  for (const name of FAULT_NAMES) {
    const on = random.chance(0.5);
    const strength = random.unit() ** 2;
    if (calm || !on) continue;
    const value = NO_FAULTS[name] + (WORST_FAULTS[name] - NO_FAULTS[name]) * strength;
    // Six digits, so that a fault can be typed in again to the same effect.
    drawn[name] = Number(value.toFixed(6));
  }
  return drawn;
}

/** The faults in force. Healing turns them off for good, except the clocks, which stay as wrong as they were. */
export class FaultDial {
  readonly drawn: Faults;
  #current: Faults;

  constructor(drawn: Faults) {
    this.drawn = drawn;
    this.#current = drawn;
  }

  get current(): Faults {
    return this.#current;
  }

  heal(): void {
    this.#current = NO_FAULTS;
  }
}
