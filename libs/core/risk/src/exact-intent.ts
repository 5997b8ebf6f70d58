import type { Side, TimeInForce } from '@portcullis/contracts';
import type { PriceTicks, QuantityLots } from '@portcullis/kernel';
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
