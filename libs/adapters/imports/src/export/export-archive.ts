import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ArchiveReader, type ReadRequest } from '@portcullis/archive';
import { UserError } from '@portcullis/config';
import type { MarketKind } from '@portcullis/contracts';
import type { ObjectStore } from '@portcullis/objects';
import { COMMON_COLUMNS, EXPORT_COLUMNS, csvCell, objectOf, rowsOf } from './event-text.ts';
import { exportParquet } from './export-parquet.ts';

export const EXPORT_FORMATS = ['csv', 'jsonl', 'parquet'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportRequest {
  readonly store: ObjectStore;
  readonly format: ExportFormat;
  /** What to export; `csv` and `parquet` need exactly one kind, because each kind has its own columns. */
  readonly range: Pick<ReadRequest, 'venues' | 'kinds' | 'symbols' | 'from' | 'to'>;
  /** A file (written whole or not at all), or where text goes piece by piece. */
  readonly out: string | { write(text: string): Promise<void> };
  readonly signal?: AbortSignal;
}

export interface ExportReport {
  readonly events: number;
  readonly rows: number;
}

/** Characters collected before they are written. */
const PIECE_CHARACTERS = 256 * 1024;

/** Writes what the archive holds as a table or as lines of JSON. Throws a {@link UserError} for a request that cannot be. */
export async function exportArchive(request: ExportRequest): Promise<ExportReport> {
  const { format, range, out } = request;
  const [kind] = range.kinds ?? [];
  if (format !== 'jsonl' && (kind === undefined || range.kinds?.length !== 1)) {
    throw new UserError(`a ${format} export has the columns of one kind`, 'name it with --kind, or use --format jsonl');
  }
  if (format === 'parquet' && typeof out !== 'string') {
    throw new UserError('a parquet export goes into a file', 'name it with --out FILE');
  }
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-export-'));
  const reader = new ArchiveReader({ store: request.store, cacheDir: join(folder, 'cache') });
  try {
    if (format === 'parquet') {
      return await toFile(out as string, (file) =>
        exportParquet({
          reader,
          request: readRequest(range),
          kind: kind as MarketKind,
          file,
          tmpDir: join(folder, 'duck'),
        }),
      );
    }
    if (typeof out !== 'string') return await exportText(request, reader, out);
    return await toFile(out, async (path) => {
      const file = await open(path, 'w');
      try {
        return await exportText(request, reader, { write: async (text) => void (await file.writeFile(text)) });
      } finally {
        await file.close();
      }
    });
  } finally {
    await reader.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Gaps come along only where they are asked for. */
function readRequest(range: ExportRequest['range']): ReadRequest {
  const isAsked = range.kinds === undefined || range.kinds.includes('gap');
  return { ...range, gaps: isAsked };
}

async function toFile<T>(path: string, write: (temporary: string) => Promise<T>): Promise<T> {
  const temporary = `${path}.${process.pid}.part`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const result = await write(temporary);
    await rename(temporary, path);
    return result;
  } catch (cause) {
    await rm(temporary, { force: true });
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC' || code === 'EACCES' || code === 'EROFS' || code === 'ENOTDIR') {
      throw new UserError(`${path} cannot be written (${code})`, 'choose another place, or make room', { cause });
    }
    throw cause;
  }
}

async function exportText(
  { format, range, signal }: ExportRequest,
  reader: ArchiveReader,
  out: { write(text: string): Promise<void> },
): Promise<ExportReport> {
  const [kind] = range.kinds ?? [];
  let piece =
    format === 'csv' && kind !== undefined ? `${[...COMMON_COLUMNS, ...EXPORT_COLUMNS[kind]].join(',')}\n` : '';
  let events = 0;
  let rows = 0;
  for await (const event of reader.events(readRequest(range))) {
    events += 1;
    if (format === 'jsonl') {
      rows += 1;
      piece += `${JSON.stringify(objectOf(event))}\n`;
    } else {
      for (const row of rowsOf(event)) {
        rows += 1;
        piece += `${row.map(csvCell).join(',')}\n`;
      }
    }
    if (piece.length < PIECE_CHARACTERS) continue;
    signal?.throwIfAborted();
    await out.write(piece);
    piece = '';
  }
  if (piece !== '') await out.write(piece);
  return { events, rows };
}
