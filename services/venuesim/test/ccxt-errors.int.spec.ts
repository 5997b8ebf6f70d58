import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Venue } from '../src/venue.ts';
import { Scratch, account, client, fault, market, openVenue } from './fixture.ts';

// Which ccxt class each answer of the venue becomes: the refusals that it makes itself, and the ones that faults make.

const SYMBOL = 'BTC/USDT';
const scratch = new Scratch();
let venue: Venue;
let exchange: Awaited<ReturnType<typeof client>>;

beforeAll(async () => {
  const reader = account('reader');
  venue = await openVenue(scratch, {
    accounts: [
      account('main'),
      { ...reader, keys: reader.keys.map((key) => ({ ...key, permissions: ['read'] as const })) as never },
    ],
  });
  exchange = await client(venue, 'main');
  exchange.timeout = 1500;
  await exchange.loadMarkets();
});

afterAll(async () => {
  await exchange.close();
  await venue.stop();
  scratch.remove();
});

type Params = Record<string, unknown>;

/** What ccxt makes of its list of addresses at run time. */
interface BareCalls {
  privatePostOrder(params: Params): Promise<unknown>;
}

async function mid(): Promise<number> {
  const { bid } = await exchange.fetchTicker(SYMBOL);
  return Math.round(bid);
}

/** A new order by its bare parameters. */
const order = (params: Params): Promise<unknown> =>
  (exchange as unknown as BareCalls).privatePostOrder({
    symbol: 'BTCUSDT',
    side: 'BUY',
    type: 'LIMIT',
    timeInForce: 'GTC',
    quantity: '0.1',
    ...params,
  });

/** The class of the error and the venue's words. */
async function failure(promise: Promise<unknown>): Promise<[string, string]> {
  try {
    await promise;
  } catch (error) {
    return [(error as Error).constructor.name, (error as Error).message];
  }
  return ['no error', ''];
}

const safe = async (params: Params = {}): Promise<unknown> => order({ price: String((await mid()) - 5000), ...params });

describe('refusals of the venue itself', () => {
  const cases: [name: string, provoke: () => Promise<unknown>, error: string, words: string][] = [
    ['LOT_SIZE', () => safe({ quantity: '0.000011' }), 'InvalidOrder', 'Filter failure: LOT_SIZE'],
    ['PRICE_FILTER', () => order({ price: '50000.001' }), 'InvalidOrder', 'Filter failure: PRICE_FILTER'],
    ['NOTIONAL', () => safe({ quantity: '0.00001' }), 'BadRequest', 'Filter failure: NOTIONAL'],
    [
      'PERCENT_PRICE_BY_SIDE',
      () => order({ price: '1', quantity: '10' }),
      'InvalidOrder',
      'Filter failure: PERCENT_PRICE_BY_SIDE',
    ],
    [
      'a timestamp too old',
      () => exchange.fetchBalance({ timestamp: Date.now() - 100_000 }),
      'InvalidNonce',
      'outside of the recvWindow',
    ],
    [
      'a timestamp ahead of time',
      () => exchange.fetchBalance({ timestamp: Date.now() + 10_000 }),
      'InvalidNonce',
      'ahead of the server',
    ],
    [
      'characters that do not belong',
      () => order({ price: '1e5' }),
      'BadRequest',
      "Illegal characters found in parameter 'price'",
    ],
    ['a missing parameter', () => order({}), 'BadRequest', "Mandatory parameter 'price' was not sent"],
    ['too much precision', () => order({ price: '50000.123456789' }), 'BadRequest', 'has too much precision'],
    ['an unknown symbol', () => order({ symbol: 'NOPE', price: '1' }), 'BadSymbol', 'Invalid symbol'],
    ['too little money', () => safe({ quantity: '100' }), 'InsufficientFunds', 'insufficient balance'],
    [
      'post-only that would take',
      async () => order({ type: 'LIMIT_MAKER', timeInForce: undefined, price: String((await mid()) + 2000) }),
      'OrderImmediatelyFillable',
      'Order would immediately match and take.',
    ],
    [
      'a client id twice',
      async () => {
        await safe({ newClientOrderId: 'twice' });
        return safe({ newClientOrderId: 'twice' });
      },
      'InvalidOrder',
      'Duplicate order sent.',
    ],
    ['a cancel of nothing', () => exchange.cancelOrder('999999', SYMBOL), 'OrderNotFound', 'Unknown order sent.'],
    [
      'an order that does not exist',
      () => exchange.fetchOrder('999999', SYMBOL),
      'OrderNotFound',
      'Order does not exist.',
    ],
  ];

  test.each(cases)('%s', async (_name, provoke, error, words) => {
    const [found, message] = await failure(provoke());
    expect(message).toContain(words);
    expect(found).toBe(error);
  });

  test('a wrong secret, a malformed key, an unknown key, a key that may not trade', async () => {
    const as = async (apiKey: string, secret: string, name = 'main'): Promise<string> => {
      const other = await client(venue, name);
      if (apiKey !== '') other.apiKey = apiKey;
      if (secret !== '') other.secret = secret;
      await other.loadMarkets();
      const [error, message] = await failure(other.createOrder(SYMBOL, 'limit', 'buy', 0.1, 30_000));
      await other.close();
      return `${error}: ${/"code":(-\d+)/.exec(message)?.[1] ?? message}`;
    };
    expect(await as('', 'another-secret')).toBe('AuthenticationError: -1022');
    expect(await as('not a key', '')).toBe('AuthenticationError: -2014');
    expect(await as('unknown-key', '')).toBe('AuthenticationError: -2015');
    expect(await as('', '', 'reader')).toBe('AuthenticationError: -2015');
  });
});

describe('answers that a fault makes', () => {
  const answers: [http: number, code: number, msg: string, error: string][] = [
    [400, -1000, 'An unknown error occurred while processing the request.', 'OperationFailed'],
    [500, -1001, 'Internal error; unable to process your request. Please try again.', 'OperationFailed'],
    [401, -1002, 'You are not authorized to execute this request.', 'PermissionDenied'],
    [
      500,
      -1006,
      'An unexpected response was received from the message bus. Execution status unknown.',
      'OperationFailed',
    ],
    [
      504,
      -1007,
      'Timeout waiting for response from backend server. Send status unknown; execution status unknown.',
      'RequestTimeout',
    ],
    [
      503,
      -1008,
      'Server is currently overloaded with other requests. Please try again in a few minutes.',
      'OperationFailed',
    ],
    [400, -2010, 'Market is closed.', 'MarketClosed'],
    [
      400,
      -2026,
      'Order was canceled or expired with no executed qty over 90 days ago and has been archived.',
      'InvalidOrder',
    ],
  ];

  test.each(answers)('HTTP %i %i %s', async (http, code, msg, error) => {
    await fault(venue, { failNext: { http, code, msg } });
    const [found, message] = await failure(safe());
    expect(message).toContain(msg);
    expect(found).toBe(error);
  });

  const bodies: [name: string, failNext: Params, error: string][] = [
    [
      '503 HTML',
      { http: 503, body: '<html>Service Unavailable</html>', contentType: 'text/html' },
      'ExchangeNotAvailable',
    ],
    ['502 HTML', { http: 502, body: '<html>Bad Gateway</html>', contentType: 'text/html' }, 'ExchangeNotAvailable'],
    ['403 HTML', { http: 403, body: '<html>403 Forbidden</html>', contentType: 'text/html' }, 'ExchangeNotAvailable'],
  ];

  test.each(bodies)('%s', async (_name, failNext, error) => {
    await fault(venue, { failNext });
    expect((await failure(safe()))[0]).toBe(error);
  });

  test('an answer that comes too late', async () => {
    await fault(venue, { delayMs: 3000 });
    expect((await failure(safe()))[0]).toBe('RequestTimeout');
    await fault(venue, { clear: true });
  });

  test('a connection that is cut after the order took effect: its outcome is unknown, and it is there', async () => {
    await fault(venue, { dropReply: 1 });
    // Which class it is depends on the fetch that ccxt is given; that it is an error does not.
    expect((await failure(safe({ newClientOrderId: 'cut-off' })))[0]).not.toBe('no error');
    expect(await exchange.fetchOrder('', SYMBOL, { clientOrderId: 'cut-off' })).toMatchObject({ status: 'open' });
  });

  test('an error after the order took effect', async () => {
    await fault(venue, { failNext: { http: 504, code: -1007, msg: 'Timeout', processed: true } });
    expect((await failure(safe({ newClientOrderId: 'late' })))[0]).toBe('RequestTimeout');
    expect(await exchange.fetchOrder('', SYMBOL, { clientOrderId: 'late' })).toMatchObject({ status: 'open' });
  });

  test('faults can be off', async () => {
    const strict = await openVenue(scratch, { ledgerDir: scratch.path('strict'), faults: false });
    await expect(fault(strict, { delayMs: 1 })).rejects.toThrow('faults are off');
    await strict.stop();
  });

  test('a fault that nobody knows is refused by name', async () => {
    await expect(fault(venue, { explode: true })).rejects.toThrow('explode');
  });
});

describe('budgets', () => {
  test('too much weight: 429 with Retry-After, then a ban', async () => {
    const tight = await openVenue(scratch, {
      ledgerDir: scratch.path('tight'),
      markets: [market('BTCUSDT', { kind: 'none' })],
      limits: { weightPerMinute: 25, refusalsBeforeBan: 2, banSeconds: 60 },
    });
    const small = await client(tight, 'main');
    await small.loadMarkets();
    const seen: string[] = [];
    for (let i = 0; i < 12; i++) {
      const response = await fetch(`${tight.url}/api/v3/ping`);
      if (response.status !== 200) seen.push(`${response.status} ${Number(response.headers.get('retry-after')) > 0}`);
    }
    expect(new Set(seen)).toEqual(new Set(['429 true', '418 true']));
    expect((await failure(small.fetchTime()))[0]).toBe('DDoSProtection');
    await small.close();
    await tight.stop();
  });

  test('too many orders: -1015', async () => {
    const tight = await openVenue(scratch, {
      ledgerDir: scratch.path('few'),
      limits: { ordersPer10Seconds: 1, ordersPerDay: 1 },
    });
    const few = await client(tight, 'main');
    await few.loadMarkets();
    const place = (): Promise<unknown> => few.createOrder(SYMBOL, 'limit', 'buy', 0.1, 30_000);
    await place();
    const [error, message] = await failure(place());
    expect(error).toBe('DDoSProtection');
    expect(message).toContain('-1015');
    await few.close();
    await tight.stop();
  });

  test('used budgets are in the headers', async () => {
    await safe();
    const headers = exchange.last_response_headers as Record<string, string>;
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    expect(Number(lower['x-mbx-used-weight-1m'])).toBeGreaterThan(0);
    expect(Number(lower['x-mbx-order-count-10s'])).toBeGreaterThan(0);
    expect(Number(lower['x-mbx-order-count-1d'])).toBeGreaterThan(0);
  });
});
