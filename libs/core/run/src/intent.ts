import type { OrderIntent } from '@portcullis/contracts';
import { type ExactQuote, type InstrumentRules, formatPrice, formatQuantity, midTicks } from '@portcullis/market';
import type { OrderRequest } from '@portcullis/strategy';
import type { RunConfiguration } from './run-configuration.ts';
import type { InputPosition } from './run-input.ts';

/** Whose intent it is. */
interface IntentOwner {
  readonly configuration: RunConfiguration;
  readonly configDigest: string;
  readonly rules: InstrumentRules;
}

/** What a strategy asked for, and when. */
interface IntentCause {
  readonly intentId: string;
  readonly order: OrderRequest;
  readonly quote: ExactQuote | undefined;
  readonly now: number;
  readonly tsEvent: number;
  readonly position: InputPosition;
}

/** The message that carries an order request to the gate. Its reference price is the mid of the quote that the strategy saw. */
export function intentOf(
  { configuration, configDigest, rules }: IntentOwner,
  { intentId, order, quote, now, tsEvent, position }: IntentCause,
): OrderIntent {
  const { runId, strategy, account, expiryMicros } = configuration;
  return {
    version: 1,
    intentId,
    runId,
    strategy,
    account,
    origin: 'run',
    instrument: rules.id,
    side: order.side,
    type: order.type,
    timeInForce: order.timeInForce ?? (order.type === 'market' ? 'IOC' : 'GTC'),
    postOnly: order.postOnly ?? false,
    reduceOnly: order.reduceOnly ?? false,
    quantity: formatQuantity(rules, order.quantity),
    ...(order.price === undefined ? {} : { price: formatPrice(rules, order.price) }),
    ...(quote === undefined ? {} : { referencePrice: formatPrice(rules, midTicks(quote)) }),
    tsEvent,
    expiry: now + expiryMicros,
    configDigest,
    runSeq: position.seq,
    head: { seq: position.seq, hash: position.hash },
  };
}
