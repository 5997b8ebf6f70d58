import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { UserError } from '@portcullis/config';
import { strategies } from '@portcullis/strategy';
import { type Command, EXIT, UsageError, textOf } from '../command.ts';
import { strategyTemplate, strategyTestTemplate } from '../new-strategy/strategy-template.ts';
import { printResult } from '../print.ts';

const NAME = /^[a-z][a-z0-9-]{0,47}$/;

export const newStrategy: Command = {
  name: 'new strategy',
  summary: 'Writes a working strategy with a test, for you to change',
  usage: [
    'usage: portcullis new strategy NAME [--dir DIR]',
    '',
    '  NAME               what it is called: a-z, 0-9 and -, beginning with a letter',
    '  --dir DIR          where NAME.ts and NAME.test.ts go; made where it is not there (default: here)',
    '',
    '  nothing is overwritten',
  ],
  options: { dir: { type: 'string' } },
  positionalsMax: 1,
  async run({ flags, positionals }) {
    const [name] = positionals;
    if (name === undefined) throw new UsageError('what is it called? expected NAME');
    if (!NAME.test(name)) {
      throw new UsageError(
        `NAME is ${JSON.stringify(name)}: expected up to 48 of a-z, 0-9 and -, beginning with a letter`,
      );
    }
    if (strategies.some((strategy) => strategy.name === name)) {
      throw new UsageError(`NAME is ${JSON.stringify(name)}: expected one that no included strategy has`);
    }
    const files = written(name, resolve(textOf(flags, 'dir') ?? '.'));
    const [strategy, test] = files.map((file) => `./${relative('.', file)}`);
    printResult(flags, { name, files }, [
      `${strategy}`,
      `${test}`,
      '',
      `test it:  portcullis test strategy ${test}`,
      `try it:   portcullis backtest --strategy ${strategy} --quantity 1 --fill next-open --data URL`,
    ]);
    return EXIT.ok;
  },
};

function written(name: string, folder: string): string[] {
  const texts = [
    [join(folder, `${name}.ts`), strategyTemplate(name)],
    [join(folder, `${name}.test.ts`), strategyTestTemplate(name)],
  ] as const;
  const there = texts.find(([file]) => existsSync(file));
  if (there !== undefined) {
    throw new UserError(`${there[0]} is there already`, 'choose another name or --dir, or move it away');
  }
  try {
    mkdirSync(folder, { recursive: true });
    // `wx` refuses a file that somebody made in the meantime.
    for (const [file, text] of texts) writeFileSync(file, text, { flag: 'wx' });
  } catch (cause) {
    throw new UserError(`${folder} cannot be written to: ${(cause as Error).message}`, 'choose another --dir', {
      cause,
    });
  }
  return texts.map(([file]) => file);
}
