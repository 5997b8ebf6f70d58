import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { UserError } from '@portcullis/config';

/** Where everything of one platform on this machine lies. */
export interface Layout {
  /** Folder of all states; keys are shared by them, because they belong to people and this machine. */
  readonly dir: string;
  readonly keysDir: string;
  /** Says where a running platform can be found. */
  readonly upFile: string;
  readonly stateName: string;
  /** Folder of one state: bus, journals, ledger. Flows do not share one, so that their accounts never mix. */
  readonly stateDir: string;
  readonly runDir: string;
  readonly logsDir: string;
  readonly lockFile: string;
  readonly natsDir: string;
}

export function layoutOf(dir: string, stateName: string): Layout {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(stateName)) {
    throw new UserError(
      `state ${JSON.stringify(stateName)} is no name for a folder`,
      'use letters, digits, - and _, at most 64',
    );
  }
  const root = resolve(dir);
  const stateDir = join(root, 'state', stateName);
  return {
    dir: root,
    keysDir: join(root, 'keys'),
    upFile: join(root, 'up.json'),
    stateName,
    stateDir,
    runDir: join(stateDir, 'run'),
    logsDir: join(stateDir, 'logs'),
    lockFile: join(stateDir, 'lock'),
    natsDir: join(stateDir, 'nats'),
  };
}

/** `generated-1`. */
export function generatedStateName(seed: number): string {
  return `generated-${seed}`;
}

/** The capture's name and the first digits of its content's SHA-256: another capture of the same name is another market. */
export async function captureStateName(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const part of createReadStream(file)) hash.update(part as Buffer);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new UserError(
      `flow ${file} cannot be read (${code})`,
      'give --flow a gzipped capture that this user may read',
      { cause },
    );
  }
  const name = basename(file)
    .replace(/\.(gz|jsonl?|txt)$/g, '')
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .slice(0, 40);
  return `${name}-${hash.digest('hex').slice(0, 8)}`;
}
