import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { UserError } from '@portcullis/config';
import { strToU8, zipSync } from 'fflate';
import { lineBatches } from './lines.ts';
import { type TextSource, textSources } from './text-source.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-sources-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

async function linesOf(source: TextSource): Promise<{ line: number; text: string }[]> {
  const found = [];
  for await (const { first, lines } of lineBatches(source)) {
    for (const [index, line] of lines.entries()) {
      found.push({ line: first + index, text: Buffer.from(line).toString() });
    }
  }
  return found;
}

async function only(path: string): Promise<TextSource> {
  const [source] = await textSources(path);
  if (source === undefined) throw new Error('no source');
  return source;
}

async function* chunksOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

/** Lines that do not compress away, so that a cut falls among them. */
const many = Array.from({ length: 20_000 }, (_, i) => `${i} ${(i * 2_654_435_761) % 4_294_967_291}`);

describe('texts are read by what is in them, not by their names', () => {
  test('plain, with and without an end of the last line, with the line ends of another system', async () => {
    expect(await linesOf(await only(fileOf('plain.gz', 'a\r\nb\n\nc')))).toEqual([
      { line: 1, text: 'a' },
      { line: 2, text: 'b' },
      { line: 3, text: '' },
      { line: 4, text: 'c' },
    ]);
    expect(await linesOf(await only(fileOf('empty', '')))).toEqual([]);
  });

  test('a byte order mark is no part of the first line', async () => {
    expect(await linesOf(await only(fileOf('mark', '\ufeffa\n\ufeffb')))).toEqual([
      { line: 1, text: 'a' },
      { line: 2, text: '\ufeffb' },
    ]);
    expect(await linesOf(await only(fileOf('mark-only', '\ufeffa')))).toEqual([{ line: 1, text: 'a' }]);
  });

  test('a line of many pieces is joined once: work grows with its length, not with its square', async () => {
    const joins = { bytes: 0 };
    const pieces = Array.from({ length: 500 }, () => Buffer.alloc(1000, 'x'));
    const source = {
      name: 'pieces',
      bytes: 0,
      problem: undefined,
      chunks: () => chunksOf([...pieces, Buffer.from('\r\ny')]),
    };
    const { concat } = Buffer;
    Buffer.concat = (list, length) => {
      joins.bytes += list.reduce((sum, piece) => sum + piece.length, 0);
      return concat.call(Buffer, list, length);
    };
    try {
      const lines = await linesOf(source);
      expect(lines.map(({ text }) => text.length)).toEqual([500_000, 1]);
    } finally {
      Buffer.concat = concat;
    }
    expect(joins.bytes).toBeLessThan(600_000);
  });

  test('gzipped, also from several parts behind each other', async () => {
    const parts = Buffer.concat([gzipSync('a\nb'), gzipSync('c\nd\n')]);
    expect((await linesOf(await only(fileOf('parts.csv', parts)))).map(({ text }) => text)).toEqual(['a', 'bc', 'd']);
  });

  test('every file in a zip archive', async () => {
    const zip = zipSync({ 'one.csv': strToU8('1\n2\n'), 'two.csv': [strToU8('3\n'), { level: 0 }] });
    const sources = await textSources(fileOf('some.zip', zip));
    expect(sources.map(({ name }) => name.split('!')[1])).toEqual(['one.csv', 'two.csv']);
    expect(await Promise.all(sources.map(async (source) => (await linesOf(source)).length))).toEqual([2, 1]);
    expect(sources.map(({ problem }) => problem)).toEqual([undefined, undefined]);
  });
});

describe('what is damaged is used up to the damage, and told', () => {
  test('a gzip file that is cut off gives all whole lines before the cut and names the byte', async () => {
    const whole = gzipSync(`${many.join('\n')}\n`);
    const cut = Math.floor(whole.length / 2);
    const source = await only(fileOf('cut.gz', whole.subarray(0, cut)));
    const found = await linesOf(source);
    expect(found.length).toBeGreaterThan(many.length / 3);
    expect(found.map(({ text }) => text)).toEqual(many.slice(0, found.length));
    expect(source.problem).toMatchObject({ problem: 'cut-off', byte: cut });
  });

  test('a gzip file with a changed byte is corrupt, and what is before stays', async () => {
    const broken = Buffer.from(gzipSync(`${many.join('\n')}\n`));
    broken.fill(0xff, broken.length - 4000, broken.length - 3000);
    const source = await only(fileOf('broken.gz', broken));
    const found = await linesOf(source);
    expect(source.problem?.problem).toBe('corrupt');
    expect(found.length).toBeGreaterThan(0);
  });

  test('a zip archive that is cut off has no directory; one with another content has another checksum', async () => {
    const zip = Buffer.from(zipSync({ 'a.csv': [strToU8('12345\n'), { level: 0 }] }));
    await expect(textSources(fileOf('cut.zip', zip.subarray(0, zip.length - 30)))).rejects.toThrow(/cut off/);
    const changed = Buffer.from(zip);
    changed[changed.indexOf('12345')] = 0x39;
    const source = await only(fileOf('changed.zip', changed));
    await linesOf(source);
    expect(source.problem?.problem).toBe('corrupt');
  });

  test('a file that is not there or is a folder is a clear error', async () => {
    await expect(textSources(join(folder, 'nowhere'))).rejects.toThrow(UserError);
    await expect(textSources(folder)).rejects.toThrow(/is a folder/);
  });
});
