import { ObjectStoreError, type ObjectTrouble } from '../object-store.ts';
import type { S3Place } from './s3-options.ts';

/** What is known about a failed request. */
export interface S3Failure {
  /** S3's code (`NoSuchKey`) or the system's (`ECONNRESET`). */
  readonly code: string;
  /** Absent without an answer. */
  readonly status: number | undefined;
  readonly trouble: ObjectTrouble;
  /** Another try may go better. */
  readonly passing: boolean;
  /** False when the server may have done what was asked all the same. */
  readonly outcomeKnown: boolean;
  /** In words, without credentials. */
  readonly message: string;
}

/** Nothing has left this machine when these come. */
const NEVER_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];
const FULL = /StorageFull|InsufficientStorage|QuotaExceeded|EntityTooLarge/i;
/** The body that arrived was not the one that was sent: refused as a whole, worth sending again. */
const DAMAGED = /^(BadDigest|InvalidDigest|IncompleteBody|RequestTimeout|XAmz\w*Mismatch)$/;
/** Two conditional requests at once: the server wants one of them to come again. */
const RACE = /^(ConditionalRequestConflict|OperationAborted)$/;
const WITHOUT_CREDENTIALS = /^(CredentialsProviderError|TokenProviderError|ExpiredToken\w*)$/;

interface SdkError {
  readonly name?: string;
  readonly code?: unknown;
  readonly Code?: unknown;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** What the SDK's error says. Its own fields may hold request headers and keys, so it is never handed on. */
export function failureOf(error: unknown, place: S3Place): S3Failure {
  const { name = '', code, Code, message = '', $metadata } = error as SdkError;
  const status = $metadata?.httpStatusCode;
  // The SDK may wrap what the system said, and then the code is in the text alone.
  const system = status === undefined ? /\bE[A-Z_]{3,}\b/.exec(message)?.[0] : undefined;
  const known = [Code, code, system, name].find((value) => typeof value === 'string' && value !== '') as
    string | undefined;
  const what = withoutSecrets(`${known ?? 'error'}${status === undefined ? '' : ` (${status})`}: ${message}`, place);
  return { code: known ?? '', status, message: what, ...meaning(known ?? '', status, message) };
}

type Meaning = Pick<S3Failure, 'trouble' | 'passing' | 'outcomeKnown'>;

const refused: Meaning = { trouble: 'refused', passing: false, outcomeKnown: true };

function meaning(code: string, status: number | undefined, message: string): Meaning {
  if (WITHOUT_CREDENTIALS.test(code)) return { ...refused, trouble: 'denied' };
  if (FULL.test(code) || status === 507) return { ...refused, trouble: 'full' };
  if (RACE.test(code)) return { trouble: 'unavailable', passing: true, outcomeKnown: true };
  if (DAMAGED.test(code)) return { trouble: 'unavailable', passing: true, outcomeKnown: true };
  if (status === undefined || status < 300) {
    const outcomeKnown = NEVER_SENT.includes(code) || /did not establish a connection/.test(message);
    return { trouble: 'unavailable', passing: true, outcomeKnown };
  }
  return ofStatus(status, code);
}

function ofStatus(status: number, code: string): Meaning {
  if (status === 401 || status === 403) return { ...refused, trouble: 'denied' };
  // A multipart upload that is gone was aborted, or completed by a try whose answer was lost.
  if (code === 'NoSuchUpload') return { trouble: 'unavailable', passing: false, outcomeKnown: false };
  if (status === 404) return { ...refused, trouble: code === 'NoSuchBucket' ? 'refused' : 'missing' };
  if (status === 412 || status === 304) return { ...refused, trouble: 'conflict' };
  if (status === 408 || status === 429) return { trouble: 'unavailable', passing: true, outcomeKnown: status === 429 };
  if (status === 501) return refused;
  // Of these, SlowDown alone promises that nothing was done.
  if (status >= 500) return { trouble: 'unavailable', passing: true, outcomeKnown: code === 'SlowDown' };
  return refused;
}

/** The values themselves, wherever a server or a library repeats them. */
function withoutSecrets(text: string, { credentials }: S3Place): string {
  const secrets = [
    credentials?.secretAccessKey.reveal(),
    credentials?.sessionToken?.reveal(),
    credentials?.accessKeyId,
  ].filter((secret): secret is string => secret !== undefined && secret !== '');
  return secrets.reduce((clean, secret) => clean.replaceAll(secret, '***'), text).slice(0, 500);
}

/** The failure as the port's error. */
export function s3Error(doing: string, { trouble, message }: S3Failure, outcomeKnown: boolean): ObjectStoreError {
  return new ObjectStoreError(`cannot ${doing}: ${message}`, { trouble, outcomeKnown });
}
