import type { InstrumentDefinitionMessage, RiskVerdict, RunStatus, RunView } from '@portcullis/contracts';
import { ZERO_MONEY, addMoney, formatMoney, parseMoney, subtractMoney } from '@portcullis/kernel';
import { type InstrumentRules, formatQuantity, instrumentRules, parsePrice, parseQuantity } from '@portcullis/market';
import { FLAT, type Position, applyFill, feesInQuote, unrealisedProfit } from '@portcullis/portfolio';
import type { FillView } from './order-lives.ts';
import { setBounded } from './recent-ids.ts';

/** Runs kept; one more pushes out the one that came first. */
const RUNS_MAX = 1000;
/** Points of the profit line of one run: ten minutes of seconds. */
const PROFIT_POINTS_MAX = 600;

export interface ProfitPoint {
  /** Seconds since the epoch. */
  readonly time: number;
  readonly netProfit: string;
}

interface Run {
  readonly runId: string;
  strategy: string;
  account: string;
  instrument: string;
  position: Position;
  intents: number;
  approved: number;
  denied: number;
  fills: number;
  reported: RunStatus | undefined;
  readonly profits: ProfitPoint[];
}

/** Prices at which a position could be closed now. */
export type Touch = (instrument: string) => { readonly bidPrice: string; readonly askPrice: string } | undefined;

/** Exact books of every run, kept from the fills alone, beside what livyd says of the run. */
export class RunBooks {
  readonly #rules = new Map<string, InstrumentRules>();
  readonly #runs = new Map<string, Run>();
  #unbooked = 0;

  /** Throws when a definition is not exact enough to be traded; configuration is checked before. */
  constructor(definitions: readonly InstrumentDefinitionMessage[]) {
    for (const definition of definitions) {
      const rules = instrumentRules(definition);
      if (!rules.ok) {
        throw new Error(
          `instrument ${definition.symbol}: ${rules.error.field} is ${rules.error.value}, expected ${rules.error.expected}`,
        );
      }
      this.#rules.set(rules.value.id, rules.value);
    }
  }

  /** Fills of instruments that are not configured, or off their increments: they are in no position here. */
  get unbooked(): number {
    return this.#unbooked;
  }

  intent(owner: {
    readonly runId: string;
    readonly strategy: string;
    readonly account: string;
    readonly instrument: string;
  }): void {
    this.#runOf(owner).intents += 1;
  }

  verdict(verdict: RiskVerdict): void {
    const run = this.#runOf(verdict);
    if (verdict.decision === 'approved') run.approved += 1;
    else run.denied += 1;
  }

  fill(
    owner: { readonly runId: string; readonly strategy: string; readonly account: string; readonly instrument: string },
    fill: FillView,
  ): void {
    const run = this.#runOf(owner);
    run.fills += 1;
    const rules = this.#rules.get(fill.instrument);
    const price = rules && parsePrice(rules, fill.price);
    const quantity = rules && parseQuantity(rules, fill.quantity);
    const fee = parseMoney(fill.fee);
    if (rules === undefined || price?.ok !== true || quantity?.ok !== true || !fee.ok || quantity.value <= 0) {
      this.#unbooked += 1;
      return;
    }
    run.position = applyFill(rules, run.position, {
      side: fill.side,
      price: price.value,
      quantity: quantity.value,
      fee: fee.value,
      feeCurrency: fill.feeCurrency,
    });
  }

  reported(status: RunStatus): void {
    this.#runOf(status).reported = status;
  }

  views(touch: Touch): RunView[] {
    return [...this.#runs.values()].map((run) => this.#view(run, touch));
  }

  /** Adds a point to the profit line of each run; called once a second. */
  sample(time: number, touch: Touch): void {
    for (const run of this.#runs.values()) {
      run.profits.push({ time, netProfit: this.#view(run, touch).netProfit });
      if (run.profits.length > PROFIT_POINTS_MAX) run.profits.shift();
    }
  }

  profits(runId: string): readonly ProfitPoint[] {
    return this.#runs.get(runId)?.profits ?? [];
  }

  #runOf(owner: {
    readonly runId: string;
    readonly strategy: string;
    readonly account: string;
    readonly instrument: string;
  }): Run {
    const known = this.#runs.get(owner.runId);
    if (known !== undefined) return known;
    const { runId, strategy, account, instrument } = owner;
    const run: Run = {
      runId,
      strategy,
      account,
      instrument,
      position: FLAT,
      intents: 0,
      approved: 0,
      denied: 0,
      fills: 0,
      reported: undefined,
      profits: [],
    };
    setBounded(this.#runs, runId, run, RUNS_MAX);
    return run;
  }

  #view(run: Run, touch: Touch): RunView {
    const { reported } = run;
    const { runId, strategy, account, instrument, intents, approved, denied, fills } = run;
    const counts = { intents, approved, denied, fills };
    const said = {
      stage: reported?.stage ?? 'unknown',
      state: reported?.state ?? 'unknown',
      inputs: reported?.inputs ?? 0,
      workingOrders: reported?.workingOrders ?? 0,
      decisionHash: reported?.decisionHash ?? '',
    };
    return { runId, strategy, account, instrument, ...said, ...counts, ...this.#amounts(run, touch) };
  }

  #amounts(
    { instrument, position }: Run,
    touch: Touch,
  ): Pick<RunView, 'position' | 'realisedProfit' | 'unrealisedProfit' | 'fees' | 'netProfit'> {
    const rules = this.#rules.get(instrument);
    if (rules === undefined) {
      return { position: '0', realisedProfit: '0', unrealisedProfit: '0', fees: '0', netProfit: '0' };
    }
    const prices = touch(instrument);
    // A long position would be sold at the bid, a short one bought back at the ask.
    const closing = prices && parsePrice(rules, position.quantity >= 0 ? prices.bidPrice : prices.askPrice);
    const mark = closing?.ok === true ? closing.value : undefined;
    const unrealised = mark === undefined ? ZERO_MONEY : unrealisedProfit(rules, position, mark);
    const fees = mark === undefined ? position.feesQuote : feesInQuote(rules, position, mark);
    return {
      position: formatQuantity(rules, position.quantity),
      realisedProfit: formatMoney(position.realised),
      unrealisedProfit: formatMoney(unrealised),
      fees: formatMoney(fees),
      netProfit: formatMoney(subtractMoney(addMoney(position.realised, unrealised), fees)),
    };
  }
}
