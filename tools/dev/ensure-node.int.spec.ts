import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

const script = join(import.meta.dirname, 'ensure-node.mjs');
const root = resolve(import.meta.dirname, '../..');
const MAJORS = [22, 24, 26];

describe('ensure-node', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'portcullis-ensure-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** A program that says of itself what node of this version says. */
  function pretended(version: string, sha256?: string): string {
    const cached = join(folder, 'node', version.split('.')[0] ?? '');
    mkdirSync(cached, { recursive: true });
    const text = `#!/bin/sh\necho ${version}\n`;
    writeFileSync(join(cached, 'node'), text, { mode: 0o755 });
    const own = createHash('sha256').update(text).digest('hex');
    writeFileSync(join(cached, 'node.json'), JSON.stringify({ version, sha256: sha256 ?? own }));
    return join(cached, 'node');
  }

  /** Runs it without npm on PATH, so that nothing is fetched. */
  function ensure(major: string) {
    const env = { PATH: join(folder, 'path'), PORTCULLIS_CACHE: folder };
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, major], { env, encoding: 'utf8' });
    return { status, found: stdout.trim(), said: stderr };
  }

  test('takes the one that runs it', () => {
    const own = process.versions.node.split('.')[0] ?? '';
    expect(ensure(own)).toEqual({ status: 0, found: process.execPath, said: '' });
  });

  test('takes the cached one', () => {
    const cached = pretended('99.1.2');
    expect(ensure('99')).toEqual({ status: 0, found: cached, said: '' });
  });

  test('does not run a cached one whose checksum is not the recorded one', () => {
    pretended('99.1.2', '0'.repeat(64));
    expect(ensure('99')).toMatchObject({ status: 1, found: '' });
  });

  test('says what it needs where it cannot be had', () => {
    const { status, said } = ensure('98');
    expect(status).toBe(1);
    expect(said).toContain('node 98 could not be had');
  });

  test('asks which', () => {
    expect(ensure('newest').status).toBe(2);
  });
});

describe('the same backtest', () => {
  test('has the same decision hash on every tested version of node', () => {
    const found: Record<string, unknown>[] = [];
    for (const major of MAJORS) {
      const fetched = spawnSync(process.execPath, [script, String(major)], { encoding: 'utf8', cwd: root });
      if (fetched.status !== 0) {
        process.stderr.write(`node ${major} is left out of the comparison: ${fetched.stderr.trim()}\n`);
        continue;
      }
      const file = join(root, 'libs/adapters/backtests/test/hash-of-a-run.ts');
      const options = ['--conditions=@portcullis/source', '--disable-warning=ExperimentalWarning', file];
      const ran = spawnSync(fetched.stdout.trim(), options, { encoding: 'utf8', cwd: root });
      expect({ major, stderr: ran.stderr, status: ran.status }).toEqual({ major, stderr: '', status: 0 });
      found.push(JSON.parse(ran.stdout) as Record<string, unknown>);
    }
    const majors = found.map(({ node }) => Number.parseInt(String(node), 10));
    expect(majors).toEqual(MAJORS.filter((major) => majors.includes(major)));
    const decided = found.map(({ node: _, ...rest }) => JSON.stringify(rest));
    expect(new Set(decided).size).toBe(1);
    expect(found[0]).toMatchObject({ state: 'completed' });
    expect(Number(found[0]?.['fills'])).toBeGreaterThan(50);
  }, 240_000);
});
