import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');

// What is installed, built, cached or private to one machine is no part of the house.
const outside = new Set(['node_modules', 'dist', 'coverage', '.git', '.cache', '.nx', '.portcullis']);

/** Paths of all files below `folder`, relative to the repository, sorted; empty when there is no such folder. */
export function filesIn(folder: string): readonly string[] {
  let entries;
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter((entry) => !outside.has(entry.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesIn(path);
      return entry.isFile() ? [path] : [];
    })
    .sort();
}

export function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

export function isSource(path: string): boolean {
  return /\.(ts|mjs|js|css|html)$/.test(path);
}

/** Files that people write as text. Recorded data and generated reference pages are not. */
export function isWritten(path: string): boolean {
  const isText = isSource(path) || /\.(md|json|ya?ml|sh|toml|conf)$|^\.[a-z]+$|^\.ci\/|^[A-Z]+$/.test(path);
  return isText && !/(^|\/)(golden|recorded)\/|^docs\/reference\/|^package-lock\.json$|^LICENSE$/.test(path);
}

/** Names of the TypeScript files directly in `folder`, specs and the list itself aside, without the ending. */
export function moduleNames(folder: string): readonly string[] {
  return filesIn(folder)
    .map((path) => path.slice(folder.length + 1))
    .filter((name) => /^[^/]+\.ts$/.test(name) && !name.endsWith('.spec.ts') && name !== 'index.ts')
    .map((name) => name.replace(/\.ts$/, ''));
}
