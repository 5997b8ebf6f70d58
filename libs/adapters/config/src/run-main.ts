import { explain } from './user-error.ts';

/**
 * Runs a program's main function: an error ends the process with code 1 and one clear message on standard error,
 * with a stack trace only under `--verbose`.
 */
export function runMain(main: (argv: readonly string[]) => Promise<void>): void {
  const argv = process.argv.slice(2);
  const fail = (error: unknown): void => {
    process.stderr.write(`${explain(error, argv.includes('--verbose'))}\n`);
    process.exit(1);
  };
  process.once('uncaughtException', fail);
  process.once('unhandledRejection', fail);
  main(argv).catch(fail);
}
