import type { BacktestRequest } from '../request/backtest-request.ts';
import { BacktestError } from '../backtest-error.ts';
import { type Point, pointsOf } from './parameter-space.ts';
import { COMBINATIONS_MAX, type SweepSpec, SPLITS_MAX, sweepIdOf } from './sweep-spec.ts';

/** A stretch of time `[from, to)` in microseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** One pair of windows of a walk-forward. */
export interface Split {
  readonly index: number;
  readonly train: Span;
  readonly test: Span;
}

export interface SweepPlan {
  readonly sweepId: string;
  readonly spec: SweepSpec;
  /** What varies, by the index of the combination. */
  readonly points: readonly Point[];
  /** Empty without a walk-forward. */
  readonly splits: readonly Split[];
  /** Runs in all: combinations, in each training window; and one in each test window. */
  readonly runs: number;
}

/**
 * What a sweep will run, in the same order whenever it is planned. `span` is the data's own, for a walk-forward over a
 * request that does not bound it; `to` exclusive. Throws {@link BacktestError} `input`.
 */
export function planSweep(spec: SweepSpec, span?: Span): SweepPlan {
  const points = pointsOf(spec);
  const splits = splitsOf(spec, span);
  const trained = points.length * Math.max(1, splits.length);
  if (trained > COMBINATIONS_MAX) {
    throw BacktestError.of({
      field: 'walkForward',
      value: `${splits.length} training windows of ${points.length} combinations`,
      expected: `at most ${COMBINATIONS_MAX} runs`,
    });
  }
  return { sweepId: sweepIdOf(spec), spec, points, splits, runs: trained + splits.length };
}

/** The request of one combination, over one window where there is one. */
export function requestOf({ spec: { base } }: SweepPlan, point: Point, window?: Span): BacktestRequest {
  return {
    ...base,
    parameters: { ...base.parameters, ...point },
    ...(window === undefined ? {} : { data: { ...base.data, from: window.from, to: window.to } }),
  };
}

/** Whether the data has to be asked where it begins and ends before this can be planned. */
export function needsSpan({ walkForward, base: { data } }: SweepSpec): boolean {
  return walkForward !== undefined && (data.from === undefined || data.to === undefined);
}

function splitsOf({ walkForward, base: { data } }: SweepSpec, span: Span | undefined): Split[] {
  if (walkForward === undefined) return [];
  const from = data.from ?? span?.from;
  const to = data.to ?? span?.to;
  if (from === undefined || to === undefined) {
    throw BacktestError.of({
      field: 'base.data',
      value: 'no from and to',
      expected: 'both, for a walk-forward over data whose span is not known',
    });
  }
  const { trainMicros, testMicros, stepMicros = testMicros, anchored } = walkForward;
  const splits: Split[] = [];
  for (let begin = from; begin + trainMicros + testMicros <= to; begin += stepMicros) {
    if (splits.length === SPLITS_MAX) {
      throw BacktestError.of({
        field: 'walkForward.stepMicros',
        value: String(stepMicros),
        expected: `a step that makes at most ${SPLITS_MAX} splits`,
      });
    }
    const turn = begin + trainMicros;
    splits.push({
      index: splits.length,
      train: { from: anchored ? from : begin, to: turn },
      test: { from: turn, to: turn + testMicros },
    });
  }
  if (splits.length > 0) return splits;
  throw BacktestError.of({
    field: 'walkForward',
    value: `train ${trainMicros} and test ${testMicros} microseconds`,
    expected: `windows that fit into the ${to - from} microseconds of the data`,
  });
}
