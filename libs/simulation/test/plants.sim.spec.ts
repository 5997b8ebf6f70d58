import { describe, expect, test } from '@jest/globals';
import { type Faults, LIMITS, NO_FAULTS, type WorldParts, simulate } from '../src/index.ts';
import * as plants from './plants.ts';

interface Plant {
  readonly name: string;
  readonly parts: Partial<WorldParts>;
  readonly faults: Partial<Faults>;
  readonly caughtBy: readonly string[];
  /** For what shows seldom: longer, and more seeds. */
  readonly patience?: { readonly hours: number; readonly seeds: number };
}

const SLOW_CONSUMERS: Partial<Faults> = {
  killsPerHour: 20,
  partitionsPerHour: 200,
  partitionMicros: 300_000,
  consumerResumeMicros: 30_000_000,
};
const DEAF = { BridgeNode: plants.DeafBridge, RunNode: plants.TalkativeRuns };

const PLANTS: readonly Plant[] = [
  {
    name: 'a link that sends again when it does not know',
    parts: { VenueLink: plants.ResendingLink },
    faults: { replyLoss: 0.2 },
    caughtBy: ['S2'],
  },
  {
    name: 'a link that takes no answer for no',
    parts: { VenueLink: plants.PessimisticLink },
    faults: { replyLoss: 0.2 },
    caughtBy: ['S8'],
  },
  { name: 'a link that alters the quantity', parts: { VenueLink: plants.AlteringLink }, faults: {}, caughtBy: ['S1'] },
  { name: 'a link that rounds the price', parts: { VenueLink: plants.RoundingLink }, faults: {}, caughtBy: ['S1'] },
  {
    name: 'a bridge that starts without its journal',
    parts: { BridgeNode: plants.ForgetfulBridge },
    faults: { crashesPerHour: 120 },
    caughtBy: ['S8', 'S9', 'S10'],
  },
  {
    name: 'a bridge that believes every signature',
    parts: { BridgeNode: plants.CredulousBridge },
    faults: { forgeriesPerHour: 200 },
    caughtBy: ['S1'],
  },
  {
    name: 'a bridge that does not look again before the write',
    parts: { BridgeNode: plants.HastyBridge },
    faults: {},
    caughtBy: ['S1'],
  },
  {
    name: 'services that are deaf to kills',
    parts: { ...DEAF, GateNode: plants.DeafGate },
    faults: { killsPerHour: 60 },
    caughtBy: ['S4'],
  },
  {
    name: 'a gate that permits before it knows all kills',
    parts: { ...DEAF, GateNode: plants.TrustingGate },
    faults: SLOW_CONSUMERS,
    caughtBy: ['S4'],
    patience: { hours: 0.25, seeds: 20 },
  },
  { name: 'a gate with a limit switched off', parts: { GateNode: plants.GenerousGate }, faults: {}, caughtBy: ['S7'] },
  {
    name: 'a gate that forgets what it reserved',
    parts: { GateNode: plants.ForgetfulGate },
    faults: { crashesPerHour: 120 },
    caughtBy: ['S7', 'S10', 'assertion'],
  },
];

/** Seeds that each plant may hide in before it has to have shown. */
const SEEDS_MAX = 4;
const HOURS = 0.1;

describe('the checkers catch', () => {
  test.each(PLANTS)('$name', ({ parts, faults, caughtBy, patience }) => {
    for (let seed = 1; seed <= (patience?.seeds ?? SEEDS_MAX); seed++) {
      const options = {
        seed: `plant ${seed}`,
        hours: patience?.hours ?? HOURS,
        faults: { ...NO_FAULTS, ...faults },
        limits: LIMITS,
        ed25519: false,
      };
      const [first] = simulate(options, parts).violations;
      if (first === undefined) continue;
      expect(caughtBy).toContain(first.invariant);
      return;
    }
    throw new Error('nothing was noticed in any seed');
  });
});

describe('one line of defence holds where another one fails', () => {
  const options = {
    seed: 'plant 4',
    hours: 0.3,
    faults: { ...NO_FAULTS, ...SLOW_CONSUMERS },
    limits: LIMITS,
    ed25519: false,
  };

  test('the gate keeps S4 alone, with a bridge and runs that are deaf to kills', () => {
    expect(simulate(options, DEAF).violations).toEqual([]);
  });

  test('the bridge keeps S4 alone, with a gate and runs that are deaf to kills', () => {
    expect(
      simulate({ ...options, hours: 0.1 }, { GateNode: plants.DeafGate, RunNode: plants.TalkativeRuns }).violations,
    ).toEqual([]);
  });
});
