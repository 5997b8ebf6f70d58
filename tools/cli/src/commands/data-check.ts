import { type CaptureReport, type Finding, checkCaptures, describeFinding } from '@portcullis/imports';
import { DIALECT_NAMES } from '@portcullis/venues/market';
import { type Command, EXIT, UsageError } from '../command.ts';
import { neededOf, oneOf } from '../data/flags.ts';
import { ProgressLine } from '../data/progress-line.ts';
import { shownCount, shownTime } from '../data/shown.ts';
import { columns, printResult } from '../print.ts';

/** Files on one command line; a shell has a limit of its own. */
export const FILES_MAX = 100_000;
/** Findings that people are shown; `--json` has more of them. */
const SHOWN_MAX = 20;

export const dataCheck: Command = {
  name: 'data check',
  summary: 'Plays captured frames through the venue normalizer and reports gaps, checksums and what does not fit',
  usage: [
    `usage: portcullis data check FILE… --venue ${DIALECT_NAMES.join('|')} [--json]`,
    '',
    '  FILE…              captures of one venue, plain or gzipped: `<ns> <frame>` (hftbacktest) or `<time>: <frame>`',
    '                     (cryptofeed); several are merged by the time of receipt',
    '  --venue V          whose frames they are',
    '',
    '  exit code 0: everything holds (a capture without a snapshot of its book is no error, but is said); 1: bad data',
  ],
  options: { venue: { type: 'string' } },
  positionalsMax: FILES_MAX,
  async run({ flags, positionals }) {
    if (positionals.length === 0) throw new UsageError('which files? expected FILE… of captured frames');
    const dialect = oneOf('--venue', neededOf(flags, 'venue', DIALECT_NAMES.join(', ')), DIALECT_NAMES);
    const progress = new ProgressLine();
    const report = await checkCaptures(positionals, {
      dialect,
      onBytes: (done, all) => progress.show(done / Math.max(1, all), 'data check'),
    }).finally(() => progress.end());
    printResult(flags, { ...report }, linesOf(report));
    return report.ok ? EXIT.ok : EXIT.failed;
  },
};

function linesOf(report: CaptureReport): string[] {
  const kinds = Object.entries(report.events).filter(([, count]) => count > 0);
  const { checksums, topOfBook } = report;
  const shown = byVariety(report.findings).slice(0, SHOWN_MAX);
  return [
    `${report.files.length} file${report.files.length === 1 ? '' : 's'} of ${report.venue}, ${shownTime(report.from)} .. ${shownTime(report.to)}, ${report.symbols.length} symbols`,
    '',
    ...columns([
      ['messages', shownCount(report.messages)],
      ...kinds.map(([kind, count]) => [`  ${kind}`, shownCount(count)]),
      ['gaps', shownCount(report.gaps)],
      ['resyncs', shownCount(report.resyncs)],
      [
        'checksums',
        checksums.ok + checksums.bad === 0
          ? 'none'
          : `${shownCount(checksums.ok)} hold, ${shownCount(checksums.bad)} do not`,
      ],
      [
        'top of book',
        topOfBook.checked === 0
          ? 'not checked'
          : `${shownCount(topOfBook.equal)} of ${shownCount(topOfBook.checked)} equal`,
      ],
      ['malformed', shownCount(report.malformed)],
      ['duplicates', shownCount(report.duplicates)],
      ['out of order', shownCount(report.outOfOrder)],
    ]),
    ...(shown.length > 0 ? [''] : []),
    ...shown.map((finding) => `${finding.severity}: ${describeFinding(finding)}`),
    ...(report.findingsTotal > shown.length ? [`… and ${shownCount(report.findingsTotal - shown.length)} more`] : []),
    '',
    report.ok ? 'holds' : 'bad data',
  ];
}

/** The first of each kind, then the second of each: so that many of one kind do not hide what caused them. */
function byVariety(findings: readonly Finding[]): Finding[] {
  const counts = new Map<string, number>();
  const ranked = findings.map((finding) => {
    const rank = counts.get(finding.about) ?? 0;
    counts.set(finding.about, rank + 1);
    return { finding, rank };
  });
  return ranked.sort((a, b) => a.rank - b.rank).map(({ finding }) => finding);
}
