import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ensurePlatformKeys } from './keys.ts';
import { captureStateName, generatedStateName, layoutOf } from './layout.ts';
import { BoundedLog } from './bounded-log.ts';

/** Keys made once and copied, because making them takes long under the test runner. */
let made = '';
beforeAll(() => {
  made = mkdtempSync(join(tmpdir(), 'portcullis-keys-'));
  ensurePlatformKeys(made);
});
afterAll(() => rmSync(made, { recursive: true, force: true }));

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'portcullis-files-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));
const inDir = (name: string): string => join(dir, name);

describe('keys', () => {
  test('are made once, for their owner alone, and are the same the next time', () => {
    cpSync(made, inDir('keys'), { recursive: true });
    const first = ensurePlatformKeys(inDir('keys'));
    for (const name of readdirSync(inDir('keys'), { recursive: true, withFileTypes: true })) {
      if (name.isFile()) {
        expect([name.name, statSync(join(name.parentPath, name.name)).mode & 0o777]).toEqual([name.name, 0o600]);
      }
    }
    expect(ensurePlatformKeys(inDir('keys'))).toEqual(first);
    expect(new Set([first.gatePublicKey, ...first.approverPublicKeys]).size).toBe(3);
  });

  test.each(['riskd-signing.pem', 'approver-1.pem', 'approver-2.pem', 'venue-secret', 'bus/riskd.nk'])(
    '%s that is garbled is refused by name, and not replaced',
    (name) => {
      cpSync(made, inDir('keys'), { recursive: true });
      const file = inDir(`keys/${name}`);
      writeFileSync(file, 'no key at all');
      expect(() => ensurePlatformKeys(inDir('keys'))).toThrow(file);
      expect(readFileSync(file, 'utf8')).toBe('no key at all');
    },
  );

  test.each(['riskd-signing.pem', 'venue-api-key', 'bus/operator.nk'])(
    '%s that others may read is refused by name',
    (name) => {
      cpSync(made, inDir('keys'), { recursive: true });
      chmodSync(inDir(`keys/${name}`), 0o644);
      expect(() => ensurePlatformKeys(inDir('keys'))).toThrow(`${inDir(`keys/${name}`)} may be read by other users`);
    },
  );
});

describe('states', () => {
  test('have a name for each flow', async () => {
    writeFileSync(inDir('btcusdt_20240808.gz'), 'one');
    const one = await captureStateName(inDir('btcusdt_20240808.gz'));
    writeFileSync(inDir('btcusdt_20240808.gz'), 'other');
    const other = await captureStateName(inDir('btcusdt_20240808.gz'));
    expect([one, other].every((name) => /^btcusdt_20240808-[0-9a-f]{8}$/.test(name))).toBe(true);
    expect(one).not.toBe(other);
    expect(generatedStateName(7)).toBe('generated-7');
  });

  test('that are no folder names, and captures that are not there, are refused by name', async () => {
    expect(() => layoutOf(dir, '../elsewhere')).toThrow('state "../elsewhere" is no name for a folder');
    await expect(captureStateName(inDir('none.gz'))).rejects.toThrow(`${inDir('none.gz')} cannot be read (ENOENT)`);
  });
});

describe('a log', () => {
  test('never takes much more than twice its limit, and loses only the oldest', () => {
    const log = new BoundedLog(inDir('logs/x.log'), 100);
    for (let n = 0; n < 100; n++) {
      log.note(`line ${n}`);
      log.limit();
    }
    const [before, now] = [readFileSync(inDir('logs/x.log.1'), 'utf8'), readFileSync(inDir('logs/x.log'), 'utf8')];
    expect(before.length + now.length).toBeLessThanOrEqual(300);
    expect(`${before}${now}`.endsWith('portcullis: line 98\nportcullis: line 99\n')).toBe(true);
  });

  test('tells what was written since the process began, by whoever wrote it', () => {
    const log = new BoundedLog(inDir('logs/x.log'));
    log.note('an earlier one');
    log.lend((fd) => void writeSync(fd, 'no bus\n'));
    expect(log.tail).toBe('no bus');
  });
});
