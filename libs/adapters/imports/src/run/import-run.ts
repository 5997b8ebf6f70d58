import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QualityLedger, partitionPath } from '@portcullis/archive';
import { UserError } from '@portcullis/config';
import type { ObjectStore } from '@portcullis/objects';
import type { Finding } from '../findings.ts';
import { CheckContext } from './check-context.ts';
import { qualityOf } from './import-quality.ts';
import type { Importer } from './importer.ts';
import { openWriter } from './import-writer.ts';
import { type Meeting, type TotalsByPartition, rangeMeetingOf } from './partition-totals.ts';
import { type OnBytes, type Phase, progressOf } from './progress.ts';
import { comparedWith } from './stored-rows.ts';
import { WriteContext } from './write-context.ts';

/** Manifests asked for at once: a store far away answers many as fast as one. */
const PARALLEL = 16;

export interface ImportRequest {
  readonly importer: Importer;
  readonly venue: string;
  readonly files: readonly string[];
  /** Absent: everything is checked and nothing written. */
  readonly store?: ObjectStore;
  /** Bars of this period (microseconds) are expected without a hole. */
  readonly expectedPeriod?: number;
  /** Leaves out the rows that do not fit and imports the others. */
  readonly skipRefused?: boolean;
  /** Writes also where other rows of the same range are. */
  readonly overlap?: boolean;
  /** Share of the work that is done, from 0 to 1, and what it is. */
  readonly onProgress?: (share: number, phase: Phase) => void;
  /** Ends the import; what was committed until then stays, and is whole. */
  readonly signal?: AbortSignal;
}

/** A hole of a stream as the import found it; times in microseconds, 0 where unknown. */
export interface ListedGap {
  readonly symbol: string;
  readonly from: number;
  readonly to: number;
  readonly detail: string;
}

export interface ImportReport {
  readonly dryRun: boolean;
  /** True when the store holds all rows of the files now (or, in a dry run, could). */
  readonly ok: boolean;
  /** Events of the files, by kind. */
  readonly events: Readonly<Record<string, number>>;
  readonly symbols: readonly string[];
  readonly gaps: readonly ListedGap[];
  readonly gapsTotal: number;
  readonly duplicates: number;
  readonly refused: number;
  /** Of `tsEvent`, microseconds; 0 without events. */
  readonly from: number;
  readonly to: number;
  readonly partitions: { readonly all: number; readonly written: number; readonly already: number };
  readonly rowsWritten: number;
  readonly qualityWindows: number;
  readonly findings: readonly Finding[];
  readonly findingsTotal: number;
}

/**
 * Imports files: reads them once to check every row, once more where the store has rows of the same range, to compare
 * them, and once to write. Nothing is written when a row does not fit, unless it is to be left out. What an import that
 * was broken off has written is gone on from. Throws a {@link UserError} for what is wrong as a whole.
 */
export async function runImport(request: ImportRequest): Promise<ImportReport> {
  const progress = await progressOf(request.files, request.onProgress);
  const check = new CheckContext(request, progress.phase('check'));
  await request.importer(check);
  const isRefused = check.refused > 0 && request.skipRefused !== true;
  const nothing = { written: 0, already: 0, rows: 0, windows: 0 };
  if (request.store === undefined || isRefused || check.total === 0) {
    return check.report({ ok: !isRefused && check.total > 0, ...nothing });
  }
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-import-'));
  try {
    const meetings = await meetAll(request, request.store, check.totals);
    const doubtful = check.totals.entries.flatMap(({ partition }) =>
      meetings.get(partitionPath(partition)) === 'overlap' ? [partition] : [],
    );
    if (doubtful.length > 0) {
      const comparison = { store: request.store, folder, onBytes: progress.phase('compare'), partitions: doubtful };
      for (const [path, meeting] of await comparedWith(request, comparison)) meetings.set(path, meeting);
    }
    if (request.overlap !== true) refuseOverlaps(check.totals, meetings);
    const fresh = check.totals.entries.filter(({ partition }) => meetings.get(partitionPath(partition)) !== 'same');
    const already = check.totals.entries.length - fresh.length;
    if (fresh.length === 0 && (await isRecorded(request.store, check.totals))) {
      return check.report({ ok: true, ...nothing, already });
    }
    const onBytes = progress.phase('write');
    const written = await write(request, { store: request.store, folder, meetings, onBytes, streams: check.streams });
    return check.report({ ok: true, written: fresh.length, already, ...written });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether the quality ledger has every day: an import that was broken off at its end may have left some out. */
async function isRecorded(store: ObjectStore, totals: TotalsByPartition): Promise<boolean> {
  const ledger = new QualityLedger(store);
  const known = new Map<string, Set<string>>();
  for (const { partition } of totals.entries) {
    const { venue, symbol, date } = partition;
    let dates = known.get(symbol);
    if (dates === undefined) {
      dates = new Set();
      known.set(symbol, dates);
      for await (const day of ledger.list({ venue, symbol })) dates.add(day.date);
    }
    if (partition.kind !== 'gap' && !dates.has(date)) return false;
  }
  return true;
}

/** By the ranges of rows alone: what is `overlap` is to be looked at. */
async function meetAll(
  { signal }: ImportRequest,
  store: ObjectStore,
  { entries }: TotalsByPartition,
): Promise<Map<string, Meeting>> {
  const meetings = new Map<string, Meeting>();
  for (let at = 0; at < entries.length; at += PARALLEL) {
    signal?.throwIfAborted();
    const some = entries.slice(at, at + PARALLEL);
    const met = await Promise.all(some.map((entry) => rangeMeetingOf(store, entry.partition, entry.totals)));
    for (const [index, { partition }] of some.entries()) meetings.set(partitionPath(partition), met[index] ?? 'new');
  }
  return meetings;
}

function refuseOverlaps({ entries }: TotalsByPartition, meetings: ReadonlyMap<string, Meeting>): void {
  const overlapping = entries.filter(
    // Gaps of several streams lie beside each other.
    ({ partition }) => partition.kind !== 'gap' && meetings.get(partitionPath(partition)) === 'overlap',
  );
  const [first] = overlapping;
  if (first === undefined) return;
  throw new UserError(
    `the store has other rows in the same range in ${overlapping.length} of ${meetings.size} partitions, first ${partitionPath(first.partition)}`,
    'look at them with data ls and data export; --overlap writes beside them (files of equal content are not stored twice)',
  );
}

function incomplete(trouble = 'segments wait'): UserError {
  return new UserError(
    `the store did not take everything: ${trouble}`,
    'mend that and import again: what is there already is not stored twice',
  );
}

interface Target {
  readonly store: ObjectStore;
  readonly folder: string;
  readonly meetings: ReadonlyMap<string, Meeting>;
  readonly onBytes: OnBytes;
  readonly streams: CheckContext['streams'];
}

async function write(
  request: ImportRequest,
  { store, folder, meetings, onBytes, streams }: Target,
): Promise<{ readonly rows: number; readonly windows: number }> {
  const writer = await openWriter(store, folder);
  const { venue, expectedPeriod } = request;
  const quality = qualityOf({ venue, expectedPeriod, streams, ledger: new QualityLedger(store) });
  try {
    const wants = (path: string): boolean => meetings.get(path) !== 'same';
    const context = new WriteContext(request, { writer, quality, wants, onBytes });
    await request.importer(context);
    await context.endOfFile();
    const { complete, trouble, uploaded } = await writer.drain();
    if (!complete) throw incomplete(trouble?.message);
    const windows = await quality.finish();
    await writer.close();
    return { rows: uploaded.rows, windows };
  } catch (error) {
    // Not closed, which would bring the half of a file that was read into the store.
    await writer.abandon();
    throw error;
  }
}
