import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = process.env['PORTCULLIS_SHARED'] ?? join(import.meta.dirname, '../../../../../shared/data');

/** A file or folder of the recorded market data; undefined, and said aloud, where it is not on this machine. */
export function sharedData(path: string): string | undefined {
  const found = join(root, path);
  if (existsSync(found)) return found;
  // Said aloud, because a silent pass would look like a check.
  process.stderr.write(`imports: no recorded data at ${found} (set PORTCULLIS_SHARED); this part was not checked\n`);
  return undefined;
}

/** The files of a folder of the recorded data, by name. */
export function sharedFiles(path: string): string[] | undefined {
  const folder = sharedData(path);
  return folder === undefined
    ? undefined
    : readdirSync(folder)
        .sort()
        .map((name) => join(folder, name));
}
