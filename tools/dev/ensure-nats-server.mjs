import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { reasonOf } from './debian-packages.mjs';
import { withPackagedNatsServer } from './nats-server-package.mjs';
import { isScript, root, runScript, say, SetupError } from './setup.mjs';

const exec = promisify(execFile);

// 2.14 is the first version with everything that the streams ask for.
const least = { major: 2, minor: 14 };
const leastText = `${least.major}.${least.minor}`;

const waysOut = `Ways out:
  - install nats-server ${leastText} or newer and put it on PATH
  - or set NATS_SERVER_BIN to the path of such a binary
  - or copy such a binary to a machine without network access and set NATS_SERVER_BIN there
  - on Debian and its relatives: allow apt to reach its mirror, and run this again`;

/** The version of a nats-server binary (`2.15.1`), or undefined when it does not run. */
async function versionOf(binary) {
  try {
    const { stdout } = await exec(binary, ['-v'], { timeout: 10_000 });
    return /v(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

function isEnough(version) {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  return major > least.major || (major === least.major && minor >= least.minor);
}

/** What the environment names is taken or refused, never passed over in silence. */
async function fromEnvironment() {
  const named = process.env['NATS_SERVER_BIN'];
  if (named === undefined || named === '') return undefined;
  const version = await versionOf(resolve(named));
  if (version === undefined) throw new SetupError(`NATS_SERVER_BIN names ${named}, which does not run.\n${waysOut}`);
  if (isEnough(version)) return resolve(named);
  throw new SetupError(`NATS_SERVER_BIN names ${named}, which is ${version}; ${leastText} is needed.\n${waysOut}`);
}

async function fromPath() {
  // Debian puts it where the PATH of a plain user does not look.
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin'];
  for (const folder of folders.filter((name) => name !== '')) {
    const binary = resolve(folder, 'nats-server');
    try {
      accessSync(binary, constants.X_OK);
    } catch {
      continue;
    }
    const version = await versionOf(binary);
    if (isEnough(version)) return binary;
    say(`${binary} is ${version ?? 'not usable'}; ${leastText} or newer is needed, looking on`);
  }
  return undefined;
}

function cacheFolder() {
  return resolve(process.env['PORTCULLIS_CACHE'] ?? join(root, '.cache'), 'nats-server');
}

function sha256OfFile(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

async function fromCache() {
  const binary = join(cacheFolder(), 'nats-server');
  let record;
  try {
    record = JSON.parse(await readFile(join(cacheFolder(), 'nats-server.json'), 'utf8'));
    if (sha256OfFile(binary) !== record.sha256) {
      say(`${binary} does not have its recorded checksum; it is fetched again`);
      return undefined;
    }
  } catch {
    return undefined;
  }
  return isEnough(record.version) ? binary : undefined;
}

/** Puts a binary and its record into the cache; each arrives by rename, so that no reader sees half a file. */
async function keep(unpacked, packageName) {
  const folder = cacheFolder();
  const version = await versionOf(unpacked);
  if (!isEnough(version)) {
    throw new SetupError(`the package ${packageName} holds ${version ?? 'a binary that does not run here'}`);
  }
  await mkdir(folder, { recursive: true });
  const arriving = join(folder, `arriving-${process.pid}`);
  try {
    await copyFile(unpacked, arriving);
    await chmod(arriving, 0o755);
    const record = { version, sha256: sha256OfFile(arriving), package: packageName };
    await rename(arriving, join(folder, 'nats-server'));
    await writeFile(arriving, `${JSON.stringify(record, null, 2)}\n`);
    await rename(arriving, join(folder, 'nats-server.json'));
    say(`nats-server ${version} is in ${folder}, sha256 ${record.sha256}`);
  } finally {
    await rm(arriving, { force: true });
  }
  return join(folder, 'nats-server');
}

async function fromDebian() {
  say(`nats-server ${leastText} or newer is not on this machine; unpacking Debian's (some 10 MB, once)`);
  try {
    return await withPackagedNatsServer(keep);
  } catch (error) {
    throw new SetupError(`nats-server ${leastText} or newer could not be had: ${reasonOf(error)}\n${waysOut}`);
  }
}

/**
 * A nats-server of at least 2.14: the one that NATS_SERVER_BIN names, else one on PATH, else the cached one (its
 * checksum is verified), else Debian's, unpacked into the cache (`.cache/nats-server`, or under PORTCULLIS_CACHE).
 * @returns {Promise<string>} absolute path of the binary
 * @throws {SetupError} with the ways out
 */
export async function ensureNatsServer() {
  return (await fromEnvironment()) ?? (await fromPath()) ?? (await fromCache()) ?? (await fromDebian());
}

if (isScript(import.meta.url)) {
  await runScript(async () => {
    console.log(await ensureNatsServer());
    return 0;
  });
}
