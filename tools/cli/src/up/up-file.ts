import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError, checkConfig, readTextFile } from '@portcullis/config';
import { type RunningPlatform, runningPlatformSchema } from '@portcullis/contracts';

/** Written whole or not at all. */
export function writeUpFile(file: string, content: RunningPlatform): void {
  const arriving = `${file}.arriving`;
  writeFileSync(arriving, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(arriving, file);
}

/** Removes it when it is still ours: another `up` with another state may have written its own since. */
export function removeUpFile(file: string): void {
  try {
    if ((JSON.parse(readFileSync(file, 'utf8')) as RunningPlatform).pid === process.pid) rmSync(file, { force: true });
  } catch {
    rmSync(file, { force: true });
  }
}

/** The platform that runs, or ran, from `dir`. Throws {@link UserError} when there is no record of one. */
export function findRunning(dir: string): RunningPlatform {
  const file = join(dir, 'up.json');
  const remedy = 'start it with `portcullis up`, name its --dir, or name a bus with --nats URL --seed-file FILE';
  let text: string;
  try {
    text = readTextFile(file, 'record of a running platform');
  } catch (cause) {
    throw new UserError(`no platform runs from ${dir}`, remedy, { cause });
  }
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw new UserError(`${file} is not JSON`, 'remove it; a running platform writes it anew at its next start', {
      cause,
    });
  }
  // Its supervisor may be gone while the services live on: a kill must still find them.
  return checkConfig(runningPlatformSchema, data, file);
}
