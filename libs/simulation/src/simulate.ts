import { canonicalJson, sha256Hex } from '@portcullis/kernel';
import type { Violation } from './checkers/violation.ts';
import { FAULT_NAMES } from './faults.ts';
import { World, type WorldOptions, type WorldParts } from './world.ts';

/** What came of one simulation. */
export interface Report {
  readonly seed: string;
  readonly hours: number;
  /** Of the options and of everything that happened: equal for equal options, on every machine. */
  readonly traceHash: string;
  /** Of everything that happened alone. */
  readonly eventsHash: string;
  readonly steps: number;
  readonly simulatedSeconds: number;
  readonly ordersSeen: number;
  readonly fillsSeen: number;
  readonly intents: number;
  readonly approved: number;
  readonly denied: number;
  readonly violations: readonly Violation[];
  readonly marks: Readonly<Record<string, number>>;
  readonly faults: WorldOptions['faults'];
}

/** Runs one simulation. `onProgress` gets the simulated hours that have passed. */
export function simulate(
  options: WorldOptions,
  parts: Partial<WorldParts> = {},
  onProgress?: (hours: number) => void,
): Report {
  const world = new World(options, parts);
  const start = world.scheduler.now;
  world.run(onProgress);
  const { traceHash: eventsHash, steps, now } = world.scheduler;
  const { ordersSeen, fillsSeen } = world.ledgerChecker;
  return {
    seed: options.seed,
    hours: options.hours,
    traceHash: sha256Hex(`${optionsText(options)}\n${eventsHash}`),
    eventsHash,
    steps,
    simulatedSeconds: Math.round((now - start) / 1_000_000),
    ordersSeen,
    fillsSeen,
    ...world.counts,
    violations: world.violations,
    marks: world.marks.all(),
    faults: options.faults,
  };
}

/** All that a simulation depends on, in one spelling. Faults may be fractions, which canonical JSON has no numbers for. */
function optionsText({ seed, hours, faults, limits, ed25519 }: WorldOptions): string {
  const spelled = FAULT_NAMES.map((name) => `${name}=${faults[name]}`);
  return canonicalJson({ seed, hours: String(hours), faults: spelled, limits, ed25519 });
}
