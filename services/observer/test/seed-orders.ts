import { type OrderEvent, type OrderIntent, type RiskVerdict, type VenueOrder, subjects } from '@portcullis/contracts';
import { clientOrderIdOf } from '@portcullis/execution';
import { derivedId, sha256Hex } from '@portcullis/kernel';

export const SECOND = 1_000_000;
export const instrument = 'BTCUSDT.venuesim';
export const digest = sha256Hex('seed');
export const strategyOf = { 'sma-1': 'sma-cross', 'quote-1': 'quoting' } as const;
export type RunId = keyof typeof strategyOf;

/** A message and the identity that writes it. */
export interface Said {
  readonly by: string;
  readonly subject: string;
  readonly body: unknown;
}

/** An order that a run of the seeded session wants. */
export interface Wish {
  readonly n: number;
  readonly runId: RunId;
  readonly side: 'buy' | 'sell';
  readonly quantity: string;
  readonly price: string;
  readonly at: number;
}

export const head = (seq: number): { seq: number; hash: string } => ({ seq, hash: digest });
const intentIdOf = (wish: Wish): string => derivedId('intent', wish.runId, wish.n);

export function intentOf(wish: Wish): Said {
  const { runId, side, quantity, price, at } = wish;
  const isMaker = runId === 'quote-1';
  const body: OrderIntent = {
    version: 1,
    intentId: intentIdOf(wish),
    runId,
    strategy: strategyOf[runId],
    account: 'main',
    origin: 'run',
    instrument,
    side,
    type: 'limit',
    timeInForce: isMaker ? 'GTC' : 'IOC',
    postOnly: isMaker,
    reduceOnly: false,
    quantity,
    price,
    tsEvent: at,
    expiry: at + 5 * SECOND,
    configDigest: digest,
    runSeq: wish.n,
    head: head(wish.n),
  };
  return { by: 'livyd', subject: subjects.intent('main', runId), body };
}

function orderOf(wish: Wish): VenueOrder {
  const { runId, side, quantity, price } = wish;
  return {
    clientOrderId: clientOrderIdOf(runId, intentIdOf(wish)),
    venue: 'venuesim',
    symbol: 'BTCUSDT',
    side,
    type: 'limit',
    timeInForce: 'GTC',
    postOnly: false,
    reduceOnly: false,
    quantity,
    price,
  };
}

export function verdictOf(wish: Wish, denial?: { code: string; detail: Record<string, string> }): Said {
  const { runId, at } = wish;
  const verdictId = derivedId('verdict', intentIdOf(wish));
  const common = {
    version: 1 as const,
    verdictId,
    origin: 'run' as const,
    account: 'main',
    runId,
    strategy: strategyOf[runId],
    instrument,
    intentId: intentIdOf(wish),
    intentHash: digest,
  };
  const rest = {
    nonce: derivedId('nonce', verdictId),
    issuedAt: at + 900,
    expiresAt: at + 2 * SECOND,
    killEpoch: 0,
    gateEpoch: 3,
    limitsVersion: 1,
    keyId: 'ab12',
    head: head(wish.n),
  };
  const verdict: RiskVerdict =
    denial === undefined
      ? {
          ...common,
          ...rest,
          decision: 'approved',
          venueOrder: orderOf(wish),
          venueOrderHash: digest,
          reduces: false,
          audience: { account: 'main', bridgeEpoch: 1 },
        }
      : { ...common, ...rest, decision: 'denied', denial };
  return {
    by: 'riskd',
    subject: subjects.verdict('main', runId),
    body: { version: 1, verdict, signature: 'unchecked-here' },
  };
}

type EventPart = OrderEvent extends infer E
  ? E extends OrderEvent
    ? Omit<
        E,
        | 'version'
        | 'eventId'
        | 'account'
        | 'runId'
        | 'strategy'
        | 'instrument'
        | 'clientOrderId'
        | 'intentId'
        | 'verdictId'
        | 'bridgeEpoch'
        | 'cause'
        | 'tsEvent'
        | 'tsInit'
        | 'head'
      >
    : never
  : never;

export function eventOf(wish: Wish, part: EventPart, after: number): Said {
  const { runId, n } = wish;
  const intentId = intentIdOf(wish);
  const tsEvent = wish.at + after;
  const body = {
    version: 1,
    eventId: derivedId('event', intentId, part.type, after),
    account: 'main',
    runId,
    strategy: strategyOf[runId],
    instrument,
    clientOrderId: clientOrderIdOf(runId, intentId),
    intentId,
    verdictId: derivedId('verdict', intentId),
    bridgeEpoch: 1,
    cause: digest,
    tsEvent,
    tsInit: tsEvent,
    head: head(n),
    ...part,
  };
  return { by: 'bridge', subject: subjects.order('main', runId), body };
}

function filled(wish: Wish): Said[] {
  const { side, quantity, price, n } = wish;
  const isMaker = wish.runId === 'quote-1';
  const fill: EventPart = {
    type: 'fill',
    state: 'filled',
    side,
    tradeId: `T${n}`,
    price,
    quantity,
    cumulativeQuantity: quantity,
    fee: '0.0183',
    feeCurrency: 'USDT',
    liquidity: isMaker ? 'maker' : 'taker',
  };
  return [...sent(wish), eventOf(wish, fill, isMaker ? 700_000 : 2100)];
}

export function sent(wish: Wish): Said[] {
  return [
    eventOf(wish, { type: 'submitted', venueOrder: orderOf(wish) }, 1500),
    eventOf(wish, { type: 'accepted', venueOrderId: String(5000 + wish.n) }, 2000),
  ];
}

/** What happens to the n-th wish: the same for the same n. */
export function lifeOf(wish: Wish): Said[] {
  if (wish.n % 5 === 3) {
    const detail = { worst: '0.0063', limit: '0.006', scope: 'account' };
    return [intentOf(wish), verdictOf(wish, { code: 'POSITION_EXCEEDED', detail })];
  }
  const approved = [intentOf(wish), verdictOf(wish)];
  if (wish.n % 11 === 10) {
    return [
      ...approved,
      eventOf(wish, { type: 'lapsed', reason: 'expired', detail: 'expired 1204 microseconds ago' }, 2000),
    ];
  }
  if (wish.n % 7 === 5) {
    return [
      ...approved,
      ...sent(wish),
      eventOf(wish, { type: 'canceled', cumulativeQuantity: '0', reason: 'asked by the run' }, 900_000),
    ];
  }
  return [...approved, ...filled(wish)];
}
