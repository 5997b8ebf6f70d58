import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { keyRing } from '../state/key-ring.ts';
import { Refusal } from '../state/refusal.ts';
import { RequestBudgets } from '../state/request-budgets.ts';
import { Parameters } from './parameters.ts';
import { checkWindow } from './request-window.ts';
import { checkSignature, signedParams, signedText } from './signature.ts';

const codeOf = (run: () => unknown): number | undefined => {
  try {
    run();
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return undefined;
};

describe('signatures', () => {
  const key = keyRing([
    { name: 'a', balances: {}, keys: [{ id: 'k', apiKey: 'K', secret: 'S', permissions: ['read', 'trade'] }] },
  ]).get('K')!;
  const hmac = (text: string): string => createHmac('sha256', 'S').update(text).digest('hex');

  test('hold over query and body as they were sent', () => {
    const query = 'symbol=X&timestamp=1';
    expect(codeOf(() => checkSignature(key, signedText(`${query}&signature=${hmac(query)}`, '')))).toBeUndefined();
    expect(codeOf(() => checkSignature(key, signedText('', `${query}&signature=${hmac(query)}`)))).toBeUndefined();
    expect(codeOf(() => checkSignature(key, signedText('a=1', `b=2&signature=${hmac('a=1b=2')}`)))).toBeUndefined();
  });

  test('of a websocket request hold over its sorted parameters', () => {
    const params = { timestamp: 1, apiKey: 'K' };
    expect(
      codeOf(() => checkSignature(key, signedParams({ ...params, signature: hmac('apiKey=K&timestamp=1') }))),
    ).toBeUndefined();
  });

  test.each([
    ['altered', `a=2&signature=${hmac('a=1')}`, -1022],
    ['too short', 'a=1&signature=abcd', -1022],
    ['not hexadecimal', `a=1&signature=${'z'.repeat(64)}`, -1022],
    ['missing', 'a=1', -1102],
  ])('%s are refused', (_name, query, code) => {
    expect(codeOf(() => checkSignature(key, signedText(query, '')))).toBe(code);
  });
});

describe('the time window', () => {
  const now = 1_700_000_000_000;
  const check = (params: Record<string, unknown>): number | undefined =>
    codeOf(() => checkWindow(Parameters.ofJson(params), now));

  test.each([
    [{ timestamp: now }, undefined],
    [{ timestamp: now - 5000 }, undefined],
    [{ timestamp: now - 5001 }, -1021],
    [{ timestamp: now - 5001, recvWindow: 6000 }, undefined],
    [{ timestamp: now + 999 }, undefined],
    [{ timestamp: now + 1000 }, -1021],
    [{ timestamp: now * 1000 }, undefined],
    [{ timestamp: now, recvWindow: 60_001 }, -1131],
    [{ timestamp: now, recvWindow: '5000.5' }, undefined],
    [{ timestamp: now, recvWindow: 'soon' }, -1102],
    [{ timestamp: 'now' }, -1100],
    [{}, -1102],
  ])('%j is answered %p', (params, code) => {
    expect(check(params)).toBe(code);
  });
});

describe('parameters', () => {
  test('twice the same name is refused', () => {
    expect(codeOf(() => Parameters.ofForm('a=1', 'a=2'))).toBe(-1101);
  });

  test.each([
    ['1', undefined],
    ['0.00000001', undefined],
    ['0.000000010', undefined],
    ['0.000000001', -1111],
    ['00.1', undefined],
    ['-1', -1100],
    ['1e5', -1100],
    ['.5', -1100],
    ['', -1102],
  ])('the decimal %p is answered %p', (text, code) => {
    expect(codeOf(() => Parameters.ofJson({ price: text }).decimal('price'))).toBe(code);
  });

  test('client ids have a pattern', () => {
    expect(codeOf(() => Parameters.ofJson({ id: 'a b' }).clientOrderId('id'))).toBe(-1100);
    expect(codeOf(() => Parameters.ofJson({ id: 'a'.repeat(37) }).clientOrderId('id'))).toBe(-1100);
    expect(Parameters.ofJson({ id: 'x-Ab_1' }).clientOrderId('id')).toBe('x-Ab_1');
  });

  test('what the ledger keeps is without key and signature', () => {
    expect(Parameters.ofForm('a=1&signature=s&apiKey=k').asReceived()).toEqual({ a: '1' });
  });
});

describe('budgets', () => {
  const limits = {
    weightPerMinute: 10,
    ordersPer10Seconds: 1,
    ordersPerDay: 2,
    refusalsBeforeBan: 1,
    banSeconds: 30,
    socketBufferBytesMax: 1024,
    socketsMax: 1,
  };

  test('begin anew with the minute; who goes on is banned for a while', () => {
    const budgets = new RequestBudgets(limits);
    const spend = (at: number): number | undefined => codeOf(() => budgets.spend('a', 6, at));
    expect([spend(0), spend(1), spend(2), spend(3)]).toEqual([undefined, -1003, -1003, -1003]);
    expect(codeOf(() => budgets.spend('b', 6, 4))).toBeUndefined();
    expect([spend(29_000), spend(61_000)]).toEqual([-1003, undefined]);
  });

  test('of orders count by account', () => {
    const budgets = new RequestBudgets(limits);
    const order = (account: string, at: number): number | undefined => codeOf(() => budgets.spendOrder(account, at));
    expect([order('a', 0), order('a', 1), order('b', 1), order('a', 10_000)]).toEqual([
      undefined,
      -1015,
      undefined,
      -1015,
    ]);
  });
});
