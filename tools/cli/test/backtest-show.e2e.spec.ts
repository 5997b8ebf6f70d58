import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, jest, test } from '@jest/globals';
import { type Command, EXIT, parseInvocation } from '../src/command.ts';
import { backtest } from '../src/commands/backtest.ts';
import { dataImport } from '../src/commands/data-import.ts';

const shared = process.env['PORTCULLIS_SHARED'] ?? join(import.meta.dirname, '../../../../shared/data');
const years = ['candles/binance-spot-BTCUSDT-1m-ohlcv', 'candles/binance-spot-BTCUSDT-1m'].map((path) =>
  join(shared, path),
);
const folder = mkdtempSync(join(tmpdir(), 'portcullis-show-'));
const store = `file://${join(folder, 'store')}`;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function json(command: Command, words: readonly string[]): Promise<Record<string, unknown> & { code: number }> {
  const written: string[] = [];
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    const code = await command.run(parseInvocation(command, [...words, '--json']));
    return { code, ...(JSON.parse(written.join('').trim().split('\n').at(-1) ?? '') as Record<string, unknown>) };
  } finally {
    write.mockRestore();
  }
}

test('the moving average cross over two real years comes to the reference, to the cent', async () => {
  if (!years.every((path) => existsSync(path))) {
    process.stderr.write(`left out: the candles of ${years.join(' and ')} are not there\n`);
    return;
  }
  const files = years.flatMap((path) =>
    readdirSync(path)
      .sort()
      .map((name) => join(path, name)),
  );
  const importWords = [
    '--format',
    'binance-klines',
    '--venue',
    'binance-spot',
    '--symbol',
    'BTCUSDT',
    '--store',
    store,
  ];
  expect((await json(dataImport, [...importWords, ...files])).code).toBe(EXIT.ok);
  const words = ['--strategy', 'sma-cross', '--param', 'fast=20', '--param', 'slow=50', '--data', store];
  const found = await json(backtest, [...words, '--fill', 'next-open', '--quantity', '1', '--fees', '0']);
  expect(found).toMatchObject({ code: EXIT.ok, state: 'completed', denied: 0 });
  const { bar } = found['eventsByKind'] as { readonly bar: number };
  if (bar === 1_050_373) expect(found).toMatchObject({ roundTrips: 12_739, pnl: '-79315.58' });
  else process.stderr.write(`${bar} other candles than those of the reference\n`);
  expect(found['decisionHash']).toMatch(/^[0-9a-f]{64}$/);
  expect(Number(found['barsPerSecond'])).toBeGreaterThan(0);
}, 300_000);
