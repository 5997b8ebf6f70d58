import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { WatchdogOrder } from './worker-messages.ts';

// A thread beside the strategy, which goes on when the strategy does not come back. Ends the process when whoever started
// it is gone, and when it holds more memory than it may: the heap has a bound of its own, what lies outside it has not.

const LOOK_MS = 200;
const STDERR = 2;

let { parent, memoryMax } = workerData as WatchdogOrder;

parentPort?.on('message', (order: WatchdogOrder) => {
  ({ parent, memoryMax } = order);
});

setInterval(() => {
  const isTooLarge = process.memoryUsage.rss() > memoryMax;
  if (isTooLarge) writeSync(STDERR, `out of memory: more than ${Math.round(memoryMax / 2 ** 20)} MiB\n`);
  if (isTooLarge || process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, LOOK_MS);
