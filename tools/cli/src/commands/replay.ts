import {
  type BacktestResult,
  loadStrategy,
  type PreparedBacktest,
  prepareBacktest,
  runBacktest,
} from '@portcullis/backtests';
import type { ReplaySink } from '@portcullis/replay';
import { Pacer, speedOf } from '../backtest/pacer.ts';
import { typedParameters } from '../backtest/parameters.ts';
import { ReplayPage } from '../backtest/replay-page.ts';
import { ReplayView } from '../backtest/replay-view.ts';
import { requestOf, requestOptions, requestUsage } from '../backtest/request-flags.ts';
import { finishedLines } from '../backtest/run-lines.ts';
import { type Command, EXIT, type Flags, UsageError, textOf, wholeNumberOf } from '../command.ts';
import { ProgressLine, abortOnInterrupt } from '../data/progress-line.ts';
import { shownTime } from '../data/shown.ts';
import { printResult } from '../print.ts';

const PORT_MAX = 65_535;

export const replay: Command = {
  name: 'replay',
  summary:
    'Replays recorded data through a strategy at a pace that can be watched, in the terminal or on the dashboard',
  usage: [
    'usage: portcullis replay --strategy S [--param K=V …] --data URL --fill MODEL [--speed N] [--listen PORT] [--stream]',
    '',
    '  --speed N          asap, realtime, or how many times as fast as it happened: 60 (asap; with --listen 60)',
    '  --listen PORT      the dashboard over this replay at http://127.0.0.1:PORT/, 0 for a free port; stays until Ctrl-C',
    '  --stream           fills, denials, round trips and logs as JSON lines on standard output, as they happen',
    ...requestUsage,
  ],
  options: {
    ...requestOptions,
    speed: { type: 'string' },
    listen: { type: 'string' },
    stream: { type: 'boolean' },
  },
  positionalsMax: 0,
  async run({ flags, lists }) {
    const { request, parameters } = requestOf({ flags, lists });
    const port = wholeNumberOf(flags, 'listen', { least: 0, most: PORT_MAX });
    if (port !== undefined && flags['stream'] === true) {
      throw new UsageError('--listen and --stream are both given: expected one of them');
    }
    const speed = speedOf(textOf(flags, 'speed') ?? (port === undefined ? 'asap' : '60'));
    const strategy = await loadStrategy(request.strategy);
    const typed = typedParameters(strategy.strategy, parameters);
    const prepared = await prepareBacktest({ ...request, parameters: typed }, { strategy });
    try {
      return await watched(prepared, flags, { port, speed });
    } finally {
      await prepared.close();
    }
  },
};

interface Watching {
  readonly port: number | undefined;
  readonly speed: number;
}

async function watched(prepared: PreparedBacktest, flags: Flags, { port, speed }: Watching): Promise<number> {
  const view = new ReplayView(prepared);
  const page = port === undefined ? undefined : new ReplayPage(view);
  const progress = new ProgressLine();
  const interrupt = abortOnInterrupt();
  const pacer = new Pacer(speed, interrupt.signal);
  process.stdout.on('error', endOfReader);
  try {
    if (page !== undefined && port !== undefined) {
      process.stderr.write(`the dashboard is at ${await page.listen(port)}\n`);
    }
    const result = await runBacktest(prepared, {
      signal: interrupt.signal,
      sink: sinkOf(view, page, flags),
      onProgress: (told) => {
        view.progress(told);
        const equity = told.equity === undefined ? '' : `, equity ${told.equity}`;
        progress.show(
          told.share,
          `${shownTime(told.at).slice(0, 19)}, ${told.fills} fills, ${told.denied} denied${equity}`,
        );
      },
      // Each event one by one only where somebody looks at each, or waits for it.
      ...((speed !== Infinity || page !== undefined) && {
        pace: (event) => {
          view.event(event);
          return pacer.wait(event.tsEvent);
        },
      }),
    });
    progress.end();
    if (result.status === 'finished') view.ended(result.summary);
    show(flags, prepared, result);
    if (page !== undefined && !interrupt.signal.aborted) {
      process.stderr.write('the replay is over; the dashboard stays until Ctrl-C\n');
      await new Promise<void>((done) => interrupt.signal.addEventListener('abort', () => done()));
    }
    return result.status === 'finished' && result.summary.state !== 'completed' ? EXIT.failed : EXIT.ok;
  } finally {
    progress.end();
    interrupt.release();
    await page?.close();
    process.stdout.off('error', endOfReader);
  }
}

/** Whoever reads has seen enough: `--stream | head`. */
function endOfReader(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
}

function sinkOf(view: ReplayView, page: ReplayPage | undefined, flags: Flags): ReplaySink {
  const isStream = flags['stream'] === true;
  const isQuiet = flags['json'] === true || page !== undefined;
  const line = (kind: string, record: object): void => {
    if (isStream) process.stdout.write(`${JSON.stringify({ kind, ...record })}\n`);
  };
  const tell = (text: () => string): void => {
    if (!isStream && !isQuiet) process.stdout.write(`${text()}\n`);
  };
  return {
    fill(record) {
      const events = view.fill(record);
      page?.send(events);
      line('fill', record);
      const { at, side, quantity, instrument, price, position } = record;
      tell(() => `${shownTime(at)}  ${side} ${quantity} ${instrument} at ${price}, position ${position}`);
    },
    denial(record) {
      const events = view.denial(record);
      page?.send(events);
      line('denial', record);
      const { at, side, quantity, instrument, code } = record;
      tell(() => `${shownTime(at)}  denied: ${side} ${quantity} ${instrument}, ${code}`);
    },
    roundTrip(record) {
      view.roundTrip(record);
      line('round-trip', record);
    },
    log(level, message, at) {
      line('log', { level, message, at });
      tell(() => `${shownTime(at)}  ${level}: ${message}`);
    },
  };
}

function show(flags: Flags, prepared: PreparedBacktest, result: BacktestResult): void {
  if (result.status === 'paused') {
    const { events } = result.snapshot;
    if (flags['stream'] === true) process.stdout.write(`${JSON.stringify({ kind: 'stopped', events })}\n`);
    else printResult(flags, { status: 'stopped', events }, ['', `stopped after ${events} events`]);
    return;
  }
  const { summary, timing } = result;
  if (flags['stream'] === true) process.stdout.write(`${JSON.stringify({ kind: 'summary', ...summary, ...timing })}\n`);
  else printResult(flags, { status: 'finished', ...summary, ...timing }, ['', ...finishedLines(prepared, result, [])]);
}
