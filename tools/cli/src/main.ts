import { BacktestError } from '@portcullis/backtests';
import { explain } from '@portcullis/config';
import { type Command, EXIT, EXIT_TEXT, UsageError, helpOf, parseInvocation } from './command.ts';
import { commands } from './commands/index.ts';

function overview(group: readonly Command[] = []): string {
  const shown = group.length > 0 ? group : commands;
  const width = Math.max(...shown.map(({ name }) => name.length));
  const lines = shown.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    'usage: portcullis COMMAND [flags]',
    '',
    ...lines,
    '',
    'portcullis COMMAND --help tells more.',
    EXIT_TEXT,
    '',
  ].join('\n');
}

/** Runs one command line and ends the process with its exit code. */
export async function runCommandLine(words: readonly string[]): Promise<void> {
  process.exitCode = await exitCodeOf(words);
  // What a command leaves open (a socket that closes slowly) must not keep the terminal waiting.
  process.exit();
}

async function exitCodeOf(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(overview());
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  // The name of a command is one word or two (`data check`).
  const [second = '', ...others] = rest;
  const double = commands.find((candidate) => candidate.name === `${name} ${second}`);
  if (double !== undefined) return runCommand(double, others);
  const command = commands.find((candidate) => candidate.name === name);
  if (command !== undefined) return runCommand(command, rest);
  const group = commands.filter((candidate) => candidate.name.startsWith(`${name} `));
  if (group.length > 0 && (second === '' || second === '--help' || second === '-h')) {
    process.stdout.write(overview(group));
    return second === '' ? EXIT.usage : EXIT.ok;
  }
  const asked = group.length > 0 ? `${name} ${second}` : name;
  process.stderr.write(`error: there is no command ${JSON.stringify(asked)}\n\n${overview(group)}`);
  return EXIT.usage;
}

async function runCommand(command: Command, words: readonly string[]): Promise<number> {
  try {
    const invocation = parseInvocation(command, words);
    if (invocation.flags['help'] === true) {
      process.stdout.write(helpOf(command));
      return EXIT.ok;
    }
    return await command.run(invocation);
  } catch (error) {
    const isVerbose = words.includes('--verbose');
    process.stderr.write(isUsage(error) && !isVerbose ? usageLines(error, command) : `${explain(error, isVerbose)}\n`);
    return isUsage(error) ? EXIT.usage : EXIT.failed;
  }
}

/** Whether somebody asked for what cannot be: in the words of the command line, or in what they make of a backtest. */
function isUsage(error: unknown): error is Error {
  return error instanceof UsageError || (error instanceof BacktestError && error.trouble === 'input');
}

function usageLines({ message }: Error, command: Command): string {
  return `error: ${message}\n  ${command.usage[0] ?? ''}\n  portcullis ${command.name} --help tells more\n`;
}
