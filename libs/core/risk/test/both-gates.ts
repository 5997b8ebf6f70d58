import type { ApprovedVerdict, GateLimits, MarketGap, TradingState } from '@portcullis/contracts';
import { type PriceTicks, type QuantityLots, priceTicks, quantityLots, required } from '@portcullis/kernel';
import { type InstrumentRules, formatPrice, formatQuantity, instrumentRules } from '@portcullis/market';
import { type Denial, InProcessGate, type OrderTerms } from '../src/index.ts';
import { BTC, ETH, Gate, config } from './language.ts';

const DEFINITIONS = config().instruments.map((definition) => ({
  ...definition,
  quantityMin: '0.01',
  quantityMax: '20',
  priceMin: '50',
  priceMax: '200',
}));

/** Two instruments with room for every denial: 10 to 20,000 lots of 0.001, 5,000 to 20,000 ticks of 0.01. */
export const RULES: readonly InstrumentRules[] = DEFINITIONS.map(rulesOf);
const INSTRUMENTS = [BTC, ETH];

export interface Setup {
  readonly limits: GateLimits;
  readonly tradingState: TradingState;
}

/** Terms of an order and how long it is good, in numbers that need not make sense. */
export interface Wish extends Pick<OrderTerms, 'side' | 'type' | 'timeInForce' | 'postOnly' | 'reduceOnly'> {
  readonly slot: number;
  readonly lots: number;
  readonly price: number | undefined;
  readonly stopPrice: number | undefined;
  readonly life: number;
}

interface Placed {
  readonly order: number;
  readonly slot: number;
  readonly verdict: ApprovedVerdict;
  readonly lots: number;
  filled: number;
}

export interface Decision {
  readonly code: string;
  readonly detail: unknown;
}

/** The gate of an account with one run, and the run's gate in process, on one history: each step goes to both. */
export class BothGates {
  readonly wire: Gate;
  readonly working: Placed[] = [];
  process: InProcessGate;
  readonly #setup: Setup;
  #order = 0;

  constructor(setup: Setup) {
    this.#setup = setup;
    const settings = config({}, { ...setup, instruments: DEFINITIONS });
    this.wire = new Gate();
    this.wire.start(settings);
    this.wire.recon();
    this.process = inProcess(setup);
  }

  /** What each of the two says to an intent. */
  decide(wish: Wish, wait: number): readonly [Decision, Decision] {
    this.wire.pass(wait);
    this.#order += 1;
    const { slot, lots, price, stopPrice, life, ...terms } = wish;
    const rules = required(RULES[slot], 'instrument');
    const expiry = this.wire.at + life;
    const denial = this.process.decide(this.wire.at, this.#order, slot, {
      ...terms,
      lots: quantityLots(lots),
      price: price === undefined ? undefined : priceTicks(price),
      stopPrice: stopPrice === undefined ? undefined : priceTicks(stopPrice),
      expiry,
    });
    const { price: _market, ...intent } = this.wire.intent({ ...terms, instrument: rules.id, expiry });
    const { verdict } = this.wire.judge({
      ...intent,
      quantity: formatQuantity(rules, quantityLots(lots)),
      ...(price === undefined ? {} : { price: formatPrice(rules, priceTicks(price)) }),
      ...(stopPrice === undefined ? {} : { stopPrice: formatPrice(rules, priceTicks(stopPrice)) }),
    });
    if (verdict.decision === 'denied') return [verdict.denial, decisionOf(denial)];
    if (denial === undefined) this.working.push({ order: this.#order, slot, verdict, lots, filled: 0 });
    return [{ code: 'APPROVED', detail: {} }, decisionOf(denial)];
  }

  mark(slot: number, [bid, ask]: readonly [number, number], { wait, late }: { wait: number; late: number }): void {
    this.wire.pass(wait);
    const { at } = this.wire;
    const tsEvent = at - late;
    const rules = required(RULES[slot], 'instrument');
    const [bidText, askText] = [bid, ask].map((ticks) => formatPrice(rules, priceTicks(ticks)));
    this.wire.mark(required(bidText, 'bid'), required(askText, 'ask'), { instrument: rules.id, tsEvent });
    this.process.mark(slot, { bid: bid as PriceTicks, ask: ask as PriceTicks, tsEvent, at });
  }

  gap(slot: number, reason: MarketGap['reason']): void {
    const instrument = required(INSTRUMENTS[slot], 'instrument');
    this.wire.take({ type: 'gap', at: this.wire.at, instrument, reason });
    this.process.gap(slot, reason);
  }

  /** Fills an order by `lots`, or what it has left. */
  fill(index: number, lots: number): void {
    const placed = this.working[index % Math.max(1, this.working.length)];
    if (placed === undefined) return;
    const filled = Math.min(lots, placed.lots - placed.filled);
    placed.filled += filled;
    const [quantity, cumulative] = [filled, placed.filled].map((count) => this.#text(placed.slot, count));
    this.wire.fill(placed.verdict, required(quantity, 'quantity'), cumulative);
    this.process.fill(placed.order, filled);
    if (placed.filled < placed.lots) return;
    this.working.splice(this.working.indexOf(placed), 1);
    this.process.ended(placed.order);
  }

  /** Ends an order without any more fills. */
  end(index: number, how: 'canceled' | 'expired' | 'rejected' | 'lapsed'): void {
    const placed = this.working[index % Math.max(1, this.working.length)];
    if (placed === undefined) return;
    const type = placed.filled > 0 ? 'canceled' : how;
    const cumulativeQuantity = this.#text(placed.slot, placed.filled);
    this.wire.event(placed.verdict, type, type === 'canceled' || type === 'expired' ? { cumulativeQuantity } : {});
    this.process.ended(placed.order);
    this.working.splice(this.working.indexOf(placed), 1);
  }

  /** A fill that no order of the run asked for. */
  adjust(slot: number, side: 'buy' | 'sell', lots: number, verdict: ApprovedVerdict): void {
    const instrument = required(INSTRUMENTS[slot], 'instrument');
    this.#order += 1;
    const [quantity, clientOrderId] = [this.#text(slot, lots), `x${this.#order}`];
    const more = { instrument, clientOrderId, side, quantity, cumulativeQuantity: quantity, state: 'filled' };
    this.wire.event(verdict, 'fill', more);
    this.process.adjust(slot, side, lots);
  }

  kill(scope: string): void {
    this.wire.kill(scope);
    this.process.kill(scope, 'drill', this.wire.at);
  }

  /** Goes on with a gate that was made anew of the other's snapshot. Gives both snapshots. */
  resume(): readonly [string, string] {
    const text = this.process.snapshot();
    this.process = inProcess(this.#setup);
    this.process.restore(text);
    return [text, this.process.snapshot()];
  }

  /** The books of both, by slot. */
  books(): readonly (readonly [unknown, unknown])[] {
    return INSTRUMENTS.map((id, slot) => [this.wire.core.exposure(id, 'run.sma-1'), this.process.exposure(slot)]);
  }

  #text(slot: number, lots: number): string {
    return formatQuantity(required(RULES[slot], 'instrument'), lots as QuantityLots);
  }
}

export function inProcess({ limits, tradingState }: Setup): InProcessGate {
  const options = { account: 'main', runId: 'sma-1', strategy: 'sma', instruments: RULES, limits, tradingState };
  const made = InProcessGate.of(options);
  if (!made.ok) throw new Error(`${made.error.field}: ${made.error.expected}`);
  return made.value;
}

function decisionOf(denial: Denial | undefined): Decision {
  return denial ?? { code: 'APPROVED', detail: {} };
}

function rulesOf(definition: (typeof DEFINITIONS)[number]): InstrumentRules {
  const rules = instrumentRules(definition);
  if (!rules.ok) throw new Error(rules.error.field);
  return rules.value;
}
