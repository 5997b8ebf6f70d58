import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { basename, delimiter, join } from 'node:path';
import { isScript, root, run, runScript, say, SetupError } from './setup.mjs';

const modules = join(root, 'node_modules');
const stampFile = join(modules, '.portcullis-lock-sha256');
const binFolder = join(modules, '.bin');

// The oldest that loads the dependencies; type stripping, for what is run from source, came later.
const least = [20, 19];
const leastForSource = [22, 18];

function lockText() {
  return readFileSync(join(root, 'package-lock.json'), 'utf8');
}

/** True when npm's own record of what it installed agrees with the lock file: somebody ran npm already. */
function isInstalled(lock) {
  let installed;
  try {
    installed = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')).packages;
  } catch {
    return false;
  }
  return Object.entries(JSON.parse(lock).packages)
    .filter(([path]) => path.startsWith('node_modules/'))
    .every(([path, wanted]) => {
      const found = installed[path];
      // Those for other platforms are never installed here.
      if (found === undefined) return wanted.optional === true || wanted.os !== undefined;
      return found.version === wanted.version && found.resolved === wanted.resolved;
    });
}

/** Makes node_modules what package-lock.json says. Does nothing, quickly, when it is. */
async function ensureDependencies() {
  const lock = lockText();
  const stamp = createHash('sha256').update(lock).digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  if (!isInstalled(lock)) await install(lock);
  writeFileSync(stampFile, stamp);
}

/**
 * Not `npm ci`: it refuses a lock file in which other platforms' optional packages are missing, and that is what npm
 * writes where a registry does not have them. The versions are those of the lock file all the same, which is checked.
 */
async function install(lock) {
  say('installing dependencies as package-lock.json says; a first time takes about a minute');
  const code = await runNpm(['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']);
  if (code !== 0) {
    throw new SetupError(
      `npm install ended with exit code ${code}; its own words are above. It needs a package registry or a filled npm cache.`,
    );
  }
  if (isInstalled(lock)) return;
  throw new SetupError(
    'npm installed other versions than package-lock.json says: package.json and the lock file disagree',
  );
}

/** The npm that started us, where one did; its path is a script for node. */
function runNpm(args) {
  const script = process.env['npm_execpath'];
  if (script !== undefined && basename(script) === 'npm-cli.js' && existsSync(script)) {
    return run(process.execPath, [script, ...args]);
  }
  return run('npm', args);
}

function isAtLeast(version, [major, minor]) {
  const [foundMajor = 0, foundMinor = 0] = version.split('.').map(Number);
  return foundMajor > major || (foundMajor === major && foundMinor >= minor);
}

/**
 * The node that the platform runs on: the one among the dependencies, else the one that runs this script.
 * @param {{ source?: boolean }} [need] source: it has to run TypeScript files as they are
 * @returns {string} absolute path
 * @throws {SetupError} when both are too old
 */
export function runtimeNode({ source = false } = {}) {
  const wanted = source ? leastForSource : least;
  const own = join(binFolder, 'node');
  if (existsSync(own)) {
    try {
      const version = execFileSync(own, ['-p', 'process.versions.node'], { encoding: 'utf8' });
      if (isAtLeast(version, wanted)) return own;
    } catch {
      say(`${own} does not run on this machine; using ${process.execPath}`);
    }
  }
  if (isAtLeast(process.versions.node, wanted)) return process.execPath;
  throw new SetupError(
    `node ${process.versions.node} is too old; install node ${wanted.join('.')} or newer (24 is tested)`,
  );
}

/** The environment in which `node` and the tools of node_modules are found first. */
export function runtimeEnvironment(extra = {}) {
  return { ...process.env, PATH: `${binFolder}${delimiter}${process.env['PATH'] ?? ''}`, ...extra };
}

/**
 * Builds what changed, for node to run.
 * @param {string} node from `bootstrap`
 */
export async function build(node) {
  await typescript(node, ['-b'], 'the build');
}

/** Runs the TypeScript compiler; `what` names the step for the person who reads why it failed. */
export async function typescript(node, args, what) {
  // By its own name: the API of the older compiler beside it may own `tsc` in .bin.
  const code = await run(node, [join(root, 'node_modules/typescript-native/bin/tsc'), ...args]);
  if (code !== 0) throw new SetupError(`${what} failed (tsc ${args.join(' ')}); the errors are above`);
}

/**
 * Sets the working tree up: dependencies as the lock file says, and a node to run them. Works where only node 20 is
 * installed and nothing else is there yet. Progress goes to standard error.
 * @param {{ source?: boolean }} [need] as for runtimeNode
 * @returns {Promise<string>} absolute path of the node to run everything with
 * @throws {SetupError}
 */
export async function bootstrap(need) {
  if (!isAtLeast(process.versions.node, least)) {
    throw new SetupError(`node ${process.versions.node} is too old; install node ${least.join('.')} or newer`);
  }
  await ensureDependencies();
  return runtimeNode(need);
}

if (isScript(import.meta.url)) {
  await runScript(async () => {
    console.log(await bootstrap());
    return 0;
  });
}
