import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CompactAllReport,
  type OrphanReport,
  collectOrphans,
  compactAll,
  partitionPath,
} from '@portcullis/archive';
import type { ObjectStore } from '@portcullis/objects';
import { type Command, EXIT, type Flags, textOf } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { rangeOf, rangeOptions, rangeUsage, storeOptions, storeUsage, withFilledStore } from '../data/flags.ts';
import { ProgressLine } from '../data/progress-line.ts';
import { shownBytes, shownCount } from '../data/shown.ts';
import { printResult } from '../print.ts';

/** What wrote the files, for their manifests. */
const CODE = 'compact-0.1.0';
const SHOWN_MAX = 50;

export const dataCompact: Command = {
  name: 'data compact',
  summary: 'Makes one file of the many segments of each day, proves it equal, and only then removes them',
  usage: [
    'usage: portcullis data compact [--store URL] [--venue V] [--kind K] [--symbol S] [--from T] [--to T]',
    '',
    '  --orphans TIME     also removes files that no manifest names and that an earlier run with this flag',
    '                     found so at least TIME ago (24h), such as a process leaves that died while it uploaded',
    ...storeUsage,
    ...rangeUsage,
    '',
    '  may be stopped anywhere and run again, also by two at once; exit code 1: some day could not be compacted',
  ],
  options: { ...storeOptions, ...rangeOptions, orphans: { type: 'string' } },
  positionalsMax: 0,
  async run({ flags, lists }) {
    const range = rangeOf({ flags, lists });
    const orphanAge = textOf(flags, 'orphans');
    const ageMin = orphanAge === undefined ? undefined : parseDuration(orphanAge, '--orphans') * 1000;
    const progress = new ProgressLine();
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-compact-'));
    const outcome = await withFilledStore(flags, async (store: ObjectStore) => {
      const compacted = await compactAll(store, range, {
        tmpDir: folder,
        code: CODE,
        onDay: (done, total) => progress.show(done / total, 'data compact'),
      });
      const orphans = ageMin === undefined ? undefined : await collectOrphans(store, { ageMin });
      return { compacted, orphans };
    }).finally(() => {
      progress.end();
      rmSync(folder, { recursive: true, force: true });
    });
    print(flags, outcome);
    return outcome.compacted.failures.length === 0 ? EXIT.ok : EXIT.failed;
  },
};

function print(
  flags: Flags,
  { compacted, orphans }: { readonly compacted: CompactAllReport; readonly orphans: OrphanReport | undefined },
): void {
  const { days, failures } = compacted;
  const done = days.filter(({ state }) => state === 'compacted');
  const sum = (of: (day: (typeof days)[number]) => number): number => done.reduce((total, day) => total + of(day), 0);
  const result = {
    ok: failures.length === 0,
    compacted: done.length,
    nothingToDo: days.filter(({ state }) => state === 'nothing-to-do').length,
    lost: days.filter(({ state }) => state === 'lost').length,
    files: sum(({ files }) => files),
    rowsIn: sum(({ rowsIn }) => rowsIn),
    rowsOut: sum(({ rowsOut }) => rowsOut),
    duplicates: sum(({ duplicates }) => duplicates),
    conflicts: sum(({ conflicts }) => conflicts),
    failures,
    orphans: orphans ?? null,
  };
  printResult(flags, result, [
    ...failures
      .slice(0, SHOWN_MAX)
      .map(({ partition, reason, detail }) => `${partitionPath(partition)}: ${reason}: ${detail}`),
    `${shownCount(result.compacted)} days compacted from ${shownCount(result.files)} files, ${shownCount(result.nothingToDo)} were compact already, ${shownCount(failures.length)} failed`,
    `${shownCount(result.rowsIn)} rows in, ${shownCount(result.rowsOut)} out, ${shownCount(result.duplicates)} duplicates removed, ${shownCount(result.conflicts)} trade ids with different trades`,
    ...(orphans === undefined
      ? []
      : [
          `orphans: ${shownCount(orphans.deleted.length)} removed (${shownBytes(orphans.deleted.reduce((total, { bytes }) => total + bytes, 0))}), ${shownCount(orphans.kept.length)} too young`,
        ]),
  ]);
}
