import { type Axis, OBJECTIVES, type ParameterValue, rangeValues, type SweepSpecInput } from '@portcullis/backtests';
import type { Strategy } from '@portcullis/strategy';
import { typedParameters } from '../backtest/parameters.ts';
import { type Invocation, UsageError, textOf, wholeNumberOf } from '../command.ts';
import { oneOf } from '../data/flags.ts';

const COUNT_MAX = 100_000;
const MICROS = { m: 60_000_000, h: 3_600_000_000, d: 86_400_000_000 } as const;
const DECIMAL = String.raw`-?\d+(?:\.\d+)?`;
const RANGE = new RegExp(`^(${DECIMAL})\\.\\.(${DECIMAL})(?:/(${DECIMAL}))?$`);

export const sweepOptions = {
  grid: { type: 'string', multiple: true },
  random: { type: 'string' },
  'random-seed': { type: 'string' },
  objective: { type: 'string' },
  'walk-forward': { type: 'string' },
  workers: { type: 'string' },
  'time-budget': { type: 'string' },
  memory: { type: 'string' },
  store: { type: 'string' },
  top: { type: 'string' },
} as const;

export const sweepUsage = [
  '  --grid K=V         values of a parameter: fast=5,10,20 or slow=30..100/10; once for each that varies',
  '  --random N         N different combinations instead of all; --random-seed S draws others (0)',
  `  --objective O      ${OBJECTIVES.join(', ')}; with :min or :max where the other way`,
  '                     round is meant (sharpe)',
  '  --walk-forward W   train=90d,test=30d[,step=30d][,anchored]: the best of each training window, tested behind it',
  '  --store URL        keeps the runs and the table; what is there already is not computed again (file://./runs)',
  '  --workers N        threads (2)',
  '  --time-budget T    the longest that a strategy may think without coming back (10s)',
  '  --memory M         MiB of heap of each thread (512)',
  '  --top N            rows that are shown (10)',
];

/** What of a sweep the flags say, beside the backtest. Throws {@link UsageError} naming the flag. */
export function sweepOf(
  { flags, lists }: Pick<Invocation, 'flags' | 'lists'>,
  strategy: Strategy,
): Omit<SweepSpecInput, 'base'> {
  const grids = lists['grid'] ?? [];
  if (grids.length === 0) throw new UsageError('--grid is missing: expected what varies, such as fast=5,10,20');
  const axes = grids.map((text) => axisOf(text, strategy));
  const count = wholeNumberOf(flags, 'random', { least: 1, most: COUNT_MAX });
  const seed = textOf(flags, 'random-seed');
  if (count === undefined && seed !== undefined) throw new UsageError('--random-seed goes with --random');
  const walkForward = walkForwardOf(textOf(flags, 'walk-forward'));
  return {
    space:
      count === undefined
        ? { kind: 'grid', axes }
        : { kind: 'random', axes, count, ...(seed === undefined ? {} : { seed }) },
    objective: objectiveOf(textOf(flags, 'objective')),
    ...(walkForward === undefined ? {} : { walkForward }),
  };
}

function axisOf(text: string, strategy: Strategy): Axis {
  const [, name, list] = /^([A-Za-z_][A-Za-z0-9_]*)=(.+)$/s.exec(text) ?? [];
  if (name === undefined || list === undefined) {
    throw new UsageError(`--grid is ${JSON.stringify(text)}: expected name=5,10,20 or name=30..100/10`);
  }
  const range = RANGE.exec(list);
  const texts =
    range === null
      ? list.split(',').map((part) => part.trim())
      : rangeValues({ from: range[1] ?? '', to: range[2] ?? '', step: range[3] ?? '1' }, `--grid ${name}`).map(String);
  return { name, values: texts.map((one) => typedValue(strategy, name, one)) };
}

/** A value in the type that the strategy wants it in. */
function typedValue(strategy: Strategy, name: string, text: string): ParameterValue {
  const value = typedParameters(strategy, { [name]: text })[name];
  if (typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value)) {
    return value as ParameterValue;
  }
  throw new UsageError(`--grid ${name} has ${JSON.stringify(text)}: expected whole numbers, true, false or text`);
}

function objectiveOf(text: string | undefined): NonNullable<SweepSpecInput['objective']> {
  if (text === undefined) return {};
  const [name = '', way, ...more] = text.split(':');
  const statistic = oneOf('--objective', name, OBJECTIVES);
  if (way === undefined) return { statistic };
  if (more.length > 0) {
    throw new UsageError(`--objective is ${JSON.stringify(text)}: expected such as sharpe or volatility:min`);
  }
  return { statistic, direction: oneOf('--objective', way, ['min', 'max'] as const) };
}

function walkForwardOf(text: string | undefined): SweepSpecInput['walkForward'] {
  if (text === undefined) return undefined;
  const expected = `--walk-forward is ${JSON.stringify(text)}: expected such as train=90d,test=30d, with step=30d or anchored`;
  const lengths: Record<string, number> = {};
  let anchored = false;
  for (const part of text.split(',').map((one) => one.trim())) {
    const [, name, amount, unit] = /^(train|test|step)=(\d{1,6})([mhd])$/.exec(part) ?? [];
    if (part === 'anchored') anchored = true;
    else if (name === undefined || name in lengths || Number(amount) === 0) throw new UsageError(expected);
    else lengths[name] = Number(amount) * MICROS[unit as keyof typeof MICROS];
  }
  const { train, test, step } = lengths;
  if (train === undefined || test === undefined) throw new UsageError(expected);
  return { trainMicros: train, testMicros: test, anchored, ...(step === undefined ? {} : { stepMicros: step }) };
}
