import { QUALITY_WINDOW_MICROS as WINDOW, qualityWindowSchema, type QualityWindow } from '@portcullis/contracts';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DATA_STREAMS } from '../scaled-event.ts';
import { barWindows } from './bar-windows.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { mergeWindows } from './merge-windows.ts';
import { QualityMeter } from './quality-meter.ts';
import { judged, type WindowFacts } from './rules.ts';

const BASE = 1_700_000_000_000_000 - (1_700_000_000_000_000 % WINDOW);
const MINUTE = 60_000_000;
const count = fc.nat({ max: 50 });
const RANK = ['GOOD', 'DEGRADED', 'BAD'];

/** Any facts of one window and stream that its observer may have. */
const facts: fc.Arbitrary<WindowFacts> = fc
  .record({
    messages: fc.nat({ max: 10_000 }),
    gaps: count,
    duplicates: count,
    outOfOrder: count,
    staleMicros: fc.nat({ max: WINDOW }),
    reconnects: count,
    drops: count,
    bounds: fc.tuple(fc.nat({ max: WINDOW }), fc.nat({ max: WINDOW })),
  })
  .map(({ bounds, ...counts }) => ({
    start: BASE,
    stream: 'quote',
    ...counts,
    observedFrom: BASE + Math.min(...bounds),
    observedTo: BASE + Math.max(...bounds),
  }));

describe('the latency histogram', () => {
  test('is exact in its maximum, and its percentiles are at most 1/32 off', () => {
    const latency = fc.oneof(
      fc.integer({ min: -5_000_000, max: 5_000_000 }),
      fc.integer({ min: -(2 ** 39), max: 2 ** 39 }),
    );
    fc.assert(
      fc.property(fc.array(latency, { minLength: 1, maxLength: 300 }), (values) => {
        const histogram = new LatencyHistogram();
        for (const value of values) histogram.add(value);
        const sorted = [...values].sort((a, b) => a - b);
        const exact = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1]!;
        const found = histogram.summary()!;
        expect(found.max).toBe(sorted.at(-1));
        for (const [value, share] of [[found.p50, 0.5] as const, [found.p99, 0.99] as const]) {
          expect(Number.isSafeInteger(value)).toBe(true);
          expect(Math.abs(value - exact(share))).toBeLessThanOrEqual(Math.abs(exact(share)) / 32);
        }
        histogram.clear();
        expect(histogram.summary()).toBeUndefined();
      }),
    );
  });

  test('counts what is farther off than twelve days as that far', () => {
    const histogram = new LatencyHistogram();
    histogram.add(Number.MAX_SAFE_INTEGER);
    histogram.add(-Number.MAX_SAFE_INTEGER);
    expect(histogram.summary()).toEqual({ p50: -(2 ** 40 - 1), p99: 2 ** 40 - 1, max: Number.MAX_SAFE_INTEGER });
  });
});

describe('the quality meter', () => {
  const happening = fc.record({
    after: fc.integer({ min: -2_000_000, max: 200_000_000 }),
    kind: fc.constantFrom(
      'trade',
      'quote',
      'snapshot',
      'gap',
      'disconnect',
      'resync',
      'duplicate',
      'drop',
      'reconnect',
    ),
    latency: fc.integer({ min: -1_500_000, max: 1_500_000 }),
  });

  function metered(
    happenings: readonly { after: number; kind: string; latency: number }[],
    offset = 0,
  ): QualityWindow[] {
    const meter = new QualityMeter({ streams: ['book', 'trade', 'quote'], from: BASE + 1234 });
    const windows: QualityWindow[] = [];
    let now = BASE + 1234;
    for (const { after, kind, latency } of happenings) {
      now = Math.max(BASE, now + after);
      const event = {
        kind,
        symbol: 'S',
        tsEvent: now - latency - offset,
        tsEventNanos: 0,
        stream: 'all',
        reason: kind,
      };
      if (kind === 'duplicate') meter.duplicate('trade', now);
      else if (kind === 'drop') meter.drop('trade', 3, now);
      else if (kind === 'reconnect') meter.reconnect(now);
      else if (['gap', 'disconnect', 'resync'].includes(kind)) meter.observe({ ...event, kind: 'gap' } as never, now);
      else meter.observe(event as never, now);
      if (kind === 'quote') windows.push(...meter.tick(now));
    }
    return [...windows, ...meter.tick(now), ...meter.partial(now)];
  }

  test('makes valid windows that follow each other and count everything once', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 120 }), (happenings) => {
        const windows = metered(happenings);
        for (const window of windows) expect(qualityWindowSchema.parse(window)).toEqual(window);
        for (const stream of ['book', 'trade', 'quote']) {
          const own = windows.filter((window) => window.stream === stream);
          for (const [index, window] of own.entries()) {
            const before = own[index - 1];
            if (before !== undefined) expect(window.observedFrom).toBe(before.observedTo);
            expect(window.start % WINDOW).toBe(0);
            expect(window.observedFrom).toBeGreaterThanOrEqual(window.start);
            expect(window.observedTo).toBeLessThanOrEqual(window.start + WINDOW);
            expect(window.staleMicros).toBeLessThanOrEqual(window.observedTo - window.observedFrom);
            if (window.observedTo - window.observedFrom < WINDOW) expect(window.state).not.toBe('GOOD');
          }
        }
        const sum = (stream: string, field: 'messages' | 'drops' | 'duplicates' | 'gaps' | 'reconnects'): number =>
          windows.filter((window) => window.stream === stream).reduce((total, window) => total + window[field], 0);
        const times = (kind: string): number => happenings.filter((one) => one.kind === kind).length;
        // What comes before time has moved at all is in a window of no length, which is not told.
        const moved = windows.length > 0;
        expect(sum('trade', 'messages')).toBe(moved ? times('trade') : 0);
        expect(sum('book', 'messages')).toBe(moved ? times('snapshot') : 0);
        expect(sum('trade', 'drops')).toBe(moved ? 3 * times('drop') : 0);
        expect(sum('trade', 'duplicates')).toBe(moved ? times('duplicate') : 0);
        expect(sum('quote', 'reconnects')).toBe(moved ? times('reconnect') : 0);
        expect(sum('book', 'gaps')).toBe(moved ? times('gap') + times('disconnect') : 0);
      }),
    );
  });

  test('does not care about a clock that is up to seconds off', () => {
    const offset = fc.integer({ min: -5_000_000, max: 5_000_000 });
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 60 }), offset, (happenings, micros) => {
        const plain = metered(happenings).map(({ latencyMicros: _, ...rest }) => rest);
        const shifted = metered(happenings, micros).map(({ latencyMicros: _, ...rest }) => rest);
        const stateOf = ({ start, stream, state }: { start: number; stream: string; state: string }): string =>
          `${start} ${stream} ${state}`;
        expect(shifted.map(stateOf)).toEqual(plain.map(stateOf));
      }),
    );
  });
});

describe('two accounts of one window', () => {
  test('merge to the same in either order, and an account with itself is itself', () => {
    fc.assert(
      fc.property(facts.map(judged), facts.map(judged), (a, b) => {
        expect(mergeWindows(a, a)).toEqual(a);
        expect(mergeWindows(a, b)).toEqual(mergeWindows(b, a));
        // Again with one of those that overlap changes nothing, so that recording twice is harmless.
        const overlap = Math.max(a.observedFrom, b.observedFrom) <= Math.min(a.observedTo, b.observedTo);
        const joint = mergeWindows(a, b);
        if (overlap) expect(mergeWindows(joint, a)).toEqual(joint);
      }),
    );
  });

  test('are never better together, except that more was seen', () => {
    const whole = (account: WindowFacts): WindowFacts => ({
      ...account,
      observedFrom: BASE,
      observedTo: BASE + WINDOW,
    });
    fc.assert(
      fc.property(facts, facts, (a, b) => {
        const joint = mergeWindows(judged(a), judged(b));
        for (const field of ['gaps', 'duplicates', 'outOfOrder', 'staleMicros', 'reconnects', 'drops'] as const) {
          expect(joint[field]).toBeGreaterThanOrEqual(Math.max(a[field], b[field]));
        }
        const counted = mergeWindows(judged(whole(a)), judged(whole(b)));
        // Shares are of more messages together, so that only counts and times are compared.
        const absolute = (account: WindowFacts): number =>
          RANK.indexOf(judged({ ...whole(account), messages: 1_000_000, duplicates: 0, outOfOrder: 0 }).state);
        expect(RANK.indexOf(counted.state)).toBeGreaterThanOrEqual(Math.max(absolute(a), absolute(b)));
      }),
    );
  });

  test('of times apart count the time between as stale', () => {
    const account = (from: number, to: number): QualityWindow =>
      judged({ ...fc.sample(facts, 1)[0]!, staleMicros: 7, observedFrom: BASE + from, observedTo: BASE + to });
    const joint = mergeWindows(account(0, 100), account(350, WINDOW));
    expect(joint.staleMicros).toBe(7 + 7 + 250);
    expect([joint.observedFrom, joint.observedTo]).toEqual([BASE, BASE + WINDOW]);
    expect(joint.state).not.toBe('GOOD');
  });
});

describe('the windows of bars', () => {
  test('expect every period once and count every bar once', () => {
    const periods = fc.constantFrom(1_000_000, MINUTE, 5 * MINUTE, 15 * MINUTE, 7.5 * MINUTE);
    const present = fc.array(fc.boolean(), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(periods, present, fc.nat({ max: 30 }), (period, isThere, offset) => {
        const from = BASE + offset * period;
        const to = from + isThere.length * period;
        const starts = isThere.flatMap((there, index) => (there ? [from + index * period] : []));
        const windows = [...barWindows({ starts, periodMicros: period, from, to })];
        const total = (field: 'messages' | 'expected'): number =>
          windows.reduce((sum, window) => sum + (window[field] ?? 0), 0);
        expect(total('messages')).toBe(starts.length);
        expect(total('expected')).toBe(isThere.length);
        for (const window of windows) {
          expect(qualityWindowSchema.parse(window)).toEqual(window);
          const missing = isThere.some((there, index) => {
            const start = from + index * period;
            return !there && start >= window.start && start < window.start + WINDOW;
          });
          const isWhole = window.observedFrom === window.start && window.observedTo === window.start + WINDOW;
          expect(window.state === 'GOOD').toBe(isWhole && !missing);
        }
        const first = from - (from % WINDOW);
        expect(windows.map(({ start }) => start)).toEqual(windows.map((_, index) => first + index * WINDOW));
      }),
    );
  });

  test('expect the bar that covers them where bars are longer than a window', () => {
    const hour = 60 * MINUTE;
    const from = BASE - (BASE % hour);
    const starts = [from, from + 2 * hour];
    const windows = [...barWindows({ starts, periodMicros: hour, from, to: from + 3 * hour })];
    const states = windows.map(({ state }) => state);
    expect(states).toEqual([...'GGGGBBBBGGGG'].map((letter) => (letter === 'G' ? 'GOOD' : 'BAD')));
  });

  test('say of a day with an outage which quarters of an hour are not to be used', () => {
    const day = BASE - (BASE % (24 * 60 * MINUTE));
    const minutes = Array.from({ length: 1440 }, (_, index) => index).filter((m) => m < 130 || m >= 200);
    const starts = [...minutes.map((m) => day + m * MINUTE)];
    starts.splice(5, 0, starts[4]!);
    const windows = [...barWindows({ starts, periodMicros: MINUTE, from: day, to: day + 1440 * MINUTE })];
    expect(windows).toHaveLength(96);
    const bad = windows.filter(({ state }) => state === 'BAD').map(({ start }) => (start - day) / MINUTE);
    expect(bad).toEqual([120, 135, 150, 165, 180, 195]);
    expect(windows.filter(({ state }) => state !== 'GOOD').map(({ start }) => (start - day) / MINUTE)).toEqual([
      0,
      ...bad,
    ]);
    expect(windows[0]).toMatchObject({ duplicates: 1, messages: 15, state: 'DEGRADED' });
    expect(windows[8]?.reasons).toEqual(['gaps: 1, above 0 is DEGRADED', 'missing bars: 33.333 %, above 20 % is BAD']);
    expect(windows[9]?.reasons[0]).toBe('silent: 1, above 0 is BAD');
  });
});

test('the streams of quality are those of the contract', () => {
  expect([...DATA_STREAMS]).toEqual(qualityWindowSchema.shape.stream.options);
});
