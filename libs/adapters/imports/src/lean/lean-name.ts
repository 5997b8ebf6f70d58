import { UserError } from '@portcullis/config';

export type LeanResolution = 'tick' | 'second' | 'minute' | 'hour' | 'daily';

/** What a LEAN file holds, as its name and folder say it. */
export interface LeanFile {
  readonly resolution: LeanResolution;
  readonly tickType: 'trade' | 'quote';
  /** Midnight of its day, microseconds; 0 where each row names its own (hour, daily). */
  readonly midnight: number;
}

const DAY = /(\d{4})(\d{2})(\d{2})_[a-z0-9]+_(tick|second|minute)_(trade|quote)\.csv$/i;
const LONG = /[/\\](hour|daily)[/\\][^/\\]*_(trade|quote)\.zip/i;

/** Microseconds of one period; 0 for ticks. */
export const LEAN_PERIODS: Readonly<Record<LeanResolution, number>> = {
  tick: 0,
  second: 1_000_000,
  minute: 60_000_000,
  hour: 3_600_000_000,
  daily: 86_400_000_000,
};

/**
 * Reads `20161007_btcusd_minute_trade.csv` inside a zip, or `hour/btcusd_trade.zip`. Throws a {@link UserError} for another
 * name. Source: LEAN, Data/crypto/readme.md.
 */
export function leanFile(name: string): LeanFile {
  const day = DAY.exec(name);
  if (day !== null) {
    const [, year, month, date, resolution = '', tickType = ''] = day;
    const midnight = Date.parse(`${year}-${month}-${date}T00:00:00Z`) * 1000;
    if (!Number.isNaN(midnight)) return { resolution: known(resolution), tickType: typeOf(tickType), midnight };
  }
  const long = LONG.exec(name);
  if (long !== null) {
    const [, resolution = '', tickType = ''] = long;
    return { resolution: known(resolution), tickType: typeOf(tickType), midnight: 0 };
  }
  throw new UserError(
    `${name} has no name of a LEAN crypto file`,
    'expected a zip with YYYYMMDD_symbol_(tick|second|minute)_(trade|quote).csv in it, or hour|daily/symbol_(trade|quote).zip',
  );
}

function known(text: string): LeanResolution {
  const found = (Object.keys(LEAN_PERIODS) as LeanResolution[]).find((name) => name === text.toLowerCase());
  if (found === undefined) throw new UserError(`${text} is no resolution of LEAN`, 'rename the file');
  return found;
}

function typeOf(text: string): 'trade' | 'quote' {
  return text.toLowerCase() === 'trade' ? 'trade' : 'quote';
}
