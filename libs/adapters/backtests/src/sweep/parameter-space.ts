import {
  canonicalJson,
  type Decimal,
  formatDecimal,
  type InputError,
  parseDecimal,
  pow10,
  SeededRandom,
} from '@portcullis/kernel';
import { BacktestError } from '../backtest-error.ts';
import { type Axis, COMBINATIONS_MAX, type SweepSpec } from './sweep-spec.ts';

/** Draws that a random sweep makes in search of combinations that it does not have yet, per combination. */
const DRAWS_PER_COMBINATION_MAX = 100;

export type ParameterValue = string | number | boolean;
export type Point = Readonly<Record<string, ParameterValue>>;

interface Dimension {
  readonly name: string;
  readonly values: readonly ParameterValue[];
}

/**
 * The points of a parameter space, always in the same order. Throws {@link BacktestError} `input` for an empty or
 * endless range, a name or value given twice, and for more than {@link COMBINATIONS_MAX} combinations.
 */
export function pointsOf({ space, base }: SweepSpec): Point[] {
  const dimensions = space.axes.map((axis, at) => dimensionOf(axis, `space.axes.${at}`));
  for (const [at, { name }] of dimensions.entries()) {
    if (dimensions.findIndex((other) => other.name === name) !== at) {
      throw refusal(`space.axes.${at}.name`, name, 'each parameter once');
    }
    if (name in base.parameters) {
      throw refusal(`space.axes.${at}.name`, name, 'a parameter that base.parameters does not set too');
    }
  }
  const size = dimensions.reduce((product, { values }) => product * values.length, 1);
  if (space.kind === 'random') return drawn(dimensions, size, space);
  if (size > COMBINATIONS_MAX) {
    throw refusal(
      'space',
      `${size} combinations`,
      `at most ${COMBINATIONS_MAX}; narrow the ranges, or draw some at random`,
    );
  }
  return Array.from({ length: size }, (_, index) => pointAt(dimensions, index));
}

/** The point of an index, the last dimension varying fastest. */
function pointAt(dimensions: readonly Dimension[], index: number): Point {
  const point: Record<string, ParameterValue> = {};
  let rest = index;
  for (const { name, values } of dimensions.toReversed()) {
    point[name] = values[rest % values.length] as ParameterValue;
    rest = Math.floor(rest / values.length);
  }
  return Object.fromEntries(dimensions.map(({ name }) => [name, point[name] as ParameterValue]));
}

function drawn(
  dimensions: readonly Dimension[],
  size: number,
  { count, seed }: { readonly count: number; readonly seed: string },
): Point[] {
  if (size < count) throw refusal('space.count', String(count), `at most ${size}: the space has no more combinations`);
  const random = SeededRandom.stream(seed, 'sweep');
  const found = new Map<string, Point>();
  for (let draws = 0; found.size < count && draws < count * DRAWS_PER_COMBINATION_MAX; draws++) {
    const point = Object.fromEntries(dimensions.map(({ name, values }) => [name, random.pick(values)]));
    found.set(canonicalJson(point), point);
  }
  // Only when nearly all of a small space is asked for: what chance left out follows in the order of the grid.
  for (let index = 0; found.size < count && index < size; index++) {
    const point = pointAt(dimensions, index);
    const key = canonicalJson(point);
    if (!found.has(key)) found.set(key, point);
  }
  return [...found.values()];
}

function dimensionOf(axis: Axis, field: string): Dimension {
  if ('values' in axis) {
    const twice = axis.values.find((value, at) => axis.values.indexOf(value) !== at);
    if (twice !== undefined) throw refusal(`${field}.values`, String(twice), 'each value once');
    return { name: axis.name, values: axis.values };
  }
  return { name: axis.name, values: rangeValues(axis, field) };
}

export interface ValueRange {
  readonly from: string | number;
  readonly to: string | number;
  readonly step: string | number;
}

/**
 * `from`, `from + step`, … up to and with `to`, exact. Numbers where all three are numbers, else decimal text. Throws
 * {@link BacktestError} `input` that names `field`.
 */
export function rangeValues({ from, to, step }: ValueRange, field: string): ParameterValue[] {
  const isText = [from, to, step].some((bound) => typeof bound === 'string');
  const decimals = { from, to, step };
  const parsed = Object.entries(decimals).map(([name, text]) => decimalOf(text, `${field}.${name}`));
  const scale = Math.max(...parsed.map((decimal) => decimal.scale));
  const [first = 0n, last = 0n, by = 0n] = parsed.map((decimal) => decimal.units * pow10(scale - decimal.scale));
  if (by <= 0n) throw refusal(`${field}.step`, String(step), 'a step above 0');
  if (last < first) throw refusal(`${field}.to`, String(to), `at least ${from}`);
  if ((last - first) / by >= BigInt(COMBINATIONS_MAX)) {
    throw refusal(`${field}.step`, String(step), `a step that makes at most ${COMBINATIONS_MAX} values`);
  }
  const values: ParameterValue[] = [];
  for (let units = first; units <= last; units += by) {
    const text = formatDecimal(units, scale);
    values.push(isText ? text : Number(text));
  }
  return values;
}

function decimalOf(text: string | number, field: string): Decimal {
  const parsed = parseDecimal(String(text), field);
  if (parsed.ok) return parsed.value;
  throw BacktestError.of(parsed.error);
}

function refusal(field: string, value: string, expected: string): BacktestError {
  const error: InputError = { field, value, expected };
  return BacktestError.of(error);
}
