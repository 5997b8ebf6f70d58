import type { OrderIntent } from '@portcullis/contracts';
import { type InstrumentRules, formatPrice, formatQuantity } from '@portcullis/market';
import type { IntentOutput } from './kernel-output.ts';
import type { RunConfiguration } from './run-configuration.ts';
import type { InputPosition } from './run-input.ts';

/** Whose intent it is. */
interface IntentOwner {
  readonly configuration: RunConfiguration;
  readonly configDigest: string;
  readonly rules: InstrumentRules;
}

/** What the kernel wants, and where in the journal it did. */
interface IntentCause {
  readonly intentId: string;
  readonly output: IntentOutput;
  /** When the input that caused it happened at its source. */
  readonly tsEvent: number;
  readonly position: InputPosition;
}

/** The message that carries an order to the gate. */
export function intentOf(
  { configuration, configDigest, rules }: IntentOwner,
  { intentId, output, tsEvent, position }: IntentCause,
): OrderIntent {
  const { runId, strategy, account } = configuration;
  const { side, type, timeInForce, postOnly, reduceOnly, quantity, price, reference, expiry } = output;
  return {
    ...{ version: 1, intentId, runId, strategy, account, origin: 'run', instrument: rules.id },
    ...{ side, type, timeInForce, postOnly, reduceOnly },
    quantity: formatQuantity(rules, quantity),
    ...(price === undefined ? {} : { price: formatPrice(rules, price) }),
    ...(reference === undefined ? {} : { referencePrice: formatPrice(rules, reference) }),
    ...{ tsEvent, expiry, configDigest, runSeq: position.seq },
    head: { seq: position.seq, hash: position.hash },
  };
}
