import { type InputError, type Result, err, ok } from '@portcullis/kernel';
import { type Strategy, strategies } from '@portcullis/strategy';
import { prepareRun } from './run-configuration.ts';
import type { InputPosition, RunInput } from './run-input.ts';
import { LiveRun } from './live-run.ts';
import type { RunOutput } from './run-output.ts';

/** One record of a run's journal. */
export interface JournaledInput extends InputPosition {
  readonly payload: RunInput;
}

/** An output with the journal number of the input that caused it. */
export interface CausedOutput {
  readonly seq: number;
  readonly output: RunOutput;
}

export interface ReplayedRun {
  readonly run: LiveRun;
  readonly outputs: readonly CausedOutput[];
  readonly decisionHash: string;
}

/**
 * Feeds a run's journal to a fresh run, made from the configuration in its first record. Equal journals give equal
 * outputs and an equal decision hash; that a live run's are the same is what its parity check shows.
 */
export function replayJournal(
  records: readonly JournaledInput[],
  catalogue: readonly Strategy[] = strategies,
): Result<ReplayedRun, InputError> {
  const first = records[0]?.payload;
  if (first?.type !== 'started') {
    return err({ field: 'journal', value: first?.type ?? '(empty)', expected: 'a journal that begins with "started"' });
  }
  const prepared = prepareRun(first.configuration, catalogue);
  if (!prepared.ok) return prepared;
  const run = new LiveRun(prepared.value);
  const outputs: CausedOutput[] = [];
  for (const { payload, seq, hash } of records) {
    for (const output of run.step(payload, { seq, hash })) outputs.push({ seq, output });
  }
  return ok({ run, outputs, decisionHash: run.decisionHash });
}
