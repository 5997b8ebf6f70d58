import { parentPort } from 'node:worker_threads';
import { required } from '@portcullis/kernel';
import { openObjectStore } from '@portcullis/objects';
import { StreamedTape } from '../dataset/streamed-tape.ts';
import { Tape } from '../dataset/tape.ts';
import type { RunHooks } from '../run/backtest.ts';
import { prepareBacktest } from '../run/prepare-backtest.ts';
import { recordBacktest } from '../run/record-backtest.ts';
import { RunStore } from '../store/run-store.ts';
import { failureOf, type FromWorker, type ToWorker, type WorkerOrder, type WorkerResult } from './worker-messages.ts';

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

async function recorded(order: WorkerOrder, signal: AbortSignal): Promise<WorkerResult> {
  const { events, store: url, resume, stopAfter, snapshotEvery } = order;
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
  const isTape = 'segments' in events;
  const source = isTape ? new Tape(events) : new StreamedTape(events.header, events.port);
  const inferred = !isTape && events.header.inferred;
  const prepared = await prepareBacktest(order.request, { source, inferred });
  const store = url === undefined ? undefined : openObjectStore(url);
  const { artefacts, report, reuse, attributes } = order;
  try {
    const result = await recordBacktest(prepared, {
      hooks,
      ...(store !== undefined && { runs: new RunStore(store) }),
      ...(artefacts !== undefined && { artefacts }),
      ...(report !== undefined && { report }),
      ...(reuse !== undefined && { reuse }),
      ...(attributes !== undefined && { attributes }),
    });
    const { runId, request, config, digests, info, instrumentsInferred } = prepared;
    return { ...result, plan: { runId, request, config, digests, info, instrumentsInferred } };
  } finally {
    await store?.close();
    if (source instanceof StreamedTape) source.close();
  }
}
