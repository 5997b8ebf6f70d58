import { describe, expect, test } from '@jest/globals';
import { type Faults, LIMITS, NO_FAULTS, type WorldParts, simulate } from '../src/index.ts';
import * as plants from './plants.ts';

interface Plant {
  readonly name: string;
  readonly parts: Partial<WorldParts>;
  readonly faults: Partial<Faults>;
  readonly caughtBy: readonly string[];
  /** Where it shows, if it shows seldom. */
  readonly at?: { readonly seed: number; readonly hours: number };
}

const SLOW_CONSUMERS: Partial<Faults> = { killsPerHour: 40, partitionsPerHour: 500, partitionMicros: 1_500_000, consumerResumeMicros: 8_000_000 };
const DEAF = { BridgeNode: plants.DeafBridge, RunNode: plants.TalkativeRuns };

const PLANTS: readonly Plant[] = [
  { name: 'a link that sends again when it does not know', parts: { VenueLink: plants.ResendingLink }, faults: { replyLoss: 0.2 }, caughtBy: ['S2'] },
  { name: 'a link that takes no answer for no', parts: { VenueLink: plants.PessimisticLink }, faults: { replyLoss: 0.2 }, caughtBy: ['S8'] },
  { name: 'a link that alters the quantity', parts: { VenueLink: plants.AlteringLink }, faults: {}, caughtBy: ['S1'] },
  { name: 'a link that rounds the price', parts: { VenueLink: plants.RoundingLink }, faults: {}, caughtBy: ['S1'] },
  { name: 'a bridge that starts without its journal', parts: { BridgeNode: plants.ForgetfulBridge }, faults: { crashesPerHour: 120 }, caughtBy: ['S8', 'S9', 'S10'] },
  { name: 'a bridge that believes every signature', parts: { BridgeNode: plants.CredulousBridge }, faults: { forgeriesPerHour: 200 }, caughtBy: ['S1'] },
  { name: 'a bridge that does not look again before the write', parts: { BridgeNode: plants.HastyBridge }, faults: {}, caughtBy: ['S1'] },
  { name: 'services that are deaf to kills', parts: { ...DEAF, GateNode: plants.DeafGate }, faults: { killsPerHour: 60 }, caughtBy: ['S4'] },
  { name: 'a gate that permits before it knows all kills', parts: { ...DEAF, GateNode: plants.TrustingGate }, faults: SLOW_CONSUMERS, caughtBy: ['S4'], at: { seed: 4, hours: 0.3 } },
  { name: 'a gate with a limit switched off', parts: { GateNode: plants.GenerousGate }, faults: {}, caughtBy: ['S7'] },
  { name: 'a gate that forgets what it reserved', parts: { GateNode: plants.ForgetfulGate }, faults: { crashesPerHour: 120 }, caughtBy: ['S7', 'S10', 'assertion'] },
];

/** Seeds that each plant may hide in before it has to have shown. */
const SEEDS_MAX = 4;
const HOURS = 0.15;

describe('the checkers catch', () => {
  test.each(PLANTS)('$name', ({ parts, faults, caughtBy, at }) => {
    for (let seed = at?.seed ?? 1; seed <= (at?.seed ?? SEEDS_MAX); seed++) {
      const options = { seed: `plant ${seed}`, hours: at?.hours ?? HOURS, faults: { ...NO_FAULTS, ...faults }, limits: LIMITS, ed25519: false };
      const [first] = simulate(options, parts).violations;
      if (first === undefined) continue;
      expect(caughtBy).toContain(first.invariant);
      // With sound parts the same world is sound.
      expect(simulate(options).violations).toEqual([]);
      return;
    }
    throw new Error(`nothing was noticed in ${SEEDS_MAX} seeds`);
  });
});

describe('one line of defence holds where another one fails', () => {
  const options = { seed: 'plant 4', hours: 0.3, faults: { ...NO_FAULTS, ...SLOW_CONSUMERS }, limits: LIMITS, ed25519: false };

  test('the gate keeps S4 alone, with a bridge and runs that are deaf to kills', () => {
    expect(simulate(options, DEAF).violations).toEqual([]);
  });

  test('the bridge keeps S4 alone, with a gate and runs that are deaf to kills', () => {
    expect(simulate({ ...options, hours: 0.1 }, { GateNode: plants.DeafGate, RunNode: plants.TalkativeRuns }).violations).toEqual([]);
  });
});
