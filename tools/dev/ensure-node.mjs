import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { arch, platform, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { isScript, root, runScript, say, SetupError } from './setup.mjs';

const exec = promisify(execFile);

/** Downloads take a minute on a slow line. */
const fetchMs = 180_000;

function cacheFolder(major) {
  return resolve(process.env['PORTCULLIS_CACHE'] ?? join(root, '.cache'), 'node', String(major));
}

function sha256OfFile(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

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
  const binary = join(cacheFolder(major), 'node');
  if (!existsSync(binary)) return undefined;
  let record;
  try {
    record = JSON.parse(readFileSync(join(cacheFolder(major), 'node.json'), 'utf8'));
  } catch {
    return undefined;
  }
  if (sha256OfFile(binary) !== record.sha256) {
    say(`${binary} does not have its recorded checksum; it is fetched again`);
    return undefined;
  }
  return isOf(await versionOf(binary), major) ? binary : undefined;
}

/** Puts a binary and its record into the cache; each arrives by rename, so that no reader sees half a file. */
async function keep(unpacked, major, packageName) {
  const version = await versionOf(unpacked);
  if (!isOf(version, major)) throw new Error(`${packageName} holds ${version ?? 'a binary that does not run here'}`);
  const folder = cacheFolder(major);
  await mkdir(folder, { recursive: true });
  const arriving = join(folder, `arriving-${process.pid}`);
  try {
    await copyFile(unpacked, arriving);
    await chmod(arriving, 0o755);
    const record = { version, sha256: sha256OfFile(arriving), package: packageName };
    await rename(arriving, join(folder, 'node'));
    await writeFile(arriving, `${JSON.stringify(record, null, 2)}\n`);
    await rename(arriving, join(folder, 'node.json'));
    say(`node ${version} is in ${folder}, sha256 ${record.sha256}`);
  } finally {
    await rm(arriving, { force: true });
  }
  return join(folder, 'node');
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
