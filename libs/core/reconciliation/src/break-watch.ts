import type { Break } from '@portcullis/contracts';
import { formatMoney, parseMoney, subtractMoney } from '@portcullis/kernel';

/** Sweeps that a difference may show in, unchanged, before it is a break although own fills came between them. */
const SIGHTINGS_DESPITE_FILLS_MAX = 4;

/**
 * Microseconds between one sight of a difference and the queries of a sweep whose sight counts as another one: a venue's
 * list of executions runs seconds behind its balances, and sweeps can follow each other at once.
 */
export const SIGHTINGS_APART_MICROS = 5_000_000;

interface Sighting {
  readonly fillCount: number;
  /** When the sweep that showed it was complete. */
  readonly at: number;
  readonly sightings: number;
  readonly confirmed: boolean;
}

/** The sweep that shows a difference, and what our books were like meanwhile. */
export interface SweepMoment {
  /** When its first query was sent, and when its last answer came; microseconds. */
  readonly issuedAt: number;
  readonly at: number;
  /** Own fills booked so far. */
  readonly fillCount: number;
  /** Some order may have executed what we have not booked: its outcome is open, or fills of it are missing. */
  readonly inDoubt: boolean;
}

/**
 * Tells a break from a race. The queries of a sweep are not one moment, so a difference counts only when a later sweep
 * shows the same one with no own fill in between, or when it outlives several sweeps of steady trading.
 */
export class BreakWatch {
  #seen = new Map<string, Sighting>();

  /**
   * Takes the differences of a complete sweep and returns those that are breaks now. What is in doubt may be all of a
   * difference: meanwhile what is not a break already neither becomes one nor is forgotten.
   */
  confirm(differences: readonly Break[], { issuedAt, at, fillCount, inDoubt }: SweepMoment): readonly Break[] {
    if (inDoubt) return differences.filter((difference) => this.#seen.get(driftKeyOf(difference))?.confirmed === true);
    const next = new Map<string, Sighting>();
    const breaks: Break[] = [];
    for (const difference of differences) {
      const driftKey = driftKeyOf(difference);
      const before = this.#seen.get(driftKey);
      if (before?.confirmed === false && issuedAt - before.at < SIGHTINGS_APART_MICROS) {
        next.set(driftKey, before);
        continue;
      }
      const sightings = (before?.sightings ?? 0) + 1;
      const confirmed =
        before !== undefined &&
        (before.confirmed || before.fillCount === fillCount || sightings >= SIGHTINGS_DESPITE_FILLS_MAX);
      next.set(driftKey, { fillCount, at, sightings, confirmed });
      if (confirmed) breaks.push(difference);
    }
    this.#seen = next;
    return breaks;
  }

  /** Whether some difference waits for a second look. */
  get doubtful(): boolean {
    return [...this.#seen.values()].some((sighting) => !sighting.confirmed);
  }
}

/** What makes two differences of two sweeps the same one. */
function driftKeyOf(difference: Break): string {
  if (difference.kind === 'balance') return `${difference.subject} ${drift(difference)}`;
  return JSON.stringify([difference.kind, difference.subject, difference.ours, difference.venue]);
}

/** What the venue has more than we say, which stays the same while both sides move with booked fills. */
function drift(difference: Break): string {
  const ours = parseMoney(difference.ours);
  const venue = parseMoney(difference.venue);
  return ours.ok && venue.ok
    ? formatMoney(subtractMoney(venue.value, ours.value))
    : `${difference.ours} ${difference.venue}`;
}
