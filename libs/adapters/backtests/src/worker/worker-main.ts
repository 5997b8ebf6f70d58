import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { openObjectStore } from '@portcullis/objects';
import type { EventSource } from '../dataset/input-batch.ts';
import { StreamedTape } from '../dataset/streamed-tape.ts';
import { Tape, type TapeHeader } from '../dataset/tape.ts';
import type { TapeSegment } from '../dataset/tape-segment.ts';
import type { BacktestRequest } from '../request/backtest-request.ts';
import type { RunHooks } from '../run/backtest.ts';
import { prepareBacktest } from '../run/prepare-backtest.ts';
import { recordBacktest } from '../run/record-backtest.ts';
import { RunStore } from '../store/run-store.ts';
import { DataThread } from './data-thread.ts';
import { EXITED, failureOf, type FromWorker, type ToWorker, type WatchdogOrder } from './worker-messages.ts';
import type { WorkerOptions, WorkerOrder, WorkerResult } from './worker-messages.ts';
import { moduleArguments, moduleUrl } from './worker-modules.ts';

// The process of a worker: one run at a time, nothing kept from one to the next but a tape. A thread beside it reads the
// data, another one watches.

/** Memory outside the strategy's heap: the modules, what reads the data, and what is about to be written. */
const BESIDE_HEAP_BYTES = 1024 * 1024 * 1024;

const STDERR = 2;
const [heapMb = ''] = process.argv.slice(2);
const bytesMax = Number(heapMb) * 1024 * 1024 + BESIDE_HEAP_BYTES;
let tape: { readonly header: TapeHeader; readonly segments: TapeSegment[]; bytes: number } | undefined;
let data: DataThread | undefined;
let stop: AbortController | undefined;

const parent = process.ppid;
const watchdog = new Worker(moduleUrl('watchdog-main'), {
  execArgv: moduleArguments,
  workerData: { parent, memoryMax: bytesMax } satisfies WatchdogOrder,
});

function say(message: FromWorker): void {
  process.send?.(message);
}

// Ctrl-C and the end of a service reach the whole group of processes; when a run ends is the parent's to say.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
// A thread in which DuckDB works does not survive the end that `process.exit` gives it; this end it does not notice.
process.on('exit', (code) => {
  writeSync(STDERR, `${EXITED}${code}\n`);
  process.kill(process.pid, 'SIGKILL');
});
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'tape':
      tape = { header: message.header, segments: [], bytes: 0 };
      return;
    case 'segment':
      return take(message.segment);
    case 'run':
      return void perform(message.order);
    case 'stop':
      return stop?.abort();
  }
});
say({ kind: 'ready' });

function take(segment: TapeSegment): void {
  if (tape === undefined) return;
  tape.segments.push(segment);
  tape.bytes += segment.numbers.byteLength;
  watchdog.postMessage({ parent, memoryMax: bytesMax + tape.bytes } satisfies WatchdogOrder);
}

async function perform(order: WorkerOrder): Promise<void> {
  stop = new AbortController();
  const alive = setInterval(() => say({ kind: 'alive' }), order.aliveEveryMs);
  try {
    say({ kind: 'done', result: await withEvents(order, stop.signal) });
  } catch (error) {
    say({ kind: 'failed', failure: failureOf(error) });
  } finally {
    clearInterval(alive);
    stop = undefined;
  }
}

async function withEvents({ request, events, options }: WorkerOrder, signal: AbortSignal): Promise<WorkerResult> {
  if (events === 'tape') {
    if (tape === undefined) throw new Error('a run over a tape came before the tape');
    const source = new Tape({ ...tape.header, segments: tape.segments });
    return recorded(options, request, { source, inferred: false }, signal);
  }
  if (data?.isUsable !== true) data = new DataThread(moduleUrl('data-main'), moduleArguments);
  try {
    const { store, artefacts, report, resume } = options;
    const quality = (store !== undefined && artefacts !== 'summary') || report === true;
    const { header, port } = await data.open({ request, after: resume?.cursor ?? undefined, quality });
    const source = new StreamedTape(header, port);
    const filled = { ...request, instruments: [...header.definitions] };
    try {
      return await recorded(options, filled, { source, inferred: header.inferred }, signal);
    } finally {
      source.close();
    }
  } finally {
    await data.stop();
  }
}

async function recorded(
  { store: url, resume, stopAfter, snapshotEvery, ...keep }: WorkerOptions,
  request: BacktestRequest,
  events: { readonly source: EventSource; readonly inferred: boolean },
  signal: AbortSignal,
): Promise<WorkerResult> {
  const hooks: RunHooks = {
    signal,
    onProgress: (progress) => say({ kind: 'progress', progress }),
    ...(resume !== undefined && { resume }),
    ...(stopAfter !== undefined && { stopAfter }),
    ...(snapshotEvery !== undefined && {
      snapshotEvery,
      onSnapshot: (snapshot) => say({ kind: 'snapshot', snapshot }),
    }),
  };
  const prepared = await prepareBacktest(request, events);
  const store = url === undefined ? undefined : openObjectStore(url);
  try {
    const result = await recordBacktest(prepared, {
      hooks,
      ...(store !== undefined && { runs: new RunStore(store) }),
      ...keep,
    });
    const { runId, request: asked, config, digests, info, instrumentsInferred } = prepared;
    return { ...result, plan: { runId, request: asked, config, digests, info, instrumentsInferred } };
  } finally {
    await store?.close();
  }
}
