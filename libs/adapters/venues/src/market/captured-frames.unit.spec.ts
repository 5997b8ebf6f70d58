import { expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type ScaledEvent, formatScaled } from '@portcullis/market';
import type { DialectName } from './dialect.ts';
import { dialectOf } from './dialects.ts';
import { MarketNormalizer } from './normalizer.ts';
import { TopOfBookCheck } from './top-of-book-check.ts';

const shared = resolve(process.env['PORTCULLIS_SHARED'] ?? join(import.meta.dirname, '../../../../../../shared'));
const folder = join(shared, 'data/ws-raw/hftbacktest');

interface Recorded {
  readonly bytes: Uint8Array;
  readonly receivedMicros: number;
}

const STAMP_LENGTH = 19;
const SNAPSHOT_OPENING = '{"lastUpdateId"';

/** Lines `<nanoseconds> <frame>`. */
function recorded(files: readonly string[]): Recorded[] {
  const frames: Recorded[] = [];
  for (const file of files) {
    const content = gunzipSync(readFileSync(join(folder, file)));
    for (let at = 0; at < content.length;) {
      const end = content.indexOf(10, at);
      const receivedMicros = Number(content.toString('latin1', at, at + STAMP_LENGTH - 3));
      frames.push({ bytes: content.subarray(at + STAMP_LENGTH + 1, end), receivedMicros });
      at = end + 1;
    }
  }
  return frames;
}

function normalised(dialect: DialectName, symbol: string, frames: readonly Recorded[]) {
  const check = new TopOfBookCheck();
  const latest = { book: 0, backwards: 0 };
  const normalizer: MarketNormalizer = new MarketNormalizer(dialectOf(dialect), {
    quotesNeedBook: false,
    onEvent: (event: ScaledEvent) => {
      check.observe(event, normalizer.book(symbol));
      if (event.kind !== 'delta' && event.kind !== 'snapshot') return;
      if (event.tsEvent < latest.book) latest.backwards += 1;
      latest.book = event.tsEvent;
    },
  });
  for (const { bytes, receivedMicros } of frames) {
    const opening = Buffer.from(bytes.subarray(0, SNAPSHOT_OPENING.length)).toString();
    if (opening === SNAPSHOT_OPENING) normalizer.snapshot(symbol, bytes, receivedMicros);
    else normalizer.frame(bytes, receivedMicros);
  }
  return { check, normalizer, latest };
}

const captures = [
  {
    dialect: 'binance-spot',
    symbol: 'BTCUSDT',
    files: ['binance-spot/btcusdt_20240808.gz', 'binance-spot/btcusdt_20240809.gz'],
    events: { quote: 73_174, trade: 19_904, delta: 6493, snapshot: 1 },
    checked: 6492,
    equal: 6490,
    top: ['61602.01', '1.67177', '61602.02', '2.66795'],
  },
  {
    dialect: 'binance-usdm',
    symbol: 'BTCUSDT',
    files: ['binance-usdm/btcusdt_20240808.gz'],
    events: { quote: 66_089, trade: 21_313, delta: 6547, snapshot: 1 },
    checked: 6544,
    equal: 6544,
    top: ['61659.7', '1.486', '61659.8', '0.981'],
  },
  {
    dialect: 'binance-coinm',
    symbol: 'ETHUSD_PERP',
    files: ['binance-cm/ethusd_perp_20240808.gz', 'binance-cm/ethusd_perp_20240809.gz'],
    events: { quote: 35_563, trade: 3595, delta: 39_133, snapshot: 1 },
    checked: 39_094,
    equal: 39_094,
    top: ['2677', '567', '2677.01', '7991'],
  },
] as const;

test.each(captures)('recorded frames of $dialect: whole over midnight, and the top of the book is right', (capture) => {
  if (!existsSync(folder)) {
    // Said aloud, because a silent pass would look like a check.
    process.stderr.write(`captured-frames: no frames at ${folder} (set PORTCULLIS_SHARED); nothing was checked\n`);
    return;
  }
  const { dialect, symbol } = capture;
  const frames = recorded(capture.files);
  const { check, normalizer, latest } = normalised(dialect, symbol, frames);
  expect(normalizer.counters).toMatchObject({ malformed: 0, gaps: 0, resyncs: 1, duplicates: 0, outOfOrder: 0 });
  expect(normalizer.counters.events).toMatchObject(capture.events);
  expect([check.checked, check.equal]).toEqual([capture.checked, capture.equal]);
  // Replay is by time: the book's events have to be in that order by themselves.
  expect(latest.backwards).toBe(0);
  const book = normalizer.book(symbol);
  const top = book?.top();
  if (book === undefined || top === undefined) throw new Error('the book is not whole');
  const { priceScale, quantityScale } = book;
  expect([
    formatScaled(top.bidPrice, priceScale),
    formatScaled(top.bidQuantity, quantityScale),
    formatScaled(top.askPrice, priceScale),
    formatScaled(top.askQuantity, quantityScale),
  ]).toEqual(capture.top);
});

test('recorded frames that come twice change nothing, and lost ones are gaps', () => {
  if (!existsSync(folder)) return;
  const [capture] = captures;
  const frames = recorded([capture.files[0]]).slice(0, 20_000);
  const once = normalised(capture.dialect, capture.symbol, frames).normalizer;
  const twice = normalised(
    capture.dialect,
    capture.symbol,
    frames.flatMap((each) => [each, each]),
  ).normalizer;
  expect(twice.counters.events).toEqual(once.counters.events);
  expect(twice.counters.duplicates).toBeGreaterThan(19_900);
  expect(twice.book(capture.symbol)?.top()).toEqual(once.book(capture.symbol)?.top());

  const holed = frames.filter((_, at) => at < 5000 || at >= 5400);
  const lost = normalised(capture.dialect, capture.symbol, holed).normalizer;
  // One of the book and one of the trades.
  expect(lost.counters).toMatchObject({ gaps: 2, resyncs: 1, malformed: 0 });
  expect(lost.whole(capture.symbol)).toBe(false);
});
