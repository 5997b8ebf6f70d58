import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { promisify } from 'node:util';
import { cachedBinary, cacheFolder, keepBinary } from './binary-cache.mjs';
import { reasonOf } from './debian-packages.mjs';
import { withPackagedNatsServer } from './nats-server-package.mjs';
import { isScript, runScript, say, SetupError } from './setup.mjs';

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

async function fromCache() {
  const cached = await cachedBinary(cacheFolder('nats-server'), 'nats-server');
  return isEnough(cached?.version) ? cached.binary : undefined;
}

async function keep(unpacked, packageName) {
  const version = await versionOf(unpacked);
  if (!isEnough(version)) {
    throw new SetupError(`the package ${packageName} holds ${version ?? 'a binary that does not run here'}`);
  }
  return keepBinary(unpacked, { folder: cacheFolder('nats-server'), name: 'nats-server', version, packageName });
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
