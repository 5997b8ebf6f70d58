import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '@portcullis/testkit';
import { WebSocket } from 'ws';
import type { Venue } from '../src/venue.ts';
import { Scratch, openVenue } from './fixture.ts';

const scratch = new Scratch();
const STREAM = 'btcusdt@bookTicker';
let count = 0;
let dir = '';
let venue: Venue;
let socket: WebSocket;
let received: string[] = [];

interface Line {
  readonly at: number;
  readonly fate: string;
  readonly frame: { readonly u: number };
}

const recorded = (stream = STREAM): Line[] =>
  readFileSync(`${dir}/${stream}.jsonl`, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
const numberOf = (text: string): number => (JSON.parse(text) as Line['frame']).u;

async function fault(request: unknown): Promise<number> {
  const answer = await fetch(`${venue.url}/sim/faults`, { method: 'POST', body: JSON.stringify(request) });
  return answer.status;
}

/** Frames in the order in which they must arrive by the fates in the record. */
function expected(lines: readonly Line[]): number[] {
  const order: number[] = [];
  let swapped: number | undefined;
  for (const { fate, frame } of lines) {
    if (fate === 'unheard' || fate === 'dropped') continue;
    if (fate === 'swapped' && swapped === undefined) {
      swapped = frame.u;
      continue;
    }
    order.push(frame.u, ...(fate === 'doubled' ? [frame.u] : []), ...(swapped === undefined ? [] : [swapped]));
    swapped = undefined;
  }
  return order;
}

beforeEach(async () => {
  dir = scratch.path(`record-${count++}`);
  venue = await openVenue(scratch, { ledgerDir: `${dir}-ledger`, record: { dir } });
  received = [];
  socket = new WebSocket(`${venue.url.replace('http:', 'ws:')}/ws/${STREAM}`);
  socket.on('message', (data) => received.push((data as Buffer).toString()));
  await once(socket, 'open');
});

afterEach(async () => {
  socket.terminate();
  await venue.stop();
});
afterAll(() => scratch.remove());

test('keeps every frame with what became of it, and those that nobody heard', async () => {
  await eventually('some frames', () => received.length > 5);
  const faults = { dropFrames: 3, duplicateFrames: 2, reorderFrames: 2, delayFrames: { count: 1, ms: 300 } };
  expect(await fault({ ...faults, framesOf: 'bookTicker' })).toBe(200);
  await eventually('the last fault', () => recorded().some(({ fate }) => fate === 'delayed'));
  const after = received.length;
  await eventually('frames behind the faults', () => received.length > after + 20);
  socket.terminate();
  await eventually('the socket to be gone', () => venue.counters.sockets === 0);
  const before = recorded().length;
  await eventually('a frame that nobody hears', () => recorded().length > before);
  const lines = recorded();
  const fates = lines.reduce<Record<string, number>>((sum, { fate }) => ({ ...sum, [fate]: (sum[fate] ?? 0) + 1 }), {});
  expect(fates).toMatchObject({ dropped: 3, doubled: 2, swapped: 2, delayed: 1 });
  expect(lines.at(-1)?.fate).toBe('unheard');
  const numbers = received.map(numberOf);
  expect(numbers).toEqual(expected(lines).slice(0, numbers.length));
  expect(recorded('btcusdt@trade').every(({ fate }) => fate === 'unheard')).toBe(true);
});

test('faults of other streams leave this one alone', async () => {
  expect(await fault({ framesOf: '@trade', dropFrames: 100 })).toBe(200);
  await eventually('twenty frames', () => received.length > 20);
  expect(received.map(numberOf)).toEqual(expected(recorded()).slice(0, received.length));
  expect(recorded().filter(({ fate }) => fate === 'dropped')).toEqual([]);
});
