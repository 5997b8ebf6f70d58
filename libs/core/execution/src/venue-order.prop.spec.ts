import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { clientOrderIdString, type OrderIntent, venueOrderSchema } from '@portcullis/contracts';
import { derivedId } from '@portcullis/kernel';
import { btcusdtRules } from '@portcullis/testkit/instrument';
import { clientOrderIdOf, clientOrderIdPrefix } from './client-order-id.ts';
import { venueOrderHash, venueOrderOf } from './venue-order.ts';

const rules = btcusdtRules();
const intent: OrderIntent = {
  version: 1,
  intentId: derivedId('i'),
  runId: 'r1',
  strategy: 's',
  account: 'main',
  origin: 'run',
  instrument: rules.id,
  side: 'buy',
  type: 'limit',
  timeInForce: 'GTC',
  postOnly: false,
  reduceOnly: false,
  quantity: '0.10000',
  price: '100.50',
  tsEvent: 1,
  expiry: 2,
  configDigest: '0'.repeat(64),
  runSeq: 1,
  head: { seq: 1, hash: '0'.repeat(64) },
};

describe('client order ids', () => {
  test('fit every venue, carry the run’s prefix and never repeat', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z0-9-]{1,20}$/),
        fc.uniqueArray(fc.stringMatching(/^[0-9a-f]{32}$/), { minLength: 2 }),
        (runId, intentIds) => {
          const ids = intentIds.map((intentId) => clientOrderIdOf(runId, intentId));
          for (const id of ids) {
            expect(clientOrderIdString.safeParse(id).success).toBe(true);
            expect(id.startsWith(clientOrderIdPrefix(runId))).toBe(true);
          }
          expect(new Set(ids).size).toBe(ids.length);
        },
      ),
    );
  });
});

describe('the order of an intent', () => {
  test('is normalised, valid and hashes by content', () => {
    const order = venueOrderOf(rules, intent);
    if (!order.ok) throw new Error('the intent is right');
    expect([order.value.quantity, order.value.price]).toEqual(['0.1', '100.5']);
    expect(venueOrderSchema.safeParse(order.value).success).toBe(true);
    expect(venueOrderHash({ ...order.value })).toBe(venueOrderHash(order.value));
    expect(venueOrderHash({ ...order.value, price: '100.51' })).not.toBe(venueOrderHash(order.value));
  });

  test.each<[Partial<OrderIntent>, string]>([
    [{ quantity: '0.000001' }, 'quantity'],
    [{ quantity: '0' }, 'quantity'],
    [{ price: '100.505' }, 'price'],
    [{ price: '0' }, 'price'],
    [{ type: 'market' }, 'price'],
    [{ type: 'stop-limit' }, 'stopPrice'],
    [{ stopPrice: '1' }, 'stopPrice'],
    [{ postOnly: true, timeInForce: 'IOC' }, 'postOnly'],
  ])('with %j is refused and names %s', (change, field) => {
    const order = venueOrderOf(rules, { ...intent, ...change });
    expect(order.ok ? 'accepted' : order.error.field).toBe(field);
  });

  test('a limit order without a price is refused', () => {
    const { price, ...without } = intent;
    expect(price).toBe('100.50');
    expect(venueOrderOf(rules, without).ok).toBe(false);
  });
});
