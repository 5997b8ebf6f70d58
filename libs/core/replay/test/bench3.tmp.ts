import { StatisticsMeter } from '@portcullis/statistics';
import { configOf, prepared } from './language.ts';
import { LastPrices } from '../src/last-prices.ts';
import { ReplayLedger } from '../src/replay-ledger.ts';
import { ReplayBooks } from '../src/replay-books.ts';
import { EquityCurve } from '../src/equity-curve.ts';
const N = 2_000_000;
const made = prepared(configOf());
function time(name: string, f: (i: number) => void) {
  let best = Infinity;
  for (let r = 0; r < 5; r++) { const t0 = process.cpuUsage(); for (let i = 0; i < N; i++) f(i); const c = process.cpuUsage(t0); best = Math.min(best, (c.user+c.system)*1000/N); }
  console.log(name, best.toFixed(1));
}
const p = new LastPrices(1);
let m = new StatisticsMeter({ equity: 0 }); let k = 0;
time('meter', () => { m.equity(1704153600000000 + k++ * 128e6, 1000 + k % 7, 5); });
const b = new ReplayBooks(made.instruments, made.currencies, 'unlimited');
time('books', () => { b.sample(p); });
const c = new EquityCurve(); k = 0;
time('curve', () => { k++; const at = 1704153600000000 + k * 128e6; if (at >= c.nextAt) c.add(at, 1, 2); });
const l = new ReplayLedger(made, p); k = 0;
time('ledger', () => { l.sample(1704153600000000 + k++ * 128e6); });
