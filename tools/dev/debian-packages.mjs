import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SetupError } from './setup.mjs';

const exec = promisify(execFile);

const keyrings = ['debian-archive-keyring.gpg', 'debian-archive-keyring.pgp'].map(
  (name) => `/usr/share/keyrings/${name}`,
);
const downloadMsMax = 240_000;

/**
 * The Debian mirror that this machine's own apt configuration names, and the code name of the release it runs.
 * @returns {Promise<{ mirror: string, release: string }>}
 */
async function debianHere() {
  const format = ['indextargets', '--format', '$(REPO_URI) $(CODENAME)', 'Created-By: Packages'];
  const { stdout } = await exec('apt-get', format);
  for (const line of stdout.split('\n')) {
    const [mirror, release] = line.split(' ');
    if (release !== undefined && /\/debian\/?$/.test(mirror)) return { mirror, release };
  }
  throw new SetupError('apt on this machine has no Debian mirror in its sources');
}

async function keyringOption() {
  for (const path of keyrings) {
    const found = await access(path).then(
      () => true,
      () => false,
    );
    if (found) return `[signed-by=${path}] `;
  }
  return '';
}

/** apt options that keep every list, cache and state file inside `dir`. The signature check stays on. */
function privateApt(dir) {
  const options = {
    'Dir::Etc::sourcelist': join(dir, 'etc/sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::State::lists': join(dir, 'lists'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(dir, 'cache'),
    'APT::Get::List-Cleanup': '0',
    // apt's own user could not write into a private directory.
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    // A mirror that does not answer is told to the person soon.
    'Acquire::http::Timeout': '20',
    'Acquire::https::Timeout': '20',
    'Acquire::Retries': '1',
    // Else an unreachable mirror is a warning only.
    'APT::Update::Error-Mode': 'any',
  };
  return Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/**
 * Downloads Debian packages and unpacks them over each other in a private directory; the system's apt sources and
 * state stay as they are, and root is not needed.
 * @param {Readonly<Record<string, readonly string[]>>} wanted package names by release; the release `own` is the
 *   machine's own
 * @param {(unpacked: string, packages: string[]) => Promise<T>} use gets the directory, which is gone afterwards, and
 *   the names of the package files, which carry their versions
 * @returns {Promise<T>}
 * @template T
 */
export async function withDebianPackages(wanted, use) {
  const dir = await mkdtemp(join(tmpdir(), 'portcullis-apt-'));
  try {
    for (const part of ['etc', 'lists/partial', 'cache/archives/partial', 'download', 'unpacked']) {
      await mkdir(join(dir, part), { recursive: true });
    }
    const { mirror, release } = await debianHere();
    const keyring = await keyringOption();
    const nameOf = (name) => (name === 'own' ? release : name);
    const sources = [...new Set(Object.keys(wanted).map(nameOf))].map(
      (name) => `deb ${keyring}${mirror} ${name} main\n`,
    );
    await writeFile(join(dir, 'etc/sources.list'), sources.join(''));
    const limits = { cwd: join(dir, 'download'), timeout: downloadMsMax };
    await exec('apt-get', [...privateApt(dir), '-qq', 'update'], limits);
    const names = Object.entries(wanted).flatMap(([from, list]) => list.map((name) => `${name}/${nameOf(from)}`));
    await exec('apt-get', [...privateApt(dir), '-qq', 'download', ...names], limits);
    const packages = (await readdir(join(dir, 'download'))).filter((name) => name.endsWith('.deb')).sort();
    if (packages.length < names.length) throw new SetupError('apt-get download left no package');
    for (const name of packages) {
      await exec('dpkg-deb', ['-x', join(dir, 'download', name), join(dir, 'unpacked')]);
    }
    return await use(join(dir, 'unpacked'), packages);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** What stopped {@link withDebianPackages}, in one sentence. */
export function reasonOf(error) {
  const said = error.code === 'ENOENT' ? `${error.path} is not on this machine` : error.stderr || error.message;
  return said.trim();
}
