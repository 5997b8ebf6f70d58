/** What a denial code means and which numbers travel with it: the source of the table in the reference. */
interface DenialEntry {
  readonly rule: string;
  readonly meaning: string;
  /** Each member of the denial's detail and what it says. */
  readonly carries: Readonly<Record<string, string>>;
}

const scope = 'scope of the limit';

/** Every reason that the gate has to say no, by code, in the order of the rules. */
export const DENIALS = {
  DUPLICATE_INTENT: {
    rule: 'duplicate-intent',
    meaning: 'The intent id was decided before for an intent with other content.',
    carries: { decidedHash: 'hash of the intent that the id belongs to', intentHash: 'hash of this one' },
  },
  GATE_CAPACITY: {
    rule: 'duplicate-intent',
    meaning: 'The gate remembers as many intents as it has room for; old ones have to end or expire first.',
    carries: { limit: 'intents remembered at most' },
  },
  GATE_NOT_READY: {
    rule: 'trading-state',
    meaning:
      'The gate cannot know the exposure yet: it is recovering, lost its lease, or the current bridge has not reconciled.',
    carries: { reason: 'recovering, lease-lost or bridge-not-reconciled' },
  },
  TRADING_HALTED: {
    rule: 'trading-state',
    meaning: 'The trading state is HALTED: only reductions by a person or by the gate itself pass.',
    carries: { origin: 'who wanted the order', reducible: 'quantity that could be reduced, in base currency' },
  },
  TRADING_REDUCING: {
    rule: 'trading-state',
    meaning: 'The trading state is REDUCING and the order is not a verified reduction.',
    carries: { quantity: 'quantity wanted, in base currency', reducible: 'quantity that could be reduced' },
  },
  KILL_LATCHED: {
    rule: 'trading-state',
    meaning: 'A kill holds a latch over the order, which is not a verified reduction.',
    carries: {
      scope: 'scope of the latch',
      epoch: 'kill epoch of the latch',
      quantity: 'quantity wanted, in base currency',
      reducible: 'quantity that could be reduced',
    },
  },
  VENUE_NOT_ALLOWED: {
    rule: 'permission',
    meaning: 'The instrument is of another venue than the account.',
    carries: { venue: 'venue wanted', allowed: 'venue of the account' },
  },
  INSTRUMENT_NOT_ALLOWED: {
    rule: 'permission',
    meaning: 'The instrument is not among those that the account may trade.',
    carries: { instrument: 'instrument wanted' },
  },
  STRATEGY_NOT_ALLOWED: {
    rule: 'permission',
    meaning: 'The strategy is not among those that may trade on the account.',
    carries: { strategy: 'strategy of the intent' },
  },
  INTENT_EXPIRED: {
    rule: 'intent-validity',
    meaning: 'The intent reached the gate at or after its expiry.',
    carries: { expiry: 'expiry, microseconds since the epoch', at: 'arrival, microseconds since the epoch' },
  },
  INTENT_EXPIRY_TOO_FAR: {
    rule: 'intent-validity',
    meaning: 'The expiry is further away than the gate remembers intents.',
    carries: { expiry: 'expiry, microseconds since the epoch', limit: 'latest expiry, microseconds since the epoch' },
  },
  INTENT_INVALID: {
    rule: 'intent-validity',
    meaning: 'A field of the intent does not fit the instrument or the order type; nothing is rounded.',
    carries: { field: 'the field', value: 'its value', expected: 'what it should be' },
  },
  QUANTITY_BELOW_MIN: {
    rule: 'intent-validity',
    meaning: "The quantity is below the instrument's smallest.",
    carries: { quantity: 'quantity wanted', limit: 'smallest quantity' },
  },
  QUANTITY_ABOVE_MAX: {
    rule: 'intent-validity',
    meaning: "The quantity is above the instrument's largest.",
    carries: { quantity: 'quantity wanted', limit: 'largest quantity' },
  },
  PRICE_OUT_OF_RANGE: {
    rule: 'intent-validity',
    meaning: "The limit or stop price is outside the instrument's range.",
    carries: { price: 'price wanted', min: 'lowest price', max: 'highest price' },
  },
  NOTIONAL_BELOW_MIN: {
    rule: 'intent-validity',
    meaning: "The value of the order is below the instrument's smallest.",
    carries: { notional: 'value of the order in quote currency', limit: 'smallest value' },
  },
  REDUCE_ONLY_NOT_REDUCING: {
    rule: 'reduce-only',
    meaning: 'The intent asks to reduce only, but the order could grow or flip the position.',
    carries: { quantity: 'quantity wanted, in base currency', reducible: 'quantity that could be reduced' },
  },
  REDUCTION_OUTSTANDING: {
    rule: 'reduce-only',
    meaning: 'With this order filled first, a verified reduction that still works on its side would flip the position.',
    carries: { quantity: 'quantity wanted, in base currency', room: 'quantity that would not' },
  },
  LIMIT_MISSING: {
    rule: 'every rule that needs a limit',
    meaning: 'No scope of the order names a limit that the rule needs.',
    carries: { limit: 'name of the limit' },
  },
  MARKET_GAPPED: {
    rule: 'data-freshness',
    meaning: 'The market data of the instrument has a hole and no resync since.',
    carries: { reason: 'gap, disconnect or stale' },
  },
  MARK_MISSING: {
    rule: 'data-freshness',
    meaning: 'There is no mark of the instrument, or one side of the book is empty.',
    carries: { instrument: 'instrument wanted' },
  },
  MARK_STALE: {
    rule: 'data-freshness',
    meaning: 'The mark is too old (or too far ahead) by the clock that is named.',
    carries: {
      clock: 'venue (tsEvent) or arrival',
      ageMillis: 'age in milliseconds, below zero when ahead',
      limitMillis: 'oldest allowed',
      scope,
    },
  },
  BOOK_CROSSED: {
    rule: 'data-freshness',
    meaning: 'The best bid is not below the best ask, so the mark is no price.',
    carries: { bid: 'best bid', ask: 'best ask' },
  },
  PRICE_OUTSIDE_COLLAR: {
    rule: 'price-collar',
    meaning: 'The limit price is too far from the middle of the mark.',
    carries: {
      price: 'limit price',
      bid: 'best bid',
      ask: 'best ask',
      basisPoints: 'distance from the middle, rounded up',
      limitBasisPoints: 'largest distance',
      scope,
    },
  },
  SPREAD_TOO_WIDE: {
    rule: 'price-collar',
    meaning: 'The spread is too wide for a market order.',
    carries: {
      bid: 'best bid',
      ask: 'best ask',
      basisPoints: 'spread against the middle, rounded up',
      limitBasisPoints: 'widest spread',
      scope,
    },
  },
  ORDER_NOTIONAL_EXCEEDED: {
    rule: 'max-order-notional',
    meaning: 'The value of the order is above the limit.',
    carries: { notional: 'value of the order in quote currency', limit: 'largest value', scope },
  },
  POSITION_EXCEEDED: {
    rule: 'max-position',
    meaning:
      'The position with all working and unresolved orders of that side filled, and this one, is above the limit.',
    carries: { worst: 'that position, in base currency', limit: 'largest position', scope },
  },
  ORDER_RATE_EXCEEDED: {
    rule: 'order-rate',
    meaning: 'As many orders as the limit allows were approved within its window.',
    carries: {
      budget: 'orders or reductions',
      count: 'orders in the window',
      limit: 'orders at most',
      windowMillis: 'length of the window',
      scope,
    },
  },
} as const satisfies Record<string, DenialEntry>;

export type DenialCode = keyof typeof DENIALS;

export const DENIAL_CODES = Object.keys(DENIALS) as readonly DenialCode[];

/** The numbers that a denial of one code carries, as strings. */
export type DenialDetail<C extends DenialCode> = Readonly<Record<keyof (typeof DENIALS)[C]['carries'], string>>;

/** A denial: its code decides which numbers it carries. */
export type Denial = { [C in DenialCode]: { readonly code: C; readonly detail: DenialDetail<C> } }[DenialCode];

export function deny<C extends DenialCode>(code: C, detail: DenialDetail<C>): Denial {
  // Each pair of code and detail is one member of the union; TypeScript cannot see that for an open C.
  return { code, detail } as unknown as Denial;
}

/** The rows of the denial table of the reference, in markdown, with its heading row. */
export function denialTable(): string {
  const rows = Object.entries(DENIALS).map(([code, entry]: [string, DenialEntry]) => {
    const numbers = Object.entries(entry.carries).map(([name, meaning]) => `\`${name}\`: ${meaning}`);
    return `| \`${code}\` | ${entry.rule} | ${entry.meaning} | ${numbers.join('; ')} |`;
  });
  return ['| Code | Rule | Meaning | Carries |', '| --- | --- | --- | --- |', ...rows, ''].join('\n');
}
