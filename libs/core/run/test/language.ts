import type { MarketEvent, OrderEvent, OrderIntent, SignedVerdict, VenueOrder } from '@portcullis/contracts';
import { venueOrderHash, venueOrderOf } from '@portcullis/execution';
import { contentHash, derivedId, sha256Hex } from '@portcullis/kernel';
import { type Strategy, strategies } from '@portcullis/strategy';
import { btcusdt, btcusdtRules } from '@portcullis/testkit/instrument';
import {
  type JournaledInput,
  type RunConfiguration,
  type RunInput,
  LiveRun,
  type RunOutput,
  prepareRun,
} from '../src/index.ts';

export const definition = btcusdt({ lotSize: '0.001', quantityMin: '0.001' });
export const rules = btcusdtRules(definition);

export const START = 1_700_000_000_000_000;
const ZERO_DIGEST = '0'.repeat(64);

export function configuration(rest: Partial<RunConfiguration> = {}): RunConfiguration {
  return {
    runId: 'quote-1',
    strategy: 'quoting',
    parameters: { quantity: '0.1', inventoryMax: '0.5', halfSpreadTicks: 5, intervalMs: 1 },
    account: 'main',
    instrument: definition,
    stage: 'paper',
    seed: '42',
    expiryMicros: 5_000_000,
    errorPolicy: 'QUARANTINE',
    ...rest,
  };
}

type AllOf<T> = T extends unknown ? Omit<T, 'version' | 'venue' | 'symbol' | 'seq' | 'tsEvent' | 'tsInit'> : never;
type OrderEventRest<T> = T extends OrderEvent ? Omit<T, keyof ReturnType<typeof orderCommon>> : never;

function orderCommon(intent: OrderIntent, order: VenueOrder, index: number, at: number) {
  return {
    version: 1 as const,
    eventId: derivedId('test-event', intent.intentId, index),
    account: intent.account,
    runId: intent.runId,
    strategy: intent.strategy,
    instrument: intent.instrument,
    clientOrderId: order.clientOrderId,
    intentId: intent.intentId,
    verdictId: derivedId('test-verdict', intent.intentId),
    bridgeEpoch: 1,
    cause: ZERO_DIGEST,
    tsEvent: at,
    tsInit: at,
    head: { seq: 1, hash: ZERO_DIGEST },
  };
}

/** A run with its journal in memory, and the words to tell it what happens. */
export class Drive {
  readonly kernel: LiveRun;
  readonly journal: JournaledInput[] = [];
  readonly outputs: RunOutput[] = [];
  at = START;
  #marketSequence = 0;
  #events = 0;

  constructor(given: RunConfiguration = configuration(), catalogue: readonly Strategy[] = strategies) {
    const prepared = prepareRun(given, catalogue);
    if (!prepared.ok) throw new Error(`${prepared.error.field}: ${prepared.error.expected}`);
    this.kernel = new LiveRun(prepared.value);
    this.input({ type: 'started', at: this.at, configDigest: prepared.value.configDigest, configuration: given });
  }

  input(payload: RunInput): readonly RunOutput[] {
    const seq = this.journal.length + 1;
    const hash = sha256Hex(`${this.journal.at(-1)?.hash ?? ''} ${seq} ${JSON.stringify(payload)}`);
    this.journal.push({ seq, hash, payload });
    const outputs = this.kernel.step(payload, { seq, hash });
    this.outputs.push(...outputs);
    return outputs;
  }

  market(event: AllOf<MarketEvent>, seq = this.#marketSequence + 1): readonly RunOutput[] {
    this.at += 10_000;
    this.#marketSequence = Math.max(seq, this.#marketSequence);
    const full = {
      version: 1,
      venue: 'venuesim',
      symbol: 'BTCUSDT',
      seq,
      tsEvent: this.at - 500,
      tsInit: this.at - 100,
      ...event,
    };
    return this.input({ type: 'market', at: this.at, event: full as MarketEvent });
  }

  quote(bidPrice: string, askPrice: string): readonly RunOutput[] {
    return this.market({ kind: 'quote', bidPrice, bidQuantity: '1', askPrice, askQuantity: '1' });
  }

  timer(afterMicros = 250_000): readonly RunOutput[] {
    this.at += afterMicros;
    return this.input({ type: 'timer', at: this.at });
  }

  venueOrder(intent: OrderIntent): VenueOrder {
    const order = venueOrderOf(rules, intent);
    if (!order.ok) throw new Error(`${order.error.field}: ${order.error.expected}`);
    return order.value;
  }

  verdict(intent: OrderIntent, denialCode?: string): readonly RunOutput[] {
    this.at += 100;
    const venueOrder = this.venueOrder(intent);
    const common = {
      version: 1 as const,
      verdictId: derivedId('test-verdict', intent.intentId),
      origin: 'run' as const,
      account: intent.account,
      runId: intent.runId,
      strategy: intent.strategy,
      instrument: intent.instrument,
      intentId: intent.intentId,
      intentHash: contentHash(intent),
      nonce: derivedId('test-nonce', intent.intentId),
      issuedAt: this.at,
      expiresAt: this.at + 2_000_000,
      killEpoch: 0,
      gateEpoch: 1,
      limitsVersion: 1,
      keyId: 'key',
      head: { seq: 1, hash: ZERO_DIGEST },
    };
    const verdict: SignedVerdict['verdict'] =
      denialCode === undefined
        ? {
            ...common,
            decision: 'approved',
            venueOrder,
            venueOrderHash: venueOrderHash(venueOrder),
            reduces: false,
            audience: { account: 'main', bridgeEpoch: 1 },
          }
        : { ...common, decision: 'denied', denial: { code: denialCode, detail: {} } };
    return this.input({ type: 'verdict', at: this.at, verdict: { version: 1, verdict, signature: 'signed' } });
  }

  order(intent: OrderIntent, rest: OrderEventRest<OrderEvent>, index = ++this.#events): readonly RunOutput[] {
    this.at += 100;
    const event = { ...orderCommon(intent, this.venueOrder(intent), index, this.at), ...rest } as OrderEvent;
    return this.input({ type: 'order', at: this.at, event });
  }

  fill(
    intent: OrderIntent,
    quantity: string,
    rest: { state: 'partially-filled' | 'filled'; tradeId: string; fee?: string },
  ): readonly RunOutput[] {
    const price = intent.price ?? '0';
    const amounts = {
      price,
      quantity,
      cumulativeQuantity: quantity,
      fee: rest.fee ?? '0',
      feeCurrency: 'USDT',
      liquidity: 'maker' as const,
    };
    return this.order(intent, {
      type: 'fill',
      side: intent.side,
      ...amounts,
      state: rest.state,
      tradeId: rest.tradeId,
    });
  }

  /** Approved, submitted and accepted. */
  works(intent: OrderIntent): void {
    this.verdict(intent);
    this.order(intent, { type: 'submitted', venueOrder: this.venueOrder(intent) });
    this.order(intent, { type: 'accepted', venueOrderId: '1' });
  }
}

export const intentsOf = (outputs: readonly RunOutput[]): OrderIntent[] =>
  outputs.flatMap((output) => (output.type === 'intent' ? [output.intent] : []));
export const cancelsOf = (outputs: readonly RunOutput[]): string[] =>
  outputs.flatMap((output) => (output.type === 'cancel' ? [output.cancel.clientOrderId ?? 'all'] : []));
export const logsOf = (outputs: readonly RunOutput[]): string[] =>
  outputs.flatMap((output) => (output.type === 'log' ? [output.message] : []));
