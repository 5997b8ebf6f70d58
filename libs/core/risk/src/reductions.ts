import type { OrderIntent, Side } from '@portcullis/contracts';
import { type QuantityLots, quantityLots } from '@portcullis/kernel';
import { type Exposure, type ExposureBooks, openOn, reducingOn } from './exposure.ts';

/** How much of `position` an order of `side` may still take away, when all that is open on that side fills first. */
function reducibleOf(position: number, open: number, side: Side): number {
  const held = side === 'sell' ? position : -position;
  return Math.max(0, held - open);
}

/**
 * The quantity that a new order may have and still only reduce: what the venue reports or what our books say,
 * whichever is less, minus everything that works or is unresolved on that side (S3). So all reductions together,
 * filled in any order, take a position to zero at most and never through it. A run reduces its own position only:
 * otherwise one run could sell what another holds. A person may reduce whatever the account holds.
 */
export function reducibleLots(
  books: ExposureBooks,
  intent: Pick<OrderIntent, 'origin' | 'runId' | 'instrument' | 'side'>,
  venuePosition: number | undefined,
): QuantityLots {
  const { instrument, side } = intent;
  const account = books.of('account', instrument);
  const open = openOn(account, side);
  const byBooks = reducibleOf(account.position, open, side);
  const byVenue = reducibleOf(venuePosition ?? 0, open, side);
  const least = Math.min(byBooks, byVenue);
  if (intent.origin === 'person') return quantityLots(least);
  const run = books.of(`run.${intent.runId}`, instrument);
  return quantityLots(Math.min(least, reducibleOf(run.position, openOn(run, side), side)));
}

/**
 * What an order that is no reduction may have on `side` without endangering reductions that work there: filled
 * before them it would shrink the position under them. Undefined while none works, which is no bound at all.
 */
export function roomBesideReductions(book: Exposure, side: Side): QuantityLots | undefined {
  if (reducingOn(book, side) === 0) return undefined;
  return quantityLots(reducibleOf(book.position, openOn(book, side), side));
}
