import { formatMoney, money } from '@portcullis/kernel';
import type { RunKernel } from '@portcullis/run';
import type { EventCounts } from './event-counts.ts';
import type { OrderDesk } from './order-desk.ts';
import type { PreparedReplay } from './prepare-replay.ts';
import type { ReplaySummary } from './records.ts';
import type { ReplayLedger } from './replay-ledger.ts';

/** What a run that has ended came to. */
export function replaySummary(run: {
  readonly prepared: PreparedReplay;
  readonly state: ReplaySummary['state'];
  readonly failure: string | undefined;
  readonly kernel: Pick<RunKernel, 'positionOf' | 'counters' | 'decisionHash'>;
  readonly desk: OrderDesk;
  readonly ledger: ReplayLedger;
  readonly counts: EventCounts;
}): ReplaySummary {
  const { prepared, kernel, desk, ledger } = run;
  const { realised, unrealised, fees, funding, equity } = ledger.value();
  const positions: Record<string, string> = {};
  for (const [slot] of prepared.instruments.entries()) {
    const { quantity } = kernel.positionOf(slot);
    if (quantity !== 0) positions[desk.instrumentOf(slot)] = desk.textOf(slot).quantity(quantity);
  }
  return {
    runId: prepared.runId,
    strategy: prepared.config.strategy,
    state: run.state,
    failure: run.failure ?? null,
    ...run.counts.summary(),
    ...desk.counts,
    roundTrips: ledger.roundTrips,
    pnl: formatMoney(money(realised - fees + funding)),
    fees: formatMoney(fees),
    funding: formatMoney(funding),
    unrealised: formatMoney(unrealised),
    positions,
    startEquity: formatMoney(ledger.startEquity()),
    endEquity: formatMoney(equity),
    errors: kernel.counters.errors,
    decisionHash: kernel.decisionHash,
    seed: prepared.config.seed,
  };
}
