import { statSync } from 'node:fs';
import { checkConfig, serviceConfigFields, UserError } from '@portcullis/config';
import { z } from 'zod';

export const strategydConfigSchema = z.strictObject({
  ...serviceConfigFields,
  /** Left out: this instance works alone, with a queue of its own that survives in the store. */
  bus: serviceConfigFields.bus.optional(),
  /** Where requests, runs and sweeps are kept: `file:///folder` or `s3://bucket/prefix`; the same for all replicas. */
  store: z.string().min(1),
  /** Folder of strategy files that requests may name; left out: the catalogue alone. */
  strategiesDir: z.string().min(1).optional(),
  /** Addresses of stores that requests may read, with what lies below them; left out: any that this process can read. */
  dataStores: z.array(z.string().min(1)).max(100).optional(),
  /** Worker processes: runs at the same time. */
  workers: z.int().min(1).max(64).default(2),
  /** Of one worker, MiB; a run that needs more fails. */
  memoryMb: z.int().min(64).max(1_048_576).default(1024),
  /** The longest that a strategy may keep its worker without coming back; beyond it the run fails. */
  timeBudgetMs: z.int().min(100).max(3_600_000).default(10_000),
  /** Of one run in all; one that takes longer fails. */
  runMsMax: z.int().min(100).max(604_800_000).default(3_600_000),
  /** Requests of one priority that may wait; one more is refused. */
  queueMax: z.int().min(1).max(100_000).default(1000),
  /** Deliveries of one request before it counts as what ends the replicas that take it. */
  attemptsMax: z.int().min(1).max(15).default(5),
  /** Combinations of a sweep that one replica takes at a time. */
  partRuns: z.int().min(1).max(1000).default(20),
  /** Decoded data of a sweep that is held in memory, MiB; more is read again by each run. */
  tapeMb: z.int().min(1).max(1_048_576).default(1024),
});
export type StrategydConfig = z.infer<typeof strategydConfigSchema>;

/** What the schema cannot say. Throws a {@link UserError} naming the field that is wrong. */
export function checkStrategydConfig(input: unknown): StrategydConfig {
  const config = checkConfig(strategydConfigSchema, input, 'strategyd');
  const { strategiesDir } = config;
  if (strategiesDir !== undefined && statSync(strategiesDir, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new UserError(
      `strategiesDir is ${JSON.stringify(strategiesDir)}: there is no such folder`,
      'make it, or leave the field out',
    );
  }
  return config;
}
