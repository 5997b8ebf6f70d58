import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { VenueOrder } from '@portcullis/contracts';
import { kindOfRequest, orderOnWire, parametersOf, wireMismatch } from './wire-order.ts';

const price = fc.constantFrom('100', '100.5', '0.01', '61602.01');
const order: fc.Arbitrary<VenueOrder> = fc
  .record({
    type: fc.constantFrom('limit', 'market', 'stop-limit'),
    side: fc.constantFrom('buy', 'sell'),
    timeInForce: fc.constantFrom('GTC', 'IOC', 'FOK'),
    postOnly: fc.boolean(),
    reduceOnly: fc.boolean(),
    quantity: fc.constantFrom('0.1', '0.00001', '12'),
    price,
    stopPrice: price,
  })
  .map(({ price: limit, stopPrice, ...rest }) => {
    const postOnly = rest.postOnly && rest.type === 'limit';
    const common = {
      ...rest,
      postOnly,
      timeInForce: postOnly ? 'GTC' : rest.timeInForce,
      clientOrderId: 'p'.padEnd(28, '1'),
      venue: 'venuesim',
      symbol: 'BTCUSDT',
    };
    return {
      ...common,
      ...(rest.type === 'market' ? {} : { price: limit }),
      ...(rest.type === 'stop-limit' ? { stopPrice } : {}),
    };
  });

function bodyOf(approved: VenueOrder, change: Readonly<Record<string, string>> = {}): string {
  const parameters = parametersOf(approved);
  if (!parameters.ok) throw new Error(parameters.error);
  return Object.entries({ timestamp: '1', ...parameters.value, recvWindow: '2000', signature: 'abc', ...change })
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}
const request = (body: string) => ({ method: 'POST', path: '/api/v3/order', query: '', body });

describe('the bytes of an order', () => {
  test('parse back into exactly the approved order', () => {
    fc.assert(
      fc.property(order, (approved) => {
        expect(wireMismatch(request(bodyOf(approved)), approved)).toBeUndefined();
        expect(orderOnWire(request(bodyOf(approved)), approved)).toEqual({ ok: true, value: approved });
      }),
    );
  });

  test('that say anything else are refused', () => {
    const changes = [
      ['symbol', 'ETHUSDT'],
      ['side', 'X'],
      ['newClientOrderId', 'other'],
      ['type', 'TAKE_PROFIT'],
      ['quantity', '999'],
      ['price', '1'],
      ['stopPrice', '7'],
      ['timeInForce', 'GTX'],
      ['quoteOrderQty', '50'],
      ['icebergQty', '1'],
      ['newOrderRespType', 'ACK'],
      ['selfTradePreventionMode', 'NONE'],
      ['strategyId', '1'],
      ['isIsolated', 'TRUE'],
      ['quantity', '%31'],
      ['price', '1e2'],
    ] as const;
    fc.assert(
      fc.property(order, fc.constantFrom(...changes), (approved, [name, value]) => {
        expect(wireMismatch(request(bodyOf(approved, { [name]: value })), approved)).toEqual(expect.any(String));
      }),
    );
  });

  test('that name a parameter twice, lack one, or have a query, are refused', () => {
    const approved = {
      clientOrderId: 'p1',
      venue: 'venuesim',
      symbol: 'BTCUSDT',
      side: 'buy',
      type: 'limit',
      timeInForce: 'GTC',
      postOnly: false,
      reduceOnly: false,
      quantity: '1',
      price: '2',
    } as const;
    const body = bodyOf(approved);
    expect(wireMismatch(request(body), approved)).toBeUndefined();
    expect(wireMismatch(request(`${body}&quantity=1`), approved)).toBe('parameter quantity is there twice');
    for (const name of [
      'symbol',
      'side',
      'newClientOrderId',
      'type',
      'timeInForce',
      'quantity',
      'price',
      'selfTradePreventionMode',
      'newOrderRespType',
      'timestamp',
      'recvWindow',
      'signature',
    ]) {
      expect(
        wireMismatch(
          request(
            body
              .split('&')
              .filter((pair) => !pair.startsWith(`${name}=`))
              .join('&'),
          ),
          approved,
        ),
      ).toEqual(expect.any(String));
    }
    expect(wireMismatch({ ...request(body), query: 'quantity=9' }, approved)).toBe('an order has no query');
  });

  test.each([
    'POST /api/v3/order/cancelReplace',
    'POST /api/v3/order/test',
    'POST /api/v3/orderList/oco',
    'POST /api/v3/sor/order',
    'PUT /api/v3/order',
    'DELETE /api/v3/openOrders',
    'POST /sapi/v1/capital/withdraw/apply',
    'GET /sapi/v1/capital/config/getall',
    'PUT /api/v3/order/amend/keepPriority',
  ])('%s is not asked for', (line) => {
    const [method = '', path = ''] = line.split(' ');
    expect(kindOfRequest({ method, path, query: '', body: '' }).ok).toBe(false);
  });
});
