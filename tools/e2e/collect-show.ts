// Collects from a venuesim that is killed, started again and made to lose, double, swap and delay frames, and then
// compares the archive with the venue's own record: node tools/dev/run.mjs tools/e2e/collect-show.ts [--for 120s] [--json]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ArchiveReader, QualityLedger } from '@portcullis/archive';
import type { NumberedEvent } from '@portcullis/market';
import { openObjectStore } from '@portcullis/objects';
import { btcusdt } from '@portcullis/testkit/instrument';
import {
  COMPARED,
  type ComparedKind,
  type KindComparison,
  compareKind,
  holesOf,
  readRecord,
} from './compare-record.ts';
import { ServiceProcess } from './show-processes.ts';

const SYMBOL = 'BTCUSDT';
const VENUE = 'venuesim';
const LEDGER_STREAMS = ['quote', 'trade', 'book'] as const;

export interface ShowSummary {
  readonly seconds: number;
  /** Holes that the faults tore: drops and swaps by stream, and cut connections. */
  readonly injected: { readonly trade: number; readonly book: number; readonly disconnects: number };
  /** Gap events of the archive, `resync` aside. */
  readonly gapsInBand: { readonly trade: number; readonly book: number; readonly disconnects: number };
  /** Of these disconnects, the first trade afterwards also told how many are missing. */
  readonly tradesCountedAfterDisconnects: number;
  /** How long the book was not whole after each gap, milliseconds. */
  readonly bookMissingMs: readonly number[];
  readonly gapsInLedger: Readonly<Record<string, number>>;
  /** What the ledger has to list by the gap events. */
  readonly gapsExpectedInLedger: Readonly<Record<string, number>>;
  readonly rowsCompared: number;
  readonly rowsMissingInGaps: number;
  readonly rowsMissingOutsideGaps: number;
  readonly rowsExtra: number;
  readonly rowsDifferent: number;
  readonly kinds: Readonly<Record<ComparedKind, KindComparison>>;
  readonly collector: Readonly<Record<string, unknown>>;
}

/** The two processes of the show and what is done to them. */
class Stage {
  readonly dir: string;
  readonly #say: (text: string) => void;
  #venue: ServiceProcess | undefined;
  #collector: ServiceProcess | undefined;
  #venuePort = 0;
  #collectorPort = 0;
  swaps = { trade: 0, book: 0 };
  disconnects = 0;

  constructor(dir: string, say: (text: string) => void) {
    this.dir = dir;
    this.#say = say;
  }

  get store(): string {
    return `file://${join(this.dir, 'archive')}`;
  }

  get recordDir(): string {
    return join(this.dir, 'record');
  }

  get collector(): ServiceProcess {
    if (this.#collector === undefined) throw new Error('the collector was not started');
    return this.#collector;
  }

  async open(): Promise<void> {
    await this.startVenue();
    await this.startCollector();
  }

  async startCollector(): Promise<void> {
    this.#collector = new ServiceProcess(
      'collector',
      {
        instance: 'show',
        healthPort: 0,
        venues: [
          {
            venue: VENUE,
            dialect: 'binance-spot',
            restUrl: `http://127.0.0.1:${this.#venuePort}`,
            wsUrl: `ws://127.0.0.1:${this.#venuePort}/stream`,
            instruments: [SYMBOL],
          },
        ],
        archive: {
          store: this.store,
          spoolDir: join(this.dir, 'spool'),
          segmentSeconds: 10,
          compactAfterMinutes: null,
        },
      },
      this.dir,
    );
    this.#collectorPort = Number((await this.#collector.ready())['port']);
    await this.whole();
  }

  async startVenue(): Promise<void> {
    this.#venue = new ServiceProcess(
      'venuesim',
      {
        port: this.#venuePort,
        ledgerDir: join(this.dir, 'ledger'),
        accounts: [{ name: 'main', balances: {}, keys: [{ id: 'k', apiKey: 'show', secret: 'show-only' }] }],
        markets: [{ instrument: btcusdt(), flow: { kind: 'generated', seed: 7, roundsPerSecond: 100 } }],
        faults: true,
        record: { dir: this.recordDir },
      },
      this.dir,
    );
    this.#venuePort = Number((await this.#venue.ready())['port']);
  }

  /** Waits until the collector's book is whole, so that each fault meets a stream without a hole. */
  async whole(): Promise<void> {
    await this.collector.until('a whole book', async () => {
      const answer = await fetch(`http://127.0.0.1:${this.#collectorPort}/health/ready`).catch(() => undefined);
      return answer?.status === 200 ? true : undefined;
    });
  }

  async fault(what: string, request: Readonly<Record<string, unknown>>): Promise<void> {
    this.#say(what);
    const answer = await fetch(`http://127.0.0.1:${this.#venuePort}/sim/faults`, {
      method: 'POST',
      body: JSON.stringify(request),
    });
    if (!answer.ok) throw new Error(`venuesim refused ${JSON.stringify(request)}: ${await answer.text()}`);
    // Until it has taken effect and the collector is over it.
    await sleep(1000);
    await this.whole();
  }

  async kill(): Promise<void> {
    this.#say('venuesim is killed');
    this.disconnects += 1;
    await this.#venue?.end('SIGKILL');
    await sleep(1500);
    await this.startVenue();
    this.#say('venuesim is back');
    await this.whole();
  }

  /** What it had collected is in its spool, and what it knew about the quality too. */
  async killCollector(): Promise<void> {
    this.#say('the collector is killed');
    this.disconnects += 1;
    await sleep(1500);
    await this.collector.end('SIGKILL');
    await sleep(500);
    await this.startCollector();
    this.#say('the collector is back');
  }

  async cut(): Promise<void> {
    this.disconnects += 1;
    await this.fault('connections are cut', { closeSockets: 'market' });
  }

  async close(): Promise<void> {
    await this.#collector?.end('SIGTERM');
    await this.#venue?.end('SIGTERM');
  }
}

/** One fault of each kind. */
async function misbehave(stage: Stage): Promise<void> {
  await stage.fault('one depth frame is lost', { framesOf: '@depth', dropFrames: 1 });
  await stage.fault('two trades are lost', { framesOf: '@trade', dropFrames: 2 });
  await stage.fault('depth frames come twice', { framesOf: '@depth', duplicateFrames: 3 });
  await stage.fault('trades come twice', { framesOf: '@trade', duplicateFrames: 5 });
  await stage.fault('quotes come twice', { framesOf: '@bookTicker', duplicateFrames: 20 });
  stage.swaps.book += 1;
  await stage.fault('two depth frames change places', { framesOf: '@depth', reorderFrames: 1 });
  stage.swaps.trade += 1;
  await stage.fault('two trades change places', { framesOf: '@trade', reorderFrames: 1 });
  await stage.fault('trades are late', { framesOf: '@trade', delayFrames: { count: 1, ms: 500 } });
}

/** Runs the show for about so long. */
export async function runShow(forMs: number, say: (text: string) => void = () => undefined): Promise<ShowSummary> {
  const dir = mkdtempSync(join(tmpdir(), 'portcullis-show-'));
  const stage = new Stage(dir, say);
  const startedAt = Date.now();
  try {
    await stage.open();
    let round = 0;
    do {
      await misbehave(stage);
      if (round === 0) await stage.kill();
      else if (round === 1) await stage.killCollector();
      else await stage.cut();
      round += 1;
    } while (Date.now() - startedAt < forMs);
    await stage.close();
    return await judge(stage, (Date.now() - startedAt) / 1000);
  } finally {
    await stage.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function judge(stage: Stage, seconds: number): Promise<ShowSummary> {
  const store = openObjectStore(stage.store);
  const archived = await readArchive(stage);
  const record = (kind: ComparedKind) => readRecord(stage.recordDir, `${SYMBOL.toLowerCase()}@${COMPARED[kind]}`);
  const compare = (kind: ComparedKind): KindComparison => compareKind(kind, record(kind), archived);
  const kinds = { trade: compare('trade'), quote: compare('quote'), delta: compare('delta') };
  const gaps = archived.flatMap((event) => (event.kind === 'gap' && event.reason !== 'resync' ? [event] : []));
  const windows = await new QualityLedger(store).read({ venue: VENUE, symbol: SYMBOL, from: 0, to: 4e15 });
  await store.close();
  const ledger = (stream: string): number =>
    windows.filter((window) => window.stream === stream).reduce((sum, window) => sum + window.gaps, 0);
  const inBand = (stream: string): number => gaps.filter((gap) => gap.stream === stream || gap.stream === 'all').length;
  const sum = (of: (kind: KindComparison) => number): number =>
    Object.values(kinds).reduce((total, kind) => total + of(kind), 0);
  const byStream = (count: (stream: string) => number): Record<string, number> =>
    Object.fromEntries(LEDGER_STREAMS.map((stream) => [stream, count(stream)]));
  return {
    seconds: Math.round(seconds),
    injected: {
      trade: holesOf(record('trade')) + stage.swaps.trade,
      book: holesOf(record('delta')) + stage.swaps.book,
      // That nothing is known at the beginning and the end is said too.
      disconnects: stage.disconnects + 2,
    },
    ...gapsInBand(archived),
    bookMissingMs: bookMissingMs(archived),
    gapsInLedger: byStream(ledger),
    gapsExpectedInLedger: byStream(inBand),
    rowsCompared: sum((kind) => kind.rowsCompared),
    rowsMissingInGaps: sum((kind) => kind.rowsMissingInGaps),
    rowsMissingOutsideGaps: sum((kind) => kind.rowsMissingOutsideGaps),
    rowsExtra: sum((kind) => kind.rowsExtra),
    rowsDifferent: sum((kind) => kind.rowsDifferent),
    kinds,
    collector: { ...stage.collector.last, warnings: stage.collector.warnings.slice(0, 20) },
  };
}

function bookMissingMs(archived: readonly NumberedEvent[]): number[] {
  const times: number[] = [];
  let since: number | undefined;
  for (const event of archived) {
    if (event.kind !== 'gap' || (event.stream !== 'all' && event.stream !== 'book')) continue;
    if (event.reason !== 'resync') since ??= event.tsInit;
    else if (since !== undefined) {
      times.push((event.tsInit - since) / 1000);
      since = undefined;
    }
  }
  return times;
}

/** A hole in the trades that a disconnect has told already is not another one. */
function gapsInBand(
  archived: readonly NumberedEvent[],
): Pick<ShowSummary, 'gapsInBand' | 'tradesCountedAfterDisconnects'> {
  const counts = { trade: 0, book: 0, disconnects: 0 };
  let tradesCountedAfterDisconnects = 0;
  let isAfterDisconnect = false;
  for (const event of archived) {
    if (event.kind === 'trade') isAfterDisconnect = false;
    if (event.kind !== 'gap' || event.reason === 'resync') continue;
    if (event.stream === 'all') {
      counts.disconnects += 1;
      isAfterDisconnect = true;
    } else if (event.stream === 'book') counts.book += 1;
    else if (isAfterDisconnect) tradesCountedAfterDisconnects += 1;
    else counts.trade += 1;
  }
  return { gapsInBand: counts, tradesCountedAfterDisconnects };
}

/** Everything that was collected, in the order of its numbers. */
async function readArchive(stage: Stage): Promise<NumberedEvent[]> {
  const store = openObjectStore(stage.store);
  const reader = new ArchiveReader({ store, cacheDir: join(stage.dir, 'cache') });
  const events: NumberedEvent[] = [];
  for await (const event of reader.events({ venues: [VENUE], symbols: [SYMBOL] })) events.push(event);
  await reader.close();
  await store.close();
  return events.sort((a, b) => a.seq - b.seq);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { for: { type: 'string', default: '120s' }, json: { type: 'boolean' } } });
  const [, amount, unit] = /^(\d+)(s|m)$/.exec(values.for) ?? [];
  if (amount === undefined) throw new Error(`--for is ${values.for}: expected a time such as 60s or 2m`);
  const started = Date.now();
  const say = (text: string): void => {
    process.stderr.write(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${text}\n`);
  };
  const summary = await runShow(Number(amount) * (unit === 'm' ? 60_000 : 1000), say);
  process.stdout.write(`${JSON.stringify(summary, undefined, values.json === true ? undefined : 2)}\n`);
  const isRight = summary.rowsMissingOutsideGaps + summary.rowsExtra + summary.rowsDifferent === 0;
  process.exitCode = isRight ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
