import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { troubled } from '../trouble.ts';
import type { S3Place } from './s3-options.ts';
import type { Failed, S3Requests } from './s3-requests.ts';

/** S3's own limit. */
const PARTS_MAX = 10_000;
/** Parts under way at once; memory is this many parts. */
const PARALLEL = 3;

export interface MultipartPut {
  /** As the bucket knows it. */
  readonly key: string;
  readonly path: string;
  readonly size: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly condition: { readonly IfNoneMatch?: string; readonly IfMatch?: string };
  /** Finds out what became of a completion whose answer was lost. */
  readonly settle: (failed: Failed) => Promise<string | undefined>;
}

interface Part {
  readonly PartNumber: number;
  readonly ETag: string;
  readonly ChecksumSHA256: string;
}

/** Uploads a file in parts. Until the last request there is no object, and on failure the parts are removed. */
export class S3Multipart {
  readonly #place: S3Place;
  readonly #requests: S3Requests;

  constructor(place: S3Place, requests: S3Requests) {
    this.#place = place;
    this.#requests = requests;
  }

  /** Returns the object's etag. */
  async put(upload: MultipartPut): Promise<string> {
    const { key, path, size } = upload;
    const target = { Bucket: this.#place.bucket, Key: key };
    const { UploadId } = await this.#requests.run(`begin the upload of ${key}`, ({ sdk, client, signal }) =>
      client.send(
        new sdk.CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm: 'SHA256', Metadata: upload.metadata }),
        { abortSignal: signal },
      ),
    );
    if (UploadId === undefined) throw troubled('unavailable', `the S3 server gave the upload of ${key} no name`);
    const named = { ...target, UploadId };
    try {
      const file = await open(path, 'r');
      try {
        const parts = await this.#parts(file, named, size);
        if ((await file.stat()).size !== size) throw troubled('refused', `${path} changed while it was uploaded`);
        return await this.#complete(upload, named, parts);
      } finally {
        await file.close();
      }
    } catch (error) {
      await this.#abort(named);
      throw error;
    }
  }

  async #parts(
    file: FileHandle,
    named: { Key: string; UploadId: string; Bucket: string },
    size: number,
  ): Promise<Part[]> {
    const partBytes = Math.max(this.#place.partBytes, Math.ceil(size / PARTS_MAX));
    const count = Math.ceil(size / partBytes);
    const parts: Part[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      for (let index = next++; index < count; index = next++) {
        const body = Buffer.allocUnsafe(Math.min(partBytes, size - index * partBytes));
        await fill(body, file, index * partBytes);
        parts[index] = await this.#part({ ...named, PartNumber: index + 1, Body: body });
      }
    };
    const workers = Array.from({ length: Math.min(PARALLEL, count) }, work);
    // All have to be at rest before the upload is aborted, else a late part would stay in the bucket unseen.
    const ends = await Promise.allSettled(workers);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    return parts;
  }

  #part(request: { Bucket: string; Key: string; UploadId: string; PartNumber: number; Body: Buffer }): Promise<Part> {
    const { PartNumber, Body, Key } = request;
    const ChecksumSHA256 = createHash('sha256').update(Body).digest('base64');
    return this.#requests.run(`upload part ${PartNumber} of ${Key}`, async ({ sdk, client, signal, alive }) => {
      alive(Body.length);
      const command = new sdk.UploadPartCommand({ ...request, ChecksumSHA256 });
      const { ETag } = await client.send(command, { abortSignal: signal });
      if (ETag === undefined) throw troubled('unavailable', `the S3 server gave part ${PartNumber} of ${Key} no etag`);
      return { PartNumber, ETag, ChecksumSHA256 };
    });
  }

  #complete(
    { key, condition, settle }: MultipartPut,
    named: { Bucket: string; Key: string; UploadId: string },
    parts: Part[],
  ): Promise<string> {
    const once = async ({
      sdk,
      client,
      signal,
      alive,
    }: Parameters<Parameters<S3Requests['run']>[1]>[0]): Promise<string> => {
      // Servers put the parts together meanwhile.
      alive(parts.length * this.#place.partBytes);
      const command = new sdk.CompleteMultipartUploadCommand({
        ...named,
        ...condition,
        MultipartUpload: { Parts: parts },
      });
      const { ETag } = await client.send(command, { abortSignal: signal });
      if (ETag === undefined) throw troubled('unavailable', `the S3 server completed ${key} without an etag`);
      return ETag;
    };
    return this.#requests.run(`complete the upload of ${key}`, once, settle);
  }

  /** As far as it goes: what a server keeps of an upload that could not be aborted is for the bucket's lifecycle rules. */
  async #abort(named: { Bucket: string; Key: string; UploadId: string }): Promise<void> {
    const abort = this.#requests.run(`abort the upload of ${named.Key}`, ({ sdk, client, signal }) =>
      client.send(new sdk.AbortMultipartUploadCommand(named), { abortSignal: signal }),
    );
    await abort.catch(() => undefined);
  }
}

async function fill(body: Buffer, file: FileHandle, position: number): Promise<void> {
  for (let done = 0; done < body.length;) {
    const { bytesRead } = await file.read(body, done, body.length - done, position + done);
    if (bytesRead === 0) throw troubled('refused', 'the file became shorter while it was uploaded');
    done += bytesRead;
  }
}
