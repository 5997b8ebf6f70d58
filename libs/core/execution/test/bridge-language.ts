import { keyring, signPermit, signVerdict } from '@portcullis/authority';
import type { ApprovedVerdict, OrderEvent, OrderIntent, SignedVerdict, TradePermit } from '@portcullis/contracts';
import { contentHash, derivedId, keyedHashSigner, required, sha256Hex } from '@portcullis/kernel';
import { btcusdtRules } from '@portcullis/testkit/instrument';
import {
  BRIDGE_TIMING,
  BridgeCore,
  type BridgeConfig,
  type BridgeEffect,
  type BridgeInput,
  type FillReport,
  type OrderReport,
  clientOrderIdOf,
  venueOrderHash,
  venueOrderOf,
} from '../src/index.ts';

export const rules = btcusdtRules();
export const gate = keyedHashSigner('gate', 'g');
export const approvers = [keyedHashSigner('ann', 'a'), keyedHashSigner('bob', 'b')] as const;
export const SECOND = 1_000_000;
export const START = 1_000_000 * SECOND;

export const config: BridgeConfig = {
  account: 'main',
  venue: 'venuesim',
  instance: 'b1',
  instruments: [rules],
  gateKeys: keyring([gate]),
  approverKeys: keyring([...approvers]),
  timing: BRIDGE_TIMING,
};

export type EffectOf<T extends BridgeEffect['type']> = Extract<BridgeEffect, { type: T }>;
/** Distributes over the union, so that each input keeps its own fields. */
type Untimed<T> = T extends unknown ? Omit<T, 'at' | 'monotonicAt'> : never;

/** A bridge core with its journal and its clock: given, when, then. */
export class World {
  core = new BridgeCore(config);
  readonly journal: BridgeInput[] = [];
  at = START;
  monotonicAt = 50 * SECOND;
  epoch = 0;
  effects: BridgeEffect[] = [];

  pass(micros: number): this {
    this.at += micros;
    this.monotonicAt += micros;
    return this;
  }

  feed(untimed: Untimed<BridgeInput>): readonly BridgeEffect[] {
    const input = { ...untimed, at: this.at, monotonicAt: this.monotonicAt } as BridgeInput;
    this.journal.push(input);
    const effects = this.core.step(input, headAt(this.journal.length));
    this.effects.push(...effects);
    return effects;
  }

  started(): this {
    this.epoch += 1;
    this.feed({ type: 'started', bridgeEpoch: this.epoch });
    return this;
  }

  /** Sends a heartbeat and answers it with a permit. */
  permitted(change: Partial<TradePermit> = {}): this {
    this.feed({ type: 'permit', signed: signPermit(gate, this.permit(change)) });
    return this;
  }

  permit(change: Partial<TradePermit> = {}): TradePermit {
    const [heartbeat] = only(this.feed({ type: 'heartbeat-due' }), 'heartbeat');
    const echo = required(heartbeat?.heartbeat.bridge, 'heartbeat').nonce;
    return {
      version: 1,
      account: 'main',
      mode: 'FULL',
      killEpoch: 0,
      gateEpoch: 1,
      bridgeEpoch: this.epoch,
      echo,
      issuedAt: this.at,
      ttlMicros: 2 * SECOND,
      keyId: gate.keyId,
      ...change,
    };
  }

  ready(): this {
    return this.started().permitted();
  }

  verdict(name: string, change: Partial<ApprovedVerdict> = {}, wish: Partial<OrderIntent> = {}): SignedVerdict {
    return signVerdict(gate, { ...verdictOf(name, this, wish), ...change });
  }

  approve(
    name: string,
    change: Partial<ApprovedVerdict> = {},
    wish: Partial<OrderIntent> = {},
  ): readonly BridgeEffect[] {
    return this.feed({ type: 'verdict', signed: this.verdict(name, change, wish) });
  }

  outcome(name: string, outcome: Extract<BridgeInput, { type: 'submit-outcome' }>['outcome']): readonly BridgeEffect[] {
    return this.feed({ type: 'submit-outcome', clientOrderId: idOf(name), outcome });
  }

  accepted(name: string): this {
    this.outcome(name, { kind: 'accepted', report: report(name), fills: [] });
    return this;
  }

  lookedUp(
    name: string,
    outcome: Extract<BridgeInput, { type: 'lookup-outcome' }>['outcome'],
  ): readonly BridgeEffect[] {
    return this.feed({ type: 'lookup-outcome', clientOrderId: idOf(name), outcome });
  }

  sweep(change: Partial<Extract<BridgeInput, { type: 'sweep' }>> = {}): readonly BridgeEffect[] {
    return this.feed({
      type: 'sweep',
      reason: 'periodic',
      complete: true,
      openOrders: [],
      fills: [],
      balances: [
        { currency: 'BTC', free: '1.0', locked: '0' },
        { currency: 'USDT', free: '1000.0', locked: '0' },
      ],
      ...change,
    });
  }

  status(name: string): string | undefined {
    return this.core.orders().find((order) => order.clientOrderId === idOf(name))?.status;
  }

  events(name: string): OrderEvent[] {
    return only(this.effects, 'order-event')
      .map(({ event }) => event)
      .filter((event) => event.clientOrderId === idOf(name));
  }
}

export function headAt(seq: number): { seq: number; hash: string } {
  return { seq, hash: sha256Hex(`head ${seq}`) };
}

export function only<T extends BridgeEffect['type']>(effects: readonly BridgeEffect[], type: T): EffectOf<T>[] {
  return effects.filter((effect): effect is EffectOf<T> => effect.type === type);
}

export function refusals(effects: readonly BridgeEffect[]): string[] {
  return only(effects, 'refused').map(({ reason }) => reason);
}

export const intentIdOf = (name: string): string => derivedId('intent', name);
export const idOf = (name: string, runId = 'sma-1'): string => clientOrderIdOf(runId, intentIdOf(name));

export function verdictOf(
  name: string,
  world: { readonly at: number; readonly epoch: number },
  wish: Partial<OrderIntent> = {},
): ApprovedVerdict {
  const intent: OrderIntent = {
    version: 1,
    intentId: intentIdOf(name),
    runId: 'sma-1',
    strategy: 'sma-cross',
    account: 'main',
    origin: 'run',
    instrument: rules.id,
    side: 'buy',
    type: 'limit',
    timeInForce: 'GTC',
    postOnly: false,
    reduceOnly: false,
    quantity: '0.1',
    price: '100',
    tsEvent: 1,
    expiry: world.at + 2 * SECOND,
    configDigest: '0'.repeat(64),
    runSeq: 1,
    head: headAt(1),
    ...wish,
  };
  const order = venueOrderOf(rules, intent);
  if (!order.ok) throw new Error(order.error.field);
  return {
    version: 1,
    verdictId: derivedId('verdict', name),
    origin: 'run',
    account: 'main',
    runId: intent.runId,
    strategy: intent.strategy,
    instrument: rules.id,
    intentId: intent.intentId,
    intentHash: contentHash(intent),
    nonce: derivedId('nonce', name),
    issuedAt: world.at,
    expiresAt: world.at + 2 * SECOND,
    killEpoch: 0,
    gateEpoch: 1,
    limitsVersion: 1,
    keyId: gate.keyId,
    head: headAt(7),
    decision: 'approved',
    venueOrder: order.value,
    venueOrderHash: venueOrderHash(order.value),
    reduces: false,
    audience: { account: 'main', bridgeEpoch: world.epoch },
  };
}

export function report(name: string, change: Partial<OrderReport> = {}): OrderReport {
  return {
    clientOrderId: idOf(name),
    venueOrderId: `v-${name}`,
    symbol: 'BTCUSDT',
    status: 'new',
    executedQuantity: '0',
    at: START,
    ...change,
  };
}

export function fill(name: string, tradeId: string, quantity: string, change: Partial<FillReport> = {}): FillReport {
  return {
    clientOrderId: idOf(name),
    venueOrderId: `v-${name}`,
    symbol: 'BTCUSDT',
    tradeId,
    side: 'buy',
    price: '100',
    quantity,
    fee: '0',
    feeCurrency: 'USDT',
    liquidity: 'maker',
    at: START,
    ...change,
  };
}
