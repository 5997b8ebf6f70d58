import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { type ComparedRun, compareRuns, type RunComparison, type RunManifest, RunStore } from '@portcullis/backtests';
import { UserError } from '@portcullis/config';
import { type ObjectStore, openObjectStore } from '@portcullis/objects';
import type { ReplaySummary, RunDigests } from '@portcullis/replay';
import type { RunStatistics } from '@portcullis/statistics';
import { z } from 'zod';
import { type Command, EXIT, type Flags, UsageError, textOf } from '../command.ts';
import { shownTime } from '../data/shown.ts';
import { columns, printResult } from '../print.ts';

const CELL_MAX = 40;

export const compare: Command = {
  name: 'compare',
  summary: 'Puts two runs side by side: what differs in data, code, configuration, results, and where they part',
  usage: [
    'usage: portcullis compare RUN RUN [--store URL]',
    '',
    '  RUN                the id of a run in --store, the folder of one (…/runs/<id>), or what backtest --json printed',
    '  --store URL        where runs are kept: backtest --store',
  ],
  options: { store: { type: 'string' } },
  positionalsMax: 2,
  async run({ flags, positionals }) {
    const [one, other] = positionals;
    if (one === undefined || other === undefined) throw new UsageError('which runs? expected RUN RUN');
    const opened: ObjectStore[] = [];
    try {
      const comparison = await compareRuns(await runOf(one, flags, opened), await runOf(other, flags, opened));
      printResult(flags, { ...comparison }, linesOf(comparison));
      return EXIT.ok;
    } finally {
      for (const store of opened) await store.close();
    }
  },
};

async function runOf(name: string, flags: Flags, opened: ObjectStore[]): Promise<ComparedRun> {
  if (existsSync(name)) return statSync(name).isDirectory() ? ofFolder(name, opened) : ofFile(name);
  const url = textOf(flags, 'store');
  if (url === undefined) {
    throw new UserError(`there is no file ${name}`, 'name a file or a folder of a run, or give --store URL for an id');
  }
  return ofStore(name, name, url, opened);
}

/** A folder `…/runs/<id>`. */
async function ofFolder(name: string, opened: ObjectStore[]): Promise<ComparedRun> {
  const path = resolve(name);
  if (basename(dirname(path)) !== 'runs') {
    throw new UserError(`${name} is no run`, 'expected a folder such as …/runs/rp-0a1b2c');
  }
  return ofStore(name, basename(path), `file://${encodeURI(dirname(dirname(path)))}`, opened);
}

async function ofStore(name: string, runId: string, url: string, opened: ObjectStore[]): Promise<ComparedRun> {
  const store = openObjectStore(url);
  opened.push(store);
  const runs = new RunStore(store);
  const manifest = await runs.manifest(runId);
  if (manifest === undefined) throw new UserError(`${store.url} has no whole run ${runId}`, await whatThereIs(runs));
  const { digests, summary, config } = manifest;
  return { name, runId, digests, summary, statistics: await runs.statistics(runId), config, runs };
}

async function whatThereIs(runs: RunStore): Promise<string> {
  const found: string[] = [];
  for await (const { runId } of runs.list() as AsyncIterable<RunManifest>) found.push(runId);
  return found.length === 0
    ? 'it has none at all'
    : `it has ${found.slice(0, 10).join(', ')}${found.length > 10 ? ', …' : ''}`;
}

const printed = z.looseObject({ runId: z.string(), strategy: z.string(), decisionHash: z.string(), events: z.int() });

/** The last line of what `backtest --json` printed: a summary, without lists. */
function ofFile(name: string): ComparedRun {
  const lines = readFileSync(name, 'utf8').trim().split('\n');
  let json: unknown;
  try {
    json = JSON.parse(lines.at(-1) ?? '');
  } catch (cause) {
    throw new UserError(`${name} is no run: its last line is not JSON`, 'expected what backtest --json printed', {
      cause,
    });
  }
  const parsed = printed.safeParse(json);
  if (!parsed.success) {
    throw new UserError(`${name} is no run: it has no summary`, 'expected what backtest --json printed');
  }
  const { digests, statistics, ...summary } = json as ReplaySummary & {
    readonly digests?: RunDigests;
    readonly statistics?: RunStatistics;
  };
  return { name, runId: summary.runId, digests, summary, statistics, config: undefined, runs: undefined };
}

/** Fields that are moments in microseconds. */
const TIMES = new Set(['from', 'to', 'maxDrawdownFrom', 'maxDrawdownTo']);

function linesOf({ one, other, sameDecisions, digests, config, summary, statistics, first }: RunComparison): string[] {
  const head = ['', one, other];
  const rows = (list: RunComparison['summary']) =>
    columns([head, ...list.map(({ field, one: a, other: b }) => [field, shown(a, field), shown(b, field)])]);
  const same = statistics.filter(
    (difference) => typeof difference.one !== 'object' && typeof difference.other !== 'object',
  );
  return [
    sameDecisions ? 'the decisions are the same' : 'the decisions differ',
    '',
    ...(digests.length === 0 ? ['data, configuration and code are the same'] : ['other:', ...rows(digests)]),
    ...(config.length === 0 ? [] : ['', 'configuration:', ...rows(config)]),
    ...(summary.length === 0 ? [] : ['', 'results that differ:', ...rows(summary)]),
    ...(same.length === 0 ? [] : ['', 'statistics:', ...rows(same)]),
    ...(first === undefined
      ? []
      : [
          '',
          `they part at ${shownTime(first.at)} with ${first.list} ${first.index + 1}:`,
          `  ${one}: ${first.one === undefined ? 'none' : JSON.stringify(first.one)}`,
          `  ${other}: ${first.other === undefined ? 'none' : JSON.stringify(first.other)}`,
        ]),
  ];
}

function shown(value: unknown, field: string): string {
  if (value === undefined) return '-';
  if (typeof value === 'number' && TIMES.has(field)) return shownTime(value);
  const text =
    typeof value === 'string'
      ? value
      : typeof value === 'number' && !Number.isInteger(value)
        ? value.toPrecision(6)
        : JSON.stringify(value);
  return text.length > CELL_MAX ? `${text.slice(0, CELL_MAX - 1)}…` : text;
}
