import type { GateLimits } from '@portcullis/contracts';

/**
 * The gate's limits of a run that names none. A missing limit denies, so each one is there; they are so wide that a
 * strategy meets them only when something is wrong with it (a million orders in a second, a size of a billion coins).
 */
export const LAB_LIMITS: GateLimits = {
  limitsVersion: 1,
  entries: [
    {
      scope: 'account',
      limits: {
        orderNotionalMax: '1000000000000',
        positionMax: '1000000000000',
        collarBasisPoints: 10_000,
        spreadBasisPointsMax: 10_000,
        markAgeMillisMax: 86_400_000,
        orderRate: { count: 10_000, windowMillis: 1_000 },
        reductionRate: { count: 10_000, windowMillis: 1_000 },
      },
    },
  ],
};
