import { UserError } from '@portcullis/config';
import { type Importer, SETTLE_ROWS } from '../run/importer.ts';
import { lineBatches } from '../source/lines.ts';
import { type TextSource, textSources } from '../source/text-source.ts';
import { KlineReader } from './kline-reader.ts';

export interface KlineImport {
  readonly symbol: string;
  /** Microseconds of one period. */
  readonly period: number;
  readonly files: readonly string[];
}

/** Imports the exchange's candle files (CSV, gzipped or zipped), all together in the order of their first candles. */
export function klineImporter({ symbol, period, files }: KlineImport): Importer {
  return async (context) => {
    const reader = new KlineReader(symbol, period, {
      event: (event) => context.emit(event),
      refuse: (place, reason) => context.refuse(place, reason),
    });
    for (const { path, index } of await inOrder(files)) {
      const source = (await textSources(path))[index];
      if (source === undefined) continue;
      reader.startFile();
      const before = reader.duplicates;
      let since = 0;
      let last = 0;
      for await (const { first, lines } of lineBatches(source, (bytes) => context.onBytes(path, bytes))) {
        for (let i = 0; i < lines.length; i += 1) reader.line(lines[i] as Uint8Array, source.name, first + i);
        last = first + lines.length - 1;
        since += lines.length;
        if (since >= SETTLE_ROWS) {
          since = 0;
          await context.settle();
        }
      }
      context.duplicate(reader.duplicates - before);
      // Half a file would look like an outage of the venue.
      if (source.problem !== undefined) {
        context.refuse({ file: source.name, line: last + 1 }, source.problem.detail);
      }
      if (last === 0) context.refuse({ file: source.name, line: 1 }, 'the file has no lines');
      await context.endOfFile();
    }
  };
}

/** Every text in the files, by its first stamp: what is named in another order is read in the right one. */
async function inOrder(files: readonly string[]): Promise<{ path: string; index: number }[]> {
  const found: { path: string; index: number; start: number }[] = [];
  for (const path of new Set(files)) {
    const sources = await textSources(path);
    if (sources.length === 0) throw new UserError(`${path} holds no file`, 'fetch it again');
    for (const [index, source] of sources.entries()) found.push({ path, index, start: await firstStamp(source) });
  }
  return found.sort((a, b) => a.start - b.start);
}

async function firstStamp(source: TextSource): Promise<number> {
  for await (const { lines } of lineBatches(source)) {
    for (const line of lines) {
      const [, stamp] = /^(\d{13,16})/.exec(Buffer.from(line.subarray(0, 20)).toString('latin1')) ?? [];
      // Milliseconds and microseconds side by side: their first thirteen digits compare.
      if (stamp !== undefined) return Number(stamp.slice(0, 13));
    }
  }
  return 0;
}
