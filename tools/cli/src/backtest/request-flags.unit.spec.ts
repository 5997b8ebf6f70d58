import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { UserError } from '@portcullis/config';
import { type Command, parseInvocation, UsageError } from '../command.ts';
import { requestOf, requestOptions } from './request-flags.ts';

const folder = mkdtempSync(join(tmpdir(), 'portcullis-flags-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const command: Command = {
  name: 'x',
  summary: '',
  usage: [],
  options: requestOptions,
  positionalsMax: 0,
  run: async () => 0,
};
const least = ['--strategy', 'sma-cross', '--data', 'file:///data', '--fill', 'next-open'];

function asked(...words: string[]) {
  return requestOf(parseInvocation(command, [...least, ...words]));
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('a request out of flags', () => {
  test('has no more than what was said', () => {
    expect(asked()).toEqual({
      request: { strategy: 'sma-cross', data: { url: 'file:///data' }, fill: 'next-open' },
      parameters: {},
    });
  });

  test('has everything that can be said', () => {
    const tiers = [{ volumeFrom: '0', maker: '0.001', taker: '0.002' }];
    const { request, parameters } = asked(
      ...['--param', 'fast=20', '--param', 'name=a=b', '--quantity', '1'],
      ...['--symbols', 'BTCUSDT,ETHUSDT', '--symbol', 'XRPUSDT', '--venue', 'binance-spot', '--kinds', 'bar,mark'],
      ...[
        '--from',
        '2021-01-01',
        '--to',
        '2021-01-02',
        '--quality',
        'GOOD',
        '--fees',
        file('fees.json', JSON.stringify(tiers)),
      ],
      ...[
        '--slippage',
        'bps=5',
        '--latency',
        'feed=1ms,order=500us,answer=1s',
        '--queue',
        'front',
        '--participation',
        '0.1',
      ],
      ...[
        '--contract',
        'linear',
        '--leverage',
        '4',
        '--balances',
        'USDT=10000,BTC=1.5',
        '--currency',
        'USDT',
        '--seed',
        '7',
      ],
      ...['--ordering', 'WARN', '--errors', 'SKIP_AND_LOG', '--errors-max', '3', '--fee-currency', 'received'],
      ...['--limits', file('limits.json', '{"limitsVersion":1,"entries":[]}')],
    );
    expect(parameters).toEqual({ fast: '20', name: 'a=b', quantity: '1' });
    expect(request).toEqual({
      strategy: 'sma-cross',
      fill: 'next-open',
      data: {
        url: 'file:///data',
        venues: ['binance-spot'],
        symbols: ['XRPUSDT', 'BTCUSDT', 'ETHUSDT'],
        kinds: ['bar', 'mark'],
        from: 1_609_459_200_000_000,
        to: 1_609_545_600_000_000,
        quality: 'GOOD',
      },
      fees: tiers,
      slippage: { kind: 'basis-points', basisPoints: 5 },
      latency: { feedMicros: 1_000, orderMicros: 500, answerMicros: 1_000_000 },
      queue: 'front',
      participation: '0.1',
      contract: 'linear',
      initialMargin: '0.25',
      maintenanceMargin: '0.125',
      account: { balances: { USDT: '10000', BTC: '1.5' }, currency: 'USDT' },
      seed: '7',
      ordering: 'WARN',
      errorPolicy: 'SKIP_AND_LOG',
      errorsMax: 3,
      feeCurrency: 'received',
      limits: { limitsVersion: 1, entries: [] },
    });
  });

  test.each([
    ['0', '0', '0'],
    ['10', '0.001', '0.001'],
    ['7.5', '0.00075', '0.00075'],
    ['-1/5', '-0.0001', '0.0005'],
    ['0.0001/12', '0.00000001', '0.0012'],
  ])('fees of %s basis points', (text, maker, taker) => {
    // A value that begins with a dash needs the equals sign.
    expect(asked(`--fees=${text}`).request.fees).toEqual([{ volumeFrom: '0', maker, taker }]);
  });

  test.each([
    [['--param', 'fast'], /--param is "fast": expected name=value/],
    [['--param', 'a=1', '--param', 'a=2'], /--param a is given twice/],
    [['--quantity', '1', '--param', 'quantity=2'], /--quantity and --param quantity/],
    [['--fees', 'cheap'], /--fees is "cheap": expected basis points/],
    [['--fees', '10000'], /--fees is "10000": expected basis points/],
    [['--fees', '1/2/3'], /--fees 1\/2\/3 cannot be read/],
    [['--fees', '1e3'], /--fees is "1e3"/],
    [['--slippage', '5'], /--slippage is "5": expected none, bps=5/],
    [['--latency', 'feed=1'], /--latency is "feed=1": expected such as feed=1ms/],
    [['--latency', 'wire=1ms'], /of feed, order, cancel/],
    [['--leverage', '0.5', '--contract', 'linear'], /--leverage is "0.5"/],
    [['--leverage', '5'], /--leverage is for --contract linear/],
    [['--balances', '10000'], /--balances is "10000": expected unlimited, or such as/],
    [['--ordering', 'LAX'], /--ordering is "LAX": expected STRICT, WARN/],
    [['--errors', 'IGNORE'], /--errors is "IGNORE": expected FAIL_FAST/],
    [['--participation', '0'], /--participation is "0": expected a fraction above 0/],
    [['--queue', 'middle'], /--queue is "middle": expected front, back/],
    [['--kinds', 'candle'], /--kinds is "candle"/],
    [['--symbols', 'BTC USDT'], /--symbol is "BTC USDT"/],
    [['--from', '2021-01-02', '--to', '2021-01-01'], /--to is 2021-01-01: expected a time after --from/],
    [['--errors-max', '-1'], /errors-max/],
  ] as [string[], RegExp][])('%j is refused', (words, expected) => {
    expect(() => asked(...words)).toThrow(expected);
  });

  test.each([
    [['--data', 'x', '--fill', 'next-open'], /--strategy is missing/],
    [['--strategy', 'x', '--fill', 'next-open'], /--data is missing/],
    [['--strategy', 'x', '--data', 'x'], /--fill is missing: expected next-open, worst-of/],
    [['--strategy', 'x', '--data', 'x', '--fill', 'close'], /--fill is "close": expected next-open/],
  ] as [string[], RegExp][])('%j is refused', (words, expected) => {
    expect(() => requestOf(parseInvocation(command, words))).toThrow(expected);
    expect(() => requestOf(parseInvocation(command, words))).toThrow(UsageError);
  });

  test('a file that is not there, or no JSON, is named', () => {
    expect(() => asked('--limits', join(folder, 'none.json'))).toThrow(UserError);
    expect(() => asked('--instruments', file('odd.json', '{'))).toThrow(/--instruments .*odd.json is not JSON/);
  });
});
