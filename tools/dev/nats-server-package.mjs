import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SetupError } from './setup.mjs';

const exec = promisify(execFile);

// Debian's stable releases carry versions older than the one that is needed.
const suite = 'sid';
const keyrings = ['debian-archive-keyring.gpg', 'debian-archive-keyring.pgp'].map(
  (name) => `/usr/share/keyrings/${name}`,
);
const downloadMsMax = 240_000;

/** The Debian mirror that this machine's own apt configuration names. */
async function debianMirror() {
  const format = ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'];
  const { stdout } = await exec('apt-get', format);
  const mirror = stdout.split('\n').find((uri) => /\/debian\/?$/.test(uri));
  if (mirror === undefined) throw new SetupError('apt on this machine has no Debian mirror in its sources');
  return mirror;
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
 * Downloads and unpacks Debian's nats-server package in a private directory; the system's apt sources and state stay
 * as they are, and root is not needed.
 * @param {(binary: string, packageName: string) => Promise<T>} use gets the unpacked binary, which is gone afterwards
 * @returns {Promise<T>}
 * @template T
 */
export async function withPackagedNatsServer(use) {
  const dir = await mkdtemp(join(tmpdir(), 'portcullis-apt-'));
  try {
    for (const part of ['etc', 'lists/partial', 'cache/archives/partial', 'download']) {
      await mkdir(join(dir, part), { recursive: true });
    }
    const source = `deb ${await keyringOption()}${await debianMirror()} ${suite} main\n`;
    await writeFile(join(dir, 'etc/sources.list'), source);
    const limits = { cwd: join(dir, 'download'), timeout: downloadMsMax };
    await exec('apt-get', [...privateApt(dir), '-qq', 'update'], limits);
    await exec('apt-get', [...privateApt(dir), '-qq', 'download', 'nats-server'], limits);
    const deb = (await readdir(join(dir, 'download'))).find((name) => name.endsWith('.deb'));
    if (deb === undefined) throw new SetupError('apt-get download left no package');
    await exec('dpkg-deb', ['-x', join(dir, 'download', deb), join(dir, 'unpacked')]);
    return await use(join(dir, 'unpacked/usr/sbin/nats-server'), deb);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
