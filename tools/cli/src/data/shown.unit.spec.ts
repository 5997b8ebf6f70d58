import { expect, test } from '@jest/globals';
import { ProgressLine } from './progress-line.ts';
import { stripHead, stripOf } from './quality-strip.ts';
import { shownBytes, shownCount, shownTime } from './shown.ts';

test('times, counts and bytes as people read them', () => {
  expect(shownTime(0)).toBe('-');
  expect(shownTime(1_609_459_200_000_000)).toBe('2021-01-01 00:00:00');
  expect(shownTime(1_609_459_200_000_001)).toBe('2021-01-01 00:00:00.000001');
  expect(shownCount(1_050_373)).toBe('1,050,373');
  expect([shownBytes(999), shownBytes(1500), shownBytes(12_300_000)]).toEqual(['999 B', '1.5 kB', '12.3 MB']);
});

test('a strip has a mark where a window is', () => {
  const window = (quarter: number, state: 'GOOD' | 'DEGRADED' | 'BAD') => ({
    version: 1 as const,
    start: 1_609_459_200_000_000 + quarter * 900_000_000,
    stream: 'bar' as const,
    state,
    reasons: [],
    messages: 0,
    gaps: 0,
    duplicates: 0,
    outOfOrder: 0,
    staleMicros: 0,
    reconnects: 0,
    drops: 0,
    observedFrom: 0,
    observedTo: 0,
  });
  expect(stripOf([window(0, 'GOOD'), window(1, 'BAD'), window(4, 'DEGRADED')])).toBe('.X  o');
  expect(stripHead().indexOf('03h')).toBe(12);
});

test('a log gets no bar, and nothing at all for what is over at once', () => {
  const written: string[] = [];
  const line = new ProgressLine({ isTTY: false, write: (text: string | Uint8Array) => written.push(String(text)) > 0 });
  line.show(0.5, 'data import');
  line.end();
  expect(written).toEqual([]);
});
