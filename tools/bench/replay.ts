// npm run bench:replay [-- --only bars,quotes,memory,workers]
// Measures replays, each part in one run with what it is compared to: bars in memory (a plain loop, grademark), quotes
// from Parquet (a bare DuckDB scan), memory of 100 million events against one million, two workers against one.
import { benchBarsReplay } from './replay-bars.ts';
import { benchMemoryReplay, benchQuotesReplay } from './replay-quotes.ts';
import { benchWorkers } from './replay-workers.ts';
import { runParts } from './run-parts.ts';

await runParts({
  bars: benchBarsReplay,
  quotes: benchQuotesReplay,
  workers: benchWorkers,
  memory: benchMemoryReplay,
});
