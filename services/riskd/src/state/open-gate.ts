import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@portcullis/config';
import { type Signer, describeInputError } from '@portcullis/kernel';
import { type GateConfig, GateCore, type GateInput } from '@portcullis/risk';
import { Journal } from '@portcullis/store';

/** A gate as its journal left it. */
export interface OpenGate {
  readonly core: GateCore;
  readonly journal: Journal<GateInput>;
  /** Size of the journal after it was read, to notice another writer. */
  readonly bytes: number;
}

/** Replays the journal. Throws {@link UserError} when the configuration cannot go on from there. */
export function openGate(journalDir: string, config: GateConfig, signer: Signer): OpenGate {
  const core = new GateCore({ account: config.account, signer });
  const journal = Journal.open<GateInput>(journalDir, ({ payload, seq, hash }) => core.replay(payload, { seq, hash }));
  const checked = core.checkConfig(config);
  if (checked.ok) return { core, journal, bytes: journalBytes(journalDir) };
  journal.close();
  throw new UserError(`wrong configuration: ${describeInputError(checked.error)}`, 'correct the named field');
}

export function journalBytes(dir: string): number {
  const names = existsSync(dir) ? readdirSync(dir).filter((name) => name.endsWith('.journal')) : [];
  return names.reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
}
