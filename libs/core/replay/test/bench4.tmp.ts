import { ReplayRun } from '../src/index.ts';
import { bars, configOf, prepared, quotes, trades } from './language.ts';
const N = 400_000;
const sink = { fill() {}, denial() {}, roundTrip() {}, log() {} };
const kind = process.argv[2] ?? 'bars';
const data = kind === 'bars' ? bars(1, N) : kind === 'quotes' ? quotes(1, N) : trades(1, N);
const config = kind === 'bars' ? configOf({ parameters: { fast: 1, slow: 3, quantity: '1' } }) : configOf({ parameters: { fast: 20, slow: 50, quantity: '0.01', on: 'quotes', sampleMs: 60000 }, execution: { ...configOf().execution, model: 'quotes' } });
for (let round = 0; round < 4; round++) {
  const run = new ReplayRun(prepared(config), sink);
  const t0 = performance.now();
  for (const event of data) run.feed(event);
  const s = run.finish();
  const ms = performance.now() - t0;
  console.log(kind, (ms * 1e6 / N).toFixed(0), 'ns per event', s.roundTrips, s.fills, s.pnl, s.state);
}
