import type { FeeTier } from './execution-config.ts';

const MICROS_PER_DAY = 86_400_000_000;
const WINDOW_DAYS = 30;
const RATE_UNIT = 100_000_000n;

/** What was traded in the last 30 UTC days, today included, in one quote currency at one venue. */
export class TradedVolume {
  readonly #days: bigint[] = Array.from({ length: WINDOW_DAYS }, () => 0n);
  #today = 0;
  #total = 0n;

  /** The sum at a moment. Times never fall. */
  at(micros: number): bigint {
    const today = Math.floor(micros / MICROS_PER_DAY);
    if (today > this.#today) this.#turn(today);
    return this.#total;
  }

  add(micros: number, value: bigint): void {
    this.at(micros);
    const index = this.#today % WINDOW_DAYS;
    this.#days[index] = (this.#days[index] as bigint) + value;
    this.#total += value;
  }

  save(): { readonly days: readonly string[]; readonly today: number } {
    return { days: this.#days.map(String), today: this.#today };
  }

  load(saved: { readonly days: readonly string[]; readonly today: number }): void {
    this.#today = saved.today;
    this.#total = 0n;
    for (let index = 0; index < WINDOW_DAYS; index++) {
      this.#days[index] = BigInt(saved.days[index] ?? '0');
      this.#total += this.#days[index] as bigint;
    }
  }

  #turn(today: number): void {
    const first = Math.max(this.#today + 1, today - WINDOW_DAYS + 1);
    for (let day = first; day <= today; day++) {
      const index = day % WINDOW_DAYS;
      this.#total -= this.#days[index] as bigint;
      this.#days[index] = 0n;
    }
    this.#today = today;
  }
}

/** What a venue takes of a fill of one instrument. */
export class FeeSchedule {
  readonly #from: readonly bigint[];
  readonly #maker: readonly bigint[];
  readonly #taker: readonly bigint[];
  readonly #volume: TradedVolume | undefined;
  /** The highest rate of all, and at least 0: what an order that waits has to be able to pay. */
  readonly #rateMax: bigint;

  /** `volume`: what the rungs go by; needed where there is more than one. */
  constructor(tiers: readonly FeeTier[], volume: TradedVolume | undefined) {
    this.#from = tiers.map((tier) => tier.volumeFrom);
    this.#maker = tiers.map((tier) => BigInt(tier.makerRate));
    this.#taker = tiers.map((tier) => BigInt(tier.takerRate));
    this.#volume = volume;
    this.#rateMax = [...this.#maker, ...this.#taker].reduce((most, rate) => (rate > most ? rate : most), 0n);
  }

  /** The fee of `amount` in the amount's own currency; below zero a rebate. Cut off beyond 10^-12, as the sum of parts may not exceed the whole. */
  fee(amount: bigint, maker: boolean, at: number): bigint {
    const tier = this.#tier(at);
    const rate = (maker ? this.#maker : this.#taker)[tier] as bigint;
    return rate === 0n ? 0n : (amount * rate) / RATE_UNIT;
  }

  /** The most that a fee of `amount` can ever be. */
  most(amount: bigint): bigint {
    return (amount * this.#rateMax) / RATE_UNIT;
  }

  #tier(at: number): number {
    let tier = this.#from.length - 1;
    if (tier === 0 || this.#volume === undefined) return 0;
    const traded = this.#volume.at(at);
    while (tier > 0 && (this.#from[tier] as bigint) > traded) tier -= 1;
    return tier;
  }
}
