// Prints the decision hash of one backtest on made-up bars, for comparison between versions of node.
import { prepareBacktest, runBacktest } from '../src/index.ts';
import { barEvents, GeneratedStore, walk } from './generated-store.ts';

const store = new GeneratedStore();
try {
  await store.write(barEvents(walk('node versions', 3 * 1440)));
  const prepared = await prepareBacktest({
    strategy: 'sma-cross',
    parameters: { fast: 5, slow: 20, quantity: '0.5' },
    data: { url: store.url },
    fill: 'next-open',
    fees: [{ volumeFrom: '0', maker: '0.0002', taker: '0.0005' }],
    latency: { orderMicros: 2000, jitterMicros: 1000 },
  });
  const result = await runBacktest(prepared);
  await prepared.close();
  if (result.status !== 'finished') throw new Error(`the run is ${result.status}`);
  const { decisionHash, fills, pnl, state } = result.summary;
  const { data, config } = result.digests;
  process.stdout.write(
    `${JSON.stringify({ node: process.versions.node, decisionHash, fills, pnl, state, data, config })}\n`,
  );
} finally {
  await store.close();
}
