import { randomUUID } from 'node:crypto';
import { link, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { troubled } from '../trouble.ts';
import { codeOf } from './file-trouble.ts';

/** Locks are held for a few system calls; who waits this long is behind something broken. */
const WAIT_MS_MAX = 60_000;
const POLL_MS_MIN = 1;
const POLL_MS_MAX = 25;
/** A lock of a process that cannot be looked at (another machine or container) counts as left behind after this long. */
const FOREIGN_MS_MAX = 30_000;
/** A taker of a left lock can die too, and the taker of its claim; more than this in a row is no accident. */
const CLAIMS_MAX = 8;

interface Owner {
  readonly token: string;
  readonly pid: number;
  /** Start of the process in ticks since boot, so that a number given to another process is not mistaken for it. */
  readonly started: string;
  /** Machine since its boot, and process namespace: where `pid` means something. */
  readonly realm: string;
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => '',
  );
}

async function startOf(pid: number | 'self'): Promise<string> {
  // The program's name stands in parentheses and may hold anything; the start is the 20th field after it.
  const text = await textOf(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

async function realmOf(): Promise<string> {
  const boot = await textOf('/proc/sys/kernel/random/boot_id');
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
  return boot === '' ? hostname() : `${boot} ${namespace}`;
}

let self: Promise<Omit<Owner, 'token'>> | undefined;
function ourselves(): Promise<Omit<Owner, 'token'>> {
  self ??= Promise.all([startOf('self'), realmOf()]).then(([started, realm]) => ({ pid: process.pid, started, realm }));
  return self;
}

async function isAlive(owner: Owner): Promise<boolean> {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
  }
  return owner.started === '' || (await startOf(owner.pid)) === owner.started;
}

/** Who holds a lock; `torn` after a power cut between its name and its content; undefined when it is free. */
async function ownerOf(path: string): Promise<Owner | { readonly token: string } | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    const [token, pid, started, ...realm] = text.split('\n');
    if (token !== undefined && token !== '' && started !== undefined && realm.length > 0) {
      return { token, pid: Number(pid), started, realm: realm.join('\n') };
    }
    return { token: `torn-${(await stat(path)).ino}` };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Locks between processes, as files made by `link()`. They need no clock, and a lock whose process has died is taken
 * over at once: by whoever holds the lock that is named after it, so that no second one can remove a newer lock.
 */
export class FileLocks {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Runs `work` while no other holder of the lock `name` runs. `unavailable` when it is not to be had for a minute. */
  async holding<T>(name: string, work: () => Promise<T>): Promise<T> {
    const path = join(this.#folder, name);
    const token = await this.#take(path, 0);
    try {
      return await work();
    } finally {
      // After a pause of half a minute another machine may have taken it over.
      if ((await ownerOf(path))?.token === token) await rm(path, { force: true });
    }
  }

  /** Returns the token under which the lock is held. */
  async #take(path: string, depth: number): Promise<string> {
    const { pid, started, realm } = await ourselves();
    const token = randomUUID();
    const candidate = join(this.#folder, `${token}.new`);
    await writeFile(candidate, [token, pid, started, realm].join('\n'), { flag: 'wx' });
    try {
      await this.#linkWhenFree(candidate, path, depth);
    } finally {
      await rm(candidate, { force: true });
    }
    return token;
  }

  async #linkWhenFree(candidate: string, path: string, depth: number): Promise<void> {
    const deadline = performance.now() + WAIT_MS_MAX;
    let seen = { token: '', since: 0 };
    for (let pause = POLL_MS_MIN; performance.now() < deadline; pause = Math.min(pause * 2, POLL_MS_MAX)) {
      try {
        await link(candidate, path);
        return;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
      const owner = await ownerOf(path);
      if (owner === undefined) continue;
      if (owner.token !== seen.token) seen = { token: owner.token, since: performance.now() };
      if (await isLeft(owner, performance.now() - seen.since)) await this.#remove(path, owner.token, depth);
      else await sleep(pause);
    }
    throw troubled('unavailable', `the lock ${path} was not free for ${WAIT_MS_MAX / 1000} s`);
  }

  /** Removes a lock that was left behind, unless another one did and a new one stands there. */
  async #remove(path: string, token: string, depth: number): Promise<void> {
    if (depth >= CLAIMS_MAX) {
      throw troubled('unavailable', `${path} was left behind again and again; remove it by hand`);
    }
    const claim = join(this.#folder, `claim-${token}`);
    await this.#take(claim, depth + 1);
    try {
      if ((await ownerOf(path))?.token === token) await rm(path, { force: true });
    } finally {
      await rm(claim, { force: true });
    }
  }
}

async function isLeft(owner: Owner | { readonly token: string }, watchedMs: number): Promise<boolean> {
  if (!('realm' in owner)) return true;
  const { realm } = await ourselves();
  if (owner.realm === realm) return !(await isAlive(owner));
  return watchedMs > FOREIGN_MS_MAX;
}
