import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { QUALITY_WINDOW_MICROS as WINDOW, type QualityWindow } from '@portcullis/contracts';
import { describe, expect, test } from '@jest/globals';
import type { ScaledEvent } from '../scaled-event.ts';
import { unobservedWindow } from './merge-windows.ts';
import { QualityMeter } from './quality-meter.ts';
import { judged, QUALITY_RULES, qualityTable, silenceTable, type WindowFacts } from './rules.ts';

const START = 1_700_000_100_000_000;
const SECOND = 1_000_000;
const at = (seconds: number): number => START + seconds * SECOND;

const event = (kind: string, more: object = {}): ScaledEvent =>
  ({ kind, symbol: 'BTCUSDT', tsEvent: START, tsEventNanos: 0, ...more }) as never;
const gap = (reason: string, stream = 'all'): ScaledEvent =>
  event('gap', { reason, stream, detail: '', from: 0, to: 0 });

const whole: WindowFacts = {
  start: START,
  stream: 'quote',
  messages: 1000,
  gaps: 0,
  duplicates: 0,
  outOfOrder: 0,
  staleMicros: 0,
  reconnects: 0,
  drops: 0,
  latencyMicros: { p50: -1_300_000, p99: -1_200_000, max: 5 },
  observedFrom: START,
  observedTo: START + WINDOW,
};

test('START is a quarter of an hour', () => {
  expect(START % WINDOW).toBe(0);
});

describe('the written rules', () => {
  const cases: [string, Partial<WindowFacts>, string][] = [
    ['nothing wrong, and a clock 1.3 s behind', {}, 'GOOD'],
    ['unseen', { observedFrom: START + 1 }, 'DEGRADED'],
    ['unseen', { observedTo: START + WINDOW / 2 - 1 }, 'BAD'],
    ['silent', { messages: 0 }, 'BAD'],
    ['quiet', { stream: 'trade', messages: 0 }, 'DEGRADED'],
    ['drops', { drops: 1 }, 'BAD'],
    ['stale', { staleMicros: 1 }, 'DEGRADED'],
    ['stale', { staleMicros: 45 * SECOND }, 'DEGRADED'],
    ['stale', { staleMicros: 45 * SECOND + 1 }, 'BAD'],
    ['gaps', { gaps: 1 }, 'DEGRADED'],
    ['gaps', { gaps: 6 }, 'BAD'],
    ['missing bars', { stream: 'bar', messages: 14, expected: 15 }, 'DEGRADED'],
    ['missing bars', { stream: 'bar', messages: 12, expected: 15 }, 'DEGRADED'],
    ['missing bars', { stream: 'bar', messages: 11, expected: 15 }, 'BAD'],
    ['surplus bars', { stream: 'bar', messages: 16, expected: 15 }, 'DEGRADED'],
    ['duplicates', { duplicates: 10 }, 'GOOD'],
    ['duplicates', { duplicates: 11 }, 'DEGRADED'],
    ['duplicates', { duplicates: 112 }, 'BAD'],
    ['out of order', { outOfOrder: 1 }, 'GOOD'],
    ['out of order', { outOfOrder: 2 }, 'DEGRADED'],
    ['out of order', { outOfOrder: 11 }, 'BAD'],
    ['reconnects', { reconnects: 1 }, 'DEGRADED'],
    ['reconnects', { reconnects: 4 }, 'BAD'],
    ['delay', { latencyMicros: { p50: 0, p99: 2_000_001, max: 9e9 } }, 'DEGRADED'],
    ['delay', { latencyMicros: { p50: 0, p99: 10_000_001, max: 9e9 } }, 'BAD'],
    ['clock offset', { latencyMicros: { p50: -10_000_001, p99: -10_000_001, max: 0 } }, 'DEGRADED'],
    ['clock offset', { latencyMicros: { p50: 60_000_001, p99: 60_000_001, max: 70_000_000 } }, 'BAD'],
    ['funding may be silent', { stream: 'funding', messages: 0 }, 'GOOD'],
  ];

  test.each(cases)('%s %j', (name, change, state) => {
    const { state: found, reasons } = judged({ ...whole, ...change });
    expect(found).toBe(state);
    expect(reasons.some((reason) => reason.startsWith(`${name}: `))).toBe(state !== 'GOOD');
  });

  test('have a test each', () => {
    const tested = new Set(cases.map(([name]) => name));
    expect(QUALITY_RULES.map(({ name }) => name).filter((name) => !tested.has(name))).toEqual([]);
  });

  test('stand in the documentation as they are', () => {
    const text = readFileSync(join(import.meta.dirname, '../../../../../docs/data-quality.md'), 'utf8');
    const plain = (table: string): string => table.replace(/[ -]+/g, ' ');
    expect(plain(text)).toContain(plain(qualityTable()));
    expect(plain(text)).toContain(plain(silenceTable()));
  });

  test('a window that nobody observed is BAD, of any stream', () => {
    for (const stream of ['quote', 'trade', 'book', 'bar', 'mark', 'funding'] as const) {
      expect(unobservedWindow(START, stream)).toMatchObject({ state: 'BAD', start: START, stream });
    }
  });
});

/** A meter and the windows that it has closed by the end of the first quarter of an hour. */
function metered(script: (meter: QualityMeter) => void, options: object = {}): Map<string, QualityWindow> {
  const meter = new QualityMeter({ streams: ['quote', 'book', 'trade'], from: START, ...options });
  script(meter);
  return new Map(meter.tick(START + WINDOW).map((window) => [window.stream, window]));
}

/** Every second something on all three streams. */
function running(meter: QualityMeter, from: number, to: number): void {
  for (let second = from; second < to; second += 1) {
    const tsEvent = at(second) - 20_000;
    meter.observe(event('quote', { tsEvent }), at(second));
    meter.observe(event('delta', { tsEvent }), at(second));
    meter.observe(event('trade', { tsEvent }), at(second));
  }
}

describe('the quality meter', () => {
  test('a quiet quarter of an hour is GOOD on every stream', () => {
    const windows = metered((meter) => {
      meter.observe(event('snapshot'), START);
      running(meter, 0, 900);
    });
    for (const window of windows.values()) expect(window).toMatchObject({ state: 'GOOD', reasons: [], gaps: 0 });
    expect(windows.get('trade')).toMatchObject({ messages: 900, latencyMicros: { max: 20_000 } });
    expect(windows.get('book')).toMatchObject({ messages: 901, staleMicros: 0 });
  });

  test('from a gap to the resync the book is stale, and nothing else', () => {
    const windows = metered((meter) => {
      meter.observe(event('snapshot'), START);
      running(meter, 0, 100);
      meter.observe(gap('gap', 'book'), at(100));
      running(meter, 100, 103);
      meter.observe(gap('resync', 'book'), at(103));
      running(meter, 103, 900);
    });
    expect(windows.get('book')).toMatchObject({ state: 'DEGRADED', gaps: 1, staleMicros: 3 * SECOND });
    expect(windows.get('trade')).toMatchObject({ state: 'GOOD', gaps: 0, staleMicros: 0 });
  });

  test('a disconnect makes all streams stale, each until it is whole', () => {
    const windows = metered((meter) => {
      meter.observe(event('snapshot'), START);
      running(meter, 0, 100);
      meter.observe(gap('disconnect'), at(100));
      meter.reconnect(at(110));
      meter.observe(event('trade'), at(112));
      meter.observe(event('snapshot'), at(150));
      running(meter, 150, 900);
    });
    expect(windows.get('trade')).toMatchObject({ state: 'DEGRADED', staleMicros: 12 * SECOND, reconnects: 1 });
    expect(windows.get('book')).toMatchObject({ state: 'BAD', staleMicros: 50 * SECOND, reconnects: 1 });
  });

  test('silence counts from where it is longer than the stream ever is, over the end of the window', () => {
    const meter = new QualityMeter({ streams: ['quote'], from: START, silenceMicrosMax: { quote: 10 * SECOND } });
    for (let second = 0; second < 880; second += 1) meter.observe(event('quote', { tsEvent: at(second) }), at(second));
    const [first, second] = [...meter.tick(at(900)), ...meter.partial(at(905))];
    expect(first).toMatchObject({ staleMicros: 11 * SECOND, state: 'DEGRADED' });
    expect(second).toMatchObject({ staleMicros: 5 * SECOND, state: 'BAD', messages: 0, observedTo: at(905) });
  });

  test('a book without a snapshot is stale from the beginning', () => {
    expect(metered((meter) => running(meter, 0, 900)).get('book')).toMatchObject({ staleMicros: WINDOW, state: 'BAD' });
  });

  test('windows without anything are told too, in order', () => {
    const meter = new QualityMeter({ streams: ['trade', 'quote'], from: at(10) });
    const windows = meter.tick(at(1900));
    expect(windows.map(({ start, stream }) => `${(start - START) / SECOND} ${stream}`)).toEqual([
      '0 quote',
      '0 trade',
      '900 quote',
      '900 trade',
    ]);
    expect(windows.map(({ state }) => state)).toEqual(['BAD', 'DEGRADED', 'BAD', 'BAD']);
    expect(meter.tick(at(1900))).toEqual([]);
  });

  test('our own clock going back a second changes no window', () => {
    const meter = new QualityMeter({ streams: ['quote'], from: START });
    meter.observe(event('quote'), at(901));
    meter.observe(event('quote'), at(899));
    expect(meter.tick(at(899)).map(({ messages }) => messages)).toEqual([0]);
    expect(meter.partial(at(902)).map(({ messages }) => messages)).toEqual([2]);
  });

  test('bars tell by themselves what is missing', () => {
    const bar = (minute: number): ScaledEvent =>
      event('bar', { start: at(minute * 60), period: 60 * SECOND, tsEvent: at(minute * 60) });
    const windows = metered(
      (meter) => {
        for (let minute = 0; minute < 15; minute += 1) {
          meter.observe(bar(minute), at(minute * 60 + 1));
        }
      },
      { streams: ['bar'] },
    );
    expect(windows.get('bar')).toMatchObject({ expected: 15, messages: 15, state: 'GOOD' });
    const missing = metered(
      (meter) => {
        for (const minute of [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14]) {
          meter.observe(bar(minute), at(minute * 60));
        }
      },
      { streams: ['bar'] },
    );
    expect(missing.get('bar')).toMatchObject({ expected: 15, messages: 14, state: 'DEGRADED' });
  });

  test('what is not subscribed is not measured', () => {
    const meter = new QualityMeter({ streams: ['quote'], from: START });
    meter.observe(event('trade'), at(1));
    meter.observe(gap('gap', 'trade'), at(1));
    meter.drop('trade', 5, at(1));
    expect(meter.partial(at(2))).toMatchObject([{ stream: 'quote', messages: 0, gaps: 0, drops: 0 }]);
  });
});
