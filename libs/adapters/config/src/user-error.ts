/**
 * Trouble that the person at the keyboard can mend: the message names the thing, and `remedy` what to do.
 * Shown without a stack trace unless `--verbose`.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly remedy: string;

  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.remedy = remedy;
  }
}

/** The lines to print for any error: a sentence and the remedy, or with `verbose` the stack. */
export function explain(error: unknown, verbose = false): string {
  if (verbose && error instanceof Error) return error.stack ?? error.message;
  if (error instanceof UserError) return `error: ${error.message}\n  ${error.remedy}`;
  const message = error instanceof Error ? error.message : String(error);
  return `error: ${message}\n  run again with --verbose for the stack trace`;
}
