import { setTimeout as sleep } from 'node:timers/promises';
import type * as SdkModule from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { ObjectStoreError } from '../object-store.ts';
import type { S3Place } from './s3-options.ts';
import { failureOf, s3Error, type S3Failure } from './s3-trouble.ts';

export type Sdk = typeof SdkModule;

const RETRY_MS_MAX = 5_000;
const CONNECT_MS_MAX = 5_000;

/** One try of a request: its client and the watch that ends it when nothing moves. */
export interface Attempt {
  readonly sdk: Sdk;
  readonly client: S3Client;
  readonly signal: AbortSignal;
  /** To be called when something arrives, and with its size before something is sent. */
  readonly alive: (bytes?: number) => void;
}

/** What came before a failure, for whoever can find out what became of it. */
export interface Failed {
  readonly failure: S3Failure;
  /** An earlier try, or this one, may have been carried out. */
  readonly maybeDone: boolean;
}

/** The SDK's client, loaded at the first request, with tries, pauses and time-outs of our own. */
export class S3Requests {
  readonly #place: S3Place;
  #loaded: Promise<{ readonly sdk: Sdk; readonly client: S3Client }> | undefined;
  #closed = false;

  constructor(place: S3Place) {
    this.#place = place;
  }

  /**
   * Tries `once` until it succeeds, fails for good or the tries are used up. `settle` is asked about every final failure
   * and may turn it into a result; else it is thrown as ObjectStoreError. Errors of that class that `once` throws itself
   * are tried again when they are `unavailable`.
   */
  async run<T>(
    doing: string,
    once: (attempt: Attempt) => Promise<T>,
    settle?: (failed: Failed) => Promise<T | undefined>,
  ): Promise<T> {
    let maybeDone = false;
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#attempt(once);
      } catch (error) {
        if (!isFromOutside(error)) throw error;
        const failure = this.#failureOf(error);
        maybeDone ||= !failure.outcomeKnown;
        if (failure.passing && tries < this.#place.attemptsMax && !this.#closed) {
          await sleep(pauseMs(this.#place.retryMs, tries));
          continue;
        }
        const settled = await settle?.({ failure, maybeDone });
        if (settled !== undefined) return settled;
        throw error instanceof ObjectStoreError ? error : s3Error(doing, failure, !maybeDone);
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const loaded = await this.#loaded;
    loaded?.client.destroy();
  }

  #failureOf(error: unknown): S3Failure {
    if (!(error instanceof ObjectStoreError)) return failureOf(error, this.#place);
    const { trouble, outcomeKnown, message } = error;
    return { code: '', status: undefined, trouble, passing: trouble === 'unavailable', outcomeKnown, message };
  }

  async #attempt<T>(once: (attempt: Attempt) => Promise<T>): Promise<T> {
    const { sdk, client } = await this.#load();
    const controller = new AbortController();
    const { silenceMsMax, bytesPerMsMin } = this.#place;
    const silent = (): void => {
      controller.abort(silenceOf(silenceMsMax));
    };
    let watch = setTimeout(silent, silenceMsMax);
    const alive = (bytes = 0): void => {
      clearTimeout(watch);
      watch = setTimeout(silent, silenceMsMax + bytes / bytesPerMsMin);
    };
    try {
      return await once({ sdk, client, signal: controller.signal, alive });
    } catch (error) {
      // The SDK's own word for it is that somebody aborted.
      throw controller.signal.aborted ? silenceOf(silenceMsMax) : error;
    } finally {
      clearTimeout(watch);
    }
  }

  #load(): Promise<{ readonly sdk: Sdk; readonly client: S3Client }> {
    this.#loaded ??= import('@aws-sdk/client-s3').then((sdk) => ({ sdk, client: this.#client(sdk) }));
    return this.#loaded;
  }

  #client(sdk: Sdk): S3Client {
    const { endpoint, region, credentials } = this.#place;
    return new sdk.S3Client({
      region,
      ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
      ...(credentials === undefined
        ? {}
        : {
            credentials: {
              accessKeyId: credentials.accessKeyId,
              secretAccessKey: credentials.secretAccessKey.reveal(),
              ...(credentials.sessionToken === undefined ? {} : { sessionToken: credentials.sessionToken.reveal() }),
            },
          }),
      maxAttempts: 1,
      // A connection of its own for every larger put, and a wait for servers that do not know the header.
      expectContinueHeader: false,
      requestHandler: { connectionTimeout: Math.min(CONNECT_MS_MAX, this.#place.silenceMsMax) },
    });
  }
}

function silenceOf(ms: number): ObjectStoreError {
  return new ObjectStoreError(`the S3 server was silent for ${ms} ms`, { trouble: 'unavailable', outcomeKnown: false });
}

/** Broken assumptions of our own are not tried again and not dressed up. */
function isFromOutside(error: unknown): boolean {
  const { name } = error as { readonly name?: string };
  return !['AssertionFailure', 'TypeError', 'RangeError'].includes(name ?? '');
}

/** Doubled each time, the upper half of it at random: many that failed together do not come back together. */
function pauseMs(first: number, tries: number): number {
  const whole = Math.min(first * 2 ** (tries - 1), RETRY_MS_MAX);
  return whole / 2 + (Math.random() * whole) / 2;
}
