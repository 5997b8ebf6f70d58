import { clientOrderIdOf } from '@portcullis/execution';
import { signStatement } from '@portcullis/authority';
import type {
  ApprovedVerdict,
  ClearDocument,
  ControlState,
  DeniedVerdict,
  LimitSet,
  OrderEvent,
  OrderIntent,
  ReconSnapshot,
  SignedPermit,
  SignedVerdict,
} from '@portcullis/contracts';
import { contentHash, derivedId, keyedHashSigner, sha256Hex } from '@portcullis/kernel';
import { type GateConfig, GateCore, type GateEffect, type GateInput } from '../src/index.ts';

export const SECOND = 1_000_000;
/** Where the clock of a test starts. */
export const START = 1_700_000_000 * SECOND;
export const BTC = 'BTCUSDT.venuesim';
export const ETH = 'ETHUSDT.venuesim';
export const gateKey = keyedHashSigner('gate', 'gate');
export const approvers = [keyedHashSigner('ann', 'ann'), keyedHashSigner('bob', 'bob')];

const definition = (symbol: string) => ({
  venue: 'venuesim',
  symbol,
  base: symbol.slice(0, 3),
  quote: 'USDT',
  tickSize: '0.01',
  lotSize: '0.001',
  quantityMin: '0.001',
  quantityMax: '1000',
  priceMin: '1',
  priceMax: '100000',
  notionalMin: '5',
});

export const ample: Required<LimitSet> = {
  orderNotionalMax: '1000000',
  positionMax: '10',
  collarBasisPoints: 500,
  spreadBasisPointsMax: 100,
  markAgeMillisMax: 2000,
  orderRate: { count: 1000, windowMillis: 1000 },
  reductionRate: { count: 1000, windowMillis: 1000 },
};

export function config(limits: Partial<LimitSet> = {}, more: Partial<GateConfig> = {}): GateConfig {
  return {
    account: 'main',
    venue: 'venuesim',
    tradingState: 'ACTIVE',
    strategies: ['sma', 'quoter'],
    instruments: [definition('BTCUSDT'), definition('ETHUSDT')],
    limits: { limitsVersion: 3, entries: [{ scope: 'account', limits: { ...ample, ...limits } }] },
    approvers: ['ann', 'bob'],
    ...more,
  };
}

/** The limits with one of them taken away. */
export function without(name: keyof LimitSet): GateConfig {
  const { [name]: _gone, ...rest } = ample;
  return config({}, { limits: { limitsVersion: 3, entries: [{ scope: 'account', limits: rest }] } });
}

type Wish = Partial<OrderIntent> & { readonly id?: string };

/** One gate with a journal in memory and a clock that the test moves. */
export class Gate {
  readonly journal: { input: GateInput; head: { seq: number; hash: string } }[] = [];
  readonly effects: GateEffect[] = [];
  readonly core = new GateCore({ account: 'main', signer: gateKey, verifierOf: (name) => keyedHashSigner(name, name) });
  at = START;
  #head = { seq: 0, hash: '0'.repeat(64) };
  #n = 0;
  #bridgeSeq = 0;

  /** A gate that is ready to trade, at a price of 100. */
  static ready(settings: GateConfig = config()): Gate {
    const gate = new Gate();
    gate.start(settings);
    gate.recon();
    gate.mark('99.99', '100.01');
    return gate;
  }

  take(input: GateInput): GateEffect[] {
    const seq = this.#head.seq + 1;
    this.#head = { seq, hash: sha256Hex(`${this.#head.hash}${JSON.stringify(input)}`) };
    this.journal.push({ input, head: this.#head });
    const effects = this.core.step(input, this.#head);
    this.effects.push(...effects);
    return effects;
  }

  start(settings: GateConfig = config(), gateEpoch = this.core.gateEpoch + 1): void {
    this.take({ type: 'started', at: this.at, gateEpoch, config: settings });
    this.take({ type: 'caught-up', at: this.at });
  }

  pass(micros: number): this {
    this.at += micros;
    return this;
  }

  mark(bid: string, ask: string, more: { instrument?: string; tsEvent?: number } = {}): void {
    this.take({
      type: 'mark',
      at: this.at,
      instrument: more.instrument ?? BTC,
      bid,
      ask,
      tsEvent: more.tsEvent ?? this.at,
    });
  }

  recon(more: Partial<ReconSnapshot> = {}): GateEffect[] {
    this.#bridgeSeq += 1;
    const positions = [BTC, ETH].map((instrument) => ({
      instrument,
      quantity: lotsText(this.core.exposure(instrument).position),
    }));
    const snapshot: ReconSnapshot = {
      version: 1,
      account: 'main',
      bridgeEpoch: 7,
      reason: 'start',
      at: this.at,
      complete: true,
      openOrders: [],
      externalOrders: 0,
      unresolvedOrders: [],
      balances: [],
      positions,
      breaks: [],
      head: { seq: this.#bridgeSeq, hash: '0'.repeat(64) },
      ...more,
    };
    return this.take({ type: 'recon', at: this.at, snapshot });
  }

  /** A limit order to buy 1 at 100 unless told otherwise; a new intent id each time unless `id` is given. */
  intent({ id, ...wish }: Wish = {}): OrderIntent {
    this.#n += 1;
    return {
      version: 1,
      intentId: derivedId('intent', id ?? this.#n),
      runId: 'sma-1',
      strategy: 'sma',
      account: 'main',
      origin: 'run',
      instrument: BTC,
      side: 'buy',
      type: 'limit',
      timeInForce: 'GTC',
      postOnly: false,
      reduceOnly: false,
      quantity: '1',
      ...(wish.type === 'market' ? {} : { price: '100' }),
      tsEvent: this.at,
      expiry: this.at + 5 * SECOND,
      configDigest: 'c'.repeat(64),
      runSeq: this.#n,
      head: { seq: 0, hash: '0'.repeat(64) },
      ...wish,
    };
  }

  judge(intent: OrderIntent): SignedVerdict {
    const effect = this.take({ type: 'intent', at: this.at, intent }).find((made) => made.type === 'verdict');
    if (effect?.type !== 'verdict') throw new Error('no verdict');
    return effect.signed;
  }

  approve(wish: Wish = {}): ApprovedVerdict {
    const { verdict } = this.judge(this.intent(wish));
    if (verdict.decision === 'denied') {
      throw new Error(`denied ${verdict.denial.code} ${JSON.stringify(verdict.denial.detail)}`);
    }
    return verdict;
  }

  deny(wish: Wish = {}): DeniedVerdict['denial'] {
    const { verdict } = this.judge(this.intent(wish));
    if (verdict.decision === 'approved') throw new Error('approved');
    return verdict.denial;
  }

  /** What the bridge says of an approved order. */
  event(verdict: ApprovedVerdict, type: OrderEvent['type'], more: Record<string, unknown> = {}): GateEffect[] {
    return this.take({ type: 'order', at: this.at, event: this.eventOf(verdict, type, more) });
  }

  eventOf(verdict: ApprovedVerdict, type: OrderEvent['type'], more: Record<string, unknown> = {}): OrderEvent {
    this.#bridgeSeq += 1;
    const { runId, strategy, instrument, intentId, verdictId, venueOrder } = verdict;
    const head = { seq: this.#bridgeSeq, hash: '0'.repeat(64) };
    const body = {
      version: 1,
      account: 'main',
      runId,
      strategy,
      instrument,
      clientOrderId: clientOrderIdOf(runId, intentId),
      intentId,
      verdictId,
      bridgeEpoch: 7,
      cause: 'c'.repeat(64),
      tsEvent: this.at,
      tsInit: this.at,
      head,
      type,
      ...EVENT_DEFAULTS[type],
      ...(type === 'submitted' ? { venueOrder } : {}),
      ...(type === 'fill' ? { side: venueOrder.side, tradeId: `t${this.#bridgeSeq}` } : {}),
      ...more,
    };
    return { eventId: contentHash(body).slice(0, 32), ...body } as unknown as OrderEvent;
  }

  /** A fill of `quantity`, after which the order stands at `cumulative` (the whole of it unless given). */
  fill(verdict: ApprovedVerdict, quantity: string, cumulative = quantity): GateEffect[] {
    const state = cumulative === verdict.venueOrder.quantity ? 'filled' : 'partially-filled';
    return this.event(verdict, 'fill', { quantity, cumulativeQuantity: cumulative, state });
  }

  /** Buys (or sells) `quantity` and has it filled at once, venue report included. */
  hold(quantity: string, side: 'buy' | 'sell' = 'buy', wish: Wish = {}): void {
    this.fill(this.approve({ side, quantity, ...wish }), quantity);
    this.recon({ reason: 'periodic' });
  }

  kill(scope = 'all', streamSequence = (this.#n += 1)): GateEffect[] {
    return this.take({ type: 'kill', at: this.at, scope, reason: 'drill', by: 'ann', streamSequence });
  }

  /** A clear of the latch of `scope`, signed by the approvers named; fields may be altered before signing. */
  clear(scope: string, more: Partial<ClearDocument['statement']> = {}, signers = approvers): GateEffect[] {
    const killEpoch = this.core.latches.find((held) => held.scope === scope)?.epoch ?? 1;
    const statement = {
      version: 1 as const,
      kind: 'clear' as const,
      account: 'main',
      scope,
      killEpoch,
      reason: 'over',
      issuedAt: this.at,
      expiresAt: this.at + 60 * SECOND,
      ...more,
    };
    const document: ClearDocument = {
      version: 1,
      statement,
      signatures: signers.map((signer) => signStatement(signer, statement)),
    };
    return this.take({ type: 'document', at: this.at, document, streamSequence: (this.#n += 1) });
  }

  heartbeat(more: Record<string, unknown> = {}): SignedPermit | undefined {
    this.#n += 1;
    const heartbeat = {
      account: 'main',
      bridgeEpoch: 7,
      nonce: derivedId('hb', this.#n),
      reconciled: true,
      killEpochSeen: 0,
      openOrders: 0,
      unresolvedOrders: 0,
      ...more,
    };
    const effect = this.take({ type: 'heartbeat', at: this.at, heartbeat }).find((made) => made.type === 'permit');
    return effect?.type === 'permit' ? effect.signed : undefined;
  }

  /** Position, open to buy and open to sell, in base currency. */
  exposure(instrument = BTC, holder = 'account'): string {
    const { position, openBuy, openSell } = this.core.exposure(instrument, holder);
    return [position, openBuy, openSell].map(lotsText).join(' ');
  }
}

export function controlStates(effects: readonly GateEffect[]): ControlState[] {
  return effects.flatMap((effect) => (effect.type === 'control-state' ? [effect.state] : []));
}

export function alerts(effects: readonly GateEffect[]): string[] {
  return effects.flatMap((effect) => (effect.type === 'alert' ? [effect.alert.name] : []));
}

/** Lots of 0.001 as a decimal. */
export function lotsText(lots: number): string {
  return String(lots / 1000);
}

const EVENT_DEFAULTS: Record<OrderEvent['type'], object> = {
  submitted: {},
  accepted: { venueOrderId: 'v1' },
  fill: { price: '100', fee: '0', feeCurrency: 'USDT', liquidity: 'taker' },
  canceled: { cumulativeQuantity: '0', reason: 'asked' },
  expired: { cumulativeQuantity: '0', reason: 'never reached the venue' },
  rejected: { code: '-2010', reason: 'no' },
  unresolved: { reason: 'timeout' },
  lapsed: { reason: 'expired', detail: '' },
};
