import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { checkConfig, loadConfig, parseServiceArguments, readSecretFile } from './load-config.ts';
import { Secret } from './secret.ts';
import { serviceConfigFields } from './service-config.ts';
import { UserError, explain } from './user-error.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'portcullis-config-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const schema = z.strictObject({ ...serviceConfigFields, limit: z.int().min(1) });
const right = {
  instance: 'a-1',
  healthPort: 0,
  bus: { servers: ['nats://127.0.0.1:4222'], seedFile: '/keys/a.nk' },
  limit: 3,
};
const complaint = (data: unknown): string => {
  try {
    checkConfig(schema, data, 'test');
    return 'accepted';
  } catch (error) {
    return explain(error);
  }
};

describe('configuration', () => {
  test('is read from a file, with 127.0.0.1 as the address that ports bind to', () => {
    writeFileSync(join(dir, 'c.json'), JSON.stringify(right));
    expect(loadConfig(schema, join(dir, 'c.json'))).toEqual({ ...right, host: '127.0.0.1' });
  });

  test.each<[unknown, string[]]>([
    [{ ...right, limit: 0 }, ['limit is 0', '>=1']],
    [{ ...right, limit: undefined }, ['limit is missing']],
    [{ ...right, healthPort: 70_000 }, ['healthPort is 70000', '65535']],
    [{ ...right, bus: { ...right.bus, servers: [] } }, ['bus.servers is []']],
    [{ ...right, suprise: 1 }, ['unknown field suprise']],
    [[], ['(root)']],
  ])('wrong values are named: %j', (data, parts) => {
    for (const part of parts) expect(complaint(data)).toContain(part);
    expect(complaint(data)).toContain('correct the named fields');
  });

  test('a file that is missing, unreadable as JSON or empty is named with what to do', () => {
    writeFileSync(join(dir, 'half.json'), '{"limit": ');
    writeFileSync(join(dir, 'empty.key'), '\n');
    expect(() => loadConfig(schema, join(dir, 'none.json'))).toThrow(/none\.json cannot be read \(ENOENT\)/);
    expect(() => loadConfig(schema, join(dir, 'half.json'))).toThrow(/half\.json is not JSON/);
    expect(() => readSecretFile(join(dir, 'empty.key'), 'signing key')).toThrow(/signing key .*empty\.key is empty/);
  });

  test('an unknown flag is named and the usage shown', () => {
    expect(parseServiceArguments(['--config', 'x', '--verbose'])).toEqual({ config: 'x', verbose: true });
    expect(() => parseServiceArguments(['--config', 'x', '--fast'])).toThrow(/--fast/);
    expect(() => parseServiceArguments([])).toThrow(/--config FILE is missing/);
  });
});

describe('errors for people', () => {
  test('carry a remedy and no stack trace unless asked for', () => {
    const error = new UserError('port 8080 is busy', 'choose another with --port');
    expect(explain(error)).toBe('error: port 8080 is busy\n  choose another with --port');
    expect(explain(error, true)).toContain('config.unit.spec');
    expect(explain(new Error('boom'))).toContain('--verbose');
  });
});

describe('secrets', () => {
  test('never print', () => {
    const file = join(dir, 'secret.key');
    writeFileSync(file, 'hunter2\n');
    chmodSync(file, 0o600);
    const secret = readSecretFile(file, 'venue secret');
    expect(
      [`${String(secret)}`, JSON.stringify({ secret }), inspect({ secret }), inspect(secret)].join(),
    ).not.toContain('hunter2');
    expect(secret).toBeInstanceOf(Secret);
    expect(secret.reveal()).toBe('hunter2');
  });
});
