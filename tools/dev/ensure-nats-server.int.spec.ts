import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

const script = join(import.meta.dirname, 'ensure-nats-server.mjs');

describe('ensure-nats-server', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'portcullis-ensure-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** A program that says of itself what nats-server of this version says. */
  function pretended(path: string, version: string): string {
    const text = `#!/bin/sh\necho "nats-server: v${version}"\n`;
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text, { mode: 0o755 });
    return createHash('sha256').update(text).digest('hex');
  }

  /** Runs it with nothing on PATH but what the test puts there, so that apt is out of reach. */
  function ensure(env: Record<string, string>): { status: number | null; found: string; said: string } {
    const path = join(folder, 'path');
    const base = { PATH: path, PORTCULLIS_CACHE: join(folder, 'cache') };
    const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
      env: { ...base, ...env },
      encoding: 'utf8',
    });
    return { status, found: stdout.trim(), said: stderr };
  }

  test('takes the binary that NATS_SERVER_BIN names', () => {
    const named = join(folder, 'named');
    pretended(named, '2.14.0');
    expect(ensure({ NATS_SERVER_BIN: named })).toEqual({ status: 0, found: named, said: '' });
  });

  test.each(['2.13.9', '1.20.0', 'dev'])('refuses a named binary of version %s and tells the ways out', (version) => {
    const named = join(folder, 'named');
    pretended(named, version);
    const { status, found, said } = ensure({ NATS_SERVER_BIN: named });
    expect({ status, found }).toEqual({ status: 1, found: '' });
    expect(said).toContain(named);
    expect(said).toContain('2.14');
    expect(said).toContain('Ways out:');
  });

  test('refuses a named binary that is not there, although PATH has one', () => {
    pretended(join(folder, 'path/nats-server'), '2.15.1');
    expect(ensure({ NATS_SERVER_BIN: join(folder, 'missing') }).status).toBe(1);
  });

  test('takes the one on PATH', () => {
    const onPath = join(folder, 'path/nats-server');
    pretended(onPath, '2.15.1');
    expect(ensure({})).toEqual({ status: 0, found: onPath, said: '' });
  });

  test('passes over an old one on PATH', () => {
    const onPath = join(folder, 'path/nats-server');
    pretended(onPath, '2.10.27');
    const { found, said } = ensure({});
    expect(found).not.toBe(onPath);
    expect(said).toContain(`${onPath} is 2.10.27`);
  });

  test('does not run a cached binary whose checksum is not the recorded one', () => {
    const cached = join(folder, 'cache/nats-server/nats-server');
    const sha256 = pretended(cached, '2.15.1');
    writeFileSync(`${cached}.json`, JSON.stringify({ version: '2.15.1', sha256: sha256.replace(/^./, 'x') }));
    const { found } = ensure({});
    expect(found).not.toBe(cached);
  });
});
