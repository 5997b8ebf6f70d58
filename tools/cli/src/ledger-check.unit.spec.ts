import { describe, expect, test } from '@jest/globals';
import { keyring, signVerdict } from '@portcullis/authority';
import type { OrderFilled, RiskVerdict, SignedVerdict, VenueOrder } from '@portcullis/contracts';
import { keyedHashSigner, sha256Hex } from '@portcullis/kernel';
import { type LedgerReport, checkLedger } from './ledger-check.ts';
import type { LedgerRecord } from './ledger-file.ts';

const gate = keyedHashSigner('gate', 'secret');
const digest = sha256Hex('x');
const id = (n: number): string => n.toString(16).padStart(32, '0');
const SECOND = 1_000_000;

const order = (n: number, more: Partial<VenueOrder> = {}): VenueOrder => ({
  clientOrderId: `p${n}`,
  venue: 'venuesim',
  symbol: 'BTCUSDT',
  side: 'buy',
  type: 'limit',
  timeInForce: 'GTC',
  postOnly: false,
  reduceOnly: false,
  quantity: '0.002',
  price: '60000',
  ...more,
});

function verdictOf(n: number, venueOrder: VenueOrder): RiskVerdict {
  const ids = {
    verdictId: id(n),
    intentId: id(n + 1000),
    nonce: id(n + 2000),
    intentHash: digest,
    venueOrderHash: digest,
  };
  return {
    version: 1,
    ...ids,
    origin: 'run',
    account: 'main',
    runId: 'r-1',
    strategy: 's',
    instrument: 'BTCUSDT.venuesim',
    issuedAt: n * SECOND,
    expiresAt: (n + 2) * SECOND,
    killEpoch: 0,
    gateEpoch: 1,
    limitsVersion: 1,
    keyId: 'gate',
    head: { seq: n, hash: digest },
    decision: 'approved',
    venueOrder,
    reduces: false,
    audience: { account: 'main', bridgeEpoch: 1 },
  };
}
const approve = (n: number, venueOrder = order(n)): SignedVerdict => signVerdict(gate, verdictOf(n, venueOrder));

let seq = 0;
const wire = (n: number, more: Record<string, string | undefined> = {}): Record<string, string> => {
  const all = {
    symbol: 'BTCUSDT',
    side: 'BUY',
    type: 'LIMIT',
    timeInForce: 'GTC',
    quantity: '0.00200',
    price: '60000.00',
    newClientOrderId: `p${n}`,
    newOrderRespType: 'FULL',
    selfTradePreventionMode: 'EXPIRE_TAKER',
    timestamp: '1',
    recvWindow: '2000',
    ...more,
  };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
};
const received = (n: number, more: Record<string, string | undefined> = {}, type = 'order-accepted'): LedgerRecord => ({
  seq: ++seq,
  at: n * SECOND + 5000,
  type,
  account: 'main',
  orderId: n,
  request: { keyId: 'k', via: 'rest', parameters: wire(n, more) },
});
const party = (account: string): object => ({ account, orderId: 1, commission: '0', commissionAsset: 'USDT' });
const trade = (tradeId: number, more: Record<string, unknown> = {}): LedgerRecord => ({
  seq: ++seq,
  at: SECOND,
  type: 'trade',
  symbol: 'BTCUSDT',
  tradeId,
  price: '60000',
  quantity: '0.002',
  takerSide: 'BUY',
  taker: party('main'),
  maker: null,
  ...more,
});
const fill = (tradeId: number, more: Partial<OrderFilled> = {}): OrderFilled => ({
  version: 1,
  eventId: id(tradeId),
  account: 'main',
  runId: 'r-1',
  strategy: 's',
  instrument: 'BTCUSDT.venuesim',
  clientOrderId: 'p1',
  intentId: id(1),
  verdictId: id(1),
  bridgeEpoch: 1,
  cause: digest,
  tsEvent: 1,
  tsInit: 1,
  head: { seq: 1, hash: digest },
  type: 'fill',
  state: 'filled',
  side: 'buy',
  tradeId: String(tradeId),
  price: '60000',
  quantity: '0.002',
  cumulativeQuantity: '0.002',
  fee: '0',
  feeCurrency: 'USDT',
  liquidity: 'taker',
  ...more,
});

const check = (
  records: LedgerRecord[],
  verdicts: SignedVerdict[],
  more: { fills?: OrderFilled[]; since?: number; verdictsSince?: number } = {},
): LedgerReport =>
  checkLedger({
    records,
    verdicts,
    fills: more.fills ?? [],
    gateKeys: keyring([gate]),
    account: 'main',
    since: more.since ?? 0,
    verdictsSince: more.verdictsSince ?? 0,
  });
const problems = (report: LedgerReport): string[] => report.withoutVerdict.map(({ problem }) => problem);

describe('orders against verdicts', () => {
  test('given an approval for each, then nothing is found; refused orders count too', () => {
    const market = order(2, { type: 'market', side: 'sell' });
    delete (market as { price?: string }).price;
    const maker = order(3, { postOnly: true });
    const verdicts = [approve(1), approve(2, market), approve(3, maker), approve(4)];
    const records = [
      received(1),
      received(2, { type: 'MARKET', side: 'SELL', price: undefined, timeInForce: undefined }),
      received(3, { type: 'LIMIT_MAKER', timeInForce: undefined }),
      received(4, {}, 'order-refused'),
    ];
    const report = check(records, verdicts, { since: 3 * SECOND });
    expect(report).toMatchObject({ received: 4, receivedInSession: 2, withoutVerdict: [], twice: [], agedOut: 0 });
  });

  test.each<[string, Record<string, string | undefined>, string]>([
    ['another quantity', { quantity: '0.003' }, 'quantity was approved as 0.002 and received as 0.003'],
    ['another price', { price: '60001' }, 'price was approved as 60000 and received as 60001'],
    ['another side', { side: 'SELL' }, 'side was approved as BUY and received as SELL'],
    ['another symbol', { symbol: 'ETHUSDT' }, 'symbol'],
    ['another type', { type: 'MARKET' }, 'type'],
    ['another time in force', { timeInForce: 'IOC' }, 'timeInForce'],
    ['a stop price', { stopPrice: '1' }, 'stopPrice was approved as (absent)'],
    ['an amount in quote currency', { quoteOrderQty: '50' }, 'quoteOrderQty'],
    ['a parameter that nobody approved', { trailingDelta: '10' }, 'trailingDelta was received and never approved'],
    ['self-trades allowed', { selfTradePreventionMode: 'NONE' }, 'selfTradePreventionMode'],
  ])('%s is found', (_name, change, problem) => {
    expect(problems(check([received(1, change)], [approve(1)])).join()).toContain(problem);
  });

  test('an order that nobody approved is found, and so is one without a client order id', () => {
    expect(
      problems(check([received(1), received(7), received(1, { newClientOrderId: undefined })], [approve(1)])),
    ).toEqual(['no approved verdict names it', 'no approved verdict names it']);
  });

  test('a denial approves nothing', () => {
    const {
      venueOrder: _o,
      venueOrderHash: _h,
      reduces: _r,
      audience: _a,
      ...rest
    } = verdictOf(1, order(1)) as Extract<RiskVerdict, { decision: 'approved' }>;
    const denied = signVerdict(gate, { ...rest, decision: 'denied', denial: { code: 'MARK_STALE', detail: {} } });
    expect(problems(check([received(1)], [denied]))).toEqual(['no approved verdict names it']);
  });

  test('a verdict of another key, or altered after signing, approves nothing', () => {
    const stranger = signVerdict(keyedHashSigner('gate', 'another secret'), verdictOf(1, order(1)));
    const altered = { ...approve(1), verdict: verdictOf(1, order(1, { quantity: '0.2' })) };
    for (const forged of [stranger, altered]) {
      expect(problems(check([received(1)], [forged]))).toEqual(['its verdict has no signature of the gate']);
    }
  });

  test('a forged verdict does not spoil a real one', () => {
    const stranger = signVerdict(keyedHashSigner('gate', 'another secret'), verdictOf(1, order(1)));
    expect(problems(check([received(1)], [stranger, approve(1), stranger]))).toEqual([]);
  });

  test('two approvals of one order are found; the same one twice is a repetition', () => {
    expect(problems(check([received(1)], [approve(1), approve(1)]))).toEqual([]);
    const other = signVerdict(gate, { ...verdictOf(9, order(1)) });
    expect(problems(check([received(1)], [approve(1), other]))).toEqual(['two verdicts approve it']);
  });

  test('an order that arrives again is found, also when the venue refused it', () => {
    expect(check([received(1), received(1, {}, 'order-refused')], [approve(1)]).twice).toHaveLength(1);
  });

  test('orders from before the oldest verdict that is kept are told apart, newer ones are not excused', () => {
    const report = check([received(1), received(8)], [], { verdictsSince: 5 * SECOND });
    expect([report.agedOut, problems(report).length]).toEqual([1, 1]);
  });
});

describe('books against the ledger', () => {
  test('agree when each execution is booked once', () => {
    const report = check([trade(1), trade(2, { takerSide: 'SELL', maker: party('main'), taker: null })], [], {
      fills: [fill(1), fill(2)],
    });
    expect(report).toMatchObject({ positions: [], fillsMissing: [], fillsInvented: [] });
  });

  test('a missing, an invented and a wrong fill are found', () => {
    expect(check([trade(1)], [])).toMatchObject({
      fillsMissing: ['BTCUSDT 1'],
      positions: [{ symbol: 'BTCUSDT', ours: '0 for 0', venue: '0.002 for -120' }],
    });
    expect(check([], [], { fills: [fill(1)] })).toMatchObject({
      fillsInvented: ['BTCUSDT 1'],
      positions: [{ ours: '0.002 for -120' }],
    });
    expect(check([trade(1)], [], { fills: [fill(1, { price: '60001' })] }).positions).toHaveLength(1);
    expect(check([trade(1)], [], { fills: [fill(1, { side: 'sell' })] }).positions).toHaveLength(1);
  });

  test('executions of others are not ours', () => {
    expect(check([trade(1, { taker: party('other') }), trade(2, { taker: null })], [])).toMatchObject({
      positions: [],
      fillsMissing: [],
    });
  });
});
