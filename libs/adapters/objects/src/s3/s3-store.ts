import { createHash, randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { HeadObjectCommandOutput, ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { troubled } from '../trouble.ts';
import { checkFolder, checkKey, checkPrefix, compareKeys, isKey } from '../object-key.ts';
import {
  type ObjectInfo,
  type ObjectStore,
  OBJECT_BYTES_MAX,
  ObjectStoreError,
  type PutCondition,
} from '../object-store.ts';
import { receiveFile } from '../receive-file.ts';
import { type Arriving, arriving, collected } from './s3-body.ts';
import { S3Multipart } from './s3-multipart.ts';
import type { S3Place } from './s3-options.ts';
import { S3Promises } from './s3-promises.ts';
import { type Failed, S3Requests } from './s3-requests.ts';
import { s3Error } from './s3-trouble.ts';

/** Metadata of every object put here, by which a put whose answer was lost is known again. */
const PUT_ID = 'portcullis-put';

/**
 * Objects in a bucket, by AWS's SDK (loaded at the first operation). Puts carry their SHA-256 and, as metadata, an id
 * of their own: when the answer to a put is lost, the object says whether it was carried out. A server that is not
 * AWS's is asked first whether it honours conditions and checks checksums.
 */
export class S3Store implements ObjectStore {
  readonly url: string;
  readonly #place: S3Place;
  readonly #requests: S3Requests;
  readonly #promises: S3Promises;
  readonly #multipart: S3Multipart;

  constructor(place: S3Place) {
    this.url = `s3://${place.bucket}/${place.prefix}`.replace(/\/$/, '');
    this.#place = place;
    this.#requests = new S3Requests(place);
    this.#promises = new S3Promises(place, this.#requests);
    this.#multipart = new S3Multipart(place, this.#requests);
  }

  async put(key: string, body: Uint8Array, condition?: PutCondition): Promise<ObjectInfo> {
    checkKey(key);
    if (body.length > OBJECT_BYTES_MAX) throw troubled('refused', `${key}: ${body.length} bytes go up as a file only`);
    if (condition !== undefined) await this.#promises.requireConditions(condition);
    const Body = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    const digest = createHash('sha256').update(Body).digest();
    const id = randomUUID();
    const request = {
      ...this.#named(key),
      ...fieldsOf(condition),
      Body,
      ChecksumSHA256: digest.toString('base64'),
      Metadata: { [PUT_ID]: id },
    };
    const etag = await this.#requests.run(
      `put ${key}`,
      async ({ sdk, client, signal, alive }) => {
        alive(Body.length);
        const { ETag } = await client.send(new sdk.PutObjectCommand(request), { abortSignal: signal });
        if (ETag !== undefined) return ETag;
        const unknown = { trouble: 'unavailable', outcomeKnown: false } as const;
        throw new ObjectStoreError(`the S3 server put ${key} without an etag`, unknown);
      },
      (failed) => this.#settle({ key, id, size: Body.length, condition }, failed),
    );
    return { key, size: Body.length, etag };
  }

  async putFile(key: string, path: string, condition?: PutCondition): Promise<ObjectInfo> {
    checkKey(key);
    const unreadable = (cause: unknown): never => {
      throw troubled('refused', `cannot read ${path}: ${(cause as Error).message}`);
    };
    const { size } = await stat(path).catch(unreadable);
    if (size <= this.#place.partBytes) return this.put(key, await readFile(path).catch(unreadable), condition);
    if (condition !== undefined) {
      await this.#promises.requireConditions(condition);
      // Known before anything is uploaded; the completion is conditional all the same.
      await this.#requireHolding(key, condition);
    }
    const id = randomUUID();
    const etag = await this.#multipart.put({
      key: `${this.#place.prefix}${key}`,
      path,
      size,
      metadata: { [PUT_ID]: id },
      condition: fieldsOf(condition),
      settle: (failed) => this.#settle({ key, id, size, condition }, failed),
    });
    return { key, size, etag };
  }

  async get(key: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array> {
    checkKey(key);
    if (range !== undefined) return this.#range(key, range.offset, range.length);
    return (await this.read(key)).body;
  }

  async read(key: string): Promise<{ readonly body: Uint8Array; readonly info: ObjectInfo }> {
    return this.#fetch(key, async ({ size, etag, chunks, drop }) => {
      if (size > OBJECT_BYTES_MAX) {
        drop();
        throw troubled('refused', `${key}: ${size} bytes are too many for memory; fetch it into a file`);
      }
      return { body: await collected(chunks, key, size), info: { key, size, etag } };
    });
  }

  async getFile(key: string, path: string): Promise<ObjectInfo> {
    return this.#fetch(key, async ({ size, etag, chunks }) => {
      await receiveFile(path, chunks, size);
      return { key, size, etag };
    });
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const found = await this.#head(key);
    if (found === undefined) return undefined;
    const { ContentLength: size, ETag: etag } = found;
    if (size !== undefined && etag !== undefined) return { key, size, etag };
    throw troubled('unavailable', `the S3 server gave no size or etag of ${key}`);
  }

  async sha256(key: string): Promise<string> {
    if (await this.#promises.checksSha256().catch(() => false)) {
      const found = await this.#head(key);
      if (found === undefined) throw troubled('missing', `${key} is not there`);
      const { ChecksumSHA256: whole, ChecksumType: type } = found;
      // That of a multipart object is one of its parts' digests.
      const isWhole = whole !== undefined && type !== 'COMPOSITE' && !whole.includes('-');
      if (isWhole) return Buffer.from(whole, 'base64').toString('hex');
    }
    return this.#fetch(key, async ({ size, chunks }) => {
      const hash = createHash('sha256');
      let received = 0;
      for await (const chunk of chunks) {
        hash.update(chunk);
        received += chunk.length;
      }
      if (received !== size) throw troubled('unavailable', `${received} of ${size} bytes of ${key} arrived`);
      return hash.digest('hex');
    });
  }

  async *list(prefix: string): AsyncGenerator<ObjectInfo> {
    checkPrefix(prefix);
    let last = '';
    for await (const { Contents } of this.#pages(prefix, undefined)) {
      for (const { Key, Size, ETag } of Contents ?? []) {
        if (Key === undefined || Size === undefined || ETag === undefined) {
          throw troubled('unavailable', `the S3 server lists ${prefix} without key, size or etag`);
        }
        const key = Key.slice(this.#place.prefix.length);
        if (!isKey(key)) continue;
        last = this.#following(last, key);
        yield { key, size: Size, etag: ETag };
      }
    }
  }

  async *folders(prefix: string): AsyncGenerator<string> {
    checkFolder(prefix);
    let last = '';
    for await (const { CommonPrefixes } of this.#pages(prefix, '/')) {
      for (const { Prefix } of CommonPrefixes ?? []) {
        const key = (Prefix ?? '').slice(this.#place.prefix.length);
        if (!isKey(key.slice(0, -1))) continue;
        last = this.#following(last, key);
        yield key.slice(prefix.length, -1);
      }
    }
  }

  async delete(key: string): Promise<void> {
    checkKey(key);
    await this.#requests.run(
      `delete ${key}`,
      ({ sdk, client, signal }) =>
        client.send(new sdk.DeleteObjectCommand(this.#named(key)), { abortSignal: signal }).then(() => true),
      async ({ failure }) => (failure.trouble === 'missing' ? true : undefined),
    );
  }

  async close(): Promise<void> {
    await this.#requests.close();
  }

  #named(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#place.bucket, Key: `${this.#place.prefix}${key}` };
  }

  async #head(key: string): Promise<HeadObjectCommandOutput | undefined> {
    checkKey(key);
    const found = await this.#requests.run<HeadObjectCommandOutput | 'missing'>(
      `look at ${key}`,
      ({ sdk, client, signal }) =>
        client.send(new sdk.HeadObjectCommand({ ...this.#named(key), ChecksumMode: 'ENABLED' }), {
          abortSignal: signal,
        }),
      async ({ failure }) => (failure.trouble === 'missing' ? 'missing' : undefined),
    );
    return found === 'missing' ? undefined : found;
  }

  /** Gets an object and hands it to `use`; both are tried again together. */
  async #fetch<T>(key: string, use: (object: Arriving) => Promise<T>): Promise<T> {
    checkKey(key);
    return this.#requests.run(`read ${key}`, async (attempt) => {
      const command = new attempt.sdk.GetObjectCommand(this.#named(key));
      const answer = await attempt.client.send(command, { abortSignal: attempt.signal });
      return use(arriving(answer, key, attempt, this.#place));
    });
  }

  async #range(key: string, offset: number, length: number): Promise<Uint8Array> {
    if (length === 0) {
      const info = await this.head(key);
      if (info === undefined) throw troubled('missing', `${key} is not there`);
      if (offset > info.size) throw troubled('refused', `${key} has ${info.size} bytes; byte ${offset} was asked for`);
      return new Uint8Array(0);
    }
    const end = offset + length - 1;
    return this.#requests.run(`read ${key}`, async (attempt) => {
      const command = new attempt.sdk.GetObjectCommand({ ...this.#named(key), Range: `bytes=${offset}-${end}` });
      const answer = await attempt.client.send(command, { abortSignal: attempt.signal });
      const { chunks, drop } = arriving(answer, key, attempt, this.#place);
      if (answer.ContentRange?.startsWith(`bytes ${offset}-${end}/`) !== true) {
        drop();
        const got = answer.ContentRange ?? 'the whole object';
        throw troubled('refused', `${key}: bytes ${offset} to ${end} were asked for, the server gave ${got}`);
      }
      return collected(chunks, key, length);
    });
  }

  /** Pages of a listing, each tried again on its own. */
  async *#pages(prefix: string, Delimiter: '/' | undefined): AsyncGenerator<ListObjectsV2CommandOutput> {
    const request = {
      Bucket: this.#place.bucket,
      Prefix: `${this.#place.prefix}${prefix}`,
      ...(Delimiter && { Delimiter }),
    };
    let token: string | undefined;
    do {
      const from = token === undefined ? {} : { ContinuationToken: token };
      const page = await this.#requests.run(`list ${prefix}`, async ({ sdk, client, signal }) => {
        const answer = await client.send(new sdk.ListObjectsV2Command({ ...request, ...from }), {
          abortSignal: signal,
        });
        // Without it the answer is none, or half of one.
        if (answer.IsTruncated === undefined || (answer.IsTruncated && answer.NextContinuationToken === undefined)) {
          throw troubled('unavailable', `the S3 server's list of ${prefix} has no end`);
        }
        return answer;
      });
      yield page;
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  #following(last: string, key: string): string {
    if (last === '' || compareKeys(last, key) < 0) return key;
    throw troubled('refused', `the S3 server lists ${key} after ${last}; keys have to come in ascending order`);
  }

  async #requireHolding(key: string, condition: PutCondition): Promise<void> {
    const info = await this.head(key);
    if ('absent' in condition ? info !== undefined : info?.etag !== condition.etag) throw conflict(key, condition);
  }

  /**
   * What became of a put that failed for good. Returns the etag when the object is there with this put's own id: then a
   * try whose answer was lost had been carried out, and any condition that failed after it failed on our own object.
   */
  async #settle(
    put: {
      readonly key: string;
      readonly id: string;
      readonly size: number;
      readonly condition: PutCondition | undefined;
    },
    { failure, maybeDone }: Failed,
  ): Promise<string | undefined> {
    const { key, id, size, condition } = put;
    const found = maybeDone ? await this.#head(key).catch(() => 'unknown' as const) : undefined;
    if (found === 'unknown') throw s3Error(`put ${key}`, { ...failure, trouble: 'unavailable' }, false);
    if (found?.Metadata?.[PUT_ID] === id && found.ContentLength === size) return found.ETag;
    // A condition on an etag fails with "not found" where the object is gone.
    const isConflict = failure.trouble === 'conflict' || (condition !== undefined && failure.code === 'NoSuchKey');
    if (condition !== undefined && isConflict) throw conflict(key, condition);
    return undefined;
  }
}

function conflict(key: string, condition: PutCondition): ObjectStoreError {
  const why = 'absent' in condition ? 'is there already' : 'is not what it was when it was read';
  return troubled('conflict', `${key} ${why}`);
}

function fieldsOf(condition: PutCondition | undefined): { IfNoneMatch?: string; IfMatch?: string } {
  if (condition === undefined) return {};
  return 'absent' in condition ? { IfNoneMatch: '*' } : { IfMatch: condition.etag };
}
