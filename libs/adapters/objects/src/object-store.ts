/** What a listing or a head tells about an object. `etag` changes with the content and is only good for conditions. */
export interface ObjectInfo {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
}

/** Bytes that `put`, `get` and `read` hold in memory at most; larger objects go by way of files. */
export const OBJECT_BYTES_MAX = 1024 * 1024 * 1024;

/** A put that only happens when the object is not there, or still is what was read. */
export type PutCondition = { readonly absent: true } | { readonly etag: string };

/**
 * Objects by key, in a folder (`file:///path`) or an S3 bucket (`s3://bucket/prefix`). Keys are `/`-separated, without
 * `.`, `..` or empty parts. Every operation throws {@link ObjectStoreError} that says whether the outcome is known;
 * both kinds pass the same contract test. A put is whole or not there: no reader ever sees half an object.
 * A key that is the beginning of another (`a` and `a/b`) fits only into a bucket; a folder refuses the second.
 */
export interface ObjectStore {
  /** Without credentials, for messages. */
  readonly url: string;
  /** Refused with `conflict` when the condition does not hold. */
  put(key: string, body: Uint8Array, condition?: PutCondition): Promise<ObjectInfo>;
  /** Uploads a file of any size without holding it in memory. */
  putFile(key: string, path: string, condition?: PutCondition): Promise<ObjectInfo>;
  /** The whole object or exactly `length` bytes from `offset`: `refused` when it has fewer. `missing` when it is not there. */
  get(key: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array>;
  /** The object with the etag to put it back under. */
  read(key: string): Promise<{ readonly body: Uint8Array; readonly info: ObjectInfo }>;
  /** Writes the object into a file (by way of a temporary one and rename) without holding it in memory. */
  getFile(key: string, path: string): Promise<ObjectInfo>;
  head(key: string): Promise<ObjectInfo | undefined>;
  /** SHA-256 of what the store really holds, in hex: by the store's own verified checksum or by reading it back. */
  sha256(key: string): Promise<string>;
  /** Keys that begin with `prefix`, in ascending order of their UTF-8 bytes. */
  list(prefix: string): AsyncIterable<ObjectInfo>;
  /** The distinct next parts below `prefix` (which ends with `/` or is empty), in the order of their keys, without the slash. */
  folders(prefix: string): AsyncIterable<string>;
  /** No error when it is not there. */
  delete(key: string): Promise<void>;
  close(): Promise<void>;
}

export type ObjectTrouble =
  /** The object is not there. */
  | 'missing'
  /** A condition did not hold. */
  | 'conflict'
  /** Not allowed, or wrong credentials: trying again does not help. */
  | 'denied'
  /** The disk or quota is full. */
  | 'full'
  /** Refused for good for another reason (a wrong bucket, a malformed key). */
  | 'refused'
  /** 5xx, time-out, connection: worth trying again. */
  | 'unavailable';

export class ObjectStoreError extends Error {
  override readonly name = 'ObjectStoreError';
  readonly trouble: ObjectTrouble;
  /** False when a put may or may not have happened. */
  readonly outcomeKnown: boolean;

  constructor(
    message: string,
    facts: { readonly trouble: ObjectTrouble; readonly outcomeKnown: boolean },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.trouble = facts.trouble;
    this.outcomeKnown = facts.outcomeKnown;
  }
}
