import { decimalString } from '@portcullis/contracts';
import { base36OfHex, contentHash, type InputError } from '@portcullis/kernel';
import { z } from 'zod';
import { BacktestError } from '../backtest-error.ts';
import { backtestRequestSchema, CAPITAL } from '../request/backtest-request.ts';

/** Combinations of one sweep: the table of results is held in memory and sorted at the end. */
export const COMBINATIONS_MAX = 100_000;
/** Windows that a walk-forward may have. */
export const SPLITS_MAX = 1000;
const AXES_MAX = 20;
const VALUES_MAX = 10_000;

const bound = z.union([z.int(), decimalString]);

/** One parameter of the strategy and what it may be: a list, or `from`, `from + step`, … up to and with `to`. */
const axisSchema = z.union([
  z.strictObject({
    name: z.string().min(1).max(100),
    values: z
      .array(z.union([z.int(), z.boolean(), z.string().max(1000)]))
      .min(1)
      .max(VALUES_MAX),
  }),
  z.strictObject({ name: z.string().min(1).max(100), from: bound, to: bound, step: bound }),
]);
export type Axis = z.infer<typeof axisSchema>;

const axes = z.array(axisSchema).min(1).max(AXES_MAX);

/** What a sweep can be about. Statistics by their name in the report, or the exact profit. */
export const OBJECTIVES = [
  'sharpe',
  'sortino',
  'calmar',
  'totalReturn',
  'cagr',
  'maxDrawdown',
  'profitFactor',
  'winRate',
  'volatility',
  'pnl',
] as const;
export type Objective = (typeof OBJECTIVES)[number];
/** Those of which less is better. */
const SMALLEST_IS_BEST: readonly Objective[] = ['maxDrawdown', 'volatility'];

const windowMicros = z.int().min(1).max(Number.MAX_SAFE_INTEGER);

/**
 * A sweep as it is asked for: plain JSON, by the command line, HTTP and the work queue alike. One backtest, and which of
 * its strategy's parameters vary.
 */
export const sweepSpecSchema = z.strictObject({
  base: backtestRequestSchema,
  space: z.discriminatedUnion('kind', [
    /** Every combination; the last axis varies fastest. */
    z.strictObject({ kind: z.literal('grid'), axes }),
    /** `count` different combinations, drawn from the seed. */
    z.strictObject({
      kind: z.literal('random'),
      axes,
      count: z.int().min(1).max(COMBINATIONS_MAX),
      seed: z.string().max(100).default('0'),
    }),
  ]),
  objective: z
    .strictObject({
      /** Absent: the Sharpe ratio, or the profit where there is no equity that returns are shares of. */
      statistic: z.enum(OBJECTIVES).optional(),
      /** Absent: what is better of that statistic. */
      direction: z.enum(['max', 'min']).optional(),
    })
    .prefault({}),
  /** The best of each training window is tried on the test window behind it. */
  walkForward: z
    .strictObject({
      trainMicros: windowMicros,
      testMicros: windowMicros,
      /** From one split to the next; the length of the test window where absent. */
      stepMicros: windowMicros.optional(),
      /** Every training window begins where the data does. */
      anchored: z.boolean().default(false),
    })
    .optional(),
});
/** A checked specification with its defaults. */
export type SweepSpec = Omit<z.output<typeof sweepSpecSchema>, 'objective'> & {
  readonly objective: { readonly statistic: Objective; readonly direction?: 'max' | 'min' | undefined };
};
export type SweepSpecInput = z.input<typeof sweepSpecSchema>;

/** Checks a specification. Throws {@link BacktestError} `input` that names every field that is wrong, its value and what is expected. */
export function parseSweepSpec(input: unknown): SweepSpec {
  const parsed = sweepSpecSchema.safeParse(input);
  if (!parsed.success) throw BacktestError.of(...parsed.error.issues.map((issue) => inputErrorOf(issue, input)));
  refuseFloats(parsed.data, []);
  const { objective, ...rest } = parsed.data;
  const { balances, capital = CAPITAL } = rest.base.account;
  const fallback = balances === 'unlimited' && Number(capital) === 0 ? 'pnl' : 'sharpe';
  return { ...rest, objective: { ...objective, statistic: objective.statistic ?? fallback } };
}

/** Throws {@link BacktestError} for a number that has more than one spelling: digests are over whole numbers and text alone. */
export function refuseFloats(value: unknown, path: readonly string[]): void {
  if (typeof value === 'number' && (!Number.isSafeInteger(value) || Object.is(value, -0))) {
    const expected = 'a whole number, or a fraction as decimal text such as "0.5"';
    throw BacktestError.of({ field: path.join('.'), value: String(value), expected });
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) refuseFloats(member, [...path, name]);
}

const SHOWN_MAX = 200;

/** What is wrong with one field of JSON, in the words of the house. */
export function inputErrorOf(issue: z.core.$ZodIssue, input: unknown): InputError {
  const value = issue.path.reduce<unknown>(
    (at, key) => (at === null || typeof at !== 'object' ? undefined : (at as Record<PropertyKey, unknown>)[key]),
    input,
  );
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return { field: [...path, issue.keys[0] ?? ''].join('.'), value: 'present', expected: 'no such field' };
  }
  const shown = value === undefined ? 'nothing' : (JSON.stringify(value) ?? typeof value).slice(0, SHOWN_MAX);
  return { field: path.join('.') || 'the body', value: shown, expected: issue.message };
}

/** Equal specifications, equal id. Which data lies at the address is in the ids of the runs. */
export function sweepIdOf(spec: SweepSpec): string {
  return `sw-${base36OfHex(contentHash(['sweep', spec]), 20)}`;
}

/** Whether more of the objective is better. */
export function isMaximised({ statistic, direction }: SweepSpec['objective']): boolean {
  return direction === undefined ? !SMALLEST_IS_BEST.includes(statistic) : direction === 'max';
}
