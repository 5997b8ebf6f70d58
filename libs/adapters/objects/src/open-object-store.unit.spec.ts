import { inspect } from 'node:util';
import { Secret, UserError } from '@portcullis/config';
import { describe, expect, test } from '@jest/globals';
import { openObjectStore } from './index.ts';
import { s3Place } from './s3/s3-options.ts';

function complaint(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `${error.message} | ${error.remedy}`;
  }
  throw new Error('it was taken');
}

describe('the URL of a store', () => {
  test.each([
    ['file:///var/data', 'file:///var/data'],
    ['file:///var/a%20b/100%25', 'file:///var/a%20b/100%25'],
    ['file://./data', `file://${process.cwd()}/data`],
    ['file://../data', `file://${process.cwd().replace(/\/[^/]*$/, '')}/data`],
    ['s3://bucket', 's3://bucket'],
    ['s3://bucket/', 's3://bucket'],
    ['s3://bucket/a/prefix=1', 's3://bucket/a/prefix=1'],
    ['s3://bucket/prefix/', 's3://bucket/prefix'],
  ])('%s', (url, told) => {
    expect(openObjectStore(url).url).toBe(told);
  });

  test.each([
    ['data/archive', 'it has no scheme'],
    ['/var/data', 'it has no scheme'],
    ['', 'it has no scheme'],
    ['C:\\data', 'C:// is not known'],
    ['http://host/bucket', 'http:// is not known'],
    ['file://data/archive', 'not the host data'],
    ['file:///a%zz', '% is not followed'],
    ['file:///a%00b', 'NUL'],
    ['s3://', "'' is no bucket name"],
    ['s3://Bucket/x', "'Bucket' is no bucket name"],
    ['s3://bucket/a//b', 'empty part'],
    ['s3://bucket/../b', "the part '..'"],
    ['s3://bucket/prefix?endpoint=x', '? and # have no meaning'],
    [`s3://bucket/${'x/'.repeat(150)}`, 'longer than 200 bytes'],
  ])('%s is none', (url, why) => {
    const text = complaint(() => openObjectStore(url));
    expect(text).toContain(why);
    expect(text).toMatch(/\| .+/);
  });

  test.each(['s3://KEYID:SECRET@bucket/x', 'http://KEYID:SECRET@host/', 's4://KEYID:SECRET@bucket/x'])(
    '%s is refused without repeating what it holds',
    (url) => {
      expect(complaint(() => openObjectStore(url))).not.toMatch(/KEYID:|:SECRET/);
    },
  );
});

describe('the place of a bucket', () => {
  const environment = {
    AWS_ACCESS_KEY_ID: 'KEYID',
    AWS_SECRET_ACCESS_KEY: 'SECRET',
    AWS_SESSION_TOKEN: 'TOKEN',
    AWS_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL: 'http://general:1',
  };

  test('comes from the usual variables', () => {
    const place = s3Place('s3://bucket/p', {}, environment);
    expect(place).toMatchObject({ region: 'eu-central-1', endpoint: 'http://general:1', prefix: 'p/' });
    expect(place.credentials?.secretAccessKey.reveal()).toBe('SECRET');
    expect(place.credentials?.sessionToken?.reveal()).toBe('TOKEN');
    expect(inspect(place, { depth: 9 })).not.toMatch(/SECRET|TOKEN/);
    const special = { ...environment, AWS_ENDPOINT_URL_S3: 'http://special:2' };
    expect(s3Place('s3://bucket', {}, special).endpoint).toBe('http://special:2');
  });

  test('is AWS itself, in us-east-1, by the chain of the SDK, where nothing is said', () => {
    const place = s3Place('s3://bucket', {}, { AWS_ENDPOINT_URL: '', AWS_ACCESS_KEY_ID: 'KEYID' });
    expect(place).toMatchObject({ region: 'us-east-1', prefix: '' });
    expect([place.endpoint, place.credentials]).toEqual([undefined, undefined]);
  });

  test('options come before variables', () => {
    const credentials = { accessKeyId: 'own', secretAccessKey: new Secret('own') };
    const options = { endpoint: 'https://own', region: 'own', credentials };
    expect(s3Place('s3://bucket', options, environment)).toMatchObject(options);
  });

  test.each(['host:9000', 'ftp://host', 'http://KEYID:SECRET@host:1'])('%s is no endpoint', (endpoint) => {
    const text = complaint(() => s3Place('s3://bucket', { endpoint }, {}));
    expect(text).toContain('the S3 endpoint');
    expect(text).not.toContain('SECRET');
  });
});
