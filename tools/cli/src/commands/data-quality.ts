import { QualityLedger, dateOf } from '@portcullis/archive';
import { QUALITY_STATES, QUALITY_WINDOW_MICROS, type QualityState, type QualityWindow } from '@portcullis/contracts';
import { DATA_STREAMS, type DataStream } from '@portcullis/market';
import type { ObjectStore } from '@portcullis/objects';
import { type Command, EXIT } from '../command.ts';
import { oneOf, rangeOf, rangeOptions, rangeUsage, storeOptions, storeUsage, withFilledStore } from '../data/flags.ts';
import { STRIP_LEGEND, stripHead, stripOf } from '../data/quality-strip.ts';
import { shownCount, shownTime } from '../data/shown.ts';
import { columns, printResult } from '../print.ts';

/** Days that people are shown strips of, and stretches that they are told the reasons of. */
const DAYS_SHOWN_MAX = 40;
const STRETCHES_SHOWN_MAX = 40;

interface Found {
  readonly venue: string;
  readonly symbol: string;
  readonly windows: readonly QualityWindow[];
}

export const dataQuality: Command = {
  name: 'data quality',
  summary: 'Shows the quality ledger: windows of 15 minutes that are GOOD, DEGRADED or BAD, and why',
  usage: [
    'usage: portcullis data quality [--store URL] [--venue V] [--symbol S] [--stream K] [--from T] [--to T] [--all]',
    '',
    `  --stream K         ${DATA_STREAMS.join(', ')}; may be given more than once`,
    '  --all              also days and windows that are GOOD',
    ...storeUsage,
    ...rangeUsage.filter((line) => !line.includes('--kind K')),
  ],
  options: {
    ...storeOptions,
    venue: rangeOptions.venue,
    symbol: rangeOptions.symbol,
    from: rangeOptions.from,
    to: rangeOptions.to,
    stream: { type: 'string', multiple: true },
    all: { type: 'boolean' },
  },
  positionalsMax: 0,
  async run({ flags, lists }) {
    const range = rangeOf({ flags, lists });
    const streams = (lists['stream'] ?? []).map((text) => oneOf('--stream', text, DATA_STREAMS));
    const isAll = flags['all'] === true;
    const found = await withFilledStore(flags, (store) => readAll(store, { ...range, streams }));
    const counts = found.flatMap((one) => countsOf(one));
    const windows = found.flatMap(({ venue, symbol, windows: some }) =>
      some.filter(({ state }) => isAll || state !== 'GOOD').map((window) => ({ venue, symbol, ...window })),
    );
    printResult(flags, { streams: counts, windows }, linesOf(found, counts, isAll));
    return EXIT.ok;
  },
};

interface Wanted {
  readonly venues?: readonly string[];
  readonly symbols?: readonly string[];
  readonly streams: readonly DataStream[];
  readonly from?: number;
  readonly to?: number;
}

async function readAll(store: ObjectStore, wanted: Wanted): Promise<Found[]> {
  const ledger = new QualityLedger(store);
  const instruments = new Map<string, { venue: string; symbol: string }>();
  for (const venue of wanted.venues ?? [undefined]) {
    for await (const { venue: named, symbol } of ledger.list(venue === undefined ? {} : { venue })) {
      if (wanted.symbols?.includes(symbol) !== false) instruments.set(`${named} ${symbol}`, { venue: named, symbol });
    }
  }
  const { from = 0, to = Number.MAX_SAFE_INTEGER, streams } = wanted;
  const found: Found[] = [];
  for (const instrument of instruments.values()) {
    const windows = await ledger.read({ ...instrument, from, to, ...(streams.length > 0 && { streams }) });
    if (windows.length > 0) found.push({ ...instrument, windows });
  }
  return found;
}

interface Counts {
  readonly venue: string;
  readonly symbol: string;
  readonly stream: DataStream;
  readonly windows: number;
  readonly states: Readonly<Record<QualityState, number>>;
}

function countsOf({ venue, symbol, windows }: Found): Counts[] {
  return DATA_STREAMS.flatMap((stream) => {
    const own = windows.filter((window) => window.stream === stream);
    const count = (state: QualityState): number => own.filter((window) => window.state === state).length;
    const states = { GOOD: count('GOOD'), DEGRADED: count('DEGRADED'), BAD: count('BAD') };
    return own.length === 0 ? [] : [{ venue, symbol, stream, windows: own.length, states }];
  });
}

function linesOf(found: readonly Found[], counts: readonly Counts[], isAll: boolean): string[] {
  if (counts.length === 0) return ['the ledger has nothing of it'];
  const stretches = found.flatMap((one) => stretchesOf(one));
  const strips = found.flatMap((one) => stripsOf(one, isAll));
  return [
    ...columns([
      ['venue', 'symbol', 'stream', 'windows', ...QUALITY_STATES],
      ...counts.map(({ venue, symbol, stream, windows, states }) => [
        venue,
        symbol,
        stream,
        shownCount(windows),
        ...QUALITY_STATES.map((state) => shownCount(states[state])),
      ]),
    ]),
    ...(strips.length > 0
      ? ['', STRIP_LEGEND, ...columns([['', '', '', stripHead()], ...strips.slice(0, DAYS_SHOWN_MAX)])]
      : []),
    ...(strips.length > DAYS_SHOWN_MAX ? [`… and ${shownCount(strips.length - DAYS_SHOWN_MAX)} more days`] : []),
    ...(stretches.length > 0 ? [''] : []),
    ...stretches.slice(0, STRETCHES_SHOWN_MAX).map((stretch) => textOfStretch(stretch)),
    ...(stretches.length > STRETCHES_SHOWN_MAX
      ? [`… and ${shownCount(stretches.length - STRETCHES_SHOWN_MAX)} more stretches`]
      : []),
  ];
}

/** Days on which something was not GOOD, or all of them. */
function stripsOf({ symbol, windows }: Found, isAll: boolean): string[][] {
  const days = new Map<string, QualityWindow[]>();
  for (const window of windows) {
    const key = `${dateOf(window.start)} ${window.stream}`;
    const known = days.get(key);
    if (known === undefined) days.set(key, [window]);
    else known.push(window);
  }
  return [...days].flatMap(([key, some]) => {
    const [date = '', stream = ''] = key.split(' ');
    return isAll || some.some(({ state }) => state !== 'GOOD') ? [[date, symbol, stream, stripOf(some)]] : [];
  });
}

interface Stretch {
  readonly symbol: string;
  readonly first: QualityWindow;
  count: number;
}

/** Windows that are not GOOD; those that follow each other for the same reasons are one stretch. */
function stretchesOf({ symbol, windows }: Found): Stretch[] {
  const stretches: Stretch[] = [];
  const open = new Map<DataStream, Stretch>();
  for (const window of windows) {
    if (window.state === 'GOOD') continue;
    const last = open.get(window.stream);
    const follows =
      last !== undefined &&
      window.start === last.first.start + last.count * QUALITY_WINDOW_MICROS &&
      window.state === last.first.state &&
      window.reasons.join() === last.first.reasons.join();
    if (follows) last.count += 1;
    else {
      const stretch = { symbol, first: window, count: 1 };
      open.set(window.stream, stretch);
      stretches.push(stretch);
    }
  }
  return stretches;
}

function textOfStretch({ symbol, first, count }: Stretch): string {
  const end = shownTime(first.start + count * QUALITY_WINDOW_MICROS).slice(11, 16);
  const span = `${shownTime(first.start).slice(0, 16)}..${end}`;
  const several = count === 1 ? '' : ` (${count} windows)`;
  return `${span} ${symbol} ${first.stream} ${first.state}${several}: ${first.reasons.join('; ')}`;
}
