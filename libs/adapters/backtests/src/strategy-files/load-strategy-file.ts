import { type Stats, readFileSync, realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type InputError, sha256Hex } from '@portcullis/kernel';
import type { Strategy } from '@portcullis/strategy';
import { BacktestError } from '../backtest-error.ts';
import {
  SOURCE_LENGTH_MAX,
  canLoadUserFiles,
  digestOfLoaded,
  expectUserFile,
  registerUserFiles,
} from './module-hooks.ts';

const EXTENSION = /\.m?[jt]s$/;
/** Characters of another's error message that are passed on. */
const MESSAGE_LENGTH_MAX = 500;

/** A strategy out of a user's file. */
export interface StrategyFile {
  readonly strategy: Strategy;
  /** Hex SHA-256 over the text of the file and of the files beside it that it imports, as they ran. */
  readonly digest: string;
  /** Absolute path. */
  readonly file: string;
}

/**
 * Loads a strategy from a `.ts`, `.mts`, `.js` or `.mjs` file anywhere: its default export, made by `defineStrategy`. The file
 * finds `@portcullis/*` and `zod` in the platform, and is an ES module whatever package it lies in. It runs in this thread
 * with all that this process may do, so load what you trust; a worker bounds its time and memory. A file that changed is
 * loaded again; files that it imports are loaded once a thread. Throws {@link BacktestError} `input`.
 */
export async function loadStrategyFile(path: string): Promise<StrategyFile> {
  const file = resolve(path);
  const wrong = fileComplaint(path, file);
  if (wrong !== undefined) throw BacktestError.of(wrong);
  registerUserFiles();
  // Its content is part of its name, so that a file that changed is another module. Node knows modules by their real paths.
  const content = sha256Hex(readFileSync(file, 'utf8')).slice(0, 16);
  const url = `${pathToFileURL(realpathSync(file)).href}?content=${content}`;
  expectUserFile(url);
  let exported: unknown;
  try {
    exported = ((await import(url)) as { readonly default?: unknown }).default;
  } catch (cause) {
    const { trouble, inputs, message } = BacktestError.of({ field: 'strategy', value: path, expected: causeOf(cause) });
    throw new BacktestError(trouble, message, { inputs, cause });
  }
  if (exported === undefined) throw refusal(path, 'a default export, such as `export default defineStrategy({ … })`');
  if (!isStrategy(exported)) throw refusal(path, 'a default export made by `defineStrategy({ … })`, which this is not');
  return { strategy: exported, digest: digestOfLoaded(url), file };
}

function fileComplaint(path: string, file: string): InputError | undefined {
  const complaint = (expected: string): InputError => ({ field: 'strategy', value: path, expected });
  if (!EXTENSION.test(file)) return complaint('a file that ends with .ts, .mts, .js or .mjs');
  let stats: Stats;
  try {
    stats = statSync(file);
  } catch {
    return complaint('a file that is there');
  }
  if (!stats.isFile()) return complaint('a file, which this is not');
  if (stats.size > SOURCE_LENGTH_MAX) return complaint(`a file of at most ${SOURCE_LENGTH_MAX} bytes`);
  if (canLoadUserFiles()) return undefined;
  return complaint(`Node 22.15 or newer to load strategies from files; this is ${process.versions.node}`);
}

function isStrategy(value: unknown): value is Strategy {
  if (value === null || typeof value !== 'object') return false;
  const { name, description, parameters, create } = value as Partial<Record<keyof Strategy, unknown>>;
  const hasParameters = parameters !== null && typeof parameters === 'object';
  return typeof name === 'string' && typeof description === 'string' && hasParameters && typeof create === 'function';
}

/** What was wrong with the file, in a sentence with the line where it is known. */
function causeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return `a file that does not throw while it is loaded: ${String(cause)}`;
  const message = messageOf(cause);
  switch ((cause as { code?: unknown }).code) {
    case 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX':
      return `TypeScript whose types can be stripped, without enum, namespace or parameter properties: ${message}`;
    case 'ERR_INVALID_TYPESCRIPT_SYNTAX':
      return `TypeScript without syntax errors: ${message}`;
    case 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING':
      return 'a TypeScript file outside of node_modules';
    case 'ERR_MODULE_NOT_FOUND':
    case 'ERR_PACKAGE_PATH_NOT_EXPORTED':
    case 'ERR_UNSUPPORTED_DIR_IMPORT':
      return `imports that are there (of files with their ending, such as "./signals.ts"): ${message}`;
    default:
      if (cause instanceof SyntaxError) return `a file without syntax errors: ${message}`;
      return `a file that does not throw while it is loaded: ${message}`;
  }
}

function messageOf(error: Error): string {
  const [, line] = /^file:.*?:(\d+)\n/.exec(error.stack ?? '') ?? [];
  const [first] = error.message.trim().split('\n');
  return `${(first ?? '').slice(0, MESSAGE_LENGTH_MAX)}${line === undefined ? '' : ` (line ${line})`}`;
}

function refusal(path: string, expected: string): BacktestError {
  return BacktestError.of({ field: 'strategy', value: path, expected });
}
