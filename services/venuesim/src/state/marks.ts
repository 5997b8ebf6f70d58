import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'marks.json';

/** Last prices by symbol, so that a generated market goes on where it was. Losing them costs a jump of the price. */
export function readMarks(dir: string): Readonly<Record<string, string>> {
  try {
    const marks: unknown = JSON.parse(readFileSync(join(dir, FILE), 'utf8'));
    if (typeof marks !== 'object' || marks === null) return {};
    return Object.fromEntries(Object.entries(marks).map(([symbol, price]) => [symbol, String(price)]));
  } catch {
    return {};
  }
}

export function writeMarks(dir: string, marks: Readonly<Record<string, string>>): void {
  const path = join(dir, FILE);
  writeFileSync(`${path}.new`, JSON.stringify(marks));
  renameSync(`${path}.new`, path);
}
