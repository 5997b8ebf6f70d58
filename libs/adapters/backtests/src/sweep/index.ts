export { type ParameterValue, pointsOf, type Point, rangeValues } from './parameter-space.ts';
export { needsSpan, planSweep, type Span, type Split, type SweepPlan } from './plan-sweep.ts';
export { isStoreTrouble, PoolRunner, type PoolRunnerOptions } from './pool-runner.ts';
export {
  type PartOutcome,
  runPart,
  type SplitOutcome,
  type SweepProgress,
  type SweepRunner,
  type SweepWindow,
  unitsOf,
} from './run-part.ts';
export { planOf, runSweep, type SweepOptions, type SweepReport } from './run-sweep.ts';
export type { ChoiceWarning } from './selection-bias.ts';
export { assembleSweep, type OutOfSample, type SweepResult } from './sweep-result.ts';
export { ranked, type RunFigures, type SweepRow } from './sweep-row.ts';
export {
  COMBINATIONS_MAX,
  type Axis,
  OBJECTIVES,
  parseSweepSpec,
  refuseFloats,
  sweepIdOf,
  type SweepSpec,
  type SweepSpecInput,
  sweepSpecSchema,
} from './sweep-spec.ts';
export { SweepStore } from './sweep-store.ts';
