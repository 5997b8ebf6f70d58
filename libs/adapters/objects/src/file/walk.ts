import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OWN_FOLDER } from '../object-key.ts';
import { codeOf } from './file-trouble.ts';

interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
  /** A folder's keys go on with `/`, which decides its place among its neighbours. */
  readonly place: Buffer;
}

/** Files and folders of one folder in the order of the keys; links and everything else are no part of a store. */
async function entriesOf(root: string, folder: string): Promise<Entry[]> {
  let found: Dirent[];
  try {
    found = await readdir(join(root, folder), { withFileTypes: true });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return [];
    throw error;
  }
  return found
    .filter((entry) => entry.isFile() || (entry.isDirectory() && !(folder === '' && entry.name === OWN_FOLDER)))
    .map((entry) => {
      const isFolder = entry.isDirectory();
      return { name: entry.name, isFolder, place: Buffer.from(isFolder ? `${entry.name}/` : entry.name) };
    })
    .sort((one, other) => Buffer.compare(one.place, other.place));
}

/** Keys of all files below `folder` whose name there begins with `start`, in order; holds one folder a level in memory. */
export async function* keysBelow(root: string, folder: string, start: string): AsyncGenerator<string> {
  for (const { name, isFolder } of await entriesOf(root, folder)) {
    if (!name.startsWith(start)) continue;
    if (isFolder) yield* keysBelow(root, `${folder}${name}/`, '');
    else yield `${folder}${name}`;
  }
}

/** Names of the folders in `folder` below which there is a file. */
export async function* foldersIn(root: string, folder: string): AsyncGenerator<string> {
  for (const { name, isFolder } of await entriesOf(root, folder)) {
    if (!isFolder) continue;
    const first = await keysBelow(root, `${folder}${name}/`, '').next();
    if (first.done !== true) yield name;
  }
}
