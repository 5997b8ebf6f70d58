import { readFileSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { sha256Hex } from '@portcullis/kernel';

/** Where the platform's packages are looked for: from here, whatever file imports them. */
const PLATFORM = import.meta.url;
const PLATFORM_PACKAGE = /^(@portcullis\/[a-z0-9-]+|zod)(\/|$)/;

/** Characters of a user's file; more is data, which belongs elsewhere. */
export const SOURCE_LENGTH_MAX = 1_000_000;

/** A user's file that was loaded: the digest of its text, and the files of theirs that it imports. */
interface UserModule {
  readonly digest: string;
  readonly imports: Set<string>;
}

// Modules are the process's own, so what is known of them is too: a module that was loaded once is not loaded again.
const modules = new Map<string, UserModule>();
const expected = new Set<string>();
let takesAll = false;
let isRegistered = false;

/** Whether this Node has what user files need: synchronous module hooks, and types that can be stripped. */
export function canLoadUserFiles(): boolean {
  return typeof module.registerHooks === 'function' && typeof module.stripTypeScriptTypes === 'function';
}

/**
 * From now on files outside of `node_modules` find `@portcullis/*` and `zod` in the platform, wherever they lie; and those
 * that were announced by {@link expectUserFile}, with what they import of their own, are read as ES modules with their types
 * stripped. With `all` every TypeScript file is.
 */
export function registerUserFiles(all = false): void {
  takesAll ||= all;
  if (isRegistered) return;
  isRegistered = true;
  module.registerHooks({ resolve, load });
}

/** Announces a user's file by its URL. */
export function expectUserFile(url: string): void {
  expected.add(url);
}

/** Hex SHA-256 over the texts of a loaded file and of all that it imports of its own, as they were when they were loaded. */
export function digestOfLoaded(url: string): string {
  const seen = new Set<string>();
  const digests: string[] = [];
  const visit = (at: string): void => {
    const known = modules.get(at);
    if (known === undefined || seen.has(at)) return;
    seen.add(at);
    digests.push(known.digest);
    for (const next of known.imports) visit(next);
  };
  visit(url);
  return sha256Hex(digests.join('\n'));
}

const isOwn = (url: string | undefined): url is string =>
  url !== undefined && url.startsWith('file:') && !url.includes('/node_modules/');

const resolve: module.ResolveHookSync = (specifier, context, nextResolve) => {
  const { parentURL } = context;
  if (!isOwn(parentURL)) return nextResolve(specifier, context);
  if (PLATFORM_PACKAGE.test(specifier)) return ofPlatform(specifier, context, nextResolve);
  const resolved = nextResolve(specifier, context);
  const parent = modules.get(parentURL);
  if (parent !== undefined && isOwn(resolved.url)) {
    parent.imports.add(resolved.url);
    expected.add(resolved.url);
  }
  return resolved;
};

function ofPlatform(
  specifier: string,
  context: module.ResolveHookContext,
  nextResolve: Parameters<module.ResolveHookSync>[2],
): module.ResolveFnOutput {
  try {
    return nextResolve(specifier, { ...context, parentURL: PLATFORM });
  } catch (cause) {
    throw Object.assign(new Error(`the platform has no package ${specifier}`, { cause }), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
  }
}

const load: module.LoadHookSync = (url, context, nextLoad) => {
  const isCode = /\.m?[jt]s(\?|$)/.test(url);
  const isTypeScript = /\.m?ts(\?|$)/.test(url);
  const isExpected = expected.has(url);
  if (!isCode || !isOwn(url) || !(isExpected || (takesAll && isTypeScript))) return nextLoad(url, context);
  const text = readFileSync(fileURLToPath(url), 'utf8');
  if (text.length > SOURCE_LENGTH_MAX) {
    throw new RangeError(`${fileURLToPath(url)} has more than ${SOURCE_LENGTH_MAX} characters`);
  }
  modules.set(url, { digest: sha256Hex(text), imports: new Set() });
  if (!isTypeScript) return { format: 'module', source: text, shortCircuit: true };
  if (process.features.typescript !== false) return { format: 'module-typescript', source: text, shortCircuit: true };
  return { format: 'module', source: module.stripTypeScriptTypes(text), shortCircuit: true };
};
