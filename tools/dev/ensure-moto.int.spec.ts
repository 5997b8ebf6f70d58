import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

const script = join(import.meta.dirname, 'ensure-moto.mjs');

describe('ensure-moto', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'portcullis-ensure-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** A python that answers to every program as one with this moto would, or fails. */
  function python(answer: string, status = 0): string {
    const path = join(folder, 'python3');
    writeFileSync(path, `#!/bin/sh\necho '${answer}' >&${status === 0 ? 1 : 2}\nexit ${status}\n`, { mode: 0o755 });
    return path;
  }

  /** Runs it with nothing on PATH, so that apt is out of reach. */
  function ensure(env: Record<string, string>): { status: number | null; found: string; said: string } {
    const base = { PATH: join(folder, 'path'), PORTCULLIS_CACHE: join(folder, 'cache') };
    const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
      env: { ...base, ...env },
      encoding: 'utf8',
    });
    return { status, found: stdout.trim(), said: stderr };
  }

  test('takes the folder that MOTO_PYTHONPATH names', () => {
    const named = { MOTO_PYTHON: python('{"moto": "5.2.4", "python": "3.11"}'), MOTO_PYTHONPATH: folder };
    expect(ensure(named)).toEqual({ status: 0, found: JSON.stringify(named), said: '' });
  });

  test('refuses a named folder with which moto does not run, and tells the ways out', () => {
    const { status, found, said } = ensure({
      MOTO_PYTHON: python('No module named flask', 1),
      MOTO_PYTHONPATH: folder,
    });
    expect({ status, found }).toEqual({ status: 1, found: '' });
    expect(said).toContain(`MOTO_PYTHONPATH names ${folder}`);
    expect(said).toContain('No module named flask');
    expect(said).toContain('Ways out:');
  });

  test('takes the cached modules while they are whole', () => {
    const named = python('');
    const modules = join(folder, 'cache/moto/modules');
    mkdirSync(join(modules, 'moto'), { recursive: true });
    writeFileSync(join(modules, 'moto/server.py'), '');
    writeFileSync(join(modules, 'portcullis.json'), JSON.stringify({ interpreter: named, files: 1 }));
    const found = JSON.stringify({ MOTO_PYTHON: named, MOTO_PYTHONPATH: modules });
    expect(ensure({ MOTO_PYTHON: named })).toEqual({ status: 0, found, said: '' });
    rmSync(join(modules, 'moto/server.py'));
    expect(ensure({ MOTO_PYTHON: named })).toMatchObject({ status: 1, found: '' });
  });

  test('ends with a sentence where there is no apt', () => {
    const { status, found, said } = ensure({ MOTO_PYTHON: python('') });
    expect({ status, found }).toEqual({ status: 1, found: '' });
    expect(said).toContain('could not be had: sid: apt-get is not on this machine');
    expect(said).toContain('PORTCULLIS_WITHOUT_S3=1');
  });
});
