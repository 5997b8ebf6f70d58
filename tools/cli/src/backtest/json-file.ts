import { readFileSync } from 'node:fs';
import { UserError } from '@portcullis/config';
import { type Flags, textOf } from '../command.ts';

/** The JSON of a file that a flag names. Throws UserError where it cannot be read or is none. */
export function jsonFile(flags: Flags, name: string): unknown {
  const path = textOf(flags, name);
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UserError(`--${name} ${path} cannot be read: ${(cause as Error).message}`, `look at --${name}`, {
      cause,
    });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UserError(`--${name} ${path} is not JSON: ${(cause as Error).message}`, 'mend the file', { cause });
  }
}
