import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { VenueOrder } from '@portcullis/contracts';
import type { SendAnswer } from '@portcullis/execution';
import { BinanceSpotTrading } from '../src/index.ts';
import { type Answer, ScriptedVenue } from './scripted-venue.ts';

const ID = 'p'.padEnd(28, 'a');
const order: VenueOrder = {
  clientOrderId: ID,
  venue: 'venuesim',
  symbol: 'BTCUSDT',
  side: 'buy',
  type: 'limit',
  timeInForce: 'GTC',
  postOnly: false,
  reduceOnly: false,
  quantity: '0.1',
  price: '100.5',
};
const yes = (): SendAnswer => ({ ok: true });
const secret = (value: string) => ({ reveal: () => value });
const row = {
  symbol: 'BTCUSDT',
  orderId: 1001,
  clientOrderId: ID,
  transactTime: 5,
  price: '100.50000000',
  origQty: '0.10000000',
  executedQty: '0.00000000',
  status: 'NEW',
  type: 'LIMIT',
  side: 'BUY',
  fills: [],
};
const error = (status: number, code: number, msg: string): Answer => ({ status, json: { code, msg } });

let venue: ScriptedVenue;
let trading: BinanceSpotTrading;
beforeEach(async () => {
  venue = await ScriptedVenue.start();
  trading = await BinanceSpotTrading.open({
    apiKey: secret('the-api-key'),
    secret: secret('the-secret'),
    restUrl: venue.url,
    timeoutMs: 300,
  });
});
afterEach(async () => {
  await trading.close();
  venue.stop();
});

describe('submitting', () => {
  test('writes exactly the approved strings, once, and reads the answer without floats', async () => {
    venue.answer = () => ({
      json: {
        ...row,
        status: 'PARTIALLY_FILLED',
        executedQty: '0.04000000',
        fills: [
          { price: '100.49000000', qty: '0.04000000', commission: '0.00004000', commissionAsset: 'BTC', tradeId: 57 },
        ],
      },
    });
    const outcome = await trading.submit(order, yes);
    expect(outcome).toEqual({
      kind: 'accepted',
      report: {
        clientOrderId: ID,
        venueOrderId: '1001',
        symbol: 'BTCUSDT',
        status: 'partially-filled',
        executedQuantity: '0.04000000',
        at: 5000,
      },
      fills: [
        {
          clientOrderId: ID,
          venueOrderId: '1001',
          symbol: 'BTCUSDT',
          tradeId: '57',
          side: 'buy',
          price: '100.49000000',
          quantity: '0.04000000',
          fee: '0.00004000',
          feeCurrency: 'BTC',
          liquidity: 'taker',
          at: 5000,
        },
      ],
    });
    const [sent] = venue.of('POST', '/api/v3/order');
    expect(Object.fromEntries(sent!.parameters)).toMatchObject({
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: '0.1',
      price: '100.5',
      newClientOrderId: ID,
      recvWindow: '2000',
      selfTradePreventionMode: 'EXPIRE_TAKER',
    });
    expect(venue.seen).toHaveLength(1);
  });

  test('asks the gate last, and writes nothing when it says no', async () => {
    const outcome = await trading.submit(order, () => ({ ok: false, reason: 'no-permit', detail: 'it ended' }));
    expect(outcome).toEqual({ kind: 'not-sent', reason: 'no-permit', detail: 'it ended' });
    expect(venue.seen).toEqual([]);
  });

  test('keeps its connection', async () => {
    venue.answer = () => ({ json: row });
    for (let i = 0; i < 3; i++) await trading.submit(order, yes);
    expect(new Set(venue.seen.map(({ connection }) => connection)).size).toBe(1);
  });

  test('to a venue that is not there is not sent', async () => {
    venue.stop();
    expect(await trading.submit(order, yes)).toMatchObject({ kind: 'not-sent', reason: 'not-sent' });
  });

  test('of what the dialect cannot say is refused', async () => {
    expect(await trading.submit({ ...order, type: 'stop-limit', postOnly: true }, yes)).toMatchObject({
      kind: 'not-sent',
      reason: 'refused',
    });
    expect(venue.seen).toEqual([]);
  });

  const cases: [string, Answer, string, string | undefined][] = [
    ['-2010 balance', error(400, -2010, 'Account has insufficient balance for requested action.'), 'rejected', '-2010'],
    ['-1013 notional', error(400, -1013, 'Filter failure: NOTIONAL'), 'rejected', '-1013'],
    ['-1013 lot size', error(400, -1013, 'Filter failure: LOT_SIZE'), 'rejected', '-1013'],
    ['-2010 post-only', error(400, -2010, 'Order would immediately match and take.'), 'rejected', '-2010'],
    ['-1021 clock', error(400, -1021, 'Timestamp for this request is outside of the recvWindow.'), 'rejected', '-1021'],
    ['-1022 signature', error(400, -1022, 'Signature for this request is not valid.'), 'rejected', '-1022'],
    ['429', error(429, -1003, 'Too many requests.'), 'rejected', '-1003'],
    ['418', error(418, -1003, 'Way too many requests.'), 'rejected', '-1003'],
    ['-2015 key', error(401, -2015, 'Invalid API-key, IP, or permissions for action.'), 'rejected', '-2015'],
    [
      '-1000 unknown',
      error(400, -1000, 'An unknown error occurred while processing the request.'),
      'unknown',
      undefined,
    ],
    [
      '-1001 disconnected',
      error(500, -1001, 'Internal error; unable to process your request. Please try again.'),
      'unknown',
      undefined,
    ],
    [
      '-1006 status unknown',
      error(500, -1006, 'An unexpected response was received from the message bus. Execution status unknown.'),
      'unknown',
      undefined,
    ],
    [
      '-1007 status unknown',
      error(
        504,
        -1007,
        'Timeout waiting for response from backend server. Send status unknown; execution status unknown.',
      ),
      'unknown',
      undefined,
    ],
    [
      'a definite code under a 5xx',
      error(503, -2010, 'Account has insufficient balance for requested action.'),
      'unknown',
      undefined,
    ],
    ['a duplicate', error(400, -2010, 'Duplicate order sent.'), 'unknown', undefined],
    ['502 in HTML', { status: 502, text: '<html>Bad Gateway</html>' }, 'unknown', undefined],
    ['200 in HTML', { text: '<html>maintenance</html>' }, 'unknown', undefined],
    ['200 and nothing', { text: '' }, 'unknown', undefined],
    ['200 and an order without a status', { json: { ...row, status: 'DREAMING' } }, 'unknown', undefined],
    [
      'a redirect',
      { status: 307, text: '', headers: { location: 'http://127.0.0.1:1/api/v3/order' } },
      'unknown',
      undefined,
    ],
    ['no answer', 'hang', 'unknown', undefined],
    ['a reset', 'reset', 'unknown', undefined],
    ['half an answer', 'truncate', 'unknown', undefined],
  ];
  test.each(cases)('answered by %s', async (_name, answer, kind, code) => {
    venue.answer = () => answer;
    const outcome = await trading.submit(order, yes);
    expect(outcome).toMatchObject(code === undefined ? { kind } : { kind, code });
    expect(venue.seen).toHaveLength(1);
    expect(JSON.stringify(outcome)).not.toMatch(/the-api-key|the-secret|signature=[0-9a-f]/);
  });
});

describe('asking', () => {
  test('cancels by the venue’s id where it is known; "unknown order" is its own outcome', async () => {
    venue.answer = () => ({ json: { ...row, clientOrderId: 'cancel-1', origClientOrderId: ID, status: 'CANCELED' } });
    expect(await trading.cancel({ clientOrderId: ID, symbol: 'BTCUSDT', venueOrderId: '1001' })).toMatchObject({
      kind: 'accepted',
      report: { clientOrderId: ID, status: 'canceled' },
    });
    expect(venue.seen[0]?.parameters.get('orderId')).toBe('1001');
    venue.answer = () => error(400, -2011, 'Unknown order sent.');
    expect(await trading.cancel({ clientOrderId: ID, symbol: 'BTCUSDT' })).toEqual({ kind: 'unknown-order' });
    venue.answer = () => 'hang';
    expect(await trading.cancel({ clientOrderId: ID, symbol: 'BTCUSDT' })).toMatchObject({ kind: 'failed' });
  });

  test('a look-up is negative only when the query and the open orders say so', async () => {
    const missing = error(400, -2013, 'Order does not exist.');
    venue.answer = ({ path }) => (path === '/api/v3/order' ? missing : { json: [] });
    expect(await trading.lookup({ clientOrderId: ID, symbol: 'BTCUSDT' })).toEqual({ kind: 'not-found' });
    venue.answer = ({ path }) => (path === '/api/v3/order' ? missing : { json: [row] });
    expect(await trading.lookup({ clientOrderId: ID, symbol: 'BTCUSDT' })).toMatchObject({
      kind: 'found',
      report: { venueOrderId: '1001' },
    });
    venue.answer = ({ path }) => (path === '/api/v3/order' ? missing : 'hang');
    expect(await trading.lookup({ clientOrderId: ID, symbol: 'BTCUSDT' })).toMatchObject({ kind: 'failed' });
  });

  test('a found order comes with its executions', async () => {
    const trade = {
      symbol: 'BTCUSDT',
      id: 9,
      orderId: 1001,
      price: '100.1',
      qty: '0.1',
      commission: '0',
      commissionAsset: 'BNB',
      time: 7,
      isBuyer: true,
      isMaker: true,
    };
    venue.answer = ({ path }) => ({
      json: path === '/api/v3/order' ? { ...row, status: 'FILLED', executedQty: '0.1' } : [trade],
    });
    expect(await trading.lookup({ clientOrderId: ID, symbol: 'BTCUSDT' })).toMatchObject({
      kind: 'found',
      fills: [{ tradeId: '9', clientOrderId: ID, liquidity: 'maker', at: 7000 }],
    });
    expect(venue.of('GET', '/api/v3/myTrades')[0]?.parameters.get('orderId')).toBe('1001');
  });

  test('executions are paged to their end, from a time or from an id', async () => {
    const trades = Array.from({ length: 1500 }, (_, i) => ({
      symbol: 'BTCUSDT',
      id: i,
      orderId: 1,
      price: '1',
      qty: '1',
      commission: '0',
      commissionAsset: 'BNB',
      time: 7,
      isBuyer: false,
      isMaker: false,
    }));
    venue.answer = ({ parameters }) => {
      const from = Number(parameters.get('fromId') ?? 0);
      return { json: trades.slice(from, from + 1000) };
    };
    expect(await trading.fills({ symbol: 'BTCUSDT', since: 5_000 })).toHaveLength(1500);
    expect(venue.seen.map(({ parameters }) => [parameters.get('startTime'), parameters.get('fromId')])).toEqual([
      ['5', null],
      [null, '1000'],
    ]);
    expect(await trading.fills({ symbol: 'BTCUSDT', since: 5_000, tradeId: '1499' })).toHaveLength(1);
  });

  test('balances and open orders are the venue’s own strings, and trouble has no secrets in it', async () => {
    venue.answer = () => ({ json: { balances: [{ asset: 'BTC', free: '1.00000000', locked: '0.50000000' }] } });
    expect(await trading.balances()).toEqual([{ currency: 'BTC', free: '1.00000000', locked: '0.50000000' }]);
    venue.answer = () => 'hang';
    const trouble = await trading.openOrders().then(() => '', String);
    expect(trouble).toMatch(/^VenueTrouble: open orders/);
    expect(trouble).not.toMatch(/the-api-key|the-secret|signature=[0-9a-f]/);
  });
});
