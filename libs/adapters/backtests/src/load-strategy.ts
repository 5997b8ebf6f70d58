import { contentHash } from '@portcullis/kernel';
import { strategies, type Strategy } from '@portcullis/strategy';
import { BacktestError } from './backtest-error.ts';
import { PLATFORM_VERSION } from './platform-version.ts';
import { loadStrategyFile } from './strategy-files/index.ts';

/** A strategy with what its code is known by. */
export interface LoadedStrategy {
  readonly strategy: Strategy;
  /** Hex SHA-256 of its source text and the platform's version; of a catalogue strategy its name stands for the text. */
  readonly digest: string;
  /** Absolute path where it came out of a file. */
  readonly file?: string;
}

/** Whether a strategy is named by its file. */
export function isStrategyFile(name: string): boolean {
  return /\.m?[jt]s$/.test(name) || /[/\\]/.test(name);
}

/** A strategy of the catalogue by its name, or of a user's file by its path. Throws BacktestError (`input`). */
export async function loadStrategy(nameOrFile: string): Promise<LoadedStrategy> {
  if (isStrategyFile(nameOrFile)) {
    const { strategy, digest, file } = await loadStrategyFile(nameOrFile);
    return { strategy, digest: contentHash({ platform: PLATFORM_VERSION, source: digest }), file };
  }
  const found = strategies.find(({ name }) => name === nameOrFile);
  if (found !== undefined) {
    return { strategy: found, digest: contentHash({ platform: PLATFORM_VERSION, catalogue: found.name }) };
  }
  const names = strategies.map(({ name }) => name).join(', ');
  const expected = `one of ${names}, or the path of a file such as ./mine.ts`;
  throw BacktestError.of({ field: 'strategy', value: nameOrFile, expected });
}
