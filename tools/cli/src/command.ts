import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

/** How a command ended. Printed by `--help`, so that scripts can rely on it. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** `up` ran, and the venue's ledger disagrees with the verdicts or our books. */
  checkFailed: 3,
  /** The kill is stored, but its latch did not show in time. */
  unconfirmed: 4,
} as const;

export const EXIT_TEXT = `exit codes: ${EXIT.ok} done, ${EXIT.failed} failed, ${EXIT.usage} wrong usage, ${EXIT.checkFailed} the ledger check of up failed, ${EXIT.unconfirmed} a kill is stored but its latch did not show`;

/** A command line that means nothing: shown with the usage, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The values of a command's flags, as parsed: text or a switch. */
export type Flags = Readonly<Record<string, string | boolean | undefined>>;

export interface Invocation {
  readonly flags: Flags;
  readonly positionals: readonly string[];
  /** The same flag given more than once. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
}

/** One command of `portcullis`: one file in `commands/`. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** The lines of `--help` below the summary. */
  readonly usage: readonly string[];
  readonly options: ParseArgsOptionsConfig;
  /** How many words without a flag it takes at most. */
  readonly positionalsMax: number;
  /** Resolves with the exit code; errors are explained by the caller. */
  run(invocation: Invocation): Promise<number>;
}

const common: ParseArgsOptionsConfig = {
  help: { type: 'boolean', short: 'h' },
  verbose: { type: 'boolean' },
  json: { type: 'boolean' },
};

/** Parses the words after the command's name. Throws {@link UsageError} for an unknown flag, a missing value or too many words. */
export function parseInvocation(command: Command, words: readonly string[]): Invocation {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...words],
      options: { ...common, ...command.options },
      allowPositionals: true,
      strict: true,
    });
  } catch (cause) {
    // Node adds a hint about `--` that helps nobody here.
    throw new UsageError((cause as Error).message.split('. To specify')[0], { cause });
  }
  const { positionals } = parsed;
  if (positionals.length > command.positionalsMax) {
    throw new UsageError(`unexpected argument ${JSON.stringify(positionals[command.positionalsMax])}`);
  }
  const flags: Record<string, string | boolean | undefined> = {};
  const lists: Record<string, string[]> = {};
  for (const [name, value] of Object.entries(parsed.values)) {
    if (Array.isArray(value)) lists[name] = value.map(String);
    else if (value !== undefined) flags[name] = value;
  }
  return { flags, positionals, lists };
}

export function helpOf(command: Command): string {
  return [
    `${command.summary}.`,
    '',
    ...command.usage,
    '',
    'Every command takes --help, --json (one JSON object as the last line of standard output) and --verbose (stack traces).',
    EXIT_TEXT,
    '',
  ].join('\n');
}

/** The text of a flag, or undefined when it is absent. */
export function textOf(flags: Flags, name: string): string | undefined {
  const value = flags[name];
  return typeof value === 'string' ? value : undefined;
}

/** A whole number of a flag within limits. Throws {@link UsageError} naming the flag, its value and what is expected. */
export function wholeNumberOf(
  flags: Flags,
  name: string,
  { least, most }: { readonly least: number; readonly most: number },
): number | undefined {
  const text = textOf(flags, name);
  if (text === undefined) return undefined;
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new UsageError(`--${name} is ${JSON.stringify(text)}: expected a whole number from ${least} to ${most}`);
}
