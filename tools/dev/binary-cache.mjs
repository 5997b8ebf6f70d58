import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { root, say } from './setup.mjs';

/** A folder for binaries that were fetched: below `.cache`, or below PORTCULLIS_CACHE. */
export function cacheFolder(...names) {
  return resolve(process.env['PORTCULLIS_CACHE'] ?? join(root, '.cache'), ...names);
}

async function sha256OfFile(path) {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

/**
 * A binary of the cache whose checksum is the recorded one, with its recorded version; undefined where there is none.
 * @returns {Promise<{ binary: string, version: string } | undefined>}
 */
export async function cachedBinary(folder, name) {
  const binary = join(folder, name);
  try {
    const { version, sha256 } = JSON.parse(await readFile(`${binary}.json`, 'utf8'));
    if ((await sha256OfFile(binary)) === sha256) return { binary, version };
  } catch {
    return undefined;
  }
  say(`${binary} does not have its recorded checksum; it is fetched again`);
  return undefined;
}

/** Puts a binary and its record into the cache; each arrives by rename, so that no reader sees half a file. */
export async function keepBinary(unpacked, { folder, name, version, packageName }) {
  const binary = join(folder, name);
  await mkdir(folder, { recursive: true });
  const arriving = join(folder, `arriving-${process.pid}`);
  try {
    await copyFile(unpacked, arriving);
    await chmod(arriving, 0o755);
    const record = { version, sha256: await sha256OfFile(arriving), package: packageName };
    await rename(arriving, binary);
    await writeFile(arriving, `${JSON.stringify(record, null, 2)}\n`);
    await rename(arriving, `${binary}.json`);
    say(`${name} ${version} is in ${folder}, sha256 ${record.sha256}`);
  } finally {
    await rm(arriving, { force: true });
  }
  return binary;
}
