import type { Strategy } from '../strategy.ts';
import { quoting } from './quoting.ts';
import { smaCross } from './sma-cross.ts';

/** Every included strategy, in the order of the alphabet; the order has no meaning. */
export const strategies: readonly Strategy[] = [quoting, smaCross];
