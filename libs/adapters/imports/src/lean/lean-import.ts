import type { NumberedEvent, ScaledEvent } from '@portcullis/market';
import { type ImportContext, type Importer, SequenceByTime } from '../run/importer.ts';
import { lineBatches } from '../source/lines.ts';
import { type TextSource, textSources } from '../source/text-source.ts';
import { LEAN_PERIODS, leanFile } from './lean-name.ts';
import { leanEvent } from './lean-row.ts';

export interface LeanImport {
  readonly symbol: string;
  readonly files: readonly string[];
}

/**
 * Imports LEAN's zip files of crypto trades and quotes. LEAN leaves out periods in which nothing was traded, so that a
 * missing one is no gap.
 */
export function leanImporter({ symbol, files }: LeanImport): Importer {
  return async (context) => {
    const numbers = new LeanNumbers();
    for (const path of await inOrder(files)) {
      for (const source of await textSources(path)) {
        await readSource({ source, path, symbol, context, numbers });
        await context.settle();
      }
      await context.endOfFile();
    }
  };
}

/** By the day in the name, so that numbers grow whatever the order on the command line. */
async function inOrder(files: readonly string[]): Promise<string[]> {
  const found: { path: string; at: number }[] = [];
  for (const path of new Set(files)) {
    const [source] = await textSources(path);
    found.push({ path, at: source === undefined ? 0 : leanFile(source.name).midnight });
  }
  return found.sort((a, b) => a.at - b.at).map(({ path }) => path);
}

/**
 * Bars are numbered by their start, quotes of quote bars by the microsecond after it, so that both fit beside each other;
 * ticks by their time.
 */
class LeanNumbers {
  readonly #ticks = new SequenceByTime();

  of(event: ScaledEvent, period: number): number {
    if (event.kind === 'bar') return event.start;
    return period > 0 ? event.tsEvent - period + 2 : this.#ticks.ofKind(event);
  }
}

interface Reading {
  readonly source: TextSource;
  readonly path: string;
  readonly symbol: string;
  readonly context: ImportContext;
  readonly numbers: LeanNumbers;
}

async function readSource({ source, path, symbol, context, numbers }: Reading): Promise<void> {
  const file = leanFile(source.name);
  const period = LEAN_PERIODS[file.resolution];
  let lastAt = 0;
  let lastLine = 0;
  for await (const { first, lines } of lineBatches(source, (bytes) => context.onBytes(path, bytes))) {
    for (const [index, bytes] of lines.entries()) {
      const place = { file: source.name, line: first + index };
      lastLine = place.line;
      if (bytes.length === 0) continue;
      const event = leanEvent(file, symbol, Buffer.from(bytes).toString('utf8'));
      if (event === undefined) {
        context.findings.add({ severity: 'note', about: 'empty', ...place, text: 'a side of the quote is empty' });
      } else if (typeof event === 'string') context.refuse(place, event);
      else if (event.tsEvent < lastAt || (event.tsEvent === lastAt && period > 0)) {
        context.refuse(place, 'the row is not after the one above it');
      } else {
        lastAt = event.tsEvent;
        context.emit(withId({ ...event, seq: numbers.of(event, period), tsInit: event.tsEvent }));
      }
    }
  }
  if (source.problem !== undefined) context.refuse({ file: source.name, line: lastLine + 1 }, source.problem.detail);
}

/** A tick of LEAN has no id; its number is one. */
function withId(event: NumberedEvent): NumberedEvent {
  return event.kind === 'trade' ? { ...event, tradeId: `${event.seq}` } : event;
}
