import { describe, expect, test } from '@jest/globals';
import { type CaptureFormat, captureRecord, formatOfLine } from './capture-line.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (format: CaptureFormat, text: string) => {
  const record = captureRecord(format, bytes(text), 7);
  if (record === undefined) return undefined;
  const { kind, receivedMicros, url } = record;
  return { kind, receivedMicros, url, text: new TextDecoder().decode(record.bytes) };
};

describe('hftbacktest lines', () => {
  test('a frame with its receipt, exact to the microsecond', () => {
    expect(read('hftbacktest', '1723161253937085768 {"stream":"btcusdt@trade","data":{}}')).toEqual({
      kind: 'frame',
      receivedMicros: 1_723_161_253_937_085,
      url: '',
      text: '{"stream":"btcusdt@trade","data":{}}',
    });
  });

  test('a receipt in microseconds, as older collectors wrote it', () => {
    const line = '1723161253937085 {"stream":"btcusdt@trade","data":{}}';
    expect(formatOfLine(bytes(line))).toBe('hftbacktest');
    expect(read('hftbacktest', line)).toMatchObject({
      receivedMicros: 1_723_161_253_937_085,
      text: '{"stream":"btcusdt@trade","data":{}}',
    });
    expect(formatOfLine(bytes('17231612539370857 {"a":1}'))).toBeUndefined();
  });

  test('a depth snapshot, and a frame that only mentions one', () => {
    expect(read('hftbacktest', '1723161254206652067 {"lastUpdateId":5,"bids":[]}')?.kind).toBe('snapshot');
    expect(read('hftbacktest', '1723161254206652067 {"stream":"x","lastUpdateId":5}')?.kind).toBe('frame');
    expect(read('hftbacktest', '1723161254206652067 {"topic":"orderbook.50.BTCUSDT"}')?.kind).toBe('frame');
  });

  test('anything else is none', () => {
    expect(read('hftbacktest', '1723161254 {"a":1}')).toBeUndefined();
    expect(read('hftbacktest', '172316125420665206x {"a":1}')).toBeUndefined();
    expect(read('hftbacktest', '')).toBeUndefined();
  });
});

describe('cryptofeed lines', () => {
  test('a frame: digits beyond microseconds are cut, digits that are missing are zeros', () => {
    expect(read('cryptofeed', '1633998512.0633569: {"a":1}')).toMatchObject({ receivedMicros: 1_633_998_512_063_356 });
    expect(read('cryptofeed', '1633998512.86375: {"a":1}')).toMatchObject({ receivedMicros: 1_633_998_512_863_750 });
    expect(read('cryptofeed', '1633998512: {"a":1}')).toMatchObject({
      kind: 'frame',
      receivedMicros: 1_633_998_512_000_000,
    });
  });

  test('a connection, what was sent over it, an answer, the configuration', () => {
    expect(read('cryptofeed', 'wss://ws.kraken.com <-> 1618678132.368463')).toMatchObject({
      kind: 'connected',
      url: 'wss://ws.kraken.com',
      receivedMicros: 1_618_678_132_368_463,
    });
    expect(read('cryptofeed', 'wss://ws.kraken.com <- 1618678132.83: {"event":"subscribe"}')).toMatchObject({
      kind: 'sent',
      text: '{"event":"subscribe"}',
    });
    expect(
      read('cryptofeed', 'https://a.b/api/v3/depth?symbol=NKNUSDT&limit=1000 -> 1633998512.32: {"x":1}'),
    ).toMatchObject({
      kind: 'rest',
      url: 'https://a.b/api/v3/depth?symbol=NKNUSDT&limit=1000',
      text: '{"x":1}',
    });
    expect(read('cryptofeed', 'configuration: {"trades":[]}')).toMatchObject({
      kind: 'configuration',
      receivedMicros: 0,
    });
  });

  test('half of such a line is none', () => {
    for (const text of [
      'wss://ws.kraken.com <',
      'wss://ws.kraken.com <-> 16186',
      'https://a ->',
      '1633998512.06',
      '16339',
      'xyz',
    ]) {
      expect([text, read('cryptofeed', text)]).toEqual([text, undefined]);
    }
  });
});

test('a format is known by one line', () => {
  expect(formatOfLine(bytes('1723161253937085768 {}'))).toBe('hftbacktest');
  expect(formatOfLine(bytes('1633998512.0633569: {}'))).toBe('cryptofeed');
  expect(formatOfLine(bytes('wss://x <-> 1618678132.36'))).toBe('cryptofeed');
  expect(formatOfLine(bytes('{"stream":"btcusdt@trade"}'))).toBeUndefined();
  expect(formatOfLine(bytes('open time,open,high'))).toBeUndefined();
});
