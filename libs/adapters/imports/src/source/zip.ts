import { type FileHandle, open } from 'node:fs/promises';
import { UserError } from '@portcullis/config';

/** One file inside a zip archive, by its central directory. */
export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Where its compressed bytes begin. */
  readonly offset: number;
}

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const COMMENT_BYTES_MAX = 65_535;
/** Bytes of a central directory: some 100,000 files, far more than a day's or a month's data set has. */
const DIRECTORY_BYTES_MAX = 16 * 1024 * 1024;
/** What a 32-bit field holds when the number stands in the 64-bit extra field. */
const ZIP64 = 0xffff_ffff;
const ZIP64_EXTRA = 0x0001;

async function bytesAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

function refuse(path: string, why: string): never {
  throw new UserError(`${path}: ${why}`, 'fetch the archive again, or unpack it and give the files in it');
}

/** The files in a zip archive, in the order of its directory. Throws a {@link UserError} for one that is cut off or not understood. */
export async function zipEntries(path: string): Promise<ZipEntry[]> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const tail = await bytesAt(
      file,
      Math.max(0, size - END_BYTES - COMMENT_BYTES_MAX),
      Math.min(size, END_BYTES + COMMENT_BYTES_MAX),
    );
    let at = tail.length - END_BYTES;
    while (at >= 0 && tail.readUInt32LE(at) !== END_SIGNATURE) at -= 1;
    if (at < 0) refuse(path, `the zip archive is cut off: its directory is missing (${size} bytes)`);
    const length = tail.readUInt32LE(at + 12);
    const start = tail.readUInt32LE(at + 16);
    if (start === ZIP64 || length > DIRECTORY_BYTES_MAX) refuse(path, 'the zip archive is too large (over 4 GiB)');
    const directory = await bytesAt(file, start, length);
    const entries: ZipEntry[] = [];
    for (let next = 0; next + ENTRY_BYTES <= directory.length;) {
      if (directory.readUInt32LE(next) !== ENTRY_SIGNATURE) refuse(path, 'its directory is damaged');
      const { header, length: entryBytes } = entryAt(directory, next);
      const local = await bytesAt(file, header.offset, LOCAL_BYTES);
      if (local.length < LOCAL_BYTES || local.readUInt32LE(0) !== LOCAL_SIGNATURE) refuse(path, 'it is damaged');
      const offset = header.offset + LOCAL_BYTES + local.readUInt16LE(26) + local.readUInt16LE(28);
      entries.push({ ...header, offset });
      next += entryBytes;
    }
    return entries.filter(({ name }) => !name.endsWith('/'));
  } finally {
    await file.close();
  }
}

/** One record of the central directory; `offset` is still that of the local header. Source: APPNOTE.TXT 4.3.12, 4.5.3. */
function entryAt(directory: Buffer, at: number): { readonly header: ZipEntry; readonly length: number } {
  const nameBytes = directory.readUInt16LE(at + 28);
  const extraBytes = directory.readUInt16LE(at + 30);
  const nameAt = at + ENTRY_BYTES;
  const wide = wideFields(directory.subarray(nameAt + nameBytes, nameAt + nameBytes + extraBytes));
  const field = (offset: number): number => {
    const value = directory.readUInt32LE(at + offset);
    return value === ZIP64 ? (wide.shift() ?? value) : value;
  };
  // The 64-bit fields stand in this order, each only where its 32-bit one is full.
  const size = field(24);
  const compressedSize = field(20);
  const offset = field(42);
  return {
    header: {
      name: directory.toString('utf8', nameAt, nameAt + nameBytes),
      method: directory.readUInt16LE(at + 10),
      crc: directory.readUInt32LE(at + 16),
      compressedSize,
      size,
      offset,
    },
    length: ENTRY_BYTES + nameBytes + extraBytes + directory.readUInt16LE(at + 32),
  };
}

function wideFields(extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length;) {
    const length = extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === ZIP64_EXTRA) {
      const count = Math.min(3, Math.floor(length / 8));
      return Array.from({ length: count }, (_, i) => Number(extra.readBigUInt64LE(at + 4 + 8 * i)));
    }
    at += 4 + length;
  }
  return [];
}
