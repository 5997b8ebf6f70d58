import { explain } from '@portcullis/config';
import { type Command, EXIT, EXIT_TEXT, UsageError, helpOf, parseInvocation } from './command.ts';
import { commands } from './commands/index.ts';

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
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
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    process.stderr.write(`error: there is no command ${JSON.stringify(name)}\n\n${overview()}`);
    return EXIT.usage;
  }
  return runCommand(command, rest);
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
    if (error instanceof UsageError) {
      process.stderr.write(
        `error: ${error.message}\n  ${command.usage[0] ?? ''}\n  portcullis ${command.name} --help tells more\n`,
      );
      return EXIT.usage;
    }
    process.stderr.write(`${explain(error, words.includes('--verbose'))}\n`);
    return EXIT.failed;
  }
}
