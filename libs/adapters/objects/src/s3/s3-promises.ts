import { createHash } from 'node:crypto';
import { OWN_FOLDER } from '../object-key.ts';
import { ObjectStoreError, type PutCondition } from '../object-store.ts';
import { troubled } from '../trouble.ts';
import type { S3Place } from './s3-options.ts';
import type { Attempt, S3Requests } from './s3-requests.ts';

const BODY = Buffer.from('What this server promises is tried out on this object.\n');
/** An etag that no object has. */
const NO_ETAG = '"00000000000000000000000000000000"';

type Condition = { readonly IfNoneMatch: string } | { readonly IfMatch: string };

/**
 * What a server that is not AWS's keeps of S3's promises. Some pass over conditions and checksums without a word, and
 * then two writers overwrite each other; so each promise is tried out once, on an object of the store's own, before
 * anything relies on it.
 */
export class S3Promises {
  readonly #place: S3Place;
  readonly #requests: S3Requests;
  readonly #asked = new Map<string, Promise<boolean>>();

  constructor(place: S3Place, requests: S3Requests) {
    this.#place = place;
    this.#requests = requests;
  }

  /** Throws `refused` where a put under such a condition would happen although the condition does not hold. */
  async requireConditions(condition: PutCondition): Promise<void> {
    const [header, fields]: [string, Condition] =
      'absent' in condition ? ['If-None-Match', { IfNoneMatch: '*' }] : ['If-Match', { IfMatch: NO_ETAG }];
    const kept = await this.#ask(header, async () => {
      await this.#put({});
      return !(await this.#put(fields));
    });
    if (kept) return;
    const at = this.#place.endpoint ?? '';
    throw troubled('refused', `the S3 server ${at} does not honour ${header}: two writers would overwrite each other`);
  }

  /** Whether a SHA-256 that the server returns is one that it has checked. */
  checksSha256(): Promise<boolean> {
    return this.#ask('SHA-256', async () => {
      const wrong = createHash('sha256').update('another body').digest('base64');
      return !(await this.#put({ ChecksumSHA256: wrong }));
    });
  }

  async #ask(promise: string, ask: () => Promise<boolean>): Promise<boolean> {
    if (this.#place.endpoint === undefined) return true;
    const asked = this.#asked.get(promise) ?? ask();
    this.#asked.set(promise, asked);
    try {
      return await asked;
    } catch (error) {
      this.#asked.delete(promise);
      throw error;
    }
  }

  /** False when the server refused it. */
  async #put(fields: Partial<Condition> & { readonly ChecksumSHA256?: string }): Promise<boolean> {
    const request = {
      Bucket: this.#place.bucket,
      Key: `${this.#place.prefix}${OWN_FOLDER}/probe`,
      Body: BODY,
      ...fields,
    };
    const send = ({ sdk, client, signal: abortSignal }: Attempt): Promise<unknown> =>
      client.send(new sdk.PutObjectCommand(request), { abortSignal });
    try {
      await this.#requests.run('try out what the S3 server promises', send);
      return true;
    } catch (error) {
      const isTest = Object.keys(fields).length > 0;
      if (!isTest || !(error instanceof ObjectStoreError)) throw error;
      const { trouble } = error;
      // A wrong checksum counts as damage on the way, which is what it is for every other put.
      const isAnswer = trouble === 'conflict' || ('ChecksumSHA256' in fields && isRefusedChecksum(error));
      if (isAnswer) return false;
      throw error;
    }
  }
}

function isRefusedChecksum({ trouble, message }: ObjectStoreError): boolean {
  return trouble === 'refused' || message.includes('(400)');
}
