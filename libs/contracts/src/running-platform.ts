import { z } from 'zod';

/** The file `up.json`, by which commands and tools find the platform that runs on this machine. */
export const runningPlatformSchema = z.strictObject({
  version: z.literal(1),
  /** Process that supervises all others. */
  pid: z.int(),
  /** Epoch microseconds. */
  startedAt: z.int(),
  state: z.string(),
  stateDir: z.string(),
  account: z.string(),
  natsUrl: z.string(),
  /** Folder of the nkey seeds, one file per identity. */
  seedsDir: z.string(),
  dashboard: z.string(),
  ports: z.record(z.string(), z.int()),
  /** Process ids of what is running now, by service. */
  processes: z.record(z.string(), z.int()),
});
export type RunningPlatform = z.infer<typeof runningPlatformSchema>;
