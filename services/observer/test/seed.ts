import {
  type ControlState,
  type DeadLetter,
  type Heartbeat,
  type Quote,
  type ReconSnapshot,
  type Trade,
  subjects,
} from '@portcullis/contracts';
import { SeededRandom, derivedId, sha256Hex } from '@portcullis/kernel';
import {
  type RunId,
  SECOND,
  type Said,
  type Wish,
  eventOf,
  head,
  instrument,
  intentOf,
  lifeOf,
  sent,
  strategyOf,
  verdictOf,
} from './seed-orders.ts';

export interface Story {
  /** What is in the streams. */
  readonly stored: Said[];
  /** What is said on core subjects, again and again. */
  readonly spoken: Said[];
  readonly fills: number;
  readonly denied: number;
}

/** A believable session of `seconds` that ends at `end` (microseconds): the same for the same arguments. */
export function story(end: number, seconds = 300): Story {
  const random = new SeededRandom(7);
  const stored: Said[] = [];
  let mid = 6_120_000;
  for (let second = 0; second < seconds; second++) {
    const at = end - (seconds - second) * SECOND;
    mid += random.integer(-260, 260) + Math.round(140 * Math.sin(second / 24));
    const price = (ticks: number): string => `${Math.floor(ticks / 100)}.${String(ticks % 100).padStart(2, '0')}`;
    const common = {
      version: 1 as const,
      venue: 'venuesim',
      symbol: 'BTCUSDT',
      seq: second * 2,
      tsEvent: at,
      tsInit: at,
    };
    const quote: Quote = {
      ...common,
      kind: 'quote',
      bidPrice: price(mid - 50),
      bidQuantity: '0.84213',
      askPrice: price(mid + 50),
      askQuantity: '1.2055',
    };
    const trade: Trade = {
      ...common,
      seq: second * 2 + 1,
      kind: 'trade',
      tradeId: String(second),
      price: price(mid + 50),
      quantity: '0.012',
      aggressor: 'buy',
    };
    stored.push(
      { by: 'collector', subject: subjects.market('quote', 'venuesim', 'BTCUSDT'), body: quote },
      { by: 'collector', subject: subjects.market('trade', 'venuesim', 'BTCUSDT'), body: trade },
    );
    if (second % 9 !== 4) continue;
    const n = Math.floor(second / 9);
    const side = n % 2 === 0 ? ('buy' as const) : ('sell' as const);
    const runId = n % 3 === 0 ? ('sma-1' as const) : ('quote-1' as const);
    stored.push(
      ...lifeOf({
        n,
        runId,
        side,
        quantity: n % 4 === 0 ? '0.003' : '0.0015',
        price: price(side === 'buy' ? mid - 300 : mid + 300),
        at,
      }),
    );
  }
  const open: Wish = {
    n: 9001,
    runId: 'quote-1',
    side: 'buy',
    quantity: '0.0015',
    price: `${Math.floor((mid - 700) / 100)}.20`,
    at: end - 4 * SECOND,
  };
  const lost: Wish = {
    n: 9002,
    runId: 'sma-1',
    side: 'sell',
    quantity: '0.002',
    price: `${Math.floor((mid + 900) / 100)}.70`,
    at: end - 2 * SECOND,
  };
  stored.push(intentOf(open), verdictOf(open), ...sent(open));
  stored.push(
    intentOf(lost),
    verdictOf(lost),
    ...sent(lost).slice(0, 1),
    eventOf(lost, { type: 'unresolved', reason: 'no answer within 2000 ms' }, 2_000_000),
  );
  stored.push(
    { by: 'livyd', subject: subjects.deadLetter('livyd'), body: deadLetter(end) },
    { by: 'bridge', subject: subjects.recon('main'), body: recon(end) },
  );
  return { stored, spoken: spoken(end), fills: stored.filter(isFill).length, denied: stored.filter(isDenial).length };
}

const isFill = ({ body }: Said): boolean => (body as { type?: string }).type === 'fill';
const isDenial = ({ body }: Said): boolean =>
  (body as { verdict?: { decision: string } }).verdict?.decision === 'denied';

function deadLetter(at: number): DeadLetter {
  return {
    version: 1,
    service: 'livyd',
    stream: 'MARKET',
    subject: 'md.quote.venuesim.BTCUSDT',
    streamSequence: 77,
    reason: 'not JSON: Unexpected token <',
    bodyBase64: 'PGh0bWw+',
    bodyBytes: 6,
    at,
  };
}

function recon(at: number): ReconSnapshot {
  return {
    version: 1,
    account: 'main',
    bridgeEpoch: 1,
    reason: 'periodic',
    at,
    complete: true,
    openOrders: [],
    externalOrders: 0,
    unresolvedOrders: [],
    balances: [],
    positions: [],
    breaks: [],
    head: head(9),
  };
}

export function controlState(at: number, seq = 1): ControlState {
  return {
    version: 1,
    account: 'main',
    tradingState: 'ACTIVE',
    gateEpoch: 3,
    killEpoch: 0,
    limitsVersion: 1,
    latches: [],
    at,
    head: head(seq),
  };
}

function heartbeat(service: string, at: number, more: Partial<Heartbeat> = {}): Said {
  const body: Heartbeat = { version: 1, service, instance: `${service}-1`, at, state: 'ready', ...more };
  return { by: service, subject: subjects.heartbeat(service, `${service}-1`), body };
}

function spoken(at: number): Said[] {
  const run = (runId: RunId): NonNullable<Heartbeat['runs']>[number] => ({
    runId,
    strategy: strategyOf[runId],
    account: 'main',
    instrument,
    stage: 'paper',
    state: 'running',
    inputs: 4321,
    intents: 20,
    workingOrders: 1,
    position: '0',
    realisedProfit: '0',
    unrealisedProfit: '0',
    fees: '0',
    decisionHash: sha256Hex(runId),
  });
  const bridge = {
    account: 'main',
    bridgeEpoch: 1,
    nonce: derivedId('nonce', 1),
    reconciled: true,
    killEpochSeen: 0,
    openOrders: 1,
    unresolvedOrders: 1,
  };
  return [
    heartbeat('collector', at, { detail: 'BTCUSDT: book in step' }),
    heartbeat('livyd', at, { runs: [run('sma-1'), run('quote-1')] }),
    heartbeat('riskd', at, { detail: 'gate epoch 3, permits FULL' }),
    heartbeat('bridge', at, { bridge, detail: 'venuesim, 1 order open' }),
    heartbeat('venuesim', at, { state: 'degraded', detail: 'answers late on purpose' }),
  ];
}
