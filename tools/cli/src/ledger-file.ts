import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@portcullis/config';

/** One record of the venue's ledger: what is common to all; the rest depends on `type`. */
export interface LedgerRecord {
  readonly seq: number;
  /** The venue's wall clock, epoch microseconds. */
  readonly at: number;
  readonly type: string;
  readonly [member: string]: unknown;
}

const NAME = /^ledger-\d{12}\.jsonl$/;

/**
 * Hands every record of the ledger in `dir` to `visit`, the oldest first. A line that is still being written is left out.
 * Throws {@link UserError} when a record is missing or damaged: then the ledger proves nothing.
 */
export function readLedger(dir: string, visit: (record: LedgerRecord) => void): void {
  let expected = 1;
  for (const name of ledgerFiles(dir)) {
    const file = join(dir, name);
    const lines = readFileSync(file, 'utf8').split('\n');
    lines.pop();
    for (const [index, line] of lines.entries()) {
      const record = parse(line, `${file}:${index + 1}`);
      if (record.seq !== expected) {
        throw damaged(`${file}:${index + 1}`, `record ${record.seq} stands where ${expected} belongs`);
      }
      expected += 1;
      visit(record);
    }
  }
}

function ledgerFiles(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter((name) => NAME.test(name))
      .sort();
  } catch (cause) {
    throw new UserError(
      `the venue's ledger ${dir} cannot be read (${(cause as NodeJS.ErrnoException).code})`,
      'check that the path is right and that this user may read it',
      { cause },
    );
  }
}

function parse(line: string, place: string): LedgerRecord {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw damaged(place, 'it is not JSON');
  }
  const record = value as Partial<LedgerRecord> | null;
  if (
    typeof record !== 'object' ||
    record === null ||
    typeof record.type !== 'string' ||
    typeof record.seq !== 'number' ||
    typeof record.at !== 'number'
  ) {
    throw damaged(place, 'it is no ledger record');
  }
  return record as LedgerRecord;
}

function damaged(place: string, what: string): UserError {
  return new UserError(
    `the venue's ledger is damaged at ${place}: ${what}`,
    'restore it; without it nothing can be checked',
  );
}
