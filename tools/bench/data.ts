// npm run bench:data [-- --only normalise,read,write]
// Measures the data plane, each part in one run with what it is compared to: frames to events (bare JSON.parse,
// tardis-dev), archive to merged columns (a bare DuckDB scan), events to compacted archive (a bare DuckDB COPY).
import { parseArgs } from 'node:util';
import { type Ratio, benchNormalise } from './data-normalise.ts';
import { benchRead } from './data-read.ts';
import { benchWrite } from './data-write.ts';

type Part = () => Readonly<Record<string, Ratio>> | Promise<Readonly<Record<string, Ratio>>>;

const PARTS: Readonly<Record<string, Part>> = { normalise: benchNormalise, read: benchRead, write: benchWrite };

const { values } = parseArgs({
  options: { only: { type: 'string', default: Object.keys(PARTS).join(',') } },
  strict: true,
});

const results: Record<string, Ratio> = {};
for (const name of values.only.split(',')) {
  const part = PARTS[name];
  if (part === undefined) {
    throw new Error(`--only has ${name}, expected some of ${Object.keys(PARTS).join(', ')}`);
  }
  process.stderr.write(`${name}\n`);
  for (const [what, ratio] of Object.entries(await part())) {
    results[what] = ratio;
    process.stdout.write(`${what}: ${ratio.ratio} × (${ratio.ours} against ${ratio.other})\n`);
  }
}
process.stdout.write(`${JSON.stringify(results)}\n`);
