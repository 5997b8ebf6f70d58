import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { BacktestSnapshot } from '@portcullis/backtests';
import { UserError } from '@portcullis/config';
import { z } from 'zod';

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const shape = z.looseObject({
  version: z.literal(1),
  runId: z.string(),
  digests: z.looseObject({ data: digest, code: digest, config: digest }),
  cursor: z
    .strictObject({ tsEvent: z.int().min(0), seq: z.int().min(0), stream: z.string(), index: z.int().min(0) })
    .nullable(),
  events: z.int().min(0),
  replay: z.looseObject({}),
});

/** Writes a stopped run where `--state` says; whole or not at all. */
export function writeState(path: string, snapshot: BacktestSnapshot): void {
  const arriving = `${path}.${process.pid}.part`;
  try {
    writeFileSync(arriving, `${JSON.stringify(snapshot)}\n`);
    renameSync(arriving, path);
  } catch (cause) {
    rmSync(arriving, { force: true });
    throw new UserError(`--state ${path} cannot be written: ${(cause as Error).message}`, 'look at --state', { cause });
  }
}

/** Reads it back. Throws UserError where it is not there or no state of a run. */
export function readState(path: string): BacktestSnapshot {
  if (!existsSync(path)) throw new UserError(`there is no state ${path}`, 'leave out --resume to begin anew');
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new UserError(`${path} is no state of a run: ${(cause as Error).message}`, 'begin anew without --resume', {
      cause,
    });
  }
  const parsed = shape.safeParse(json);
  if (parsed.success) return json as BacktestSnapshot;
  const [issue] = parsed.error.issues;
  const where = issue?.path.map(String).join('.') ?? '';
  throw new UserError(`${path} is no state of a run: ${where} ${issue?.message ?? ''}`, 'begin anew without --resume');
}

/** `withLists`: also what of the run lies beside it. */
export function removeState(path: string, withLists = false): void {
  rmSync(path, { force: true });
  if (withLists) rmSync(`${path}.run`, { recursive: true, force: true });
}
