import { type Money, ZERO_MONEY, addMoney, assert, subtractMoney } from '@portcullis/kernel';
import type { InstrumentRules } from '@portcullis/market';
import { FLAT, type FillAmount, type Position, applyFill, balanceChanges } from '@portcullis/portfolio';

/**
 * What we say the account holds: positions from our own fills, and per currency the venue's balance from before any of
 * them (the baseline). Expected balance = baseline + changes of all positions, exactly.
 */
export class AccountBooks {
  readonly #rules: ReadonlyMap<string, InstrumentRules>;
  readonly #positions = new Map<string, Position>();
  readonly #baselines = new Map<string, Money>();
  #fillCount = 0;

  constructor(instruments: readonly InstrumentRules[]) {
    this.#rules = new Map(instruments.map((rules) => [rules.id, rules]));
  }

  /** Fills booked so far: two sweeps with the same count had no own fill between them. */
  get fillCount(): number {
    return this.#fillCount;
  }

  book(instrument: string, fill: FillAmount): void {
    const rules = this.#rules.get(instrument);
    assert(rules !== undefined, `no rules for ${instrument}`);
    this.#positions.set(instrument, applyFill(rules, this.position(instrument), fill));
    this.#fillCount += 1;
  }

  position(instrument: string): Position {
    return this.#positions.get(instrument) ?? FLAT;
  }

  /** Every instrument of the configuration with its position. */
  positions(): readonly { readonly rules: InstrumentRules; readonly position: Position }[] {
    return [...this.#rules.values()].map((rules) => ({ rules, position: this.position(rules.id) }));
  }

  /** Takes the venue's first report of a currency as what was there before our fills. Later reports change nothing. */
  takeBaseline(currency: string, total: Money): void {
    if (this.#baselines.has(currency)) return;
    this.#baselines.set(currency, subtractMoney(total, this.#changes().get(currency) ?? ZERO_MONEY));
  }

  /** What the venue should report, by currency, for every currency that we trade or paid fees in and whose baseline is known. */
  expected(): ReadonlyMap<string, Money> {
    const changes = this.#changes();
    const expected = new Map<string, Money>();
    for (const currency of this.currencies()) {
      const baseline = this.#baselines.get(currency);
      if (baseline !== undefined) expected.set(currency, addMoney(baseline, changes.get(currency) ?? ZERO_MONEY));
    }
    return expected;
  }

  /** Currencies that our instruments or their fees are in. Others are not ours to judge. */
  currencies(): ReadonlySet<string> {
    const currencies = new Set(this.#changes().keys());
    for (const { base, quote } of this.#rules.values()) currencies.add(base).add(quote);
    return currencies;
  }

  #changes(): Map<string, Money> {
    const changes = new Map<string, Money>();
    for (const [instrument, position] of this.#positions) {
      const rules = this.#rules.get(instrument);
      if (rules === undefined) continue;
      for (const [currency, amount] of balanceChanges(rules, position)) {
        changes.set(currency, addMoney(changes.get(currency) ?? ZERO_MONEY, amount));
      }
    }
    return changes;
  }
}
