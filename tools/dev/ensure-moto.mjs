import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './binary-cache.mjs';
import { reasonOf, withDebianPackages } from './debian-packages.mjs';
import { isScript, root, runScript, say, SetupError } from './setup.mjs';

const exec = promisify(execFile);

/** Where a Debian package keeps its modules. */
const modulesIn = 'usr/lib/python3/dist-packages';
/** The server with its own clients, which have to fit each other; the newer release knows more of S3. */
const releases = [
  { name: 'sid', without: '' },
  {
    name: 'trixie',
    without: 'it knows neither If-Match nor a condition on completing a multipart upload, and returns no SHA-256',
  },
];
const server = ['moto', 'boto3', 'botocore', 'responses', 's3transfer'];
/** What those import, from the release that the machine's python belongs to. */
const imported = [
  ...['flask', 'flask-cors', 'werkzeug', 'jinja2', 'markupsafe', 'itsdangerous', 'click', 'colorama', 'xmltodict'],
  ...['requests', 'urllib3', 'certifi', 'chardet', 'charset-normalizer', 'idna', 'cryptography', 'cffi-backend'],
  ...['dateutil', 'six', 'jmespath', 'yaml'],
];
const packageOf = (name) => `python3-${name}`;
// Every module that a request to S3 loads, so that a missing one shows now and not in a test.
const proof =
  'import json, sys, moto, moto.server, moto.s3.urls, moto.s3.responses; ' +
  'print(json.dumps({"moto": moto.__version__, "python": "%d.%d" % sys.version_info[:2]}))';
const proofMsMax = 60_000;
// Where the mirror cannot be reached for one release, the other one is not waited for.
const unreachable = /could not (connect|resolve)|timed out|temporary failure/i;

const waysOut = `Ways out:
  - allow apt to reach its Debian mirror, and run this again; it needs python3
  - or set MOTO_PYTHONPATH to a folder with moto 5 and everything that it imports
  - or set PORTCULLIS_WITHOUT_S3=1: the tests against an S3 server are left out then`;

/** Debian's own python first, because that is what Debian's packages are built for. */
function pythonHere() {
  const named = process.env['MOTO_PYTHON'];
  if (named !== undefined && named !== '') return named;
  const folders = ['/usr/bin', ...(process.env['PATH'] ?? '').split(delimiter).filter((name) => name !== '')];
  for (const folder of folders) {
    try {
      accessSync(join(folder, 'python3'), constants.X_OK);
      // The name of the version, for which some of the modules are built.
      return realpathSync(join(folder, 'python3'));
    } catch {
      continue;
    }
  }
  throw new SetupError(`moto, the S3 server of the tests, needs python3, which is not on PATH.\n${waysOut}`);
}

/** What moto says of itself, or why it does not run. Only the modules of `path` count, not those of the machine. */
async function versionsIn(python, path) {
  const env = { ...process.env, PYTHONPATH: path, PYTHONDONTWRITEBYTECODE: '1' };
  try {
    const { stdout } = await exec(python, ['-S', '-c', proof], { env, timeout: proofMsMax });
    return JSON.parse(stdout);
  } catch (error) {
    return { trouble: (error.stderr ?? '').trim().split('\n').at(-1) || error.message };
  }
}

/** What the environment names is taken or refused, never passed over in silence. */
async function fromEnvironment(python) {
  const named = process.env['MOTO_PYTHONPATH'];
  if (named === undefined || named === '') return undefined;
  const { trouble } = await versionsIn(python, resolve(named));
  if (trouble === undefined) return resolve(named);
  throw new SetupError(`MOTO_PYTHONPATH names ${named}, with which moto does not run: ${trouble}\n${waysOut}`);
}

/** Number of files: a tree that lost some is fetched again. */
async function filesIn(path) {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}

async function fromCache(python) {
  const path = join(cacheFolder('moto'), 'modules');
  try {
    const record = JSON.parse(await readFile(join(path, 'portcullis.json'), 'utf8'));
    if (record.interpreter === python && record.files === (await filesIn(path)) - 1) return path;
  } catch {
    return undefined;
  }
  say(`${path} is not what was put there, or for another python; it is fetched again`);
  return undefined;
}

/** Brings the modules into the cache by rename, so that nobody sees half of them. */
async function keep(python, unpacked, packages) {
  const modules = join(unpacked, modulesIn);
  const versions = await versionsIn(python, modules);
  if (versions.trouble !== undefined) throw new SetupError(`${packages.join(', ')}: ${versions.trouble}`);
  const folder = cacheFolder('moto');
  const path = join(folder, 'modules');
  const arriving = join(folder, `arriving-${process.pid}`);
  const leaving = join(folder, `leaving-${process.pid}`);
  await mkdir(folder, { recursive: true });
  try {
    await cp(modules, arriving, { recursive: true });
    const record = { ...versions, interpreter: python, packages, files: await filesIn(arriving) };
    await writeFile(join(arriving, 'portcullis.json'), `${JSON.stringify(record, null, 2)}\n`);
    if (existsSync(path)) await rename(path, leaving).catch(() => undefined);
    // Somebody else may have been faster with the same.
    await rename(arriving, path).catch((error) => {
      if (!existsSync(path)) throw error;
    });
  } finally {
    await rm(arriving, { recursive: true, force: true });
    await rm(leaving, { recursive: true, force: true });
  }
  say(`moto ${versions.moto} is in ${path}`);
  return path;
}

async function fromDebian(python) {
  say('moto, the S3 server of the tests, is not on this machine; unpacking Debian’s (some 20 MB, once)');
  const reasons = [];
  for (const { name, without } of releases) {
    try {
      const wanted = { [name]: server.map(packageOf), own: imported.map(packageOf) };
      const path = await withDebianPackages(wanted, (unpacked, packages) => keep(python, unpacked, packages));
      if (without !== '') say(`this is the moto of ${name}: ${without}`);
      return path;
    } catch (error) {
      reasons.push(`${name}: ${reasonOf(error)}`);
      if (unreachable.test(reasons.join())) break;
    }
  }
  throw new SetupError(`moto, the S3 server of the tests, could not be had: ${reasons.join('; ')}\n${waysOut}`);
}

/**
 * A folder for PYTHONPATH with moto 5 and everything that it imports, and the python to run it with (`-S`, so that the
 * machine's own modules do not mix in): the one that MOTO_PYTHONPATH names, else the cached one, else Debian's packages,
 * unpacked into the cache (`.cache/moto`, or under PORTCULLIS_CACHE).
 * @returns {Promise<{ MOTO_PYTHON: string, MOTO_PYTHONPATH: string }>} as variables for what starts it
 * @throws {SetupError} with the ways out
 */
export async function ensureMoto() {
  const python = pythonHere();
  const path = (await fromEnvironment(python)) ?? (await fromCache(python)) ?? (await fromDebian(python));
  return { MOTO_PYTHON: python, MOTO_PYTHONPATH: path };
}

/**
 * Variables for the tests: moto's place; or why there is none, with which the tests that need it fail; or nothing where
 * PORTCULLIS_WITHOUT_S3=1 says to leave them out, which is said loudly.
 * @returns {Promise<Record<string, string>>}
 */
export async function motoForTests() {
  if (process.env['PORTCULLIS_WITHOUT_S3'] === '1') {
    say('PORTCULLIS_WITHOUT_S3=1: THE TESTS AGAINST AN S3 SERVER ARE LEFT OUT');
    return {};
  }
  try {
    return await ensureMoto();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    return { MOTO_TROUBLE: error.message };
  }
}

if (isScript(import.meta.url)) {
  await runScript(async () => {
    console.log(JSON.stringify(await ensureMoto()));
    return 0;
  });
}
