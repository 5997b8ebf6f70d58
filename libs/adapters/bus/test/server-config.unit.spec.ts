import { describe, expect, test } from '@jest/globals';
import { ACCOUNTS, identities, JETSTREAM_ACCOUNT } from '@portcullis/contracts';
import { grantsOf } from '../src/grants.ts';
import { crossings, natsServerConfig } from '../src/server-config.ts';
import { covers, narrower } from '../src/subject-pattern.ts';

const users = Object.fromEntries(identities.map(({ name }) => [name, `U_${name}`]));
const config = natsServerConfig({ port: 4222, storeDir: '/var/lib/store', users });

describe('the configuration', () => {
  test('has every account and every user once', () => {
    for (const account of ACCOUNTS) expect(config.match(new RegExp(`^  ${account} \\{$`, 'gm'))).toHaveLength(1);
    for (const { name } of identities) expect(config.match(new RegExp(`nkey: U_${name},`, 'g'))).toHaveLength(1);
  });

  test('syncs every message, bounds payloads, listens on this machine alone, and needs a size for every stream', () => {
    expect(config).toContain('sync_interval: always');
    expect(config).toContain('max_payload: 262144');
    expect(config).toContain('listen: "127.0.0.1:4222"');
    expect(config).toContain('max_bytes_required: true');
  });

  test('has no way around the border', () => {
    expect(config).not.toContain('allow_responses');
    expect(config).not.toContain('"_INBOX.>"');
    const lines = config.split('\n').filter((line) => line.includes('"$JS.API.>"'));
    expect(lines).toEqual([expect.stringContaining('U_provisioner')]);
    expect(
      config
        .split('\n')
        .filter((line) => line.includes('service:') && line.includes('export') && !line.includes('accounts: [')),
    ).toEqual([]);
  });

  test('refuses to leave an identity without a key', () => {
    const { livyd: _missing, ...rest } = users;
    expect(() => natsServerConfig({ port: 1, storeDir: '/x', users: rest })).toThrow('livyd');
  });

  test('opens the monitoring port only when asked', () => {
    expect(config).not.toContain('http:');
    expect(natsServerConfig({ port: 1, storeDir: '/x', users, monitorPort: 8222 })).toContain('http: "127.0.0.1:8222"');
  });
});

describe('the tables', () => {
  test('put no service into the account that has JetStream', () => {
    expect(identities.filter((identity) => identity.account === JETSTREAM_ACCOUNT).map(({ name }) => name)).toEqual([
      'provisioner',
    ]);
  });

  test('let no two identities that make requests share an account', () => {
    for (const account of ACCOUNTS) {
      const asking = identities.filter(
        (identity) => identity.account === account && grantsOf(identity).requests.length > 0,
      );
      expect(asking.length).toBeLessThanOrEqual(1);
    }
  });

  test('carry leases, heartbeats and control state across borders as plain streams', () => {
    const plain = crossings()
      .filter((crossing) => crossing.kind === 'stream')
      .map(({ from, to, subject }) => `${from} ${to} ${subject}`);
    expect(plain).toEqual(
      expect.arrayContaining([
        'GATE EXCH permit.*',
        'EXCH GATE hb.bridge.*',
        'LOG RUN ctl.state.*',
        'LOG EXCH ctl.state.*',
      ]),
    );
  });
});

describe('subject patterns', () => {
  test.each([
    ['a.*', 'a.b', true],
    ['a.*', 'a.b.c', false],
    ['a.>', 'a.b.c', true],
    ['a.>', 'a', false],
    ['a.*', 'a.>', false],
    ['a.>', 'a.*.>', true],
    ['a.b', 'a.*', false],
    ['>', 'a', true],
  ])('%s covers %s: %s', (outer, inner, expected) => {
    expect(covers(outer, inner)).toBe(expected);
  });

  test('the narrower of two is the one that the other covers', () => {
    expect(narrower('hb.>', 'hb.bridge.*')).toBe('hb.bridge.*');
    expect(narrower('hb.bridge.*', 'hb.>')).toBe('hb.bridge.*');
    expect(narrower('a.*', '*.b')).toBeUndefined();
  });
});
