import { type DialectName, TopOfBookCheck } from '@portcullis/venues/market';
import { type Finding, Findings } from '../findings.ts';
import { type CaptureFile, openCapture } from './capture-file.ts';
import { CapturePlay } from './play.ts';

/** What a check of captures found. Counts are over all files together. */
export interface CaptureReport {
  readonly venue: DialectName;
  readonly files: readonly string[];
  /** Frames that the venue sent. */
  readonly messages: number;
  readonly events: Readonly<Record<string, number>>;
  readonly gaps: number;
  readonly resyncs: number;
  readonly checksums: { readonly ok: number; readonly bad: number };
  readonly topOfBook: { readonly checked: number; readonly equal: number };
  readonly malformed: number;
  readonly duplicates: number;
  readonly outOfOrder: number;
  readonly crossed: number;
  readonly snapshots: number;
  /** Lines out of the order of receipt. */
  readonly disorder: number;
  readonly symbols: readonly string[];
  /** Receipt of the first and the last line, microseconds. */
  readonly from: number;
  readonly to: number;
  readonly findings: readonly Finding[];
  readonly findingsTotal: number;
  /** No finding is bad. */
  readonly ok: boolean;
}

export interface CheckOptions {
  readonly dialect: DialectName;
  readonly onBytes?: (done: number, all: number) => void;
}

/**
 * Share of deltas after which the book may differ from the quote before the data counts as bad: a venue that sends
 * several updates in one delta and one quote at a time leaves a few that cannot be told apart.
 */
const UNEQUAL_SHARE_MAX = 0.001;
/** So many of a short capture's deltas may differ too; a book that has lost an update differs after many more. */
const UNEQUAL_MAX = 2;
/** Instruments of one capture; a capture of a venue's whole list is a few thousand. */
const SYMBOLS_MAX = 20_000;

/** Plays captures through the venue's normalizer and reports what holds. Throws a UserError for files that are no captures. */
export async function checkCaptures(paths: readonly string[], options: CheckOptions): Promise<CaptureReport> {
  const files = await openCaptures(paths);
  const findings = new Findings();
  const tops = new TopOfBookCheck();
  const symbols = new Set<string>();
  const play = new CapturePlay({
    dialect: options.dialect,
    findings,
    allQuotes: true,
    ...progressOf(files, options.onBytes),
    onEvent: (event) => {
      if (symbols.size < SYMBOLS_MAX) symbols.add(event.symbol);
      tops.observe(event, play.normalizer.book(event.symbol));
    },
  });
  await play.run(files);
  return reportOf({ play, files, findings, symbols, tops, venue: options.dialect });
}

interface Outcome {
  readonly play: CapturePlay;
  readonly files: readonly CaptureFile[];
  readonly findings: Findings;
  readonly symbols: ReadonlySet<string>;
  readonly tops: TopOfBookCheck;
  readonly venue: DialectName;
}

function reportOf({ play, files, findings, symbols, tops, venue }: Outcome): CaptureReport {
  const { counters } = play.normalizer;
  const { counts } = play;
  const { checked, equal } = tops;
  if (checked - equal > Math.max(UNEQUAL_MAX, checked * UNEQUAL_SHARE_MAX)) {
    const text = `the best bid and ask differ from the quotes after ${checked - equal} of ${checked} deltas`;
    findings.add({ severity: 'bad', about: 'top-of-book', text });
  }
  if (counters.checksums.bad > 0 && findings.count('checksum') === 0) {
    findings.add({
      severity: 'bad',
      about: 'checksum',
      text: `${counters.checksums.bad} checksums of books do not hold`,
    });
  }
  return {
    venue,
    files: files.map(({ path }) => path),
    messages: counts.frames,
    events: { ...counters.events },
    gaps: counters.gaps,
    resyncs: counters.resyncs,
    checksums: { ok: counters.checksums.ok, bad: counters.checksums.bad },
    topOfBook: { checked, equal },
    malformed: Math.max(counters.malformed, findings.count('malformed')),
    duplicates: counters.duplicates,
    outOfOrder: counters.outOfOrder,
    crossed: counters.crossed,
    snapshots: counters.snapshots,
    disorder: counts.disorder,
    symbols: [...symbols].sort(),
    from: counts.from,
    to: counts.to,
    findings: findings.kept,
    findingsTotal: findings.count(),
    ok: findings.bad === 0,
  };
}

export async function openCaptures(paths: readonly string[]): Promise<CaptureFile[]> {
  const files: CaptureFile[] = [];
  for (const path of new Set(paths)) files.push(await openCapture(path));
  return files;
}

/** Bytes on the disk that were read, over all files. */
export function progressOf(
  files: readonly CaptureFile[],
  onBytes: ((done: number, all: number) => void) | undefined,
): { onBytes?: (file: CaptureFile, bytes: number) => void } {
  if (onBytes === undefined) return {};
  const all = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const done = new Map<CaptureFile, number>();
  let total = 0;
  return {
    onBytes: (file, bytes) => {
      total += bytes - (done.get(file) ?? 0);
      done.set(file, bytes);
      onBytes(total, all);
    },
  };
}
