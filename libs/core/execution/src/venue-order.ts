import type { OrderIntent, VenueOrder } from '@portcullis/contracts';
import { type InputError, type Result, contentHash, err, ok } from '@portcullis/kernel';
import { type InstrumentRules, formatPrice, formatQuantity, parsePrice, parseQuantity } from '@portcullis/market';
import { clientOrderIdOf } from './client-order-id.ts';

/** The hash by which a verdict names its order, and the bridge the bytes that it is about to send. */
export function venueOrderHash(order: VenueOrder): string {
  return contentHash(order);
}

/** The intent as a venue-neutral order with every number on its increment. What is off an increment is refused, never rounded. */
export function venueOrderOf(rules: InstrumentRules, intent: OrderIntent): Result<VenueOrder, InputError> {
  const quantity = parseQuantity(rules, intent.quantity);
  if (!quantity.ok) return quantity;
  if (quantity.value <= 0) return err({ field: 'quantity', value: intent.quantity, expected: 'a quantity above zero' });
  const needsPrice = intent.type !== 'market';
  if (needsPrice !== (intent.price !== undefined)) {
    return err({
      field: 'price',
      value: intent.price ?? '(absent)',
      expected: needsPrice ? `a price for a ${intent.type} order` : 'no price for a market order',
    });
  }
  const needsStop = intent.type === 'stop-limit';
  if (needsStop !== (intent.stopPrice !== undefined)) {
    return err({
      field: 'stopPrice',
      value: intent.stopPrice ?? '(absent)',
      expected: needsStop ? 'a stop price for a stop-limit order' : `no stop price for a ${intent.type} order`,
    });
  }
  if (intent.postOnly && (intent.type !== 'limit' || intent.timeInForce !== 'GTC')) {
    return err({
      field: 'postOnly',
      value: `${intent.type} ${intent.timeInForce}`,
      expected: 'a limit order with time in force GTC',
    });
  }
  const price = optionalPrice(rules, intent.price, 'price');
  if (!price.ok) return price;
  const stopPrice = optionalPrice(rules, intent.stopPrice, 'stopPrice');
  if (!stopPrice.ok) return stopPrice;
  return ok({
    clientOrderId: clientOrderIdOf(intent.runId, intent.intentId),
    venue: rules.venue,
    symbol: rules.symbol,
    side: intent.side,
    type: intent.type,
    timeInForce: intent.timeInForce,
    postOnly: intent.postOnly,
    reduceOnly: intent.reduceOnly,
    quantity: formatQuantity(rules, quantity.value),
    ...(price.value === undefined ? {} : { price: price.value }),
    ...(stopPrice.value === undefined ? {} : { stopPrice: stopPrice.value }),
  });
}

function optionalPrice(
  rules: InstrumentRules,
  text: string | undefined,
  field: string,
): Result<string | undefined, InputError> {
  if (text === undefined) return ok(undefined);
  const ticks = parsePrice(rules, text, field);
  if (!ticks.ok) return ticks;
  if (ticks.value <= 0) return err({ field, value: text, expected: 'a price above zero' });
  return ok(formatPrice(rules, ticks.value));
}
