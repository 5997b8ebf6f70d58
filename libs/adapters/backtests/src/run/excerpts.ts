import type { DenialRecord, FillRecord, RoundTrip } from '@portcullis/replay';
import type { Excerpt } from '@portcullis/report';
import type { RunWriter } from '../store/run-writer.ts';

/** Records of each list that a report shows; all of them are in the run's lists. */
const SHOWN_MAX = 5_000;
const DENIALS_SHOWN_MAX = 1_000;
/** Odd, so that of buys and sells in turn both are kept. */
const THINNING = 3;

/** What a report shows of a run's records, in bounded memory: of fills some all along, of the others the first. */
export class Excerpts {
  readonly #fills: FillRecord[] = [];
  readonly #denials: DenialRecord[] = [];
  readonly #roundTrips: RoundTrip[] = [];
  readonly #totals = { fills: 0, denials: 0, roundTrips: 0 };
  /** Of so many fills one is kept. */
  #stride = 1;

  /** Takes what a paused run had. */
  async goOn(writer: RunWriter): Promise<void> {
    for await (const record of writer.earlier('fills')) this.fill(record);
    for await (const record of writer.earlier('denials')) this.denial(record);
    for await (const record of writer.earlier('round-trips')) this.roundTrip(record);
  }

  fill(record: FillRecord): void {
    const fills = this.#fills;
    if (this.#totals.fills++ % this.#stride !== 0) return;
    fills.push(record);
    if (fills.length < SHOWN_MAX) return;
    this.#stride *= THINNING;
    fills.splice(0, fills.length, ...fills.filter((_, index) => index % THINNING === 0));
  }

  denial(record: DenialRecord): void {
    if (this.#totals.denials++ < DENIALS_SHOWN_MAX) this.#denials.push(record);
  }

  roundTrip(record: RoundTrip): void {
    if (this.#totals.roundTrips++ < SHOWN_MAX) this.#roundTrips.push(record);
  }

  get shown(): { fills: Excerpt<FillRecord>; denials: Excerpt<DenialRecord>; roundTrips: Excerpt<RoundTrip> } {
    const { fills, denials, roundTrips } = this.#totals;
    return {
      fills: { total: fills, shown: this.#fills },
      denials: { total: denials, shown: this.#denials },
      roundTrips: { total: roundTrips, shown: this.#roundTrips },
    };
  }
}
