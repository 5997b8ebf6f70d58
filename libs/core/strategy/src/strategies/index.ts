import type { Strategy } from '../strategy.ts';
import { avellanedaStoikov } from './avellaneda-stoikov.ts';
import { breakout } from './breakout.ts';
import { buyAndHold } from './buy-and-hold.ts';
import { grid } from './grid.ts';
import { meanReversion } from './mean-reversion.ts';
import { quoting } from './quoting.ts';
import { smaCross } from './sma-cross.ts';

/** Every included strategy, in the order of the alphabet; the order has no meaning. */
export const strategies: readonly Strategy[] = [
  avellanedaStoikov,
  breakout,
  buyAndHold,
  grid,
  meanReversion,
  quoting,
  smaCross,
];
