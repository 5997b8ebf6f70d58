import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { collectConfig } from '../collect/collect-config.ts';
import { CollectorProcess, type CollectorStatus } from '../collect/collector-process.ts';
import { type Command, EXIT, type Flags, UsageError, textOf } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { printResult } from '../print.ts';
import { SummaryLine } from '../up/summary.ts';

const SHOW_MS = 1000;
const OWN_FLAGS = ['venue', 'symbols', 'store', 'streams', 'name', 'ws-url', 'rest-url', 'spool', 'raw'] as const;

export const collect: Command = {
  name: 'collect',
  summary: 'Collects market data of a venue into an archive, in the foreground and without a bus',
  usage: [
    'usage: portcullis collect --venue VENUE --symbols A,B [--store URL] [--streams LIST] [--for TIME] | --config FILE',
    '',
    '  --venue VENUE      binance-spot, binance-usdm, binance-coinm, coinbase, kraken, bybit, okx or ccxt:<exchange id>',
    '  --symbols A,B      as the venue spells them, for example BTCUSDT,ETHUSDT',
    '  --store URL        file:///folder or s3://bucket/prefix; without it nothing is kept',
    '  --streams LIST     some of quote,trade,book,bar,mark,funding (quote,trade,book)',
    '  --for TIME         end by itself after 60s, 5m, 1h',
    '  --name NAME        name of the venue in the archive (that of --venue)',
    '  --ws-url URL, --rest-url URL   other addresses than the public ones of the venue',
    '  --spool DIR        where events wait for the store (.portcullis/collect/…)',
    '  --raw DIR          keep the frames too, as they came, in captures that data check reads',
    '  --config FILE      a collector configuration instead of all the above but --for',
    '',
    'Ctrl-C stops it cleanly: what was collected is uploaded first. With --json the last line of standard output has the',
    'counts of events and gaps, and what the uploader says.',
  ],
  options: {
    ...Object.fromEntries(OWN_FLAGS.map((name) => [name, { type: 'string' as const }])),
    for: { type: 'string' },
    config: { type: 'string' },
  },
  positionalsMax: 0,
  async run({ flags }) {
    const duration = textOf(flags, 'for');
    const forMs = duration === undefined ? undefined : parseDuration(duration, '--for');
    const dir = mkdtempSync(join(tmpdir(), 'portcullis-collect-'));
    const aborting = new AbortController();
    const abort = (): void => aborting.abort();
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, abort);
    try {
      const status = await runCollector(configFileOf(flags, dir), forMs, aborting.signal);
      printResult(flags, { ...status }, linesOf(status));
      return EXIT.ok;
    } finally {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, abort);
      rmSync(dir, { recursive: true, force: true });
    }
  },
};

function configFileOf(flags: Flags, dir: string): string {
  const given = textOf(flags, 'config');
  if (given === undefined) {
    const file = join(dir, 'collector.json');
    writeFileSync(file, JSON.stringify(collectConfig(flags)), { mode: 0o600 });
    return file;
  }
  const other = OWN_FLAGS.find((name) => textOf(flags, name) !== undefined);
  if (other !== undefined) throw new UsageError(`--${other} does nothing with --config`);
  return resolve(given);
}

async function runCollector(file: string, forMs: number | undefined, signal: AbortSignal): Promise<CollectorStatus> {
  const line = new SummaryLine();
  const collector = new CollectorProcess(file, (text) => line.say(text));
  const until = forMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + forMs;
  let before: CollectorStatus | undefined;
  while (Date.now() < until && !signal.aborted && collector.running) {
    await sleep(Math.min(SHOW_MS, Math.max(0, until - Date.now())), undefined, { signal }).catch(() => undefined);
    const status = await collector.status();
    if (status === undefined) continue;
    line.show(statusLine(status, before));
    before = status;
  }
  line.end();
  return collector.stop();
}

/** Events a second of each kind since the status before, gaps, and what waits for the store. */
export function statusLine(status: CollectorStatus, before: CollectorStatus | undefined): string {
  const seconds = (status.at - (before?.at ?? status.startedAt)) / 1e6;
  const rates = Object.entries(status.events).flatMap(([kind, count]) => {
    const perSecond = (count - (before?.events[kind] ?? 0)) / Math.max(seconds, 0.001);
    return kind === 'gap' ? [] : [`${kind} ${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)}/s`];
  });
  const { resync = 0, ...holes } = status.gaps;
  const gaps = Object.values(holes).reduce((sum, count) => sum + count, 0);
  const spool = Object.entries(status.uploader ?? {}).find(([name]) => /spool.*bytes/i.test(name))?.[1];
  return [
    rates.length === 0 ? 'no events yet' : rates.join(' '),
    `${gaps} gaps, ${resync} resyncs`,
    ...(typeof spool === 'number' ? [`spool ${(spool / 1e6).toFixed(1)} MB`] : []),
    ...(status.broken.length > 0 ? [`not whole: ${status.broken.join(', ')}`] : []),
  ].join(' | ');
}

function linesOf({ events, gaps, startedAt, at }: CollectorStatus): string[] {
  const seconds = Math.round((at - startedAt) / 1e6);
  const counts = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ');
  return [`collected for ${seconds} s: ${counts(events) || 'nothing'}`, `gap events: ${counts(gaps) || 'none'}`];
}
