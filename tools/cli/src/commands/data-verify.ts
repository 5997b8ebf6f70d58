import { verifyArchive } from '@portcullis/archive';
import { type Command, EXIT } from '../command.ts';
import { rangeOf, rangeOptions, rangeUsage, storeOptions, storeUsage, withFilledStore } from '../data/flags.ts';
import { ProgressLine } from '../data/progress-line.ts';
import { shownBytes, shownCount } from '../data/shown.ts';
import { printResult } from '../print.ts';

const SHOWN_MAX = 50;

export const dataVerify: Command = {
  name: 'data verify',
  summary: 'Compares a store with its manifests: files, sizes, digests, and with --deep every row',
  usage: [
    'usage: portcullis data verify [--store URL] [--venue V] [--kind K] [--symbol S] [--from T] [--to T] [--deep]',
    '',
    '  --deep             reads every row again: count, span, order and hash of the rows',
    ...storeUsage,
    ...rangeUsage,
    '',
    '  exit code 0: clean; 1: findings',
  ],
  options: { ...storeOptions, ...rangeOptions, deep: { type: 'boolean' } },
  positionalsMax: 0,
  async run({ flags, lists }) {
    const range = rangeOf({ flags, lists });
    const progress = new ProgressLine();
    const report = await withFilledStore(flags, (store) =>
      verifyArchive(store, range, {
        deep: flags['deep'] === true,
        onPartition: (done, total) => progress.show(done / total, 'data verify'),
      }),
    ).finally(() => progress.end());
    const { findings } = report;
    const ok = findings.length === 0;
    printResult(flags, { ok, ...report }, [
      ...findings.slice(0, SHOWN_MAX).map(({ kind, key, reason }) => `${kind}: ${key}: ${reason}`),
      ...(findings.length > SHOWN_MAX ? [`… and ${shownCount(findings.length - SHOWN_MAX)} more`] : []),
      `${ok ? 'clean' : `${shownCount(findings.length)} findings`}: ${shownCount(report.partitions)} partitions, ${shownCount(report.files)} files, ${shownCount(report.rows)} rows, ${shownBytes(report.bytes)}`,
    ]);
    return ok ? EXIT.ok : EXIT.failed;
  },
};
