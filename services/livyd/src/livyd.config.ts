import { publicKeyField, serviceConfigFields, UserError } from '@portcullis/config';
import { instrumentDefinitionSchema, token } from '@portcullis/contracts';
import { describeInputError } from '@portcullis/kernel';
import { ERROR_POLICIES, type PreparedRun, type RunConfiguration, prepareRun } from '@portcullis/run';
import { z } from 'zod';

const MICROS_PER_MS = 1000;

const runSchema = z.strictObject({
  runId: token,
  /** A name of the strategy catalogue. */
  strategy: token,
  /** What the strategy takes: whole numbers, booleans, strings. */
  parameters: z.record(z.string().max(64), z.json()).default({}),
  account: token,
  instrument: instrumentDefinitionSchema,
  stage: z.literal('paper'),
  seed: z.string().max(64).default('0'),
  /** Life of an intent. */
  expiryMs: z.int().min(100).max(60_000).default(5000),
  errorPolicy: z.enum(ERROR_POLICIES).default('QUARANTINE'),
});

export const livydConfigSchema = z.strictObject({
  ...serviceConfigFields,
  /** Folder of the runs' journals: one folder inside it per run. */
  dataDir: z.string().min(1),
  /** Raw Ed25519 public keys in base64url: whose verdicts are believed. */
  gateKeys: z.array(publicKeyField).min(1).max(10),
  /** How long a crashed holder of a run keeps a successor waiting. */
  leaseMs: z.int().min(1000).max(60_000).default(3000),
  runs: z.array(runSchema).max(100),
});
export type LivydConfig = z.infer<typeof livydConfigSchema>;

type RunEntry = LivydConfig['runs'][number];

/** One configured run with a fresh strategy. Throws a {@link UserError} naming the run and the field that is wrong. */
export function preparedRun({ expiryMs, ...run }: RunEntry): PreparedRun {
  const configuration: RunConfiguration = { ...run, expiryMicros: expiryMs * MICROS_PER_MS };
  const prepared = prepareRun(configuration);
  if (prepared.ok) return prepared.value;
  throw new UserError(`run ${run.runId}: ${describeInputError(prepared.error)}`, 'correct the named field of the run');
}

/** Refuses runs that cannot start, and two of one name. */
export function checkRuns({ runs }: LivydConfig): void {
  const seen = new Set<string>();
  for (const run of runs) {
    if (seen.has(run.runId)) throw new UserError(`run ${run.runId} is configured twice`, 'give each run its own runId');
    seen.add(run.runId);
    preparedRun(run);
  }
}
