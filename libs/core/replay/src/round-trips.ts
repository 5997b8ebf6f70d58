import { type Money, ZERO_MONEY, money } from '@portcullis/kernel';
import type { ExactText } from './exact-text.ts';
import { moneyText } from './exact-text.ts';
import type { RoundTrip } from './records.ts';

/** One fill as a round trip counts it. */
export interface TripFill {
  readonly at: number;
  /** Lots bought, or below zero sold. */
  readonly lots: number;
  readonly price: number;
  /** In the instrument's quote currency. */
  readonly fee: Money;
  /** The position before and after it, in lots. */
  readonly before: number;
  readonly after: number;
  /** The instrument's realised profit after it, as its position has it. */
  readonly realised: Money;
}

/** Where a position came from since it was last flat. Mutable: one of each instrument. */
interface OpenTrip {
  entryAt: number;
  lotsMax: number;
  entryLots: number;
  /** Ticks times lots. */
  entryValue: bigint;
  exitLots: number;
  exitValue: bigint;
  realisedBefore: bigint;
  fees: bigint;
}

/** A trip that ended, in exact numbers. */
export interface ClosedTrip extends Readonly<OpenTrip> {
  readonly side: 'long' | 'short';
  readonly exitAt: number;
  /** Before fees. */
  readonly profit: Money;
}

/** Plain JSON; null while flat. */
export type RoundTripsSnapshot = readonly (
  (Readonly<Record<Exclude<keyof OpenTrip, NumberField>, string>> & Readonly<Pick<OpenTrip, NumberField>>) | null
)[];
type NumberField = 'entryAt' | 'lotsMax' | 'entryLots' | 'exitLots';

/**
 * Round trips: from flat to flat. A fill through zero ends one and begins the next at its price; its fee belongs to both
 * in proportion to their lots.
 */
export class RoundTrips {
  readonly #open: (OpenTrip | undefined)[];

  constructor(slots: number) {
    this.#open = Array.from({ length: slots }, () => undefined);
  }

  /** Counts a fill; gives the trip that it ended, if it did. */
  fill(slot: number, fill: TripFill): ClosedTrip | undefined {
    const { before, after, at, price } = fill;
    const lots = Math.abs(fill.lots);
    const isClosing = before !== 0 && before > 0 !== fill.lots > 0;
    const closing = isClosing ? Math.min(Math.abs(before), lots) : 0;
    const opening = lots - closing;
    const feeOfClosing = opening === 0 ? fill.fee : closing === 0 ? 0n : (fill.fee * BigInt(closing)) / BigInt(lots);
    let closed: ClosedTrip | undefined;
    const trip = this.#open[slot];
    if (trip !== undefined && closing > 0) {
      trip.exitLots += closing;
      trip.exitValue += BigInt(price) * BigInt(closing);
      trip.fees += feeOfClosing;
      if (closing === Math.abs(before)) {
        const side = before > 0 ? 'long' : 'short';
        closed = { ...trip, side, exitAt: at, profit: money(fill.realised - trip.realisedBefore) };
        this.#open[slot] = undefined;
      }
    }
    if (opening > 0) {
      const into = (this.#open[slot] ??= begun(at, fill.realised));
      into.entryLots += opening;
      into.entryValue += BigInt(price) * BigInt(opening);
      into.fees += fill.fee - feeOfClosing;
      into.lotsMax = Math.max(into.lotsMax, Math.abs(after));
    }
    return closed;
  }

  snapshot(): RoundTripsSnapshot {
    return this.#open.map((trip) =>
      trip === undefined
        ? null
        : {
            ...trip,
            entryValue: String(trip.entryValue),
            exitValue: String(trip.exitValue),
            realisedBefore: String(trip.realisedBefore),
            fees: String(trip.fees),
          },
    );
  }

  restore(snapshot: RoundTripsSnapshot): void {
    for (const [slot, trip] of snapshot.entries()) {
      this.#open[slot] =
        trip === null
          ? undefined
          : {
              ...trip,
              entryValue: BigInt(trip.entryValue),
              exitValue: BigInt(trip.exitValue),
              realisedBefore: BigInt(trip.realisedBefore),
              fees: BigInt(trip.fees),
            };
    }
  }
}

function begun(entryAt: number, realisedBefore: bigint): OpenTrip {
  return {
    entryAt,
    lotsMax: 0,
    entryLots: 0,
    entryValue: 0n,
    exitLots: 0,
    exitValue: 0n,
    realisedBefore,
    fees: ZERO_MONEY,
  };
}

/** A closed trip as it is told. */
export function roundTripRecord(trip: ClosedTrip, instrument: string, text: ExactText): RoundTrip {
  return {
    instrument,
    side: trip.side,
    entryAt: trip.entryAt,
    exitAt: trip.exitAt,
    quantity: text.quantity(trip.lotsMax),
    entryPrice: text.averagePrice(trip.entryValue, trip.entryLots),
    exitPrice: text.averagePrice(trip.exitValue, trip.exitLots),
    profit: moneyText(trip.profit),
    fees: moneyText(money(trip.fees)),
  };
}
