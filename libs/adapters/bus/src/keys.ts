import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createUser, fromSeed } from '@nats-io/nkeys';
import { readSecretFile, type Secret, UserError } from '@portcullis/config';
import { identities } from '@portcullis/contracts';

const OTHERS = 0o077;

/** The file that holds the seed of an identity. */
export function seedFileOf(keysDir: string, identity: string): string {
  return join(keysDir, `${identity}.nk`);
}

/**
 * Makes a seed file (mode 0600) for every identity that has none yet, and returns the public keys of all.
 * Existing keys stay as they are. Throws {@link UserError} when a file is no key or others may read it.
 */
export function ensureKeys(keysDir: string): Record<string, string> {
  mkdirSync(keysDir, { recursive: true, mode: 0o700 });
  const publicKeys: Record<string, string> = {};
  for (const { name } of identities) {
    const file = seedFileOf(keysDir, name);
    if (!existsSync(file)) writeSeed(file);
    publicKeys[name] = publicKeyOf(loadSeed(file));
  }
  return publicKeys;
}

function writeSeed(file: string): void {
  const seed = new TextDecoder().decode(createUser().getSeed());
  writeFileSync(file, `${seed}\n`, { mode: 0o600, flag: 'wx' });
  // A wider umask does not matter, a stricter one would: the mode has to be exactly this.
  chmodSync(file, 0o600);
}

/** Reads and checks a seed. Throws {@link UserError} that names the file and what to do; the seed itself is never printed. */
export function loadSeed(file: string): Secret {
  const seed = readSecretFile(file, 'bus key');
  if (process.platform !== 'win32' && (statSync(file).mode & OTHERS) !== 0) {
    throw new UserError(`bus key ${file} may be read by other users`, `run: chmod 600 ${file}`);
  }
  try {
    publicKeyOf(seed);
  } catch {
    throw new UserError(
      `bus key ${file} holds no nkey user seed (it should begin with SU)`,
      'restore the file, or remove it so that set-up makes a new key',
    );
  }
  return seed;
}

/** The public key (`U…`) of a user's seed. Throws when it is no such seed. */
export function publicKeyOf(seed: Secret): string {
  const key = fromSeed(new TextEncoder().encode(seed.reveal())).getPublicKey();
  if (!key.startsWith('U')) throw new Error('not the seed of a user');
  return key;
}
