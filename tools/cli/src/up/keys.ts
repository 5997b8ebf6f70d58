import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureKeys } from '@portcullis/bus';
import { UserError, readSecretFile } from '@portcullis/config';
import { type Signer, ed25519Signer } from '@portcullis/kernel';

const OTHERS = 0o077;

/** Every key of the platform, as files that their owners alone may read. */
export interface Keys {
  /** Folder of the nkey seeds, one per identity. */
  readonly seedsDir: string;
  /** Public nkey of every identity. */
  readonly busUsers: Readonly<Record<string, string>>;
  readonly gateSigningKeyFile: string;
  readonly gatePublicKey: string;
  readonly approverKeyFiles: readonly string[];
  readonly approverPublicKeys: readonly string[];
  readonly venueApiKey: string;
  readonly venueApiKeyFile: string;
  readonly venueSecretFile: string;
  /** Token of the bridge's own kill over HTTP, for when the bus is down. */
  readonly killTokenFile: string;
}

/**
 * Makes the keys that are missing and checks those that are there. Throws {@link UserError} naming the file when one
 * cannot be read, is open to others, or holds no key: a new one is never put in its place unasked.
 */
export function ensurePlatformKeys(dir: string): Keys {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const seedsDir = join(dir, 'bus');
  const busUsers = ensureKeys(seedsDir);
  const gateSigningKeyFile = join(dir, 'riskd-signing.pem');
  const approverKeyFiles = ['approver-1', 'approver-2'].map((name) => join(dir, `${name}.pem`));
  const venueApiKeyFile = join(dir, 'venue-api-key');
  const venueSecretFile = join(dir, 'venue-secret');
  secretText(venueSecretFile, 'venue secret');
  const killTokenFile = join(dir, 'bridge-kill-token');
  secretText(killTokenFile, "token of the bridge's kill");
  return {
    seedsDir,
    busUsers,
    gateSigningKeyFile,
    gatePublicKey: signingKey(gateSigningKeyFile, "riskd's signing key").publicKeyBase64,
    approverKeyFiles,
    approverPublicKeys: approverKeyFiles.map((file) => signingKey(file, "an approver's key").publicKeyBase64),
    venueApiKeyFile,
    venueApiKey: secretText(venueApiKeyFile, 'venue API key'),
    venueSecretFile,
    killTokenFile,
  };
}

/** The signer of an Ed25519 key file. Throws {@link UserError} that names the file. */
export function signerFrom(file: string, what: string): Signer & { readonly publicKeyBase64: string } {
  const pem = readSecretFile(file, what);
  refuseOpen(file, what);
  try {
    return ed25519Signer(pem.reveal());
  } catch (cause) {
    throw new UserError(
      `${what} ${file} holds no Ed25519 private key in PKCS#8 PEM`,
      'restore the file from a copy; remove it only if a new key is meant',
      { cause },
    );
  }
}

function signingKey(file: string, what: string): Signer & { readonly publicKeyBase64: string } {
  if (!existsSync(file)) {
    writeSecret(file, generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }));
  }
  return signerFrom(file, what);
}

function secretText(file: string, what: string): string {
  if (!existsSync(file)) writeSecret(file, `${randomBytes(32).toString('hex')}\n`);
  const text = readSecretFile(file, what).reveal();
  refuseOpen(file, what);
  if (/^[A-Za-z0-9_-]{16,128}$/.test(text)) return text;
  throw new UserError(
    `${what} ${file} is garbled: expected 16 to 128 letters, digits, - or _`,
    'restore the file from a copy; remove it only if a new key is meant',
  );
}

function writeSecret(file: string, content: string | Buffer): void {
  writeFileSync(file, content, { mode: 0o600, flag: 'wx' });
  // A wider umask does not matter, a stricter one would: the mode has to be exactly this.
  chmodSync(file, 0o600);
}

function refuseOpen(file: string, what: string): void {
  if (process.platform !== 'win32' && (statSync(file).mode & OTHERS) !== 0) {
    throw new UserError(`${what} ${file} may be read by other users`, `run: chmod 600 ${file}`);
  }
}
