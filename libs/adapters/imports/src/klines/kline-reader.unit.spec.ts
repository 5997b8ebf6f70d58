import { describe, expect, test } from '@jest/globals';
import type { NumberedEvent } from '@portcullis/market';
import { KlineReader } from './kline-reader.ts';

const MINUTE = 60_000_000;

function read(lines: readonly string[]) {
  const events: NumberedEvent[] = [];
  const refusals: string[] = [];
  const reader = new KlineReader('BTCUSDT', MINUTE, {
    event: (event) => events.push(event),
    refuse: ({ file, line }, reason) => refusals.push(`${file}:${line}: ${reason}`),
  });
  reader.startFile();
  const encoder = new TextEncoder();
  lines.forEach((line, index) => reader.line(encoder.encode(line), 'f', index + 1));
  return { events, refusals, reader };
}

const full =
  '1609459200000,28923.63000000,28961.66000000,28913.12000000,28961.66000000,27.45703200,1609459259999,794382.04398665,1292,16.77719500,485390.82682460,0';

describe('rows that fit', () => {
  test('all twelve columns, exact', () => {
    expect(read([full]).events).toEqual([
      {
        kind: 'bar',
        symbol: 'BTCUSDT',
        tsEvent: 1_609_459_259_999_999,
        tsEventNanos: 0,
        period: MINUTE,
        start: 1_609_459_200_000_000,
        open: 2_892_363_000_000,
        high: 2_896_166_000_000,
        low: 2_891_312_000_000,
        close: 2_896_166_000_000,
        volume: 2_745_703_200,
        takerVolume: 1_677_719_500,
        quoteVolume: '794382.04398665',
        count: 1292,
        priceScale: 8,
        quantityScale: 8,
        seq: 1_609_459_200_000_000,
        tsInit: 1_609_459_259_999_999,
      },
    ]);
  });

  test('six columns, a header, milliseconds and microseconds in one file', () => {
    const { events, refusals } = read([
      'open_time,open,high,low,close,volume',
      '1735689540000,1.5,2,1,1.5,10',
      '1735689600000000,1.5,2,1,1.5,0',
    ]);
    expect(refusals).toEqual([]);
    expect(events.map(({ kind, seq }) => [kind, seq])).toEqual([
      ['bar', 1_735_689_540_000_000],
      ['bar', 1_735_689_600_000_000],
    ]);
    expect(events[1]).toMatchObject({ takerVolume: -1, quoteVolume: '', count: -1, open: 15, priceScale: 1 });
  });

  test('volumes that leave the safe integers at eight digits lose their zeros, not their value', () => {
    const { events } = read(['1609459200000,0.00000700,0.00000701,0.00000699,0.00000700,31234567890123.00000000']);
    expect(events[0]).toMatchObject({ volume: 31_234_567_890_123, quantityScale: 0, open: 700, priceScale: 8 });
  });

  test('missing periods are a gap between the bars', () => {
    const { events, reader } = read(['1609459200000,1,1,1,1,1', '1609459440000,1,1,1,1,1']);
    expect(reader).toMatchObject({ bars: 2, gaps: 1, missing: 3 });
    expect(events[1]).toMatchObject({
      kind: 'gap',
      reason: 'gap',
      stream: 'bar',
      from: 1_609_459_260_000_000,
      to: 1_609_459_440_000_000,
      seq: 1_609_459_260_000_000,
    });
    const times = events.map(({ tsEvent }) => tsEvent);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(events.map(({ seq }) => seq)).size).toBe(3);
  });

  test('a row twice is one bar', () => {
    expect(read([full, full]).reader).toMatchObject({ bars: 1, duplicates: 1 });
  });
});

describe('rows that do not are refused with their line and the reason', () => {
  const row = (change: Partial<Record<number, string>>): string =>
    full
      .split(',')
      .map((cell, index) => change[index] ?? cell)
      .join(',');
  const cases: [string, string, RegExp][] = [
    ['columns missing', '1609459200000,1,1,1,1', /5 columns: expected 6 or 12/],
    ['too many columns', `${full},1`, /13 columns/],
    ['half a line', full.slice(0, 40), /3 columns/],
    ['not a number', row({ 2: '28961,66'.replace(',', 'x') }), /^f:1: high is "28961x66"/],
    ['an empty cell', row({ 5: '' }), /volume is ""/],
    ['seconds', row({ 0: '1609459200' }), /open time is 1609459200: expected milliseconds/],
    ['off the grid', row({ 0: '1609459201000' }), /not on the grid of 60 s/],
    ['low above open', row({ 3: '28950' }), /expected 0 < low/],
    ['high below close', row({ 2: '28950' }), /expected 0 < low/],
    ['a price of zero', row({ 3: '0' }), /expected 0 < low/],
    ['takers bought more than was traded', row({ 9: '28' }), /taker buy volume 28 is above the volume/],
    ['a part of a trade', row({ 8: '1.5' }), /trades is 1.5/],
    ['closed in another period', row({ 6: '1609459260000' }), /close time 1609459260000 is not in the period/],
    ['more digits than an integer holds', row({ 5: '12345678901234.12345678' }), /more digits/],
    ['a negative volume', row({ 5: '-1' }), /volume is "-1"/],
  ];
  test.each(cases)('%s', (_, line, reason) => {
    const { events, refusals } = read([line]);
    expect(events).toEqual([]);
    expect(refusals).toHaveLength(1);
    expect(refusals[0]).toMatch(reason);
    expect(refusals[0]).toMatch(/^f:1: /);
  });

  test('going back in time, another candle of the same minute, another width than before', () => {
    const { refusals } = read([
      full,
      '1609459200000,1,1,1,1,1',
      row({ 0: '1609459140000', 6: '1609459199999' }),
      row({ 9: '1' }),
    ]);
    expect(refusals).toEqual([
      expect.stringMatching(/f:2: 6 columns: the lines before it have 12/),
      expect.stringMatching(/f:3: open time 2020-12-31T23:59:00Z is before 2021-01-01T00:00:00Z of f:1/),
      expect.stringMatching(/f:4: another candle of 2021-01-01T00:00:00Z than f:1/),
    ]);
  });

  test('a first row of which the stamp is damaged is no header', () => {
    expect(read([full.replace('1609459200000', 'x609459200000')]).refusals).toEqual([
      'f:1: open time is "x609459200000": expected a plain decimal',
    ]);
    expect(
      read(['"Open time","Open","High","Low","Close","Volume"', full.split(',').slice(0, 6).join(',')]),
    ).toMatchObject({ refusals: [], events: [{ kind: 'bar' }] });
  });

  test('a header is one only in the first line', () => {
    expect(read([full, 'open_time,open,high,low,close,volume']).refusals).toHaveLength(1);
  });
});
