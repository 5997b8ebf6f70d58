import { Secret, UserError } from '@portcullis/config';
import { checkFolder, PREFIX_BYTES_MAX } from '../object-key.ts';

/** What a bucket needs beside its URL; whatever is absent comes from the usual `AWS_*` variables. */
export interface S3Options {
  /** Of another server than AWS's, `http(s)://host:port`. Else AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL. */
  readonly endpoint?: string;
  /** Else AWS_REGION, AWS_DEFAULT_REGION, `us-east-1`. */
  readonly region?: string;
  /** Else AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, else the SDK's own chain (profiles, roles). */
  readonly credentials?: S3Credentials;
  /** Tries of one request, the first included. 4 by default. */
  readonly attemptsMax?: number;
  /** Pause before the second try, doubled before each further one (to 5 s), with jitter. 200 by default. */
  readonly retryMs?: number;
  /** From sending a request to its answer's first byte, and between two pieces of a body. 30,000 by default. */
  readonly silenceMsMax?: number;
  /** A line that sends more slowly than this counts as broken. 256 (2 Mbit/s) by default. */
  readonly bytesPerMsMin?: number;
  /** Larger files go up in parts of this size, three at a time; at least 5 MiB, 8 MiB by default. */
  readonly partBytes?: number;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken?: Secret;
}

/** A bucket, everything resolved. */
export interface S3Place {
  readonly bucket: string;
  /** Empty, or ends with `/`. */
  readonly prefix: string;
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly credentials: S3Credentials | undefined;
  readonly attemptsMax: number;
  readonly retryMs: number;
  readonly silenceMsMax: number;
  readonly bytesPerMsMin: number;
  readonly partBytes: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const PART_BYTES_MIN = 5 * 1024 * 1024;
const PART_BYTES = 8 * 1024 * 1024;
const ATTEMPTS = 4;
const RETRY_MS = 200;
const SILENCE_MS = 30_000;
const BYTES_PER_MS = 256;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** A URL for messages: what stands before an `@` may be a secret. */
export function withoutCredentials(url: string): string {
  return url.slice(0, 300).replace(/\/\/[^/]*@/, '//***@');
}

function firstOf(...values: readonly (string | undefined)[]): string | undefined {
  return values.find((value) => value !== undefined && value !== '');
}

/** Reads an `s3://bucket/prefix` URL. Throws UserError for anything else; never repeats credentials. */
export function s3Place(url: string, options: S3Options, env: Environment): S3Place {
  const [, bucket = '', written = ''] = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(url) ?? [];
  const complain = (why: string, remedy: string): never => {
    throw new UserError(`${withoutCredentials(url)} is no store: ${why}`, remedy);
  };
  if (bucket.includes('@')) {
    complain('credentials do not belong into a URL', 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead');
  }
  if (!BUCKET.test(bucket)) complain(`'${bucket}' is no bucket name`, 'write s3://bucket/prefix');
  if (/[?#]/.test(written)) {
    complain('? and # have no meaning in it', 'set AWS_ENDPOINT_URL_S3, AWS_REGION and the like');
  }
  const prefix = written === '' || written.endsWith('/') ? written : `${written}/`;
  if (Buffer.byteLength(prefix) > PREFIX_BYTES_MAX) {
    complain(`its prefix is longer than ${PREFIX_BYTES_MAX} bytes`, 'choose a shorter prefix');
  }
  try {
    checkFolder(prefix);
  } catch (error) {
    complain((error as Error).message, 'write s3://bucket/prefix');
  }
  const endpoint = firstOf(options.endpoint, env['AWS_ENDPOINT_URL_S3'], env['AWS_ENDPOINT_URL']);
  checkEndpoint(endpoint);
  return {
    bucket,
    prefix,
    endpoint,
    region: firstOf(options.region, env['AWS_REGION'], env['AWS_DEFAULT_REGION']) ?? 'us-east-1',
    credentials: options.credentials ?? credentialsOf(env),
    attemptsMax: options.attemptsMax ?? ATTEMPTS,
    retryMs: options.retryMs ?? RETRY_MS,
    silenceMsMax: options.silenceMsMax ?? SILENCE_MS,
    bytesPerMsMin: options.bytesPerMsMin ?? BYTES_PER_MS,
    partBytes: Math.max(options.partBytes ?? PART_BYTES, PART_BYTES_MIN),
  };
}

function checkEndpoint(endpoint: string | undefined): void {
  if (endpoint === undefined) return;
  const remedy = 'write http://host:port or https://host:port (AWS_ENDPOINT_URL_S3 or the option endpoint)';
  const parsed = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new UserError(`the S3 endpoint ${withoutCredentials(endpoint)} is no URL of a server`, remedy);
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new UserError(`the S3 endpoint ${withoutCredentials(endpoint)} has credentials in it`, remedy);
  }
}

function credentialsOf(env: Environment): S3Credentials | undefined {
  const accessKeyId = firstOf(env['AWS_ACCESS_KEY_ID']);
  const secretAccessKey = firstOf(env['AWS_SECRET_ACCESS_KEY']);
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  const sessionToken = firstOf(env['AWS_SESSION_TOKEN']);
  return {
    accessKeyId,
    secretAccessKey: new Secret(secretAccessKey),
    ...(sessionToken === undefined ? {} : { sessionToken: new Secret(sessionToken) }),
  };
}
