import type { NumberedEvent } from '@portcullis/market';
import { Findings } from '../src/findings.ts';
import type { ImportContext, Importer } from '../src/run/importer.ts';

export interface Collected {
  readonly events: NumberedEvent[];
  readonly refusals: string[];
  readonly findings: Findings;
  duplicates: number;
  files: number;
}

/** Everything that an importer gives, in memory. */
export async function collected(importer: Importer, venue = 'binance'): Promise<Collected> {
  const all: Collected = { events: [], refusals: [], findings: new Findings(), duplicates: 0, files: 0 };
  const context: ImportContext = {
    venue,
    findings: all.findings,
    emit: (event) => all.events.push(event),
    refuse: ({ file, line }, reason) => all.refusals.push(`${file}:${line}: ${reason}`),
    duplicate: (count) => {
      all.duplicates += count;
    },
    dropped: () => undefined,
    onBytes: () => undefined,
    settle: async () => undefined,
    endOfFile: async () => {
      all.files += 1;
    },
  };
  await importer(context);
  return all;
}
