export { barWindows, type BarsToJudge } from './bar-windows.ts';
export { LatencyHistogram, type LatencySummary } from './latency-histogram.ts';
export { mergeWindows, unobservedWindow } from './merge-windows.ts';
export { QualityMeter, type QualityMeterOptions } from './quality-meter.ts';
export {
  judged,
  QUALITY_RULES,
  type QualityRule,
  qualityTable,
  SILENCE_MICROS_MAX,
  silenceTable,
  type WindowFacts,
} from './rules.ts';
