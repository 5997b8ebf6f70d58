// npm run bench:data [-- --only normalise,read,write]
// Measures the data plane, each part in one run with what it is compared to: frames to events (bare JSON.parse,
// tardis-dev), archive to merged columns (a bare DuckDB scan), events to compacted archive (a bare DuckDB COPY).
import { benchNormalise } from './data-normalise.ts';
import { benchRead } from './data-read.ts';
import { benchWrite } from './data-write.ts';
import { runParts } from './run-parts.ts';

await runParts({ normalise: benchNormalise, read: benchRead, write: benchWrite });
