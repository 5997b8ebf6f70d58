import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { statusLine } from '../commands/collect.ts';
import { root } from '../up/tools.ts';
import { collectConfig } from './collect-config.ts';

const flags = { venue: 'binance-spot', symbols: 'BTCUSDT,ETHUSDT', store: 'file:///data' };

describe('the flags of collect', () => {
  test.each([
    flags,
    { venue: 'ccxt:bitstamp', symbols: 'BTC/USD', name: 'stamp' },
    {
      ...flags,
      streams: 'trade,book',
      spool: 'spool',
      raw: 'raw',
      'ws-url': 'ws://a:1/stream',
      'rest-url': 'http://a:1',
    },
  ])('make a configuration that the collector takes: %j', async (given) => {
    const file = join(root, 'services/collector/src/collector.config.ts');
    const { checkCollectorConfig } = (await import(pathToFileURL(file).href)) as {
      checkCollectorConfig: (input: unknown) => { venues: unknown[]; archive?: unknown };
    };
    const config = checkCollectorConfig(JSON.parse(JSON.stringify(collectConfig(given))));
    expect(config.venues).toHaveLength(1);
    expect(config.archive !== undefined).toBe('store' in given);
  });

  test('each store has a spool of its own', () => {
    const spool = (store: string): unknown =>
      (collectConfig({ ...flags, store })['archive'] as { spoolDir: unknown }).spoolDir;
    expect(spool('file:///a')).not.toBe(spool('file:///b'));
    expect(spool('file:///a')).toBe(spool('file:///a'));
  });

  test.each([
    [{ symbols: 'X' }, '--venue is missing'],
    [{ venue: 'okx' }, '--symbols is missing'],
    [{ venue: 'nasdaq', symbols: 'X' }, 'expected one of binance-spot'],
    [{ ...flags, streams: 'trades' }, 'expected some of quote,trade'],
  ])('%j is refused', (given, words) => {
    expect(() => collectConfig(given)).toThrow(words);
  });
});

test('the live line shows rates since the last one, gaps and what waits', () => {
  const status = {
    startedAt: 0,
    at: 2_000_000,
    events: { trade: 5, quote: 300, gap: 3 },
    gaps: { disconnect: 1, gap: 1, resync: 1 },
    broken: ['X.v'],
    uploader: { spoolBytes: 2_500_000 },
    eventLoopDelayMicros: { p50: 1, p99: 2, max: 3 },
  };
  expect(statusLine(status, undefined)).toBe(
    'trade 2.5/s quote 150/s | 2 gaps, 1 resyncs | spool 2.5 MB | not whole: X.v',
  );
  expect(statusLine({ ...status, at: 3_000_000, broken: [] }, status)).toContain('trade 0.0/s quote 0.0/s');
});
