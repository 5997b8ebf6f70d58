import { parentPort } from 'node:worker_threads';
import { required } from '@portcullis/kernel';
import { type Dataset, openDataset } from '../dataset/open-dataset.ts';
import type { FromReader } from '../dataset/streamed-tape.ts';
import { writeBatch } from '../dataset/tape.ts';
import { SegmentWriter, type TapeSegment } from '../dataset/tape-segment.ts';
import { definitionsBySlot } from '../run/fill-in.ts';
import { type DataOrder, failureOf, type FromData, type ToData } from './worker-messages.ts';

// The thread that reads for a worker. A strategy never runs here, so this thread is never ended from outside: ending a
// thread in which DuckDB works ends the whole process.

const SEGMENT_BYTES = 1024 * 1024;
/** Segments on their way or not used up. */
const AHEAD = 4;

const port = required(parentPort, 'the port to the thread that started this one');
let stop: (() => void) | undefined;

function say(message: FromData): void {
  port.postMessage(message);
}

port.on('message', (message: ToData) => {
  if (message.kind === 'open') void perform(message.order);
  else if (message.kind === 'stop') stop?.();
  else {
    stop?.();
    port.close();
  }
});

async function perform(order: DataOrder): Promise<void> {
  const stopped = new AbortController();
  stop = () => stopped.abort();
  let dataset: Dataset | undefined;
  try {
    const { request } = order;
    dataset = await openDataset(request.data, { fill: request.fill });
    const { info } = dataset;
    const inferred = request.instruments === undefined;
    const definitions = definitionsBySlot(info, request.instruments ?? (await dataset.instruments()));
    const quality = order.quality ? await dataset.quality() : [];
    say({ kind: 'opened', header: { info, quality, definitions, inferred } });
    await send(order, dataset.batches(definitions, order.after), stopped.signal);
  } catch (error) {
    say({ kind: 'failed', failure: failureOf(error) });
  } finally {
    stop = undefined;
    order.port.close();
    await dataset?.close();
    say({ kind: 'idle' });
  }
}

async function send(
  { port: to }: DataOrder,
  batches: ReturnType<Dataset['batches']>,
  stopped: AbortSignal,
): Promise<void> {
  let credit = AHEAD;
  let wake = (): void => {};
  to.on('message', () => {
    credit += 1;
    wake();
  });
  stopped.addEventListener('abort', () => wake());
  const full: TapeSegment[] = [];
  const writer = new SegmentWriter(SEGMENT_BYTES, (segment) => full.push(segment));
  const post = (message: FromReader): void => to.postMessage(message);
  const empty = async (): Promise<void> => {
    for (let segment = full.shift(); segment !== undefined && !stopped.aborted; segment = full.shift()) {
      while (credit === 0 && !stopped.aborted) await new Promise<void>((done) => (wake = done));
      credit -= 1;
      post({ kind: 'segment', segment });
    }
  };
  try {
    for await (const batch of batches) {
      writeBatch(writer, batch);
      await empty();
      if (stopped.aborted) return;
    }
    writer.flush();
    await empty();
    post({ kind: 'end' });
  } catch (error) {
    const { name, message } = error as Error;
    post({ kind: 'failed', name, message });
  }
}
