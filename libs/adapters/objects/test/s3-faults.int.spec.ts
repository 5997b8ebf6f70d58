import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Secret } from '@portcullis/config';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ObjectStore, ObjectStoreError, openObjectStore } from '../src/index.ts';
import { type Fault, FaultyS3 } from './faulty-s3.ts';

const MIB = 1024 * 1024;
const SECRETS = ['AKIAEXAMPLEKEYID', 'wJalrXUtnFEMI-example-secret', 'FwoGZXIvYXdzEXAMPLEtoken'] as const;
const ONE = Buffer.from('one');

let server: FaultyS3;
let store: ObjectStore;
let dir: string;
let endpoint: string;

async function open(at: string): Promise<ObjectStore> {
  const [accessKeyId, secret, token] = SECRETS;
  const credentials = { accessKeyId, secretAccessKey: new Secret(secret), sessionToken: new Secret(token) };
  return openObjectStore('s3://bucket/prefix', {
    endpoint: at,
    credentials,
    attemptsMax: 3,
    retryMs: 1,
    silenceMsMax: 500,
    bytesPerMsMin: 1e6,
  });
}

beforeEach(async () => {
  server = new FaultyS3();
  endpoint = await server.start();
  store = await open(endpoint);
  dir = mkdtempSync(join(tmpdir(), 'portcullis-s3-'));
});
afterEach(async () => {
  await store.close();
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function failed(work: Promise<unknown>): Promise<ObjectStoreError> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ObjectStoreError)) throw error;
    return error;
  }
  throw new Error('it went well');
}

const facts = ({ trouble, outcomeKnown }: ObjectStoreError): object => ({ trouble, outcomeKnown });
const PUT = /^PUT prefix\/key/;
const GET = /^GET prefix\/key/;

describe('what passes is tried again', () => {
  const passing: [string, Fault][] = [
    ['503 SlowDown', { status: 503, code: 'SlowDown' }],
    ['500', { status: 500, code: 'InternalError' }],
    ['502 of a proxy', { status: 502, code: '' }],
    ['429', { status: 429, code: 'TooManyRequests' }],
    ['400 RequestTimeout', { status: 400, code: 'RequestTimeout' }],
    ['400 BadDigest', { status: 400, code: 'BadDigest' }],
    ['409 ConditionalRequestConflict', { status: 409, code: 'ConditionalRequestConflict' }],
    ['a reset', 'reset'],
    ['a reset after it was done', 'reset-after'],
    ['silence', 'hang'],
    ['silence after it was done', 'hang-after'],
  ];

  test.each(passing)('a put through %s, twice', async (_what, fault) => {
    server.fail(PUT, fault, 2);
    const info = await store.put('key', ONE);
    expect(server.count(PUT)).toBe(3);
    expect(server.objects.get('prefix/key')?.body).toEqual(ONE);
    expect(await store.head('key')).toEqual(info);
  });

  test.each(passing)('a conditional put through %s', async (_what, fault) => {
    server.fail(PUT, fault);
    const info = await store.put('key', ONE, { absent: true });
    expect(await store.head('key')).toEqual(info);
    server.fail(PUT, fault);
    const next = await store.put('key', Buffer.from('two'), { etag: info.etag });
    expect(await store.head('key')).toEqual(next);
  });

  test.each(passing)('reading, listing and deleting through %s', async (_what, fault) => {
    server.put('prefix/key', 'content');
    server.fail(GET, fault);
    expect(Buffer.from(await store.get('key')).toString()).toBe('content');
    server.fail(/^GET \?/, fault);
    const keys: string[] = [];
    for await (const { key } of store.list('')) keys.push(key);
    expect(keys).toEqual(['key']);
    // An answer to HEAD has no body, so no code either.
    const isCode = typeof fault === 'object' && 'status' in fault && fault.status < 429;
    if (!isCode) server.fail(/^HEAD/, fault);
    expect(await store.head('key')).toMatchObject({ size: 7 });
    server.fail(/^DELETE/, fault);
    await store.delete('key');
    expect(server.objects.has('prefix/key')).toBe(false);
  });
});

describe('what does not pass is told', () => {
  const lasting: [string, Fault, string, boolean, number][] = [
    ['503 SlowDown', { status: 503, code: 'SlowDown' }, 'unavailable', true, 3],
    ['500', { status: 500, code: 'InternalError' }, 'unavailable', false, 3],
    ['a reset', 'reset', 'unavailable', false, 3],
    ['silence', 'hang', 'unavailable', false, 3],
    ['403 AccessDenied', { status: 403, code: 'AccessDenied' }, 'denied', true, 1],
    ['403 of a wrong secret', { status: 403, code: 'SignatureDoesNotMatch' }, 'denied', true, 1],
    ['401', { status: 401, code: '' }, 'denied', true, 1],
    ['404 of the bucket', { status: 404, code: 'NoSuchBucket' }, 'refused', true, 1],
    ['301 to another region', { status: 301, code: 'PermanentRedirect' }, 'refused', true, 1],
    ['400', { status: 400, code: 'InvalidArgument' }, 'refused', true, 1],
    ['507', { status: 507, code: 'InsufficientStorage' }, 'full', true, 1],
    ['a full server by its own name', { status: 507, code: 'XMinioStorageFull' }, 'full', true, 1],
    ['a quota', { status: 403, code: 'QuotaExceeded' }, 'full', true, 1],
  ];

  test.each(lasting)('a put, %s', async (_what, fault, trouble, outcomeKnown, tries) => {
    server.fail(PUT, fault, 99);
    expect(facts(await failed(store.put('key', ONE)))).toEqual({ trouble, outcomeKnown });
    expect(server.count(PUT)).toBe(tries);
    expect(server.objects.has('prefix/key')).toBe(false);
  });

  test('nobody listens: nothing can have happened', async () => {
    const gone = new FaultyS3();
    const lonely = await open(await gone.start());
    await gone.stop();
    expect(facts(await failed(lonely.put('key', ONE)))).toEqual({ trouble: 'unavailable', outcomeKnown: true });
    await lonely.close();
  });

  test('of a put that was carried out although every answer was lost, the object tells', async () => {
    server.fail(PUT, 'reset-after');
    server.fail(PUT, { status: 500, code: 'InternalError' }, 99);
    expect(await store.put('key', ONE, { absent: true })).toEqual(await store.head('key'));
  });

  test('where the object cannot be asked either, the outcome is not known', async () => {
    await store.put('other', ONE, { absent: true });
    server.fail(PUT, 'reset-after', 99);
    server.fail(/^HEAD/, 'hang', 99);
    const conditional = store.put('key', ONE, { absent: true });
    expect(facts(await failed(conditional))).toEqual({ trouble: 'unavailable', outcomeKnown: false });
  });

  test('an object of somebody else is a conflict, also with our very content', async () => {
    await store.put('other', ONE, { absent: true });
    server.fail(PUT, 'reset');
    const work = store.put('key', ONE, { absent: true });
    server.put('prefix/key', 'one');
    expect(facts(await failed(work))).toEqual({ trouble: 'conflict', outcomeKnown: true });
  });

  test('a condition on an object that is gone is a conflict', async () => {
    server.fail(PUT, { status: 404, code: 'NoSuchKey' });
    const work = store.put('key', ONE, { etag: '"1"' });
    expect(facts(await failed(work))).toEqual({ trouble: 'conflict', outcomeKnown: true });
  });
});

describe('a server that does not keep its promises', () => {
  test('is refused as soon as a put has a condition, before anything is overwritten', async () => {
    server.ignoresConditions = true;
    server.put('prefix/key', 'precious');
    for (const condition of [{ absent: true } as const, { etag: '"1"' }]) {
      const error = await failed(store.put('key', ONE, condition));
      expect(facts(error)).toEqual({ trouble: 'refused', outcomeKnown: true });
      expect(error.message).toMatch(/does not honour If-(None-)?Match/);
    }
    expect(server.objects.get('prefix/key')?.body.toString()).toBe('precious');
    await store.put('key', ONE);
  });

  test('is refused where it says itself that it has no conditions', async () => {
    const probe = /^PUT prefix\/\.portcullis-store\/probe/;
    server.fail(probe, { text: '' });
    server.fail(probe, { status: 501, code: 'NotImplemented' }, 99);
    const work = store.put('key', ONE, { absent: true });
    expect(facts(await failed(work))).toEqual({ trouble: 'refused', outcomeKnown: true });
    expect(server.objects.has('prefix/key')).toBe(false);
  });

  test('checks no checksums: then the object is read back', async () => {
    const sha256 = createHash('sha256').update(ONE).digest('hex');
    await store.put('key', ONE);
    expect(await store.sha256('key')).toBe(sha256);
    expect(server.count(GET)).toBe(0);

    server.ignoresChecksums = true;
    const fresh = await open(endpoint);
    await fresh.put('key', ONE);
    server.objects.get('prefix/key')!.body = Buffer.from('two');
    expect(await failed(fresh.sha256('key'))).toMatchObject({ trouble: 'unavailable' });
    expect(server.count(GET)).toBeGreaterThan(0);
    await fresh.close();
  });

  test.each([
    ['half of it', '<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTrunc'],
    ['an empty answer', ''],
    ['a page of a proxy', '<html><body>please log in</body></html>'],
    ['more to come, but not where', '<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>'],
  ])('lists %s: that is not an empty store', async (_what, text) => {
    server.fail(/^GET \?/, { text }, 99);
    const error = await failed(store.list('')[Symbol.asyncIterator]().next());
    expect(error.trouble).toBe('unavailable');
  });

  test('lists keys out of order', async () => {
    const content = (key: string): string =>
      `<Contents><Key>prefix/${key}</Key><Size>1</Size><ETag>"1"</ETag></Contents>`;
    const text = `<ListBucketResult><IsTruncated>false</IsTruncated>${content('b')}${content('a')}</ListBucketResult>`;
    server.fail(/^GET \?/, { text });
    const list = store.list('')[Symbol.asyncIterator]();
    expect(await list.next()).toMatchObject({ value: { key: 'b' } });
    expect((await failed(list.next())).trouble).toBe('refused');
  });
});

describe('no half object is accepted', () => {
  const content = randomBytes(300_000);
  const out = (): string => join(dir, 'out');

  test.each(['cut', 'corrupt', 'reset', 'hang'] as const)('%s once: fetched again', async (fault) => {
    await store.put('key', content);
    server.fail(GET, fault);
    expect(Buffer.from(await store.get('key')).equals(content)).toBe(true);
    server.fail(GET, fault);
    await store.getFile('key', out());
    expect(readFileSync(out()).equals(content)).toBe(true);
    expect(readdirSync(dir)).toEqual(['out']);
  });

  test.each(['cut', 'corrupt'] as const)('%s always: refused, and no file', async (fault) => {
    await store.put('key', content);
    server.fail(GET, fault, 99);
    expect((await failed(store.get('key'))).trouble).toBe('unavailable');
    expect((await failed(store.getFile('key', out()))).trouble).toBe('unavailable');
    server.ignoresChecksums = true;
    expect(existsSync(out())).toBe(false);
    expect(readdirSync(dir)).toEqual([]);
  });

  test('a range that the server passes over', async () => {
    await store.put('key', content);
    expect((await failed(store.get('key', { offset: 5, length: 10 }))).trouble).toBe('refused');
  });
});

describe('a file in parts', () => {
  const content = randomBytes(17 * MIB);
  const PART = /^PUT prefix\/key\?.*partNumber=2/;
  const COMPLETE = /^POST prefix\/key\?.*uploadId=/;
  let path: string;

  beforeEach(() => {
    path = join(dir, 'in');
    writeFileSync(path, content);
  });

  test.each(['reset', 'reset-after', 'hang'] as const)('a part and the completion through %s', async (fault) => {
    server.fail(PART, fault);
    server.fail(COMPLETE, fault);
    const info = await store.putFile('key', path, { absent: true });
    expect(server.objects.get('prefix/key')?.body.equals(content)).toBe(true);
    expect(await store.head('key')).toEqual(info);
    expect(server.uploads.size).toBe(0);
  });

  test('an error within a 200 is an error', async () => {
    const text = '<?xml version="1.0"?><Error><Code>InternalError</Code><Message>later</Message></Error>';
    server.fail(COMPLETE, { text });
    await store.putFile('key', path);
    expect(server.count(COMPLETE)).toBe(2);
  });

  test.each([
    ['a part', PART, { status: 500, code: 'InternalError' }, 'unavailable'],
    ['a part', PART, { status: 403, code: 'AccessDenied' }, 'denied'],
    ['the completion', COMPLETE, { status: 507, code: 'InsufficientStorage' }, 'full'],
  ] as [string, RegExp, Fault, string][])(
    'without %s leaves neither object nor parts',
    async (_what, request, fault, trouble) => {
      server.fail(request, fault, 99);
      expect((await failed(store.putFile('key', path))).trouble).toBe(trouble);
      expect(server.objects.size).toBe(0);
      expect(server.uploads.size).toBe(0);
    },
  );

  test('is not uploaded at all where the condition does not hold, nor completed where it no longer does', async () => {
    await store.put('key', ONE);
    const conflict = { trouble: 'conflict', outcomeKnown: true };
    expect(facts(await failed(store.putFile('key', path, { absent: true })))).toEqual(conflict);
    expect(server.count(/uploads/)).toBe(0);
    server.objects.delete('prefix/key');
    server.fail(COMPLETE, { status: 412, code: 'PreconditionFailed' });
    expect(facts(await failed(store.putFile('key', path, { absent: true })))).toEqual(conflict);
    expect(server.uploads.size).toBe(0);
  });
});

test('credentials are in no error, url or inspection', async () => {
  const texts: string[] = [store.url, inspect(store, { depth: 9, showHidden: true }), JSON.stringify(store)];
  const message = `you are ${SECRETS.join(' and ')}`;
  for (const status of [403, 400, 500]) {
    server.fail(PUT, { status, code: 'Told', message }, 3);
    const error = await failed(store.put('key', ONE));
    expect(error.message).toContain('you are ***');
    texts.push(String(error.stack), inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error));
  }
  for (const secret of SECRETS) expect(texts.join('\n')).not.toContain(secret);
});
