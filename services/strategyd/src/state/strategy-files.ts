import { realpathSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { BacktestError } from '@portcullis/backtests';
import { strategies } from '@portcullis/strategy';

const FILE = /\.m?[jt]s$/;

/**
 * Which strategy a request means: a name of the catalogue stays what it is, a file becomes its path. Files come from one
 * configured folder alone; whatever leads out of it, a link too, is refused. Throws {@link BacktestError} `input`.
 */
export function strategyOf(asked: string, strategiesDir: string | undefined): string {
  if (strategies.some(({ name }) => name === asked)) return asked;
  if (!FILE.test(asked)) {
    throw refusal(asked, `one of ${strategies.map(({ name }) => name).join(', ')}${fileHint(strategiesDir)}`);
  }
  if (strategiesDir === undefined) throw refusal(asked, 'a name of the catalogue: this instance has no strategiesDir');
  const dir = realpathSync(strategiesDir);
  const outside = 'a file inside of strategiesDir, such as "mine.ts"';
  if (isAbsolute(asked) || asked.includes('\0')) throw refusal(asked, outside);
  let file: string;
  try {
    file = realpathSync(resolve(dir, asked));
  } catch {
    // What is outside is not told from what is not there.
    throw refusal(asked, outside);
  }
  const way = relative(dir, file);
  if (way === '' || way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) throw refusal(asked, outside);
  return file;
}

const fileHint = (strategiesDir: string | undefined): string =>
  strategiesDir === undefined ? '' : ', or a file of strategiesDir such as "mine.ts"';

function refusal(value: string, expected: string): BacktestError {
  return BacktestError.of({ field: 'strategy', value: value.slice(0, 200), expected });
}
