import { type Money, ZERO_MONEY, assert, money } from '@portcullis/kernel';

/** Collects the commissions. No key can act for it. */
export const FEES_ACCOUNT = '*fees*';
/** The other side of every trade with the flow or the generated crowd; its balances may be negative. */
export const MARKET_ACCOUNT = '*market*';

export interface Balance {
  readonly free: Money;
  readonly locked: Money;
}

const NOTHING: Balance = { free: ZERO_MONEY, locked: ZERO_MONEY };

/** Exact balances of all accounts. The sum of an asset over all accounts changes by `fund` alone. */
export class Accounts {
  readonly #balances = new Map<string, Map<string, Balance>>();

  has(account: string): boolean {
    return this.#balances.has(account);
  }

  fund(account: string, asset: string, amount: Money): void {
    this.#change(account, asset, amount, ZERO_MONEY);
  }

  of(account: string, asset: string): Balance {
    return this.#balances.get(account)?.get(asset) ?? NOTHING;
  }

  /** All balances of an account, by asset. */
  list(account: string): [asset: string, balance: Balance][] {
    return [...(this.#balances.get(account) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  names(): string[] {
    return [...this.#balances.keys()];
  }

  /** Sets part of what is free aside for an open order. */
  lock(account: string, asset: string, amount: Money): void {
    this.#change(account, asset, money(-amount), amount);
  }

  unlock(account: string, asset: string, amount: Money): void {
    this.#change(account, asset, amount, money(-amount));
  }

  /** Moves a free amount from one account to another. */
  pay(from: string, to: string, asset: string, amount: Money): void {
    this.#change(from, asset, money(-amount), ZERO_MONEY);
    this.#change(to, asset, amount, ZERO_MONEY);
  }

  /** The sum of an asset over all accounts, free and locked: constant while nobody is funded. */
  total(asset: string): Money {
    let sum = 0n;
    for (const assets of this.#balances.values()) {
      const balance = assets.get(asset);
      if (balance !== undefined) sum += balance.free + balance.locked;
    }
    return money(sum);
  }

  assets(): string[] {
    return [...new Set([...this.#balances.values()].flatMap((assets) => [...assets.keys()]))].sort();
  }

  #change(account: string, asset: string, free: bigint, locked: bigint): void {
    let assets = this.#balances.get(account);
    if (assets === undefined) this.#balances.set(account, (assets = new Map<string, Balance>()));
    const before = assets.get(asset) ?? NOTHING;
    const after = { free: money(before.free + free), locked: money(before.locked + locked) };
    assert(account === MARKET_ACCOUNT || (after.free >= 0n && after.locked >= 0n), `negative ${asset} of ${account}`);
    assets.set(asset, after);
  }
}
