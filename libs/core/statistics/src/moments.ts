/** Moments of a sample of floats, added one by one with corrected sums (Pébay 2008), so that nothing is kept but five numbers. */
export class Moments {
  count = 0;
  mean = 0;
  #m2 = 0;
  #m3 = 0;
  #m4 = 0;

  add(value: number): void {
    const before = this.count;
    this.count += 1;
    const n = this.count;
    const delta = value - this.mean;
    const share = delta / n;
    const term = delta * share * before;
    this.mean += share;
    this.#m4 += term * share * share * (n * n - 3 * n + 3) + 6 * share * share * this.#m2 - 4 * share * this.#m3;
    this.#m3 += term * share * (n - 2) - 3 * share * this.#m2;
    this.#m2 += term;
  }

  /** Sample deviation; undefined for fewer than two. */
  get deviation(): number | undefined {
    return this.count < 2 ? undefined : Math.sqrt(Math.max(0, this.#m2) / (this.count - 1));
  }

  get skewness(): number | undefined {
    return this.count < 3 || this.#m2 <= 0 ? undefined : (Math.sqrt(this.count) * this.#m3) / this.#m2 ** 1.5;
  }

  /** 3 for a normal distribution. */
  get kurtosis(): number | undefined {
    return this.count < 4 || this.#m2 <= 0 ? undefined : (this.count * this.#m4) / this.#m2 ** 2;
  }

  snapshot(): readonly number[] {
    return [this.count, this.mean, this.#m2, this.#m3, this.#m4];
  }

  restore([count = 0, mean = 0, m2 = 0, m3 = 0, m4 = 0]: readonly number[]): void {
    this.count = count;
    this.mean = mean;
    this.#m2 = m2;
    this.#m3 = m3;
    this.#m4 = m4;
  }
}
