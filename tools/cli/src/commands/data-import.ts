import {
  type ImportReport,
  type ImportRequest,
  type Importer,
  TABLE_KINDS,
  captureImporter,
  describeFinding,
  klineImporter,
  leanImporter,
  parseColumnMap,
  runImport,
  tableImporter,
} from '@portcullis/imports';
import type { ObjectStore } from '@portcullis/objects';
import { DIALECT_NAMES } from '@portcullis/venues/market';
import { type Command, EXIT, type Flags, UsageError, textOf } from '../command.ts';
import {
  checkedSymbol,
  checkedVenue,
  intervalOf,
  neededOf,
  oneOf,
  storeOptions,
  storeUsage,
  withStore,
} from '../data/flags.ts';
import { ProgressLine, abortOnInterrupt } from '../data/progress-line.ts';
import { shownCount, shownTime } from '../data/shown.ts';
import { columns, printResult } from '../print.ts';
import { FILES_MAX } from './data-check.ts';

const FORMATS = ['binance-klines', 'hftbacktest', 'cryptofeed', 'lean', 'csv', 'parquet'] as const;
type Format = (typeof FORMATS)[number];
const SHOWN_MAX = 20;

export const dataImport: Command = {
  name: 'data import',
  summary: 'Imports candles, captured frames or tables of trades, quotes and bars into a store',
  usage: [
    'usage: portcullis data import --format F --venue V [--symbol S] [--store URL] [--dry-run] FILE…',
    '',
    `  --format F         ${FORMATS.join(', ')}`,
    '  --venue V          the venue; for captures one of',
    `                     ${DIALECT_NAMES.join(', ')}`,
    '  --symbol S         the instrument; for captures only this one of those in them',
    '  --interval TIME    period of bars: 1s, 1m, 4h, 1d (1m)',
    '  --kind K           csv, parquet: trade, quote or bar',
    '  --columns MAP      csv, parquet: ts=timestamp:ms,price=price,quantity=quantity,side=buyer_maker:maker,id=trade_id',
    '  --dry-run          checks everything and writes nothing',
    '  --skip-refused     leaves out rows that do not fit; without it one of them stops the import before it writes',
    '  --overlap          writes also where the store has other rows of the same range',
    ...storeUsage,
  ],
  options: {
    ...storeOptions,
    format: { type: 'string' },
    venue: { type: 'string' },
    symbol: { type: 'string' },
    interval: { type: 'string' },
    kind: { type: 'string' },
    columns: { type: 'string' },
    'dry-run': { type: 'boolean' },
    'skip-refused': { type: 'boolean' },
    overlap: { type: 'boolean' },
  },
  positionalsMax: FILES_MAX,
  async run({ flags, positionals }) {
    const plan = planOf(flags, positionals);
    const started = performance.now();
    const report =
      flags['dry-run'] === true
        ? await runPlan(plan, undefined, flags)
        : await withStore(flags, (store) => runPlan(plan, store, flags));
    const seconds = Number(((performance.now() - started) / 1000).toFixed(3));
    printResult(flags, { ...report, seconds }, linesOf(report, seconds));
    return report.ok ? EXIT.ok : EXIT.failed;
  },
};

type Plan = Pick<ImportRequest, 'importer' | 'venue' | 'files' | 'expectedPeriod'>;

async function runPlan(plan: Plan, store: ObjectStore | undefined, flags: Flags): Promise<ImportReport> {
  const progress = new ProgressLine();
  const interrupt = abortOnInterrupt();
  try {
    return await runImport({
      ...plan,
      ...(store === undefined ? {} : { store }),
      skipRefused: flags['skip-refused'] === true,
      overlap: flags['overlap'] === true,
      signal: interrupt.signal,
      onProgress: (share, phase) => progress.show(share, `data import, ${phase}`),
    });
  } finally {
    interrupt.release();
    progress.end();
  }
}

function planOf(flags: Flags, files: readonly string[]): Plan {
  if (files.length === 0) throw new UsageError('which files? expected FILE… to import');
  const format = oneOf('--format', neededOf(flags, 'format', FORMATS.join(', ')), FORMATS);
  for (const flag of ['kind', 'columns'] as const) {
    if (flags[flag] !== undefined && format !== 'csv' && format !== 'parquet') {
      throw new UsageError(`--${flag} is for --format csv and parquet, not ${format}`);
    }
  }
  const venue = checkedVenue(neededOf(flags, 'venue', 'the venue that the data is of'));
  const importer = importerOf(format, { flags, files, venue });
  return { venue, files, ...importer };
}

interface Source {
  readonly flags: Flags;
  readonly files: readonly string[];
  readonly venue: string;
}

function importerOf(format: Format, { flags, files, venue }: Source): { importer: Importer; expectedPeriod?: number } {
  const symbol = textOf(flags, 'symbol');
  if (format === 'hftbacktest' || format === 'cryptofeed') {
    const dialect = oneOf('--venue', venue, DIALECT_NAMES);
    const symbols = symbol === undefined ? {} : { symbols: [checkedSymbol(symbol)] };
    return { importer: captureImporter({ dialect, files, ...symbols }) };
  }
  const instrument = checkedSymbol(neededOf(flags, 'symbol', 'the instrument that the data is of'));
  if (format === 'lean') return { importer: leanImporter({ symbol: instrument, files }) };
  const period = intervalOf(flags, '1m');
  if (format === 'binance-klines') {
    return { importer: klineImporter({ symbol: instrument, period, files }), expectedPeriod: period };
  }
  const kind = oneOf('--kind', neededOf(flags, 'kind', TABLE_KINDS.join(', ')), TABLE_KINDS);
  const map = parseColumnMap(kind, neededOf(flags, 'columns', 'a map such as ts=time:ms,price=price,quantity=amount'));
  return { importer: tableImporter({ format, map, symbol: instrument, period, files }) };
}

function linesOf(report: ImportReport, seconds: number): string[] {
  const { partitions } = report;
  const shown = report.findings.slice(0, SHOWN_MAX);
  const total = Object.values(report.events).reduce((sum, count) => sum + count, 0);
  return [
    ...columns([
      ...Object.entries(report.events).map(([kind, count]) => [kind, shownCount(count)]),
      ['from', shownTime(report.from)],
      ['to', shownTime(report.to)],
      ['duplicates', shownCount(report.duplicates)],
      ['refused', shownCount(report.refused)],
    ]),
    ...(report.gaps.length > 0 ? ['', `${shownCount(report.gapsTotal)} gaps:`] : []),
    ...report.gaps.slice(0, SHOWN_MAX).map(({ symbol, detail }) => `  ${symbol}: ${detail}`),
    ...(report.gapsTotal > SHOWN_MAX ? [`  … and ${shownCount(report.gapsTotal - SHOWN_MAX)} more`] : []),
    ...(shown.length > 0 ? [''] : []),
    ...shown.map((finding) => `${finding.severity}: ${describeFinding(finding)}`),
    ...(report.findingsTotal > shown.length ? [`… and ${shownCount(report.findingsTotal - shown.length)} more`] : []),
    '',
    outcomeOf(report, total),
    `${shownCount(partitions.all)} partitions: ${shownCount(partitions.written)} written, ${shownCount(partitions.already)} there already; ${shownCount(report.qualityWindows)} quality windows; ${seconds} s`,
  ];
}

function outcomeOf(report: ImportReport, total: number): string {
  if (total === 0) return 'nothing imported: the files hold no event';
  if (!report.ok) {
    return `nothing imported: ${shownCount(report.refused)} rows do not fit (--skip-refused leaves them out)`;
  }
  if (report.dryRun) return `would import ${shownCount(total)} events; nothing was written`;
  if (report.partitions.written === 0) return `nothing to do: the store has these ${shownCount(total)} events already`;
  return `imported ${shownCount(report.rowsWritten)} rows`;
}
