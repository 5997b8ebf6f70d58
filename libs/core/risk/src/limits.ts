import type { GateLimits, LimitSet } from '@portcullis/contracts';
import { type InputError, type Result, err, ok, parseDecimal, parseMoney, pow10 } from '@portcullis/kernel';
import type { InstrumentRules } from '@portcullis/market';

export type LimitName = keyof LimitSet;

/** One limit that an order has to hold to, and the scope that it comes from. */
export interface ScopedLimit<N extends LimitName> {
  readonly scope: string;
  readonly value: NonNullable<LimitSet[N]>;
}

/** The limits of one account by scope. */
export class LimitBook {
  readonly version: number;
  readonly #byScope: ReadonlyMap<string, readonly LimitSet[]>;

  private constructor(version: number, byScope: ReadonlyMap<string, readonly LimitSet[]>) {
    this.version = version;
    this.#byScope = byScope;
  }

  /** Checks that every amount is exact money, so that no rule meets one that is not. */
  static of(limits: GateLimits): Result<LimitBook, InputError> {
    const byScope = new Map<string, LimitSet[]>();
    for (const [index, entry] of limits.entries.entries()) {
      for (const field of ['orderNotionalMax', 'positionMax'] as const) {
        const text = entry.limits[field];
        const amount = text === undefined ? undefined : parseMoney(text, `limits.entries.${index}.limits.${field}`);
        if (amount !== undefined && !amount.ok) return err(amount.error);
      }
      byScope.set(entry.scope, [...(byScope.get(entry.scope) ?? []), entry.limits]);
    }
    return ok(new LimitBook(limits.limitsVersion, byScope));
  }

  /** All limits of one name that apply under any of the scopes; empty when it is missing. */
  find<N extends LimitName>(scopes: readonly string[], name: N): readonly ScopedLimit<N>[] {
    const found: ScopedLimit<N>[] = [];
    for (const scope of scopes) {
      for (const set of this.#byScope.get(scope) ?? []) {
        const value = set[name];
        if (value !== undefined) found.push({ scope, value });
      }
    }
    return found;
  }
}

/** A limit on a position, in whole lots of the instrument, and whose position it bounds. */
export interface LotsLimit extends ScopedLimit<'positionMax'> {
  readonly holder: string;
  /** Undefined where the text is no quantity: then nothing is within it. */
  readonly lots: bigint | undefined;
}

/** A limit on an amount of quote currency. */
export interface AmountLimit extends ScopedLimit<'orderNotionalMax'> {
  readonly amount: bigint | undefined;
}

/** The limits that orders of one run in one instrument have to hold to, each looked up and parsed once. */
export class LimitView {
  readonly #book: LimitBook;
  readonly #scopes: readonly string[];
  readonly #found = new Map<LimitName, readonly ScopedLimit<LimitName>[]>();
  #lots: readonly LotsLimit[] | undefined;
  #amounts: readonly AmountLimit[] | undefined;

  constructor(book: LimitBook, scopes: readonly string[]) {
    this.#book = book;
    this.#scopes = scopes;
  }

  get version(): number {
    return this.#book.version;
  }

  /** All limits of one name; empty when it is missing. */
  find<N extends LimitName>(name: N): readonly ScopedLimit<N>[] {
    let found = this.#found.get(name);
    if (found === undefined) this.#found.set(name, (found = this.#book.find(this.#scopes, name)));
    return found as readonly ScopedLimit<N>[];
  }

  /** The limits on positions in lots of the one instrument that the view is of. */
  positions(rules: InstrumentRules): readonly LotsLimit[] {
    this.#lots ??= this.find('positionMax').map(({ scope, value }) => {
      const lots = wholeLots(rules, value);
      // An instrument's limit bounds the account's position in it, the others their owner's.
      const holder = scope.startsWith('instrument.') ? 'account' : scope;
      return { scope, value, holder, lots: lots.ok ? lots.value : undefined };
    });
    return this.#lots;
  }

  notionals(): readonly AmountLimit[] {
    this.#amounts ??= this.find('orderNotionalMax').map(({ scope, value }) => {
      const amount = parseMoney(value);
      return { scope, value, amount: amount.ok ? amount.value : undefined };
    });
    return this.#amounts;
  }
}

/** The scopes of a limit that an order falls under. */
export function limitScopes(order: {
  readonly strategy: string;
  readonly runId: string;
  readonly venue: string;
  readonly symbol: string;
}): readonly string[] {
  return ['account', `strategy.${order.strategy}`, `run.${order.runId}`, `instrument.${order.venue}.${order.symbol}`];
}

/** A decimal quantity in whole lots, rounded towards zero: a limit between two lots is the lower one. */
export function wholeLots(rules: InstrumentRules, text: string): Result<bigint, InputError> {
  const decimal = parseDecimal(text, 'quantity');
  if (!decimal.ok) return decimal;
  const { units, scale } = decimal.value;
  return ok((units * pow10(rules.lotSize.scale)) / (rules.lotSize.units * pow10(scale)));
}
