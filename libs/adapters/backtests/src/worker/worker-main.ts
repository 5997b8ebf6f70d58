import { parentPort } from 'node:worker_threads';
import { UserError } from '@portcullis/config';
import { required } from '@portcullis/kernel';
import { openObjectStore } from '@portcullis/objects';
import { BacktestError } from '../backtest-error.ts';
import { Tape } from '../dataset/tape.ts';
import type { RunHooks } from '../run/backtest.ts';
import { prepareBacktest } from '../run/prepare-backtest.ts';
import { type RecordedBacktest, recordBacktest } from '../run/record-backtest.ts';
import { RunStore } from '../store/run-store.ts';
import type { FromWorker, ToWorker, WorkerFailure, WorkerOrder } from './worker-messages.ts';

// The thread of a worker: one run at a time, nothing kept from one to the next.

const port = required(parentPort, 'the port to the thread that started this one');
let stop: AbortController | undefined;

function say(message: FromWorker): void {
  port.postMessage(message);
}

port.on('message', (message: ToWorker) => {
  if (message.kind === 'stop') stop?.abort();
  else void perform(message.order);
});
say({ kind: 'ready' });

async function perform(order: WorkerOrder): Promise<void> {
  stop = new AbortController();
  const alive = setInterval(() => say({ kind: 'alive' }), order.aliveEveryMs);
  try {
    say({ kind: 'done', result: await recorded(order, stop.signal) });
  } catch (error) {
    say({ kind: 'failed', failure: failureOf(error) });
  } finally {
    clearInterval(alive);
    stop = undefined;
  }
}

async function recorded(order: WorkerOrder, signal: AbortSignal): Promise<RecordedBacktest> {
  const { tape, store: url, resume, stopAfter, snapshotEvery } = order;
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
  const prepared = await prepareBacktest(order.request, tape === undefined ? {} : { source: new Tape(tape) });
  const store = url === undefined ? undefined : openObjectStore(url);
  const { artefacts, report, reuse, attributes } = order;
  try {
    return await recordBacktest(prepared, {
      hooks,
      ...(store !== undefined && { runs: new RunStore(store) }),
      ...(artefacts !== undefined && { artefacts }),
      ...(report !== undefined && { report }),
      ...(reuse !== undefined && { reuse }),
      ...(attributes !== undefined && { attributes }),
    });
  } finally {
    await store?.close();
    await prepared.close();
  }
}

function failureOf(error: unknown): WorkerFailure {
  if (error instanceof BacktestError) {
    const { trouble, name, message, inputs } = error;
    return { trouble, name, message, inputs };
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const remedy = error instanceof UserError ? { remedy: error.remedy } : {};
  return { trouble: 'other', name, message, inputs: [], ...remedy };
}
