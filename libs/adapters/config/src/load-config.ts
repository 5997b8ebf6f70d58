import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { z } from 'zod';
import { Secret } from './secret.ts';
import { UserError } from './user-error.ts';

/** Reads a JSON configuration file and checks it. Every complaint names the field, its value and what is expected. */
export function loadConfig<S extends z.ZodType>(schema: S, file: string): z.infer<S> {
  const text = readTextFile(file, 'configuration file');
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw new UserError(`configuration file ${file} is not JSON: ${(cause as Error).message}`, 'correct the file', {
      cause,
    });
  }
  return checkConfig(schema, data, file);
}

/** Checks configuration values that are already in memory. `source` names where they came from. */
export function checkConfig<S extends z.ZodType>(schema: S, data: unknown, source: string): z.infer<S> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const complaints = parsed.error.issues.map((issue) => describeIssue(issue, data));
  throw new UserError(`wrong configuration in ${source}: ${complaints.join('; ')}`, 'correct the named fields');
}

function describeIssue(issue: z.core.$ZodIssue, data: unknown): string {
  const path = issue.path.map(String).join('.');
  const value = issue.path.reduce<unknown>(
    (at, key) => (at === null || typeof at !== 'object' ? undefined : (at as Record<PropertyKey, unknown>)[key]),
    data,
  );
  const shown = value === undefined ? 'is missing' : `is ${JSON.stringify(value).slice(0, 80)}`;
  return issue.code === 'unrecognized_keys'
    ? `unknown field ${issue.keys.map((key) => (path === '' ? key : `${path}.${key}`)).join(', ')}`
    : `${path === '' ? '(root)' : path} ${shown}: ${issue.message}`;
}

/** The text of a file, or a {@link UserError} that says which file and why not. */
export function readTextFile(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new UserError(
      `${what} ${file} cannot be read (${code})`,
      'check that the path is right and that this user may read it',
      { cause },
    );
  }
}

/** A secret from a file (keys, seeds): trailing white space removed, never printed. */
export function readSecretFile(file: string, what: string): Secret {
  const text = readTextFile(file, what).trim();
  if (text === '') {
    throw new UserError(
      `${what} ${file} is empty`,
      'write the key into it, or remove it so that set-up makes a new one',
    );
  }
  return new Secret(text);
}

/** What every service accepts on its command line. */
export interface ServiceArguments {
  readonly config: string;
  readonly verbose: boolean;
}

/** Parses `--config FILE [--verbose]`; an unknown flag is a {@link UserError}. */
export function parseServiceArguments(argv: readonly string[]): ServiceArguments {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { config: { type: 'string' }, verbose: { type: 'boolean', default: false } },
      strict: true,
    });
    if (values.config === undefined) throw new Error('--config FILE is missing');
    return { config: values.config, verbose: values.verbose };
  } catch (cause) {
    throw new UserError((cause as Error).message, 'usage: --config FILE [--verbose]', { cause });
  }
}
