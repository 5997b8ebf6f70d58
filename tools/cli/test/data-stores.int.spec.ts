import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Moto, hasMoto, startMoto } from '@portcullis/testkit';
import { type Command, EXIT, parseInvocation } from '../src/command.ts';
import { dataCompact } from '../src/commands/data-compact.ts';
import { dataExport } from '../src/commands/data-export.ts';
import { dataImport } from '../src/commands/data-import.ts';
import { dataLs } from '../src/commands/data-ls.ts';
import { dataQuality } from '../src/commands/data-quality.ts';
import { dataVerify } from '../src/commands/data-verify.ts';

const BUCKET = 'market';
let folder = '';
let moto: Moto | undefined;
const before = { ...process.env };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-cli-data-'));
  if (!hasMoto()) return;
  moto = await startMoto();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: moto.endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
  });
  await fetch(`${moto.endpoint}/${BUCKET}`, { method: 'PUT' });
});
afterAll(async () => {
  await moto?.stop();
  process.env = before;
  rmSync(folder, { recursive: true, force: true });
});

/** What a command prints on standard output, and how it ends. */
async function ran(command: Command, words: readonly string[]): Promise<{ code: number; text: string }> {
  const written: string[] = [];
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text, ...rest) => {
    written.push(String(text));
    const done = rest.find((one) => typeof one === 'function');
    done?.();
    return true;
  });
  try {
    const code = await command.run(parseInvocation(command, words));
    return { code, text: written.join('') };
  } finally {
    write.mockRestore();
  }
}

/** The one object of `--json`. */
async function json(command: Command, words: readonly string[]): Promise<Record<string, unknown> & { code: number }> {
  const { code, text } = await ran(command, [...words, '--json']);
  return { code, ...(JSON.parse(text.trim().split('\n').at(-1) ?? '') as Record<string, unknown>) };
}

function candles(): string {
  const start = Date.UTC(2021, 0, 31);
  const rows = Array.from(
    { length: 2 * 1440 },
    (_, i) => `${start + i * 60_000},100.5,111,90.25,${100 + (i % 9)},${i}.5`,
  );
  rows.splice(200, 30);
  const path = join(folder, 'candles.csv');
  writeFileSync(path, rows.join('\n'));
  return path;
}

const importWords = ['--format', 'binance-klines', '--venue', 'binance-spot', '--symbol', 'BTCUSDT'];

/** The whole life of a store by its commands, as what they say of it. */
async function lifeOf(store: string): Promise<unknown> {
  const at = ['--store', store];
  const file = candles();
  const first = await json(dataImport, [...importWords, ...at, file]);
  expect(first).toMatchObject({ code: EXIT.ok, ok: true, events: { bar: 2850, gap: 1 } });
  const again = await json(dataImport, [...importWords, ...at, file]);
  expect(again).toMatchObject({ code: EXIT.ok, rowsWritten: 0 });
  const listed = await json(dataLs, at);
  const compacted = await json(dataCompact, at);
  expect(compacted).toMatchObject({ code: EXIT.ok });
  const after = await json(dataLs, at);
  const verified = await json(dataVerify, [...at, '--deep']);
  expect(verified).toMatchObject({ code: EXIT.ok, ok: true });
  const quality = await json(dataQuality, at);
  const exported = await ran(dataExport, [
    ...at,
    '--format',
    'csv',
    '--kind',
    'bar',
    '--from',
    '2021-01-31T03:50',
    '--to',
    '2021-02-01',
  ]);
  const lines = exported.text.trim().split('\n');
  return { listed, after, quality, lines: [lines.length, lines[0], lines[1], lines.at(-1)] };
}

describe('the same commands on a folder and on S3', () => {
  test('a folder', async () => {
    const life = (await lifeOf(`file://${join(folder, 'store')}`)) as {
      quality: { windows: unknown[] };
      lines: unknown[];
    };
    expect(life.lines).toEqual([
      1 + 1440 - 230,
      'venue,symbol,kind,seq,tsEvent,tsEventNanos,tsInit,period,start,open,high,low,close,volume,takerVolume,quoteVolume,count',
      'binance-spot,BTCUSDT,bar,1612065000000000,1612065059999999,0,1612065059999999,60000000,1612065000000000,100.5,111,90.25,105,230.5,,,',
      expect.stringMatching(/^binance-spot,BTCUSDT,bar,1612137540000000,/),
    ]);
    expect(life.quality.windows.length).toBeGreaterThan(0);
  });

  test('print the same digests', async () => {
    if (moto === undefined) return;
    const folderSays = await lifeOf(`file://${join(folder, 'one')}`);
    const bucketSays = await lifeOf(`s3://${BUCKET}/two`);
    expect(bucketSays).toEqual(folderSays);
  });
});

describe('wrong words are refused with the flag, its value and what is expected', () => {
  test.each([
    [dataImport, ['x.csv'], /--format is missing: expected binance-klines/],
    [dataImport, ['--format', 'candles', 'x.csv'], /--format is "candles": expected binance-klines/],
    [dataImport, ['--format', 'csv'], /which files/],
    [dataImport, [...importWords, '--interval', '1 minute', 'x'], /--interval is "1 minute"/],
    [dataImport, [...importWords, '--kind', 'trade', 'x'], /--kind is for --format csv and parquet/],
    [dataImport, ['--format', 'csv', '--venue', 'a b', 'x'], /--venue is "a b"/],
    [dataImport, ['--format', 'hftbacktest', '--venue', 'binance', 'x'], /--venue is "binance": expected binance-spot/],
    [
      dataImport,
      ['--format', 'csv', '--venue', 'x', '--symbol', 'S', 'f'],
      /--kind is missing: expected trade, quote, bar/,
    ],
    [dataExport, ['--format', 'csv'], /--kind is given 0 times/],
    [dataExport, ['--format', 'parquet', '--kind', 'bar'], /--out is missing/],
    [dataLs, ['--from', 'tomorrow'], /--from is "tomorrow"/],
    [dataLs, ['--store', 'data'], /data is no store/],
    [dataQuality, ['--stream', 'candle'], /--stream is "candle"/],
  ] as [Command, string[], RegExp][])('%#', async (command, words, expected) => {
    await expect(ran(command, words)).rejects.toThrow(expected);
  });
});
