import type { GateLimits, LimitSet } from '@portcullis/contracts';
import {
  type InputError,
  MICROS_PER_MS,
  type Result,
  err,
  ok,
  parseDecimal,
  parseMoney,
  pow10,
  required,
} from '@portcullis/kernel';
import type { InstrumentRules } from '@portcullis/market';
import type { Holder } from './exposure.ts';
import type { RateBudget } from './order-rates.ts';

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

/**
 * A largest amount in whole units of what the rules count in. Infinity where it is beyond the safe integers: no number
 * that is one can break it.
 */
interface Most {
  readonly most: number;
}

/** Whose position a limit on positions bounds. */
interface Held {
  readonly holder: Holder;
}

/** The limits of one budget of approvals. */
export interface BudgetLimits {
  readonly name: 'orderRate' | 'reductionRate';
  readonly limits: readonly (ScopedLimit<'orderRate'> & { readonly windowMicros: number })[];
  /** The longest window of each scope: how long its approvals have to be kept. */
  readonly windows: readonly { readonly scope: string; readonly micros: number }[];
}

/**
 * The limits that the orders of one run in one instrument have to hold to, looked up and parsed once, in the
 * instrument's increments: lots, and for values tick-lots, of which each is worth the instrument's `moneyPerTickLot`.
 */
export class OrderLimits {
  readonly markAge: readonly (ScopedLimit<'markAgeMillisMax'> & { readonly micros: number })[];
  readonly collar: readonly ScopedLimit<'collarBasisPoints'>[];
  readonly spread: readonly ScopedLimit<'spreadBasisPointsMax'>[];
  /** `most` in tick-lots; `amount` is money. */
  readonly notional: readonly (ScopedLimit<'orderNotionalMax'> & Most & { readonly amount: bigint })[];
  /** `most` in lots. */
  readonly position: readonly (ScopedLimit<'positionMax'> & Most & Held)[];
  readonly rates: Readonly<Record<RateBudget, BudgetLimits>>;
  /** The instrument's own smallest value of an order, in tick-lots. */
  readonly tickLotsMin: number;

  constructor(book: LimitBook, scopes: readonly string[], rules: InstrumentRules) {
    this.markAge = book
      .find(scopes, 'markAgeMillisMax')
      .map((limit) => ({ ...limit, micros: limit.value * MICROS_PER_MS }));
    this.collar = book.find(scopes, 'collarBasisPoints');
    this.spread = book.find(scopes, 'spreadBasisPointsMax');
    this.notional = book.find(scopes, 'orderNotionalMax').map((limit) => {
      const amount = checked(parseMoney(limit.value));
      return { ...limit, amount, most: safe(amount / rules.moneyPerTickLot) };
    });
    this.position = book.find(scopes, 'positionMax').map((limit) => {
      return { ...limit, most: safe(checked(wholeLots(rules, limit.value))), holder: holderOf(limit.scope) };
    });
    this.rates = {
      orders: budgetLimits(book, scopes, 'orderRate'),
      reductions: budgetLimits(book, scopes, 'reductionRate'),
    };
    this.tickLotsMin = safe((rules.notionalMin + rules.moneyPerTickLot - 1n) / rules.moneyPerTickLot);
  }
}

function budgetLimits(book: LimitBook, scopes: readonly string[], name: BudgetLimits['name']): BudgetLimits {
  const limits = book
    .find(scopes, name)
    .map((limit) => ({ ...limit, windowMicros: limit.value.windowMillis * MICROS_PER_MS }));
  const windows = new Map<string, number>();
  for (const { scope, windowMicros } of limits) windows.set(scope, Math.max(windows.get(scope) ?? 0, windowMicros));
  return { name, limits, windows: [...windows].map(([scope, micros]) => ({ scope, micros })) };
}

/** An instrument's limit bounds the account's position in it, the others their owner's. */
function holderOf(scope: string): Holder {
  if (scope.startsWith('strategy.')) return 'strategy';
  return scope.startsWith('run.') ? 'run' : 'account';
}

function safe(units: bigint): number {
  return units <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(units) : Infinity;
}

/** {@link LimitBook.of} lets nothing in that does not parse. */
function checked<T>(parsed: Result<T, InputError>): T {
  return required(parsed.ok ? parsed.value : undefined, 'amount of a limit that was checked');
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
