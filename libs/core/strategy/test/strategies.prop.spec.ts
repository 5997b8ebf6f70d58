import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Strategy,
  avellanedaStoikov,
  breakout,
  buyAndHold,
  grid,
  meanReversion,
  quoting,
  smaCross,
  strategies,
} from '../src/index.ts';
import { type Bounds, type Journey, travel } from './rough-world.ts';

interface Case {
  readonly name: string;
  readonly strategy: Strategy;
  readonly data: Journey['data'];
  readonly parameters: object;
  readonly bounds: Bounds;
}

const long = { least: 0, most: 500 };
const both = { least: -500, most: 500 };

const cases: readonly Case[] = [
  {
    name: 'sma-cross on quotes',
    strategy: smaCross,
    data: 'quotes',
    parameters: { quantity: '0.5', fast: 3, slow: 8 },
    bounds: long,
  },
  {
    name: 'sma-cross on bars, short too',
    strategy: smaCross,
    data: 'bars',
    parameters: { quantity: '0.5', fast: 3, slow: 8, allowShort: true },
    bounds: both,
  },
  {
    name: 'sma-cross on bars',
    strategy: smaCross,
    data: 'bars',
    parameters: { quantity: '0.5', fast: 3, slow: 8 },
    bounds: long,
  },
  {
    name: 'mean-reversion',
    strategy: meanReversion,
    data: 'bars',
    parameters: { quantity: '0.5', length: 10, entryDeviations: 1.2, allowShort: true },
    bounds: both,
  },
  {
    name: 'mean-reversion, long only',
    strategy: meanReversion,
    data: 'bars',
    parameters: { quantity: '0.5', length: 10, entryDeviations: 1.2 },
    bounds: long,
  },
  {
    name: 'breakout',
    strategy: breakout,
    data: 'bars',
    parameters: { quantity: '0.5', entryLength: 8, exitLength: 4, atrLength: 5, allowShort: true },
    bounds: both,
  },
  {
    name: 'breakout, long only',
    strategy: breakout,
    data: 'bars',
    parameters: { quantity: '0.5', entryLength: 8, exitLength: 4, atrLength: 5 },
    bounds: long,
  },
  {
    name: 'grid on quotes',
    strategy: grid,
    data: 'quotes',
    parameters: { quantity: '0.1', levels: 5, stepTicks: 60, intervalMs: 1 },
    bounds: long,
  },
  {
    name: 'grid on bars, short too',
    strategy: grid,
    data: 'bars',
    parameters: { quantity: '0.05', levels: 10, stepTicks: 30, allowShort: true, intervalMs: 1 },
    bounds: both,
  },
  {
    name: 'quoting',
    strategy: quoting,
    data: 'quotes',
    parameters: { quantity: '0.2', inventoryMax: '0.5', intervalMs: 1 },
    bounds: both,
  },
  {
    name: 'avellaneda-stoikov',
    strategy: avellanedaStoikov,
    data: 'quotes',
    parameters: { quantity: '0.2', inventoryMax: '0.5', volatilitySamples: 10, intervalMs: 1, riskAversion: 0.01 },
    bounds: both,
  },
  { name: 'buy-and-hold', strategy: buyAndHold, data: 'bars', parameters: { quantity: '0.5' }, bounds: long },
  {
    name: 'buy-and-hold on quotes',
    strategy: buyAndHold,
    data: 'quotes',
    parameters: { quantity: '0.5', retryMs: 1 },
    bounds: long,
  },
];

test('every strategy travels', () => {
  expect(new Set(cases.map(({ strategy }) => strategy))).toEqual(new Set(strategies));
});

describe.each(cases)('$name in a market and a venue at their worst', ({ strategy, data, parameters, bounds }) => {
  const journey = (seed: number, reborn: boolean) => travel({ strategy, parameters, data, seed, events: 300, reborn });

  test('never reaches for more than its position allows, and asks for few orders at once', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { reach, burst } = journey(seed, false);
        expect(reach.most).toBeLessThanOrEqual(bounds.most);
        expect(reach.least).toBeGreaterThanOrEqual(bounds.least);
        expect(burst).toBeLessThanOrEqual(10);
      }),
      { numRuns: 25 },
    );
  });

  test('asks for the same orders when it is put through its snapshots', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        expect(journey(seed, true)).toEqual(journey(seed, false));
      }),
      { numRuns: 10 },
    );
  });

  test('trades', () => {
    expect(journey(1, false).fills).toBeGreaterThan(0);
    expect(journey(2, false).orders).not.toEqual(journey(1, false).orders);
  });
});
