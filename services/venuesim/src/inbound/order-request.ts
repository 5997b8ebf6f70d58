import { type Decimal, MONEY_SCALE, ZERO_MONEY, money, pow10, rescaleExact } from '@portcullis/kernel';
import type { Market } from '../state/market.ts';
import {
  ORDER_TYPES,
  PREVENTION_MODES,
  type PreventionMode,
  TIMES_IN_FORCE,
  type VenueOrderType,
  type VenueTimeInForce,
  isStop,
} from '../state/order.ts';
import { Refusal, type RefusalName } from '../state/refusal.ts';
import type { OrderDraft } from '../state/venue-engine.ts';
import type { Parameters } from './parameters.ts';

export type ResponseKind = 'ACK' | 'RESULT' | 'FULL';

/** A new order as the parameters ask for it, checked as far as it can be without the book. */
export function orderDraft(
  parameters: Parameters,
  context: { readonly account: string; readonly market: Market; readonly prevention: PreventionMode },
): OrderDraft {
  const { account, market } = context;
  const side = oneOf(parameters, 'side', ['BUY', 'SELL'] as const, 'invalidSide');
  const type = oneOf(parameters, 'type', ORDER_TYPES, 'invalidOrderType');
  refuseUnsupported(parameters);
  const byAmount = type === 'MARKET' && parameters.find('quoteOrderQty') !== undefined;
  if (byAmount && parameters.find('quantity') !== undefined) throw new Refusal('notRequired', 'quantity');
  if (type === 'MARKET' && !byAmount && parameters.find('quantity') === undefined) {
    throw new Refusal('missingEither', "quantity' or 'quoteOrderQty");
  }
  const atPrice = type !== 'MARKET';
  return {
    account,
    symbol: market.symbol,
    clientOrderId: parameters.clientOrderId('newClientOrderId') ?? '',
    side,
    type,
    timeInForce: timeInForce(parameters, type),
    price: atPrice ? ticks(market, parameters.decimal('price')) : absent(parameters, 'price'),
    stopPrice: isStop(type) ? ticks(market, parameters.decimal('stopPrice')) : absent(parameters, 'stopPrice'),
    quantity: byAmount ? 0 : lots(market, parameters.decimal('quantity')),
    quoteQuantity: byAmount ? quoteQuantity(parameters.decimal('quoteOrderQty')) : ZERO_MONEY,
    prevention: prevention(parameters) ?? context.prevention,
  };
}

/** How much of an answer was asked for; by default all of it for LIMIT and MARKET, else a receipt. */
export function responseKind(parameters: Parameters): ResponseKind {
  const kind = parameters.find('newOrderRespType');
  if (kind === 'ACK' || kind === 'RESULT' || kind === 'FULL') return kind;
  if (kind !== undefined) throw new Refusal('missing', 'newOrderRespType');
  const type = parameters.find('type');
  return type === 'LIMIT' || type === 'MARKET' ? 'FULL' : 'ACK';
}

function timeInForce(parameters: Parameters, type: VenueOrderType): VenueTimeInForce {
  if (type === 'LIMIT' || isStop(type)) return oneOf(parameters, 'timeInForce', TIMES_IN_FORCE, 'invalidTimeInForce');
  absent(parameters, 'timeInForce');
  return 'GTC';
}

function prevention(parameters: Parameters): PreventionMode | undefined {
  const mode = parameters.find('selfTradePreventionMode');
  if (mode === undefined) return undefined;
  const known = PREVENTION_MODES.find((one) => one === mode);
  if (known === undefined) throw new Refusal('preventionUnsupported');
  return known;
}

function refuseUnsupported(parameters: Parameters): void {
  const iceberg = parameters.find('icebergQty');
  if (iceberg !== undefined && Number(iceberg) !== 0) throw new Refusal('icebergUnsupported');
  if (parameters.find('trailingDelta') !== undefined) throw new Refusal('trailingUnsupported');
}

function oneOf<T extends string>(parameters: Parameters, name: string, values: readonly T[], refusal: RefusalName): T {
  const text = parameters.text(name);
  const known = values.find((value) => value === text);
  if (known === undefined) throw new Refusal(refusal);
  return known;
}

function absent(parameters: Parameters, name: string): 0 {
  const value = parameters.find(name);
  if (value !== undefined && Number(value) !== 0) throw new Refusal('notRequired', name);
  return 0;
}

function ticks(market: Market, price: Decimal): number {
  return steps(price, market.rules.tickSize, 'PRICE_FILTER');
}

function lots(market: Market, quantity: Decimal): number {
  if (quantity.units === 0n) throw new Refusal('invalidQuantity');
  return steps(quantity, market.rules.lotSize, 'LOT_SIZE');
}

function steps(value: Decimal, step: { readonly units: bigint; readonly scale: number }, filter: string): number {
  const units = rescaleExact(value, Math.max(step.scale, value.scale));
  const stepUnits = step.units * pow10(Math.max(step.scale, value.scale) - step.scale);
  if (units === undefined || units === 0n || units % stepUnits !== 0n) throw new Refusal('filter', filter);
  const count = Number(units / stepUnits);
  if (!Number.isSafeInteger(count)) throw new Refusal('filter', filter);
  return count;
}

function quoteQuantity(value: Decimal): ReturnType<typeof money> {
  const units = rescaleExact(value, MONEY_SCALE);
  if (units === undefined || units === 0n) throw new Refusal('invalidQuantity');
  return money(units);
}
