import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachedBinary, cacheFolder, keepBinary } from './binary-cache.mjs';
import { isScript, root, runScript, say, SetupError } from './setup.mjs';

const exec = promisify(execFile);

/** Downloads take a minute on a slow line. */
const fetchMs = 180_000;

/** The version of a node binary (`22.18.0`), or undefined when it does not run. */
async function versionOf(binary) {
  try {
    const { stdout } = await exec(binary, ['-p', 'process.versions.node'], { timeout: 10_000 });
    return stdout.trim();
  } catch {
    return undefined;
  }
}

function isOf(version, major) {
  return version !== undefined && Number(version.split('.')[0]) === major;
}

async function fromCache(major) {
  const cached = await cachedBinary(cacheFolder('node', String(major)), 'node');
  return cached !== undefined && isOf(await versionOf(cached.binary), major) ? cached.binary : undefined;
}

async function keep(unpacked, major, packageName) {
  const version = await versionOf(unpacked);
  if (!isOf(version, major)) throw new Error(`${packageName} holds ${version ?? 'a binary that does not run here'}`);
  return keepBinary(unpacked, { folder: cacheFolder('node', String(major)), name: 'node', version, packageName });
}

/** What npm's registry has under the name of this platform, as npm itself fetches and verifies it. */
async function fromPackage(major) {
  const name = `node-${platform()}-${arch()}`;
  say(`node ${major} is not on this machine; fetching the npm package ${name}@${major} (some 50 MB, once)`);
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-node-'));
  try {
    const npm = ['pack', `${name}@${major}`, '--silent', '--pack-destination', folder];
    await exec('npm', npm, { cwd: root, timeout: fetchMs });
    const [archive] = (await readdir(folder)).filter((file) => file.endsWith('.tgz'));
    if (archive === undefined) throw new Error(`npm pack ${name}@${major} left no archive`);
    await exec('tar', ['-xzf', join(folder, archive), '-C', folder, 'package/bin/node']);
    return await keep(join(folder, 'package/bin/node'), major, archive.replace(/\.tgz$/, ''));
  } catch (error) {
    const [reason] = String(error.stderr || error.message)
      .trim()
      .split('\n');
    throw new SetupError(`node ${major} could not be had: ${reason}\nIt needs npm and a package registry.`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * A node of a major version: the one that runs this where it is of it, else the cached one (its checksum is verified),
 * else the one of the npm package for this platform, unpacked into the cache (`.cache/node/<major>`, or under
 * PORTCULLIS_CACHE).
 * @param {number} major
 * @returns {Promise<string>} absolute path of the binary
 * @throws {SetupError} where it cannot be had
 */
export async function ensureNode(major) {
  if (isOf(process.versions.node, major)) return process.execPath;
  return (await fromCache(major)) ?? (await fromPackage(major));
}

if (isScript(import.meta.url)) {
  await runScript(async () => {
    const major = Number(process.argv[2]);
    if (!Number.isInteger(major)) throw new SetupError('which node? node tools/dev/ensure-node.mjs 22', 2);
    console.log(await ensureNode(major));
    return 0;
  });
}
