import { describe, expect, test } from '@jest/globals';
import { type Faults, LIMITS, MARK_NAMES, NO_FAULTS, type WorldOptions, simulate, swarmFaults } from '../src/index.ts';

const HOURS = 0.06;

function options(seed: string, change: Partial<WorldOptions> = {}): WorldOptions {
  return { seed, hours: HOURS, faults: swarmFaults(seed), limits: LIMITS, ed25519: false, ...change };
}

/** A little of everything, so that a short horizon meets all of it. */
const BUSY: Faults = {
  ...NO_FAULTS,
  duplicate: 0.2,
  busDelayMicros: 5_000,
  consumerResumeMicros: 500_000,
  coreLoss: 0.05,
  replyLoss: 0.1,
  requestLoss: 0.05,
  requestLate: 0.05,
  sendStall: 0.1,
  venueDelayMicros: 20_000,
  queryLagMicros: 200_000,
  frameLoss: 0.1,
  frameDuplicate: 0.2,
  streamDropsPerHour: 60,
  crashesPerHour: 60,
  busRestartsPerHour: 30,
  partitionsPerHour: 60,
  partitionMicros: 6_000_000,
  marketGapsPerHour: 40,
  killsPerHour: 60,
  forgeriesPerHour: 40,
  clockSkewMicros: 200_000,
};

describe('a simulation', () => {
  const base = simulate(options('42', { faults: BUSY }));

  test('does the same again', () => {
    expect(simulate(options('42', { faults: BUSY }))).toEqual(base);
  });

  test('does something else under another seed', () => {
    expect(simulate(options('43', { faults: BUSY })).eventsHash).not.toBe(base.eventsHash);
  });

  test('does something else when one fault changes', () => {
    const changed = simulate(options('42', { faults: { ...BUSY, replyLoss: 0.2 } }));
    expect(changed.traceHash).not.toBe(base.traceHash);
    // The options are part of the trace hash; what happened differs as well.
    expect(changed.eventsHash).not.toBe(base.eventsHash);
  });

  test('does something else when one limit changes', () => {
    const changed = simulate(options('42', { faults: BUSY, limits: { ...LIMITS, positionMax: '0.02' } }));
    expect(changed.traceHash).not.toBe(base.traceHash);
    expect(changed.eventsHash).not.toBe(base.eventsHash);
  });

  test('has another trace hash when a fault changes that never strikes', () => {
    const calm = simulate(options('42', { faults: NO_FAULTS, hours: 0.02 }));
    const changed = simulate(options('42', { faults: { ...NO_FAULTS, partitionMicros: 1 }, hours: 0.02 }));
    expect(changed.eventsHash).toBe(calm.eventsHash);
    expect(changed.traceHash).not.toBe(calm.traceHash);
  });

  test('holds with real signatures too', () => {
    const report = simulate(options('7', { faults: BUSY, hours: 0.03, ed25519: true }));
    expect(report.violations).toEqual([]);
    expect(report.marks['forged verdict refused']).toBeGreaterThan(0);
  });
});

describe('the money path keeps its invariants', () => {
  test.each(['1', '2', '3', '4', '5', '6', '7', '8'])('under the faults that seed %s draws', (seed) => {
    const report = simulate(options(seed));
    expect(report.violations).toEqual([]);
    expect(report.ordersSeen).toBeGreaterThan(0);
  });

  test('under all faults together, and every branch is reached', () => {
    const reached = new Map<string, number>(MARK_NAMES.map((name) => [name, 0]));
    for (const seed of ['a', 'b', 'c', 'd', 'e']) {
      const report = simulate(options(seed, { faults: BUSY, hours: 0.2 }));
      expect(report.violations).toEqual([]);
      expect(report.ordersSeen).toBeGreaterThan(0);
      for (const [name, count] of Object.entries(report.marks)) reached.set(name, (reached.get(name) ?? 0) + count);
    }
    expect([...reached].filter(([, count]) => count === 0).map(([name]) => name)).toEqual([]);
  });
});
