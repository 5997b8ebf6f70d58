import { prepareBacktest, runBacktest, loadTape } from './index.ts';
const url = process.env.URL_ ?? 'file:///tmp/bars';
let t = performance.now();
const p = await prepareBacktest({ strategy: 'sma-cross', parameters: { fast: 20, slow: 50, quantity: '1' }, data: { url }, fill: 'next-open' });
console.log('prepared', performance.now() - t);
const r = await runBacktest(p);
if (r.status === 'finished') console.log(r.summary, r.timing);
const tape = await loadTape(p.source, p.request.instruments!, 1e9);
const q = await prepareBacktest(p.request, { source: tape! });
for (let i = 0; i < 3; i++) { const s = await runBacktest(q); if (s.status === 'finished') console.log(s.summary.decisionHash, s.timing); }
await p.close();
