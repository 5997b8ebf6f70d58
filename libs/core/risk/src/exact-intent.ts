import type { Side, TimeInForce } from '@portcullis/contracts';
import type { InputError, PriceTicks, QuantityLots } from '@portcullis/kernel';
import type { InstrumentRules } from '@portcullis/market';

/** An intent in exact numbers: what the rules judge, in riskd after an intent was parsed, in a replay as the kernel made it. */
export interface ExactIntent {
  readonly runId: string;
  readonly strategy: string;
  readonly origin: 'run' | 'gate' | 'person';
  readonly rules: InstrumentRules;
  readonly side: Side;
  readonly type: 'limit' | 'market' | 'stop-limit';
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  readonly lots: QuantityLots;
  readonly price: PriceTicks | undefined;
  readonly stopPrice: PriceTicks | undefined;
  /** Microseconds since the epoch. */
  readonly expiry: number;
}

/** The part of an intent that its run says; the rest is the same for all of the run's intents in one instrument. */
export type OrderTerms = Omit<ExactIntent, 'rules' | 'runId' | 'strategy' | 'origin'>;

/**
 * What keeps terms from being an order at all, if anything, whoever wrote them: the same, in the same order, that schemas
 * and `venueOrderOf` refuse of a message.
 */
export function wrongTerms(terms: OrderTerms): InputError | undefined {
  return wrongChoice(terms) ?? wrongQuantity(terms) ?? wrongCombination(terms) ?? wrongPrice(terms);
}

function wrongChoice({ side, type, timeInForce, expiry }: OrderTerms): InputError | undefined {
  if (side !== 'buy' && side !== 'sell') return wrong('side', side, 'buy or sell');
  if (type !== 'limit' && type !== 'market' && type !== 'stop-limit') {
    return wrong('type', type, 'limit, market or stop-limit');
  }
  if (timeInForce !== 'GTC' && timeInForce !== 'IOC' && timeInForce !== 'FOK') {
    return wrong('timeInForce', timeInForce, 'GTC, IOC or FOK');
  }
  return Number.isSafeInteger(expiry) ? undefined : wrong('expiry', expiry, 'microseconds since the epoch');
}

function wrongQuantity({ lots }: OrderTerms): InputError | undefined {
  return isCount(lots) ? undefined : wrong('quantity', `${lots} lots`, 'a quantity above zero');
}

function wrongCombination({ type, timeInForce, postOnly, price, stopPrice }: OrderTerms): InputError | undefined {
  if ((type !== 'market') !== (price !== undefined)) {
    const expected = type === 'market' ? 'no price for a market order' : `a price for a ${type} order`;
    return wrong('price', price === undefined ? '(absent)' : `${price} ticks`, expected);
  }
  if ((type === 'stop-limit') !== (stopPrice !== undefined)) {
    const expected =
      type === 'stop-limit' ? 'a stop price for a stop-limit order' : `no stop price for a ${type} order`;
    return wrong('stopPrice', stopPrice === undefined ? '(absent)' : `${stopPrice} ticks`, expected);
  }
  if (!postOnly || (type === 'limit' && timeInForce === 'GTC')) return undefined;
  return wrong('postOnly', `${type} ${timeInForce}`, 'a limit order with time in force GTC');
}

function wrongPrice({ price, stopPrice }: OrderTerms): InputError | undefined {
  if (price !== undefined && !isCount(price)) return wrong('price', `${price} ticks`, 'a price above zero');
  if (stopPrice === undefined || isCount(stopPrice)) return undefined;
  return wrong('stopPrice', `${stopPrice} ticks`, 'a price above zero');
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

function wrong(field: string, value: unknown, expected: string): InputError {
  return { field, value: String(value), expected };
}
