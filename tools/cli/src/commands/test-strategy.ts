import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { canLoadUserFiles, nodeArgumentsFor } from '@portcullis/backtests/strategy-files';
import { UserError } from '@portcullis/config';
import { type Command, EXIT, UsageError } from '../command.ts';
import { printResult } from '../print.ts';

/** Files on one command line: they run one after the other. */
const FILES_MAX = 1000;

export const testStrategy: Command = {
  name: 'test strategy',
  summary: "Runs tests of your own strategies (node:test), wherever they lie, with the platform's packages",
  usage: [
    'usage: portcullis test strategy FILE…',
    '',
    '  FILE…              tests such as my-idea.test.ts; of a strategy my-idea.ts the test beside it',
    '',
    '  exit code 0: all passed; 1: one did not',
  ],
  options: {},
  positionalsMax: FILES_MAX,
  async run({ flags, positionals }) {
    if (positionals.length === 0) throw new UsageError('which tests? expected FILE…');
    if (!canLoadUserFiles()) {
      throw new UserError(
        `node ${process.versions.node} cannot load TypeScript of yours`,
        'install node 22.15 or newer',
      );
    }
    const files = positionals.map(testOf);
    const failed: string[] = [];
    for (const file of files) if ((await exitCodeOf(file)) !== 0) failed.push(file);
    const count = `${files.length} file${files.length === 1 ? '' : 's'}`;
    printResult(
      flags,
      { files, failed },
      failed.length === 0 ? [`${count} passed`] : failed.map((file) => `failed: ${file}`),
    );
    return failed.length === 0 ? EXIT.ok : EXIT.failed;
  },
};

function testOf(name: string): string {
  const file = resolve(/\.(test|spec)\.m?[jt]s$/.test(name) ? name : name.replace(/(\.m?[jt]s)$/, '.test$1'));
  if (existsSync(file)) return file;
  throw new UserError(`${file} is not there`, 'portcullis new strategy NAME writes a strategy with a test');
}

function exitCodeOf(file: string): Promise<number> {
  const child = spawn(process.execPath, nodeArgumentsFor(file), { stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('exit', (code) => done(code ?? 1));
  });
}
