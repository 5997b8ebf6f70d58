import { z } from 'zod';
import { unsignedDecimalString } from './primitives.ts';

const basisPoints = z.int().min(1).max(10_000);
const millis = z.int().min(1).max(86_400_000);

/** At most `count` approvals in any window of `windowMillis` milliseconds. */
const rateSchema = z.strictObject({ count: z.int().min(1).max(10_000), windowMillis: millis });

/** The limits of one scope. What no scope of an order names is missing, and a missing limit denies. */
export const limitSetSchema = z.strictObject({
  /** Largest value of one order, in the instrument's quote currency. */
  orderNotionalMax: unsignedDecimalString.optional(),
  /** Largest position in either direction with all working and unresolved orders filled, per instrument, in its base currency. */
  positionMax: unsignedDecimalString.optional(),
  /** Furthest that a limit price may be from the middle of the mark, in basis points. */
  collarBasisPoints: basisPoints.optional(),
  /** Widest spread at which a market order passes, in basis points of the middle. */
  spreadBasisPointsMax: basisPoints.optional(),
  /** Oldest mark that an approval may rest on, by the venue's time and by the time of its arrival. */
  markAgeMillisMax: millis.optional(),
  /** Orders that do not reduce. */
  orderRate: rateSchema.optional(),
  /** Verified reductions, which have a budget of their own so that entries cannot use up the way out. */
  reductionRate: rateSchema.optional(),
});
export type LimitSet = z.infer<typeof limitSetSchema>;

/** `account`, `strategy.S`, `run.R` or `instrument.V.SYMBOL`. */
const limitScope = z
  .string()
  .max(200)
  .regex(/^(account|(strategy|run)\.[A-Za-z0-9_-]+|instrument\.[A-Za-z0-9_-]+\.[A-Za-z0-9_/:-]+)$/);

/** Every limit of one account: of all entries whose scope an order falls under, each has to hold, so the tightest wins. */
export const gateLimitsSchema = z.strictObject({
  limitsVersion: z.int().min(0),
  entries: z.array(z.strictObject({ scope: limitScope, limits: limitSetSchema })).max(1000),
});
export type GateLimits = z.infer<typeof gateLimitsSchema>;
