import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { BacktestSnapshot } from '@portcullis/backtests';
import { UserError } from '@portcullis/config';
import type { Strategy } from '@portcullis/strategy';
import { z } from 'zod';
import { UsageError } from '../command.ts';
import { Pacer, speedOf } from './pacer.ts';
import { typedParameters } from './parameters.ts';
import { sparkline } from './sparkline.ts';
import { readState, removeState, writeState } from './state-file.ts';

function strategyOf(parameters: z.ZodType): Strategy {
  return {
    name: 'mine',
    description: '',
    parameters,
    create: () => ({ ok: false, error: { field: '', value: '', expected: '' } }),
  };
}

describe('parameters', () => {
  const strategy = strategyOf(
    z.strictObject({
      fast: z.int().default(5),
      ratio: z.number().optional(),
      quantity: z.string(),
      short: z.boolean().default(false),
      on: z.enum(['quotes', 'bars']).optional(),
      levels: z.array(z.int()).optional(),
      maybe: z.int().nullable().optional(),
    }),
  );

  test('have the type that the strategy wants', () => {
    const texts = { fast: '20', ratio: '0.5', quantity: '1', short: 'true', on: 'bars', levels: '[1,2]', maybe: '3' };
    expect(typedParameters(strategy, texts)).toEqual({
      ...{ fast: 20, ratio: 0.5, quantity: '1', short: true, on: 'bars', levels: [1, 2], maybe: 3 },
    });
  });

  test('that are none of a number stay what was said, for the strategy to refuse', () => {
    expect(typedParameters(strategy, { fast: 'many', short: 'yes' })).toEqual({ fast: 'many', short: 'yes' });
  });

  test('that the strategy does not have are refused', () => {
    expect(() => typedParameters(strategy, { fats: '20' })).toThrow(UsageError);
    expect(() => typedParameters(strategy, { fats: '20' })).toThrow(
      '--param fats: mine has no such parameter, expected one of fast, ratio, quantity, short, on, levels, maybe',
    );
  });

  test('of a strategy that takes anything are numbers where they look like one', () => {
    const free = strategyOf(z.record(z.string(), z.unknown()));
    expect(typedParameters(free, { a: '1', b: 'x', c: '1.5' })).toEqual({ a: 1, b: 'x', c: '1.5' });
  });
});

test('speeds', () => {
  expect(['asap', 'realtime', '60', 'x60', '60x', '0.5'].map(speedOf)).toEqual([Infinity, 1, 60, 60, 60, 0.5]);
  for (const text of ['fast', '0', '-1', '']) expect(() => speedOf(text)).toThrow(/--speed is .*: expected asap/);
});

test('a pace waits for what is not due yet, until somebody stops it', async () => {
  const stop = new AbortController();
  const pacer = new Pacer(1, stop.signal);
  expect(pacer.wait(1_000_000)).toBeUndefined();
  expect(pacer.wait(1_000_000)).toBeUndefined();
  const waiting = pacer.wait(1_000_000 + 3_600_000_000);
  expect(waiting).toBeInstanceOf(Promise);
  stop.abort();
  await waiting;
  expect(new Pacer(Infinity, stop.signal).wait(5)).toBeUndefined();
});

test('a picture of numbers', () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe('▁▂▃▄▅▆▇█');
  expect(sparkline([5, 5, 5])).toBe('▁▁▁');
  expect(sparkline([])).toBe('');
  expect(sparkline(Array.from({ length: 2000 }, (_, index) => index))).toHaveLength(60);
});

describe('the state of a stopped run', () => {
  const digest = 'a'.repeat(64);
  const snapshot = {
    ...{ version: 1, runId: 'rp-1', digests: { data: digest, code: digest, config: digest }, events: 5, replay: {} },
    cursor: { tsEvent: 1, seq: 2, stream: 'venue=v/kind=bar/symbol=s', index: 0 },
  } as unknown as BacktestSnapshot;

  test('is there again, until it is removed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-state-'));
    try {
      const path = join(folder, 'run.state');
      writeState(path, snapshot);
      expect(readState(path)).toEqual(snapshot);
      expect(readdirSync(folder)).toEqual(['run.state']);
      removeState(path);
      expect(() => readState(path)).toThrow(/there is no state/);
      writeFileSync(path, '{"version":1}');
      expect(() => readState(path)).toThrow(/is no state of a run: runId/);
      writeFileSync(path, '{');
      expect(() => readState(path)).toThrow(UserError);
      expect(() => writeState(join(folder, 'none/run.state'), snapshot)).toThrow(/cannot be written/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
