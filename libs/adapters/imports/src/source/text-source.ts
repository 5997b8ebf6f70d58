import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { crc32, createGunzip, createInflateRaw, type Gunzip, type InflateRaw } from 'node:zlib';
import { UserError } from '@portcullis/config';
import { type ZipEntry, zipEntries } from './zip.ts';

/** Why a file's content ends before its end: what comes before is good, and has been given. */
export interface SourceProblem {
  readonly problem: 'cut-off' | 'corrupt';
  /** Offset in the file as it lies on the disk, up to which it was read. */
  readonly byte: number;
  readonly detail: string;
}

/** One text, unpacked as it is read: a plain or gzipped file, or a file inside a zip archive. */
export interface TextSource {
  /** For messages: the path, with `!name` behind it inside a zip archive. */
  readonly name: string;
  /** Bytes on the disk that belong to it. */
  readonly bytes: number;
  /** May be read once. `onBytes` gets the count of bytes on the disk used so far. */
  chunks(onBytes?: (bytes: number) => void): AsyncIterable<Uint8Array>;
  /** Set when `chunks` has ended early. */
  readonly problem: SourceProblem | undefined;
}

const READ_BYTES = 64 * 1024;
const UNPACK = { chunkSize: 256 * 1024 };

/** The texts in a file: told apart by what is in it, never by its name. A {@link UserError} when it cannot be opened. */
export async function textSources(path: string): Promise<TextSource[]> {
  const { magic, size } = await firstBytes(path);
  if (magic.length >= 4 && magic.readUInt32LE(0) === 0x04034b50) {
    const entries = await zipEntries(path);
    return entries.map((entry) => new ZipSource(path, entry));
  }
  const isGzip = magic.length >= 2 && magic[0] === 0x1f && magic[1] === 0x8b;
  return [new FileSource(path, size, isGzip)];
}

async function firstBytes(path: string): Promise<{ magic: Buffer; size: number }> {
  try {
    const file = await open(path, 'r');
    try {
      const stat = await file.stat();
      if (stat.isDirectory()) throw new UserError(`${path} is a folder`, 'name the files in it, for example with *');
      const buffer = Buffer.alloc(8);
      const { bytesRead } = await file.read(buffer, 0, 8, 0);
      return { magic: buffer.subarray(0, bytesRead), size: stat.size };
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new UserError(`${path} cannot be read (${code})`, 'check that the path is right and that you may read it', {
      cause,
    });
  }
}

/** Feeds what is on the disk to an unpacker and gives what comes out, all of it also when the input ends too soon. */
async function* unpacked(
  raw: AsyncIterable<Uint8Array>,
  engine: Gunzip | InflateRaw,
  onProblem: (error: Error) => void,
): AsyncGenerator<Uint8Array> {
  const ready: Uint8Array[] = [];
  let failure: Error | undefined;
  engine.on('data', (chunk: Uint8Array) => ready.push(chunk));
  const over = new Promise<void>((resolve) => {
    engine.once('end', resolve);
    engine.once('error', (error) => {
      failure = error;
      resolve();
    });
  });
  try {
    for await (const piece of raw) {
      const before = ready.splice(0);
      const written = new Promise<void>((resolve) => {
        engine.write(piece, () => resolve());
      });
      // Unpacking goes on in another thread while what is ready is being read.
      yield* before;
      await Promise.race([over, written]);
      if (failure !== undefined) break;
    }
    if (failure === undefined) engine.end();
    await over;
    yield* ready.splice(0);
    if (failure !== undefined) onProblem(failure);
  } finally {
    engine.destroy();
  }
}

class FileSource implements TextSource {
  readonly name: string;
  readonly bytes: number;
  readonly #isGzip: boolean;
  problem: SourceProblem | undefined;

  constructor(path: string, bytes: number, isGzip: boolean) {
    this.name = path;
    this.bytes = bytes;
    this.#isGzip = isGzip;
  }

  async *chunks(onBytes: (bytes: number) => void = () => undefined): AsyncGenerator<Uint8Array> {
    let used = 0;
    const raw = counted(createReadStream(this.name, { highWaterMark: READ_BYTES }), (bytes) => {
      used += bytes;
      onBytes(used);
    });
    if (!this.#isGzip) {
      yield* raw;
      return;
    }
    const engine = createGunzip(UNPACK);
    yield* unpacked(raw, engine, (error) => {
      // What follows a corrupt place was read with the same piece: the engine knows how far it came.
      const isCut = (error as NodeJS.ErrnoException).code === 'Z_BUF_ERROR';
      this.problem = isCut
        ? { problem: 'cut-off', byte: used, detail: `the gzip file is cut off at byte ${used}` }
        : {
            problem: 'corrupt',
            byte: engine.bytesWritten,
            detail: `the gzip file is damaged before byte ${engine.bytesWritten} (${error.message})`,
          };
    });
  }
}

class ZipSource implements TextSource {
  readonly name: string;
  readonly bytes: number;
  readonly #path: string;
  readonly #entry: ZipEntry;
  problem: SourceProblem | undefined;

  constructor(path: string, entry: ZipEntry) {
    this.name = `${path}!${entry.name}`;
    this.bytes = entry.compressedSize;
    this.#path = path;
    this.#entry = entry;
  }

  async *chunks(onBytes: (bytes: number) => void = () => undefined): AsyncGenerator<Uint8Array> {
    const { offset, compressedSize, method, crc, size } = this.#entry;
    if (method !== 0 && method !== 8) {
      throw new UserError(`${this.name}: packed by method ${method}`, 'pack it again with deflate');
    }
    if (compressedSize === 0) return;
    let used = 0;
    const raw = counted(
      createReadStream(this.#path, { highWaterMark: READ_BYTES, start: offset, end: offset + compressedSize - 1 }),
      (bytes) => {
        used += bytes;
        onBytes(used);
      },
    );
    let sum = 0;
    let length = 0;
    const texts =
      method === 0
        ? raw
        : unpacked(raw, createInflateRaw(UNPACK), (error) => {
            this.problem = {
              problem: 'corrupt',
              byte: offset + used,
              detail: `the zip archive is damaged before byte ${offset + used} (${error.message})`,
            };
          });
    for await (const chunk of texts) {
      sum = crc32(chunk, sum);
      length += chunk.length;
      yield chunk;
    }
    if (this.problem === undefined && (sum !== crc || length !== size)) {
      this.problem = { problem: 'corrupt', byte: offset + used, detail: 'the zip archive does not have its checksum' };
    }
  }
}

async function* counted(raw: AsyncIterable<Uint8Array>, onBytes: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const piece of raw) {
    onBytes(piece.length);
    yield piece;
  }
}
