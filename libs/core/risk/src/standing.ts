import type { LatchSubject } from '@portcullis/authority';
import type { InstrumentRules } from '@portcullis/market';
import { splitInstrumentId } from '@portcullis/market';
import type { Denial } from './denials.ts';
import type { Owner } from './exposure.ts';
import { type LimitBook, OrderLimits, limitScopes } from './limits.ts';
import { permissionDenial } from './rules/permission.ts';

/** What people let an account do. */
export interface Allowed {
  readonly account: string;
  /** The venue that the account is at. */
  readonly venue: string;
  readonly instruments: ReadonlyMap<string, InstrumentRules>;
  readonly strategies: ReadonlySet<string>;
  readonly limits: LimitBook;
}

/** What is the same for every intent of one run in one instrument as long as the configuration stands. */
export interface Standing extends Owner {
  /** Whom a kill has to name to stop it. */
  readonly subject: LatchSubject;
  /** Undefined for an instrument that is not configured. */
  readonly rules: InstrumentRules | undefined;
  /** Why it may not trade at all, if so. */
  readonly refusal: Denial | undefined;
  /** Undefined for an instrument that is not configured. */
  readonly limits: OrderLimits | undefined;
}

export function standingOf(allowed: Allowed, { runId, strategy, instrument }: Owner): Standing {
  const { account, instruments, limits } = allowed;
  const { venue, symbol } = splitInstrumentId(instrument);
  const subject = { venue, symbol, strategy, runId, account };
  const rules = instruments.get(instrument);
  return {
    runId,
    strategy,
    instrument,
    subject,
    rules,
    refusal: permissionDenial(allowed, { venue, instrument, strategy }),
    limits: rules === undefined ? undefined : new OrderLimits(limits, limitScopes(subject), rules),
  };
}

/** Standings that are kept; one more lets them all be made anew. Far above the runs of an account times its instruments. */
const STANDINGS_MAX = 10_000;

/** The standings under one configuration, each made once. */
export class Standings {
  readonly #allowed: Allowed;
  readonly #made = new Map<string, Standing>();

  constructor(allowed: Allowed) {
    this.#allowed = allowed;
  }

  of(owner: Owner): Standing {
    // Names and instruments have no spaces.
    const key = `${owner.strategy} ${owner.runId} ${owner.instrument}`;
    let standing = this.#made.get(key);
    if (standing === undefined) {
      if (this.#made.size >= STANDINGS_MAX) this.#made.clear();
      this.#made.set(key, (standing = standingOf(this.#allowed, owner)));
    }
    return standing;
  }
}
