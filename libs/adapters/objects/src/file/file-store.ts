import { createHash, randomUUID } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import {
  chmod,
  copyFile,
  type FileHandle,
  link,
  lstat,
  open,
  readdir,
  rename,
  rm,
  stat,
  unlink,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkFolder, checkKey, checkPrefix, isKey, OWN_FOLDER } from '../object-key.ts';
import { type ObjectInfo, type ObjectStore, OBJECT_BYTES_MAX, type PutCondition } from '../object-store.ts';
import { KeyQueue } from '../key-queue.ts';
import { receiveFile } from '../receive-file.ts';
import { DurableFolders, syncFolder } from './durable.ts';
import { FileLocks } from './file-lock.ts';
import { troubled } from '../trouble.ts';
import { codeOf, fileTrouble } from './file-trouble.ts';
import { foldersIn, keysBelow } from './walk.ts';

/** A put takes minutes at most; what has lain unfinished for this long belongs to a process that died. */
const UNFINISHED_MS_MAX = 24 * 3_600_000;
/** Another's delete may remove the folder between our making it and our using it; more often than this is no accident. */
const FOLDER_RACES_MAX = 20;
/** Links are no objects, and a pipe somebody put there must not hold us up. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** What a system call says where there is no object of that name. */
const NOT_THERE = ['ENOENT', 'ENOTDIR', 'ELOOP'];
const CHUNK_BYTES = 1024 * 1024;

/**
 * Objects as files below a folder. A put writes and syncs an unfinished file in the store's own folder, then links
 * (`absent`: exactly one wins) or renames it to its place and syncs that folder. Whatever replaces or removes an object
 * holds the key's lock, so a condition on an etag holds at the moment of the rename, between processes too.
 * An etag is inode, size and modification time, which each put sets later than that of the object it replaces.
 * Symbolic links inside the folder are not part of the store.
 */
export class FileStore implements ObjectStore {
  readonly url: string;
  readonly #root: string;
  readonly #unfinished: string;
  readonly #folders: DurableFolders;
  readonly #locks: FileLocks;
  readonly #queue = new KeyQueue();
  #prepared: Promise<void> | undefined;

  constructor(root: string) {
    this.url = pathToFileURL(root).href;
    this.#root = root;
    this.#unfinished = join(root, OWN_FOLDER, 'unfinished');
    this.#folders = new DurableFolders(root);
    this.#locks = new FileLocks(join(root, OWN_FOLDER, 'locks'));
  }

  async put(key: string, body: Uint8Array, condition?: PutCondition): Promise<ObjectInfo> {
    return this.#place(key, condition, async (path) => {
      const file = await open(path, 'wx');
      try {
        await file.writeFile(body);
      } finally {
        await file.close();
      }
    });
  }

  async putFile(key: string, path: string, condition?: PutCondition): Promise<ObjectInfo> {
    return this.#place(key, condition, async (unfinished) => {
      const source = await stat(path).catch((cause: unknown) => {
        throw troubled('refused', `cannot read ${path}: ${(cause as Error).message}`);
      });
      await (await open(unfinished, 'wx')).close();
      const { mode } = await stat(unfinished);
      await copyFile(path, unfinished, constants.COPYFILE_FICLONE);
      // It comes with its source's mode, which may forbid writing.
      await chmod(unfinished, mode);
      if ((await stat(unfinished)).size !== source.size) {
        throw troubled('refused', `${path} changed while it was copied to ${key}`);
      }
    });
  }

  async get(key: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array> {
    return this.#reading(key, async (file, { size }) => {
      const { offset, length } = range ?? { offset: 0, length: Number(size) };
      if (offset + length > size) {
        throw troubled('refused', `${key} has ${size} bytes; bytes ${offset} to ${offset + length} were asked for`);
      }
      return readExactly(file, key, offset, length);
    });
  }

  async read(key: string): Promise<{ readonly body: Uint8Array; readonly info: ObjectInfo }> {
    return this.#reading(key, async (file, stats) => ({
      body: await readExactly(file, key, 0, Number(stats.size)),
      info: infoOf(key, stats),
    }));
  }

  async getFile(key: string, path: string): Promise<ObjectInfo> {
    return this.#reading(key, async (file, stats) => {
      await receiveFile(path, chunksOf(file), Number(stats.size));
      return infoOf(key, stats);
    });
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    checkKey(key);
    try {
      const stats = await lstat(join(this.#root, key), { bigint: true });
      return stats.isFile() ? infoOf(key, stats) : undefined;
    } catch (error) {
      if (NOT_THERE.includes(codeOf(error))) return undefined;
      throw fileTrouble(`look at ${key}`, error);
    }
  }

  async sha256(key: string): Promise<string> {
    return this.#reading(key, async (file) => {
      const hash = createHash('sha256');
      for await (const chunk of chunksOf(file)) hash.update(chunk);
      return hash.digest('hex');
    });
  }

  async *list(prefix: string): AsyncGenerator<ObjectInfo> {
    checkPrefix(prefix);
    const cut = prefix.lastIndexOf('/') + 1;
    try {
      for await (const key of keysBelow(this.#root, prefix.slice(0, cut), prefix.slice(cut))) {
        // It may have been deleted since its folder was read.
        const info = isKey(key) ? await this.head(key) : undefined;

        if (info !== undefined) yield info;
      }
    } catch (error) {
      throw fileTrouble(`list ${prefix}`, error);
    }
  }

  async *folders(prefix: string): AsyncGenerator<string> {
    checkFolder(prefix);
    try {
      yield* foldersIn(this.#root, prefix);
    } catch (error) {
      throw fileTrouble(`list ${prefix}`, error);
    }
  }

  async delete(key: string): Promise<void> {
    checkKey(key);
    const target = join(this.#root, key);
    let unlinked = false;
    try {
      if ((await this.head(key)) === undefined) return;
      await this.#prepare();
      await this.#alone(key, async () => {
        await unlink(target);
        unlinked = true;
        await syncFolder(dirname(target));
      });
      await this.#folders.prune(dirname(target));
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw fileTrouble(`delete ${key}`, error, !unlinked);
    }
  }

  async close(): Promise<void> {
    // Nothing stays open between operations.
  }

  async #reading<T>(key: string, use: (file: FileHandle, stats: BigIntStats) => Promise<T>): Promise<T> {
    checkKey(key);
    let file: FileHandle | undefined;
    try {
      file = await open(join(this.#root, key), READ_FLAGS);
      const stats = await file.stat({ bigint: true });
      if (!stats.isFile()) throw troubled('missing', `${key} is not there`);
      return await use(file, stats);
    } catch (error) {
      if (NOT_THERE.includes(codeOf(error))) throw troubled('missing', `${key} is not there`);
      throw fileTrouble(`read ${key}`, error);
    } finally {
      await file?.close();
    }
  }

  /** Writes an unfinished file by `write`, syncs it and brings it to its place under the condition. */
  async #place(
    key: string,
    condition: PutCondition | undefined,
    write: (path: string) => Promise<void>,
  ): Promise<ObjectInfo> {
    checkKey(key);
    const unfinished = join(this.#unfinished, randomUUID());
    const progress = { placed: false };
    try {
      await this.#prepare();
      const isAbsent = condition === undefined || 'etag' in condition || (await this.head(key)) === undefined;
      // Known before anything is written.
      if (!isAbsent) throw troubled('conflict', `${key} is there already`);
      await write(unfinished);
      const file = await open(unfinished, 'r+');
      try {
        await file.sync();
        if (condition !== undefined && 'absent' in condition) {
          await stamp(file, undefined);
          await this.#link(unfinished, key, progress);
        } else {
          await this.#replace({ unfinished, file, key }, condition?.etag, progress);
        }
        return infoOf(key, await file.stat({ bigint: true }));
      } finally {
        await file.close();
      }
    } catch (error) {
      throw fileTrouble(`put ${key}`, error, !progress.placed);
    } finally {
      await rm(unfinished, { force: true });
    }
  }

  async #link(unfinished: string, key: string, progress: { placed: boolean }): Promise<void> {
    const target = join(this.#root, key);
    await this.#inFolder(key, async () => {
      try {
        await link(unfinished, target);
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
        const isFolder = (await stat(target).catch(() => undefined))?.isDirectory() === true;
        if (isFolder) throw troubled('refused', `${key} is the beginning of other keys; a folder cannot hold both`);
        throw troubled('conflict', `${key} is there already`);
      }
    });
    progress.placed = true;
    await syncFolder(dirname(target));
  }

  async #replace(
    { unfinished, file, key }: { readonly unfinished: string; readonly file: FileHandle; readonly key: string },
    etag: string | undefined,
    progress: { placed: boolean },
  ): Promise<void> {
    await this.#alone(key, async () => {
      const before = await lstat(join(this.#root, key), { bigint: true }).catch((error: unknown) => {
        if (NOT_THERE.includes(codeOf(error))) return undefined;
        throw error;
      });
      if (before?.isDirectory() === true) {
        throw troubled('refused', `${key} is the beginning of other keys; a folder cannot hold both`);
      }
      if (etag !== undefined && (before === undefined || etagOf(before) !== etag)) {
        throw troubled('conflict', `${key} is not what it was when it was read`);
      }
      await stamp(file, before);
      await this.#inFolder(key, () => rename(unfinished, join(this.#root, key)));
      progress.placed = true;
      await syncFolder(dirname(join(this.#root, key)));
    });
  }

  /** Runs `work` with the key's folder there; a delete next door may remove it in between. */
  async #inFolder(key: string, work: () => Promise<void>): Promise<void> {
    const folder = dirname(join(this.#root, key));
    for (let races = 0; ; races += 1) {
      try {
        await this.#folders.make(folder);
        await work();
        return;
      } catch (error) {
        if (['ENOTDIR', 'EEXIST'].includes(codeOf(error))) {
          throw troubled('refused', `a part of ${key} is itself a key; a folder cannot hold both`);
        }
        if (codeOf(error) !== 'ENOENT' || races >= FOLDER_RACES_MAX) throw error;
      }
    }
  }

  /** Alone among this process's operations first, which costs nothing, then among all processes'. */
  async #alone(key: string, work: () => Promise<void>): Promise<void> {
    const name = createHash('sha256').update(key).digest('hex');
    await this.#queue.run(key, () => this.#locks.holding(name, work));
  }

  /** Makes the store's own folders and removes what dead processes left in them; once. */
  #prepare(): Promise<void> {
    this.#prepared ??= this.#makeOwnFolders().catch((error: unknown) => {
      this.#prepared = undefined;
      throw error;
    });
    return this.#prepared;
  }

  async #makeOwnFolders(): Promise<void> {
    const locks = join(this.#root, OWN_FOLDER, 'locks');
    await this.#folders.make(this.#unfinished);
    await this.#folders.make(locks);
    for (const folder of [this.#unfinished, locks]) {
      for (const name of await readdir(folder)) {
        // Locks proper are taken over when they are wanted; only their candidates and unfinished objects are rubbish.
        if (folder === locks && !name.endsWith('.new')) continue;
        const stats = await stat(join(folder, name)).catch(() => undefined);
        if (stats !== undefined && Date.now() - stats.mtimeMs > UNFINISHED_MS_MAX) {
          await rm(join(folder, name), { force: true });
        }
      }
    }
  }
}

function etagOf({ ino, size, mtimeNs }: BigIntStats): string {
  return `${ino.toString(36)}-${size.toString(36)}-${mtimeNs.toString(36)}`;
}

function infoOf(key: string, stats: BigIntStats): ObjectInfo {
  return { key, size: Number(stats.size), etag: etagOf(stats) };
}

/** Gives an unfinished file its modification time: now in steps of a microsecond, later than that of what it replaces. */
async function stamp(file: FileHandle, before: BigIntStats | undefined): Promise<void> {
  const now = Math.floor((performance.timeOrigin + performance.now()) * 1000);
  const least = before === undefined ? 0 : Number(before.mtimeNs / 1000n) + 2;
  const seconds = Math.max(now, least) / 1_000_000;
  await file.utimes(seconds, seconds);
}

async function* chunksOf(file: FileHandle): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let position = 0; ;) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function readExactly(file: FileHandle, key: string, offset: number, length: number): Promise<Uint8Array> {
  if (length > OBJECT_BYTES_MAX) {
    throw troubled('refused', `${key}: ${length} bytes are too many for memory; fetch it into a file`);
  }
  const body = Buffer.allocUnsafeSlow(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(body, done, length - done, offset + done);
    if (bytesRead === 0) throw troubled('unavailable', `${key} became shorter while it was read`);
    done += bytesRead;
  }
  return body;
}
