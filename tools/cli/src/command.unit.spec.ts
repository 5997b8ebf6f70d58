import { describe, expect, test } from '@jest/globals';
import { type Command, UsageError, helpOf, parseInvocation, wholeNumberOf } from './command.ts';
import { commands } from './commands/index.ts';

const named = (name: string): Command => commands.find((command) => command.name === name)!;
const complaint = (name: string, words: string[]): string => {
  try {
    parseInvocation(named(name), words);
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
};

describe('a command line', () => {
  test('gives flags, words and repeated flags', () => {
    expect(
      parseInvocation(named('clear'), [
        'run.r-1',
        '--epoch',
        '3',
        '--key',
        'a.pem',
        '--key=b.pem',
        '--reason',
        'well again',
        '--json',
      ]),
    ).toEqual({
      flags: { epoch: '3', reason: 'well again', json: true },
      positionals: ['run.r-1'],
      lists: { key: ['a.pem', 'b.pem'] },
    });
  });

  test.each([
    ['up', ['--sped', '3'], "Unknown option '--sped'"],
    ['up', ['--for'], "'--for <value>' argument missing"],
    ['up', ['now'], 'unexpected argument "now"'],
    ['kill', ['all', 'run.r-1'], 'unexpected argument "run.r-1"'],
    ['status', ['--verbose=yes'], "'--verbose' does not take an argument"],
  ])('%s %j is refused', (name, words, message) => {
    expect(complaint(name, words)).toContain(message);
  });

  test.each(['-1', '1.5', 'x', '70000', ''])('--port %j is refused with what is expected', (text) => {
    expect(() => wholeNumberOf({ port: text }, 'port', { least: 0, most: 65_535 })).toThrow(
      `--port is ${JSON.stringify(text)}: expected a whole number from 0 to 65535`,
    );
  });

  test.each(commands)('$name explains itself: each of its flags and the exit codes', (command) => {
    const help = helpOf(command);
    for (const flag of Object.keys(command.options)) expect(help).toContain(`--${flag}`);
    expect(help).toContain('exit codes: 0 done');
  });
});
