import { OrderingGuard, RunKernel } from '@portcullis/run';
import { strategies } from '@portcullis/strategy';
import { bars, configOf, prepared } from './language.ts';
import { LastPrices } from '../src/last-prices.ts';
import { EventCounts } from '../src/event-counts.ts';
import { ReplayLedger } from '../src/replay-ledger.ts';
import { unplaced, unusable } from '../src/replay-input.ts';
import { ReplayRun } from '../src/index.ts';
import { scripted } from './scripted.ts';
const N = 1_000_000;
const data = bars(1, N);
const made = prepared(configOf());
function time(name: string, make: () => (e: any) => void) {
  let best = Infinity, wall = Infinity;
  for (let r = 0; r < 5; r++) {
    const f = make();
    const c0 = process.cpuUsage(), t0 = performance.now();
    for (let i = 0; i < N; i++) f(data[i]);
    const c = process.cpuUsage(c0);
    best = Math.min(best, (c.user + c.system) * 1000 / N); wall = Math.min(wall, (performance.now() - t0) * 1e6 / N);
  }
  console.log(name.padEnd(28), best.toFixed(0), 'ns cpu', wall.toFixed(0), 'ns wall');
}
time('empty', () => (e) => { if (e.seq < 0) throw 1; });
time('guard', () => { const g = new OrderingGuard('STRICT', 1); return (e) => { if (g.admit(e) !== 'ok') throw 1; }; });
time('unplaced+unusable', () => (e) => { if (unplaced(e, 1) !== undefined || unusable(e) !== undefined) throw 1; });
time('counts', () => { const c = new EventCounts(1); return (e) => { c.admitted(e); c.used(e); }; });
time('prices', () => { const p = new LastPrices(1); const g = made.gate(); return (e) => p.take(e, g); });
time('prices+ledger.price', () => { const p = new LastPrices(1); const g = made.gate(); const l = new ReplayLedger(made, p); return (e) => { p.take(e, g); l.price(e); }; });
time('prices+ledger+sample', () => { const p = new LastPrices(1); const g = made.gate(); const l = new ReplayLedger(made, p); return (e) => { p.take(e, g); l.price(e); if (e.tsEvent >= l.nextSampleAt) l.sample(e.tsEvent); }; });
time('engine.market', () => { const g = made.engine(); return (e) => g.market(e); });
const sink = { fill() {}, denial() {}, roundTrip() {}, log() {} };
const idle = scripted({ event: () => undefined });
const im = prepared(configOf({ strategy: 'scripted', parameters: {} }), [idle]);
time('kernel idle', () => { const k = new RunKernel({ strategy: im.strategy(), strategyName: 'x', instruments: made.instruments.map((i) => i.rules), scopes: [], digest: 'd', expiryMicros: 1000, errorPolicy: 'FAIL_FAST', errorsMax: 1 }); k.step(1, { kind: 'start' }); return (e) => { if (k.step(e.tsEvent, e).length > 0) throw 1; }; });
time('replay idle', () => { const r = new ReplayRun(im, sink); return (e) => r.feed(e); });
const sma = prepared(configOf({ parameters: { fast: 20, slow: 50, quantity: '1' } }));
time('replay sma', () => { const r = new ReplayRun(sma, sink); return (e) => r.feed(e); });
