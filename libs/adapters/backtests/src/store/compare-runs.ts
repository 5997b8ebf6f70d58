import type { ReplaySummary, RunDigests } from '@portcullis/replay';
import type { RunStatistics } from '@portcullis/statistics';
import { canonicalJson } from '@portcullis/kernel';
import type { RunList, RunStore } from './run-store.ts';

/** One run of a comparison: what is known of it, and its lists where they were kept. */
export interface ComparedRun {
  /** How a person named it. */
  readonly name: string;
  readonly runId: string;
  readonly digests: RunDigests | undefined;
  readonly summary: ReplaySummary;
  readonly statistics: RunStatistics | undefined;
  readonly config: unknown;
  readonly runs: RunStore | undefined;
}

/** Two values of one field; undefined where a run does not have it. */
export interface Difference {
  readonly field: string;
  readonly one: unknown;
  readonly other: unknown;
}

/** The first place at which two lists of records part. */
export interface FirstDifference {
  readonly list: RunList;
  /** From 0. */
  readonly index: number;
  readonly at: number;
  readonly one: unknown;
  readonly other: unknown;
}

export interface RunComparison {
  readonly one: string;
  readonly other: string;
  readonly sameDecisions: boolean;
  /** Of `data`, `config` and `code`, those that differ or are not known of both. */
  readonly digests: readonly Difference[];
  /** Fields of the configurations that differ. */
  readonly config: readonly Difference[];
  /** Every field of the summaries that differs. */
  readonly summary: readonly Difference[];
  /** All statistics of both, side by side. Floats. */
  readonly statistics: readonly Difference[];
  /** The earliest of the lists' first differences; undefined where there is none, or the lists were not kept. */
  readonly first: FirstDifference | undefined;
}

const DIGESTS = ['data', 'config', 'code'] as const;
/** Orders and what became of them: the lists that show where two runs part. */
const LISTS = ['fills', 'denials', 'round-trips'] as const;

/** Puts two runs side by side. The lists are streamed. */
export async function compareRuns(one: ComparedRun, other: ComparedRun): Promise<RunComparison> {
  const names = (a: object | undefined, b: object | undefined) => [
    ...new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})]),
  ];
  return {
    one: one.name,
    other: other.name,
    sameDecisions: one.summary.decisionHash === other.summary.decisionHash,
    digests: DIGESTS.map((field) => ({ field, one: one.digests?.[field], other: other.digests?.[field] })).filter(
      differs,
    ),
    config: flatDifferences(one.config, other.config),
    summary: flatDifferences(one.summary, other.summary),
    statistics: names(one.statistics, other.statistics).map((field) => ({
      field,
      one: one.statistics?.[field as keyof RunStatistics],
      other: other.statistics?.[field as keyof RunStatistics],
    })),
    first: await firstDifference(one, other),
  };
}

function differs({ one, other }: Difference): boolean {
  return one === undefined || JSON.stringify(one) !== JSON.stringify(other);
}

/** Leaves of two JSON values that differ, by their path. */
function flatDifferences(one: unknown, other: unknown, path = ''): Difference[] {
  if (one === undefined && other === undefined) return [];
  if (isObject(one) && isObject(other)) {
    return [...new Set([...Object.keys(one), ...Object.keys(other)])].flatMap((key) =>
      flatDifferences(one[key], other[key], path === '' ? key : `${path}.${key}`),
    );
  }
  return JSON.stringify(one) === JSON.stringify(other) ? [] : [{ field: path, one, other }];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object';
}

async function firstDifference(one: ComparedRun, other: ComparedRun): Promise<FirstDifference | undefined> {
  if (one.runs === undefined || other.runs === undefined) return undefined;
  const found: FirstDifference[] = [];
  for (const list of LISTS) {
    const first = await firstOf(list, one.runs.records(one.runId, list), other.runs.records(other.runId, list));
    if (first !== undefined) found.push(first);
  }
  return found.sort((a, b) => a.at - b.at)[0];
}

async function firstOf(
  list: RunList,
  one: AsyncGenerator<unknown, void, undefined>,
  other: AsyncGenerator<unknown, void, undefined>,
): Promise<FirstDifference | undefined> {
  try {
    for (let index = 0; ; index++) {
      const [a, b] = [await one.next(), await other.next()];
      if (a.done === true && b.done === true) return undefined;
      const [left, right] = [a.value ?? undefined, b.value ?? undefined];
      if (left !== undefined && right !== undefined && comparable(left) === comparable(right)) continue;
      const at = Math.min(timeOf(left), timeOf(right));
      return { list, index, at, one: left, other: right };
    }
  } finally {
    await one.return();
    await other.return();
  }
}

/** Client order ids carry the run's id, which differs between any two runs. */
function comparable(record: unknown): string {
  const { clientOrderId: _, ...rest } = record as { readonly clientOrderId?: string };
  return canonicalJson(rest);
}

function timeOf(record: unknown): number {
  const { at, exitAt } = (record ?? {}) as { readonly at?: number; readonly exitAt?: number };
  return at ?? exitAt ?? Infinity;
}
