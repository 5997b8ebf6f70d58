import { digest } from '@portcullis/contracts';
import type { ReplayConfig, ReplaySummary, RunDigests } from '@portcullis/replay';
import { z } from 'zod';
import { BacktestError } from '../backtest-error.ts';
import type { DataInfo, QualityCount } from '../dataset/input-batch.ts';
import type { BacktestRequest } from '../request/backtest-request.ts';
import type { BacktestTiming } from '../run/backtest.ts';

/** Names of runs: a prefix and base 36, as `prepareReplay` derives them. */
export const RUN_ID = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** What a run was, and what is kept of it: written last, so that a run that has one is whole. */
export interface RunManifest {
  readonly version: 1;
  readonly runId: string;
  /** Microseconds since the epoch. */
  readonly createdAt: number;
  readonly digests: RunDigests;
  readonly request: BacktestRequest;
  readonly config: ReplayConfig;
  readonly data: DataInfo;
  readonly quality: readonly QualityCount[];
  readonly instrumentsInferred: boolean;
  readonly summary: ReplaySummary;
  readonly timing: BacktestTiming;
  /** What the one who asked for it wants to find it by. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly records?: number }[];
}

const shape = z.looseObject({
  version: z.literal(1),
  runId: z.string().regex(RUN_ID),
  createdAt: z.int().min(0),
  digests: z.looseObject({ data: digest, code: digest, config: digest }),
  summary: z.looseObject({ runId: z.string(), state: z.string(), decisionHash: z.string() }),
  files: z.array(z.looseObject({ name: z.string(), bytes: z.int().min(0) })),
});

/** Throws BacktestError naming the field where what stands in a store is no manifest of a run. */
export function parseRunManifest(where: string, body: Uint8Array): RunManifest {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw new BacktestError('input', `${where} is no manifest of a run: it is not JSON`, { cause });
  }
  const parsed = shape.safeParse(json);
  if (parsed.success) return json as RunManifest;
  const [issue] = parsed.error.issues;
  const field = issue?.path.map(String).join('.') ?? '';
  throw new BacktestError('input', `${where} is no manifest of a run: ${field} ${issue?.message ?? ''}`);
}
