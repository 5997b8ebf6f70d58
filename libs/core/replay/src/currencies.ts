import { type InputError, type Money, type Result, divideRounded, err, money, ok, pow10 } from '@portcullis/kernel';
import type { InstrumentRules } from '@portcullis/market';
import type { LastPrices } from './last-prices.ts';

/** One step of a conversion: through the instrument of a slot, from its base to its quote currency or back. */
interface Step {
  readonly slot: number;
  readonly toQuote: boolean;
  readonly rules: InstrumentRules;
  /** Price of half a tick: floats, for samples. */
  readonly halfTick: number;
}

interface Currency {
  readonly name: string;
  readonly path: readonly Step[];
}

/**
 * The currencies of a run and how each becomes the account's: through the run's own instruments at their last prices,
 * by the shortest way, the earlier instrument where two are as short. Conversions are valuations: exact up to one
 * rounding (half away from zero, at 10^-12) a step.
 */
export class Currencies {
  readonly #list: readonly Currency[];
  readonly #indexes: ReadonlyMap<string, number>;
  /** Slots whose price has to be known before all that is held can be converted. */
  readonly #needed: readonly number[];

  /** `held`: what has to be converted at any time; other currencies are met as fees alone. */
  private constructor(list: readonly Currency[], held: ReadonlySet<string>) {
    this.#list = list;
    this.#indexes = new Map(list.map(({ name }, index) => [name, index]));
    const paths = list.filter(({ name }) => held.has(name)).map(({ path }) => path);
    this.#needed = [...new Set(paths.flatMap((path) => path.map(({ slot }) => slot)))];
  }

  /** `balances`: currencies that the account holds at the start. Refuses the first currency that nothing converts. */
  static of(
    account: string,
    instruments: readonly InstrumentRules[],
    balances: readonly string[],
  ): Result<Currencies, InputError> {
    const steps = instruments.map((rules, slot) => ({ slot, rules, halfTick: halfTickOf(rules) }));
    const reached = new Map<string, readonly Step[]>([[account, []]]);
    // Breadth first: the queue is the map itself, in the order in which currencies were reached.
    for (const [currency, path] of reached) {
      for (const step of steps) {
        const { base, quote } = step.rules;
        if (quote === currency && !reached.has(base)) reached.set(base, [{ ...step, toQuote: true }, ...path]);
        if (base === currency && !reached.has(quote)) reached.set(quote, [{ ...step, toQuote: false }, ...path]);
      }
    }
    const lost = (name: string, field: string): InputError | undefined =>
      reached.has(name)
        ? undefined
        : { field, value: name, expected: `a currency that the run's instruments convert to ${account}` };
    for (const [slot, { quote }] of instruments.entries()) {
      const error = lost(quote, `instruments.${slot}.definition.quote`);
      if (error !== undefined) return err(error);
    }
    for (const name of balances) {
      const error = lost(name, 'account.balances');
      if (error !== undefined) return err(error);
    }
    const held = new Set([...instruments.map(({ quote }) => quote), ...balances]);
    return ok(
      new Currencies(
        [...reached].map(([name, path]) => ({ name, path })),
        held,
      ),
    );
  }

  get size(): number {
    return this.#list.length;
  }

  /** The place of a currency; -1 for one that the run does not know. */
  indexOf(name: string): number {
    return this.#indexes.get(name) ?? -1;
  }

  /** Whether all that is held can be converted: each instrument on a way has had a price. */
  areKnown(prices: LastPrices): boolean {
    for (const slot of this.#needed) if (prices.twice(slot) === 0) return false;
    return true;
  }

  /** One unit of a currency in the account's, as a float; 0 while a price is missing. */
  rate(index: number, prices: LastPrices): number {
    // The account's own is the first of them.
    if (index === 0) return 1;
    const { path } = this.#list[index] as Currency;
    let rate = 1;
    for (const { slot, toQuote, halfTick } of path) {
      const price = prices.twice(slot) * halfTick;
      if (price === 0) return 0;
      rate = toQuote ? rate * price : rate / price;
    }
    return rate;
  }

  /** An amount in the account's currency; undefined while a price is missing. Zero is zero without one. */
  convert(amount: Money, index: number, prices: LastPrices): Money | undefined {
    if (amount === 0n) return amount;
    const { path } = this.#list[index] as Currency;
    let value: bigint = amount;
    for (const { slot, toQuote, rules } of path) {
      const units = BigInt(prices.twice(slot)) * rules.tickSize.units;
      if (units === 0n) return undefined;
      const whole = 2n * pow10(rules.tickSize.scale);
      value = toQuote ? divideRounded(value * units, whole) : divideRounded(value * whole, units);
    }
    return money(value);
  }
}

/** Half a tick as a float. */
export function halfTickOf({ tickSize }: InstrumentRules): number {
  return Number(tickSize.units) / 10 ** tickSize.scale / 2;
}
