import type { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { ObjectStoreError } from '../object-store.ts';
import { troubled } from '../trouble.ts';
import type { S3Place } from './s3-options.ts';
import type { Attempt } from './s3-requests.ts';
import { failureOf, s3Error } from './s3-trouble.ts';

/** An object on its way: its size as the server states it, and its bytes, which the SDK checks against a checksum that comes with them. */
export interface Arriving {
  readonly size: number;
  readonly etag: string;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Lets go of the connection when the bytes are not wanted. */
  readonly drop: () => void;
}

/** Reads an answer to GetObject; whatever breaks on the way comes as ObjectStoreError. */
export function arriving(answer: GetObjectCommandOutput, key: string, attempt: Attempt, place: S3Place): Arriving {
  const { Body, ContentLength, ETag } = answer;
  if (Body === undefined || ContentLength === undefined || ETag === undefined) {
    throw troubled('unavailable', `the S3 server answered without the size, etag or body of ${key}`);
  }
  const body = Body as Readable;
  const drop = (): void => {
    // Nobody listens any more to what breaks by this.
    body.on('error', () => undefined);
    body.destroy();
  };
  return { size: ContentLength, etag: ETag, chunks: watched(body, key, attempt, place), drop };
}

async function* watched(
  body: Readable,
  key: string,
  { signal, alive }: Attempt,
  place: S3Place,
): AsyncGenerator<Uint8Array> {
  const stop = (): void => {
    body.destroy(signal.reason as Error);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of body) {
      alive();
      yield chunk as Uint8Array;
      // Writing it down may have taken a while, for which the server is not to blame.
      alive();
    }
  } catch (error) {
    throw error instanceof ObjectStoreError ? error : s3Error(`read ${key}`, failureOf(error, place), true);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** All bytes of `chunks`, of which there have to be exactly `bytes`. */
export async function collected(chunks: AsyncIterable<Uint8Array>, key: string, bytes: number): Promise<Uint8Array> {
  const body = Buffer.allocUnsafeSlow(bytes);
  let received = 0;
  for await (const chunk of chunks) {
    if (received + chunk.length <= bytes) body.set(chunk, received);
    received += chunk.length;
  }
  if (received !== bytes) throw troubled('unavailable', `${received} of ${bytes} bytes of ${key} arrived`);
  return body;
}
