import type { BacktestPlan, FinishedBacktest } from '@portcullis/backtests';
import { shownCount, shownCountOf, shownTime } from '../data/shown.ts';
import { columns } from '../print.ts';
import { sparkline } from './sparkline.ts';

/** Denial codes listed. */
const DENIALS_SHOWN = 5;

/** A finished run for people: what it was, what came of it, and its equity as a picture. */
export function finishedLines(plan: BacktestPlan, result: FinishedBacktest, kept: readonly string[]): string[] {
  const { summary, timing, equity } = result;
  const { config, info } = plan;
  const { currency } = config.account;
  const denials = Object.entries(summary.denials).sort(([, a], [, b]) => b - a);
  const notes = [
    ...(plan.instrumentsInferred
      ? ['rules of the instruments are inferred from the data (--instruments FILE gives them)']
      : []),
    ...(Number(summary.startEquity) > 0
      ? []
      : ['no money to begin with, so no returns: --capital 10000 or --balances USDT=10000 gives some']),
    ...counted(summary.malformed, 'malformed event', ' left out'),
    ...counted(summary.outOfOrder, 'event', ' out of order left out'),
    ...counted(summary.duplicates, 'event', ' that came twice left out'),
    ...counted(summary.gaps, 'gap', ' in the data'),
    ...counted(summary.errors, 'error', ' of the strategy'),
    ...counted(summary.liquidations, 'liquidation', ''),
    ...(summary.intents === 0 && summary.errors === 0 ? [asksForNothing(summary.eventsByKind)] : []),
  ];
  return [
    `${summary.strategy} on ${info.instruments.map(({ symbol }) => symbol).join(', ')}, ${shownTime(summary.from).slice(0, 16)} to ${shownTime(summary.to).slice(0, 16)}: ${summary.state}`,
    ...(summary.failure === null ? [] : [`  ${summary.failure}`]),
    '',
    ...columns([
      ['realised', `${summary.pnl} ${currency}`],
      ['fees', `${summary.fees} ${currency}`],
      ...(summary.funding === '0' ? [] : [['funding', `${summary.funding} ${currency}`]]),
      ['unrealised', `${summary.unrealised} ${currency}`],
      ['equity', `${summary.startEquity} to ${summary.endEquity} ${currency}`],
      ['round trips', shownCount(summary.roundTrips)],
      ['fills', shownCount(summary.fills)],
      [
        'intents',
        `${shownCount(summary.intents)}: ${shownCount(summary.approved)} approved, ${shownCount(summary.denied)} denied${deniedFor(denials)}`,
      ],
      ...statisticsRows(result, currency),
    ]),
    '',
    ...(equity.length > 1 ? [sparkline(equity.map((point) => Number(point.equity))), ''] : []),
    ...notes.map((note) => `note: ${note}`),
    `${shownCount(summary.events)} events in ${timing.seconds} s (data ${timing.dataSeconds} s, replay ${timing.replaySeconds} s: ${shownCount(timing.eventsPerSecond)} events/s)`,
    `run ${summary.runId}, decisions ${summary.decisionHash}`,
    ...kept,
  ];
}

function counted(count: number, one: string, rest: string): string[] {
  return count > 0 ? [shownCountOf(count, one, rest)] : [];
}

/** Often it waits for events that the data has not: quotes where there are bars. */
function asksForNothing(eventsByKind: Readonly<Record<string, number>>): string {
  const kinds = Object.keys(eventsByKind).filter((kind) => kind !== 'gap');
  return `the strategy asked for no order; of market events it was given ${kinds.join(', ') || 'none'}`;
}

function deniedFor(denials: readonly (readonly [string, number])[]): string {
  if (denials.length === 0) return '';
  const shown = denials.slice(0, DENIALS_SHOWN).map(([code, count]) => `${code} ${shownCount(count)}`);
  return ` (${shown.join(', ')}${denials.length > DENIALS_SHOWN ? ', …' : ''})`;
}

function statisticsRows({ statistics, summary }: FinishedBacktest, currency: string): string[][] {
  const number = (value: number | null, digits = 4): string =>
    value === null ? '-' : String(Number(value.toPrecision(digits)));
  const rows: [string, string | undefined][] = [
    ['profit factor', statistics.profitFactor === null ? undefined : number(statistics.profitFactor)],
    ['max drawdown', `${number(statistics.maxDrawdownMoney, 8)} ${currency}`],
  ];
  // Without money at the start there is nothing that returns could be shares of.
  if (Number(summary.startEquity) > 0) {
    const percent = (value: number | null) => (value === null ? '-' : `${number(value * 100)} %`);
    rows.push(
      ['', percent(statistics.maxDrawdown)],
      ['return', percent(statistics.totalReturn)],
      ['Sharpe', number(statistics.sharpe)],
      ['Sortino', number(statistics.sortino)],
    );
  }
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}
