import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ApprovedVerdict } from '@portcullis/contracts';
import { BTC, Gate, SECOND, approvers, config, lotsText } from './language.ts';

const LIMIT_LOTS = 10;

type Action =
  | {
      readonly do: 'intent';
      readonly side: 'buy' | 'sell';
      readonly lots: number;
      readonly reduceOnly: boolean;
      readonly origin: 'run' | 'person';
      readonly run: 'sma-1' | 'sma-2';
    }
  | {
      readonly do: 'submitted' | 'accepted' | 'unresolved' | 'canceled' | 'expired' | 'rejected' | 'lapsed';
      readonly order: number;
    }
  | { readonly do: 'fill'; readonly order: number; readonly lots: number }
  | { readonly do: 'again'; readonly event: number }
  | { readonly do: 'kill' | 'clear'; readonly scope: 'all' | 'account.main' | 'run.sma-1' }
  | { readonly do: 'recon' }
  | { readonly do: 'restart'; readonly tradingState: 'ACTIVE' | 'REDUCING' | 'HALTED' };

const order = fc.nat(30);
const scope = fc.constantFrom('all' as const, 'account.main' as const, 'run.sma-1' as const);
const intent = fc.record({
  do: fc.constant('intent' as const),
  side: fc.constantFrom('buy' as const, 'sell' as const),
  lots: fc.integer({ min: 1, max: 6 }),
  reduceOnly: fc.boolean(),
  origin: fc.constantFrom('run' as const, 'run' as const, 'person' as const),
  run: fc.constantFrom('sma-1' as const, 'sma-2' as const),
});
const fill = fc.record({ do: fc.constant('fill' as const), order, lots: fc.integer({ min: 1, max: 6 }) });
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: intent },
  { weight: 5, arbitrary: fill },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('submitted', 'accepted', 'unresolved', 'canceled', 'expired', 'rejected', 'lapsed'),
      order,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('again' as const), event: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('kill' as const, 'clear' as const), scope }) },
  { weight: 2, arbitrary: fc.constant({ do: 'recon' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('restart' as const),
      tradingState: fc.constantFrom('ACTIVE' as const, 'ACTIVE' as const, 'REDUCING' as const, 'HALTED' as const),
    }),
  },
);

/** One order as plainly as it can be kept: no state machine, no increments. */
interface Plain {
  readonly verdict: ApprovedVerdict;
  readonly side: 'buy' | 'sell';
  readonly lots: number;
  filled: number;
  ended: boolean;
}

/** A gate beside a model of it that only keeps a list of orders. */
class Pair {
  readonly gate = Gate.ready(settings('ACTIVE'));
  readonly orders: Plain[] = [];
  killEpoch = 0;

  position(runId?: string): number {
    return sum(this.#of(runId).map(({ side, filled }) => (side === 'buy' ? filled : -filled)));
  }

  open(side: 'buy' | 'sell', runId?: string): number {
    return sum(
      this.#of(runId)
        .filter((plain) => plain.side === side && !plain.ended)
        .map(({ lots, filled }) => lots - filled),
    );
  }

  #of(runId?: string): Plain[] {
    return this.orders.filter(({ verdict }) => runId === undefined || verdict.runId === runId);
  }

  do(step: Action): void {
    switch (step.do) {
      case 'intent':
        return this.#intent(step);
      case 'fill':
        return this.#fill(step);
      case 'again': {
        const past = this.gate.journal.filter(({ input }) => input.type === 'order' || input.type === 'kill')[
          step.event
        ];
        if (past !== undefined) this.gate.take(past.input);
        return;
      }
      case 'kill':
        this.gate.kill(step.scope);
        return;
      case 'clear':
        this.gate.clear(step.scope, {}, approvers);
        return;
      case 'recon':
        this.gate.recon({ reason: 'periodic' });
        return;
      case 'restart':
        this.gate.start(settings(step.tradingState));
        return;
      case 'submitted':
      case 'accepted':
      case 'unresolved':
      case 'canceled':
      case 'expired':
      case 'rejected':
      case 'lapsed':
        return this.#event(step.do, step.order);
    }
  }

  #intent({ side, lots, reduceOnly, origin, run }: Extract<Action, { do: 'intent' }>): void {
    const { verdict } = this.gate.judge(
      this.gate.intent({ side, reduceOnly, origin, runId: run, quantity: lotsText(lots * 100) }),
    );
    if (verdict.decision === 'denied') return;
    if (verdict.reduces) {
      const held = side === 'sell' ? this.position() : -this.position();
      expect(lots + this.open(side)).toBeLessThanOrEqual(held);
    }
    if (reduceOnly) expect(verdict.reduces).toBe(true);
    this.orders.push({ verdict, side, lots, filled: 0, ended: false });
  }

  #fill({ order: index, lots }: Extract<Action, { do: 'fill' }>): void {
    const plain = this.orders[index % Math.max(1, this.orders.length)];
    if (plain === undefined || plain.ended || plain.filled === plain.lots) return;
    const quantity = Math.min(lots, plain.lots - plain.filled);
    plain.filled += quantity;
    this.gate.fill(plain.verdict, lotsText(quantity * 100), lotsText(plain.filled * 100));
  }

  #event(
    type: Exclude<Action['do'], 'intent' | 'fill' | 'again' | 'kill' | 'clear' | 'recon' | 'restart'>,
    index: number,
  ): void {
    const plain = this.orders[index % Math.max(1, this.orders.length)];
    if (plain === undefined || plain.ended) return;
    const ends =
      type === 'canceled' || type === 'expired' || ((type === 'rejected' || type === 'lapsed') && plain.filled === 0);
    if (!ends && (type === 'rejected' || type === 'lapsed')) return;
    plain.ended = ends;
    this.gate.event(
      plain.verdict,
      type,
      type === 'canceled' || type === 'expired' ? { cumulativeQuantity: lotsText(plain.filled * 100) } : {},
    );
  }

  check(): void {
    for (const [holder, runId] of [['account'], ['run.sma-1', 'sma-1'], ['run.sma-2', 'sma-2']] as const) {
      const { position, openBuy, openSell } = this.gate.core.exposure(BTC, holder);
      const ours = [this.position(runId), this.open('buy', runId), this.open('sell', runId)];
      expect([position, openBuy, openSell]).toEqual(ours.map((lots) => lots * 100));
    }
    expect(this.position() + this.open('buy')).toBeLessThanOrEqual(LIMIT_LOTS);
    expect(-(this.position() - this.open('sell'))).toBeLessThanOrEqual(LIMIT_LOTS);
    for (const side of ['buy', 'sell'] as const) {
      if (
        !this.orders.some(
          (plain) => plain.side === side && !plain.ended && plain.filled < plain.lots && plain.verdict.reduces,
        )
      ) {
        continue;
      }
      expect(this.open(side)).toBeLessThanOrEqual(side === 'sell' ? this.position() : -this.position());
    }
    expect(this.gate.core.killEpoch).toBeGreaterThanOrEqual(this.killEpoch);
    this.killEpoch = this.gate.core.killEpoch;
  }

  /** What a person can do from here: everything working ends, then what is left is sold or bought back. */
  reachFlat(): void {
    this.gate.start(settings('HALTED'));
    this.orders.forEach((plain, index) => {
      if (!plain.ended) this.#event('canceled', index);
    });
    this.gate.recon();
    this.gate.pass(2 * SECOND).mark('99.99', '100.01');
    const held = this.position();
    if (held !== 0) {
      const wish = {
        do: 'intent' as const,
        side: held > 0 ? ('sell' as const) : ('buy' as const),
        lots: Math.abs(held),
        reduceOnly: true,
        origin: 'person' as const,
        run: 'sma-1' as const,
      };
      this.do(wish);
      this.do({ do: 'fill', order: this.orders.length - 1, lots: Math.abs(held) });
    }
    expect(this.gate.core.exposures.get(`account ${BTC}`)).toBeUndefined();
  }
}

/** Limits of 1 in base currency and everything else ample: ten units of 0.1. */
function settings(tradingState: 'ACTIVE' | 'REDUCING' | 'HALTED') {
  return config({ positionMax: lotsText(LIMIT_LOTS * 100), markAgeMillisMax: 86_400_000 }, { tradingState });
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

describe('whatever happens', () => {
  test('S3 S5 S7: exposure equals the naive model, stays within the limit, reductions never flip, the kill epoch never falls, and flat can be reached', () => {
    const reached = { reductions: 0, denials: 0, latched: 0 };
    fc.assert(
      fc.property(fc.array(action, { minLength: 20, maxLength: 80, size: 'max' }), (actions) => {
        const pair = new Pair();
        for (const step of actions) {
          pair.do(step);
          pair.check();
        }
        reached.reductions += pair.orders.filter(({ verdict }) => verdict.reduces).length;
        reached.denials +=
          sum([...pair.gate.core.decisions.values()]) - (pair.gate.core.decisions.get('APPROVED') ?? 0);
        reached.latched += pair.gate.core.latches.length;
        pair.reachFlat();
        pair.check();
      }),
      { numRuns: 150 },
    );
    // A generator that never gets there proves nothing.
    expect(Object.values(reached).every((count) => count > 0)).toBe(true);
  });

  test('replay: a fold of the same inputs gives the same effects', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40, size: 'max' }), (actions) => {
        const pair = new Pair();
        for (const step of actions) pair.do(step);
        const again = new Gate();
        expect(pair.gate.journal.flatMap(({ input }) => again.take(input))).toEqual(pair.gate.effects);
      }),
      { numRuns: 30 },
    );
  });
});
