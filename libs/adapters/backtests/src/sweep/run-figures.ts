import { addMoney, describeInputError, formatMoney, type Money, parseMoney } from '@portcullis/kernel';
import type { ReplaySummary } from '@portcullis/replay';
import type { RunStatistics } from '@portcullis/statistics';
import type { RunFigures } from './sweep-row.ts';

/** Of a run what a sweep keeps in its table; the rest is in the store under the run's id. */
export function figuresOf({
  summary,
  statistics,
}: {
  readonly summary: ReplaySummary;
  readonly statistics: RunStatistics;
}): RunFigures {
  const floats: Record<string, number | null> = {};
  for (const [name, value] of Object.entries(statistics)) {
    // JSON has no NaN and no infinity: such a statistic is not there.
    if (typeof value === 'number') floats[name] = Number.isFinite(value) ? value : null;
    else if (value === null) floats[name] = null;
  }
  const { runId, state, failure, decisionHash, fees, roundTrips, fills, denied, events } = summary;
  // Losers that are kept open count: else a strategy that never closes one would look best.
  const pnl = formatMoney(addMoney(amount(summary.pnl), amount(summary.unrealised)));
  return { runId, state, failure, decisionHash, pnl, fees, roundTrips, fills, denied, events, statistics: floats };
}

function amount(text: string): Money {
  const parsed = parseMoney(text);
  if (!parsed.ok) throw new Error(describeInputError(parsed.error));
  return parsed.value;
}
