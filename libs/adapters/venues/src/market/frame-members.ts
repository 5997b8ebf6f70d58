import type { FrameError } from './dialect.ts';

export type Members = Readonly<Record<string, unknown>>;

const VALUE_LENGTH_MAX = 100;
const SYMBOL = /^[A-Za-z0-9_/:-]{1,64}$/;

/** Why a frame cannot be read; caught where the reading began. */
export class Malformed extends Error {
  readonly error: FrameError;

  constructor(member: string, value: unknown, expected: string) {
    super(`${member} is not ${expected}`);
    this.error = { member, value: described(value).slice(0, VALUE_LENGTH_MAX), expected };
  }
}

function described(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return String(JSON.stringify(value));
  } catch {
    return 'what is nested too deep to be shown';
  }
}

/** What `read` finds malformed, if anything. Other errors are defects, and go on. */
export function complaintOf(read: () => void): FrameError | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof Malformed) return error.error;
    throw error;
  }
}

export function membersOf(value: unknown, member: string): Members {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new Malformed(member, value, 'an object');
  }
  return value as Members;
}

export function symbolOf(data: Members, member = 's'): string {
  const symbol = data[member];
  if (typeof symbol !== 'string' || !SYMBOL.test(symbol)) throw new Malformed(member, symbol, 'a symbol');
  return symbol;
}

export function integer(data: Members, member: string): number {
  const value = data[member];
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw new Malformed(member, value, 'a whole number within the safe integers');
  }
  return value as number;
}

export function boolean(data: Members, member: string): boolean {
  const value = data[member];
  if (typeof value !== 'boolean') throw new Malformed(member, value, 'true or false');
  return value;
}
