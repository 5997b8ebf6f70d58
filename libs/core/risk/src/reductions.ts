import type { Side } from '@portcullis/contracts';
import { type InputError, type QuantityLots, type Result, quantityLots } from '@portcullis/kernel';
import type { ExactIntent } from './exact-intent.ts';
import { type Exposure, type OwnerExposure, openOn, reducingOn } from './exposure.ts';

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
  { account, run }: Pick<OwnerExposure, 'account' | 'run'>,
  { origin, side }: Pick<ExactIntent, 'origin' | 'side'>,
  venuePosition: number | undefined,
): QuantityLots {
  const open = openOn(account, side);
  const byBooks = reducibleOf(account.position, open, side);
  const byVenue = reducibleOf(venuePosition ?? 0, open, side);
  const least = Math.min(byBooks, byVenue);
  if (origin === 'person') return quantityLots(least);
  return quantityLots(Math.min(least, reducibleOf(run.position, openOn(run, side), side)));
}

/**
 * Whether an order is a verified reduction. In ordinary times only one that asks to reduce is held to it, and protected
 * from what works beside it; where `restricted`, whatever only reduces is one.
 */
export function isReduction(
  order: Result<ExactIntent, InputError> | undefined,
  reducible: number,
  restricted: boolean,
): boolean {
  return order?.ok === true && order.value.lots <= reducible && (order.value.reduceOnly || restricted);
}

/**
 * What an order that is no reduction may have on `side` without endangering reductions that work there: filled
 * before them it would shrink the position under them. Infinity while none works, which is no bound at all.
 */
export function roomBesideReductions(book: Exposure, side: Side): number {
  if (reducingOn(book, side) === 0) return Infinity;
  return reducibleOf(book.position, openOn(book, side), side);
}
