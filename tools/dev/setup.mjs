// What every set-up script shares. Set-up runs before dependencies exist, so these files import node: alone.
import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository, absolute. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Trouble that a person can end: the message names the thing and the ways out, and is shown without a stack trace. */
export class SetupError extends Error {
  /** @param {string} message @param {number} exitCode */
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Tells a person what goes on. Standard error, because standard output belongs to what is being started. */
export function say(text) {
  process.stderr.write(`portcullis: ${text}\n`);
}

/**
 * Runs a program to its end with its output on standard error, or with the given stdio.
 * @returns {Promise<number>} its exit code; 128 + n when signal n ended it
 * @throws {SetupError} when it cannot be started
 */
export function run(command, args, { env = process.env, stdio = ['ignore', 2, 2] } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd: root, env, stdio });
    child.once('error', (error) => fail(new SetupError(`${command} could not be started: ${error.message}`)));
    child.once('exit', (code, signal) => done(exitCodeOf(code, signal)));
  });
}

/** What a shell would report for a process that ended so. */
export function exitCodeOf(code, signal) {
  return code ?? 128 + (constants.signals[signal] ?? 0);
}

/** True when the module with this `import.meta.url` is what node was asked to run. */
export function isScript(url) {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(url);
}

/** Runs a script's main function; its result is the exit code. */
export async function runScript(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    process.exitCode = error.exitCode;
  }
}
