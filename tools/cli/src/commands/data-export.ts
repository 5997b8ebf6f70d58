import { MARKET_KINDS } from '@portcullis/contracts';
import { EXPORT_FORMATS, exportArchive } from '@portcullis/imports';
import { type Command, EXIT, UsageError, textOf } from '../command.ts';
import {
  neededOf,
  oneOf,
  rangeOf,
  rangeOptions,
  rangeUsage,
  storeOptions,
  storeUsage,
  withFilledStore,
} from '../data/flags.ts';
import { abortOnInterrupt } from '../data/progress-line.ts';
import { shownCount } from '../data/shown.ts';
import { printResult } from '../print.ts';

export const dataExport: Command = {
  name: 'data export',
  summary: 'Writes what a store holds as CSV, lines of JSON or one Parquet file, in the order of replay',
  usage: [
    'usage: portcullis data export --format csv|jsonl|parquet [--kind K] [--out FILE] [--store URL]',
    '',
    '  --format F         csv and parquet need one --kind, because each kind has its own columns',
    `  --kind K           ${MARKET_KINDS.join(', ')}`,
    '  --out FILE         where to (standard output; parquet needs a file); appears when it is whole',
    ...storeUsage,
    ...rangeUsage.filter((line) => !line.includes('--kind K')),
  ],
  options: { ...storeOptions, ...rangeOptions, format: { type: 'string' }, out: { type: 'string' } },
  positionalsMax: 0,
  async run({ flags, lists }) {
    const format = oneOf('--format', neededOf(flags, 'format', EXPORT_FORMATS.join(', ')), EXPORT_FORMATS);
    const range = rangeOf({ flags, lists });
    if (format !== 'jsonl' && range.kinds?.length !== 1) {
      throw new UsageError(`--kind is given ${range.kinds?.length ?? 0} times: expected once with --format ${format}`);
    }
    const out = textOf(flags, 'out');
    if (out === undefined && format === 'parquet') {
      throw new UsageError('--out is missing: expected a file for parquet');
    }
    if (out === undefined && flags['json'] === true) {
      throw new UsageError(
        '--json without --out: expected --out FILE, because the export itself goes to standard output',
      );
    }
    const interrupt = abortOnInterrupt();
    const report = await withFilledStore(flags, (store) =>
      exportArchive({ store, format, range, out: out ?? { write: toStandardOutput }, signal: interrupt.signal }),
    ).finally(() => interrupt.release());
    if (out === undefined) return EXIT.ok;
    printResult(flags, { ...report, out, format }, [
      `${shownCount(report.events)} events in ${shownCount(report.rows)} rows are in ${out}`,
    ]);
    return EXIT.ok;
  },
};

/** Waits until the text is on its way; a reader that has gone (`| head`) ends the command quietly. */
async function toStandardOutput(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error === undefined || error === null) resolve();
      else if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(EXIT.ok);
      else reject(error);
    });
  });
}
